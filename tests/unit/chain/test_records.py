"""Packed claim evidence and member-years, and every selector against the interfaces (P29)."""

import json

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from node.chain.abi.layouts import RecordLayout, abi_type
from node.chain.abi.records import (
    EVIDENCE,
    Decision,
    ReversalEvidence,
    YearWords,
    evidence_bytes,
    reversal_bytes,
)
from node.chain.contracts import claims, intent_router, premiums, registries, wallet_ledger
from node.chain.contracts.base import Function, block_tag
from node.chain.finality import Finality
from node.domain.adjudication.accumulators import Accumulators
from node.domain.kinds import CashMode, Scheme
from node.wire.errors import PackingError
from node.wire.hashing import selector
from node.wire.hexadecimal import to_hex
from node.wire.labels import label_bytes
from tests.fixtures.tools import ROOT
from tests.unit.chain.test_events import written_type

WORDS = st.integers(0, 2**64 - 1)
EVIDENCES = st.binary(min_size=EVIDENCE.size, max_size=EVIDENCE.size)


def pack_lanes(values: list[int]) -> list[int]:
    """Return four 64-bit numbers to a word, low bits first: what YearCodec.sol does."""
    rows = [values[start : start + 4] for start in range(0, len(values), 4)]
    return [sum(one << 64 * place for place, one in enumerate(row)) for row in rows]


class TestYearWords:
    @given(st.lists(WORDS, min_size=11, max_size=11), st.integers(0, 2**32 - 1))
    def test_words__are_unpacked_by_scope(self, values: list[int], stays: int) -> None:
        year = Accumulators.from_words([*values, stays])
        used, bands, paid = year.deductible_used_e4, year.in_bands_e4, year.fund_paid_fen
        top = (year.compliant_self_pay_fen, year.stays, year.aid_paid_fen)
        lanes = [one for row in zip(used, bands, paid, top, strict=True) for one in row]
        assert YearWords(*pack_lanes(lanes)).accumulators() == year


class TestReversalEvidence:
    @given(st.lists(WORDS, min_size=15, max_size=15))
    def test_amounts__are_the_settlement(self, figures: list[int]) -> None:
        evidence = self.evidence(amounts=tuple(pack_lanes([*figures, 0])))
        assert evidence.settlement().words() == tuple(figures)

    def test_terms__are_unpacked(self) -> None:
        data = label_bytes("110000", 12) + bytes((2, 1)) + (2026).to_bytes(2) + (7).to_bytes(4)
        data += bytes((3, 0, 0, 0)) + bytes(range(8))
        terms = self.evidence(terms=to_hex(data)).claim_terms()
        assert (terms.region, terms.scheme, terms.cash_mode) == (
            *("110000", Scheme.RESIDENT, CashMode.COUNTER),
        )
        assert (terms.year, terms.month, terms.plan_version) == (2026, 3, 7)
        assert terms.fingerprint == "0x0001020304050607"

    def test_terms_of_no_scheme__are_refused(self) -> None:
        with pytest.raises(PackingError):
            self.evidence(terms="0x" + "ff" * 32).claim_terms()

    def test_bytes__are_those_of_eth_abi(self) -> None:
        evidence = self.evidence(amounts=(1, 2, 3, 2**256 - 1))
        struct = abi_type(ReversalEvidence)
        year = (0, 0, 0)
        zeros = [bytes(32)] * 5 + ["0x" + "00" * 20] * 5
        value = (*zeros, (1, 2, 3, 2**256 - 1), year, year)
        assert evidence_bytes(evidence) == encode([struct], [value])
        assert EVIDENCE.unpack(evidence_bytes(evidence)) == evidence
        assert reversal_bytes([evidence, evidence]) == encode([f"{struct}[]"], [[value, value]])

    @staticmethod
    def evidence(
        *, amounts: tuple[int, ...] = (0, 0, 0, 0), terms: str = "0x" + "00" * 32
    ) -> ReversalEvidence:
        zero = EVIDENCE.unpack(bytes(EVIDENCE.size))
        fields = {name: getattr(zero, name) for name in zero.__dataclass_fields__}
        return ReversalEvidence(**{**fields, "amounts": amounts, "terms": terms})


class TestFunctions:
    def test_every_selector__is_one_of_the_interfaces(self) -> None:
        """A renamed or changed view is found here, not at run time (P25)."""
        known = {selector(signature) for signature in interface_functions()}
        modules = (claims, intent_router, premiums, registries, wallet_ledger)
        for module in modules:
            for name, value in vars(module).items():
                if isinstance(value, Function):
                    assert value.selector in known, f"{module.__name__}.{name}"
        assert claims.QUOTE in known

    def test_decision__is_what_quote_returns(self) -> None:
        document = json.loads((ROOT / "node/artifacts/IClaimSettlement.json").read_text())
        quote = next(part for part in document["abi"] if part.get("name") == "quote")
        assert abi_type(Decision) == written_type(quote["outputs"][0])
        assert RecordLayout(Decision).size == 44 * 32


def interface_functions() -> set[str]:
    found = set()
    for path in (ROOT / "node" / "artifacts").glob("I[A-Z]*.json"):
        for part in json.loads(path.read_text())["abi"]:
            if part["type"] == "function":
                found.add(f"{part['name']}({','.join(map(written_type, part['inputs']))})")
    return found


class TestBlocks:
    def test_blocks__are_named_as_json_rpc_wants(self) -> None:
        name = "0x" + "ab" * 32
        assert block_tag(16) == "0x10"
        assert block_tag("latest") == "latest"
        assert block_tag(name) == {"blockHash": name, "requireCanonical": True}


class TestFinality:
    def test_depth_zero__makes_the_head_final(self) -> None:
        assert Finality().final_block(7) == 7

    def test_depth__waits_for_blocks_to_follow(self) -> None:
        assert Finality(2).final_block(7) == 5
        assert Finality(2).final_block(1) is None

    def test_negative_depth__is_refused(self) -> None:
        with pytest.raises(ValueError, match="not negative"):
            Finality(-1)
