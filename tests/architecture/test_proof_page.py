"""docs/proofs.md tells another verifier how: its example and its limits are those of the code."""

from node.chain.abi import rlp_items
from node.chain.proofs import consensus
from node.chain.proofs import format as proof_format
from node.chain.proofs import trie as trie_proofs
from node.chain.proofs.consensus import Step
from tests.fixtures.proofs.data import BUNDLES
from tests.fixtures.proofs.example import PAGE, with_example


def test_example__is_that_of_the_recorded_proofs() -> None:
    """After a new recording scripts/record_proofs.py has written it anew."""
    page = PAGE.read_text()
    assert with_example(page) == page


def test_limits_and_steps__are_those_of_the_code() -> None:
    page = PAGE.read_text()
    limits = (
        f"{proof_format.MAX_BYTES // 2**20} MiB, {rlp_items.MAX_ITEMS:,} items,"
        f" lists {rlp_items.MAX_DEPTH} deep"
    )
    counts = f"{proof_format.MAX_CHANGES:,}, {consensus.MAX_SET}, {trie_proofs.MAX_NODES}"
    assert limits in page
    assert counts in page
    for step in set(Step) - {Step.FORM}:
        assert f"`{step}`" in page
    assert f'"{proof_format.MAGIC.decode()}"' in page
    assert all(f"{name}.proof" in page for name in BUNDLES if "-" not in name and name != "first")
