"""Bundles made from a node's answers, and answers that must not become one (M22)."""

from __future__ import annotations

import base64
import copy
import json
from typing import Any

import pytest
from trie.hexary import HexaryTrie

from node.chain.abi.rlp_items import integer, rlp_encode
from node.chain.proofs.bundles import check
from node.chain.proofs.comet_client import (
    CannotProveError,
    NothingToProveError,
    NotProvableYetError,
)
from node.chain.proofs.comet_json import CometJsonError, commit_of, genesis_of, validators_of
from node.chain.proofs.source import ProofSource, evm_header, receipt_bytes, trie_nodes
from node.chain.rpc.json_rpc import RpcError
from node.domain.kinds import Pocket
from node.wire.hexadecimal import from_hex
from tests.fixtures.proofs.data import GENESIS, ReplayComet, ReplayRpc, proof_data

DATA = proof_data()
FACTS = DATA.facts
BLOCK, DEPOSIT = FACTS["block"], FACTS["tx_hash"]["deposit"]
RECEIPTS = json.dumps(["eth_getBlockReceipts", hex(BLOCK)])
RAW = "eth_getRawTransactionByBlockNumberAndIndex"
COMMIT = json.dumps(["commit", BLOCK + 1])


def answers() -> dict[str, Any]:
    """Return a copy of what the network answered, to be spoiled."""
    return copy.deepcopy(DATA.answers)


def source_of(told: dict[str, Any]) -> ProofSource:
    """Return a source on a node that answers so."""
    registry = FACTS["registry"]
    return ProofSource(ReplayRpc(told), ReplayComet(told), anchor=DATA.anchor, registry=registry)


async def refusal(told: dict[str, Any], tx_hash: str = DEPOSIT) -> CannotProveError:
    """Return why no bundle is made; there is always a next step."""
    with pytest.raises(CannotProveError) as refused:
        await source_of(told).receipt(tx_hash)
    assert refused.value.next_step
    return refused.value


class TestFromAnswers:
    @pytest.mark.parametrize("name", sorted(FACTS["tx_hash"]))
    async def test_receipt__becomes_the_recorded_bundle(self, name: str) -> None:
        made = await source_of(answers()).receipt(FACTS["tx_hash"][name])
        assert made == DATA.bundles[name]

    async def test_balance__becomes_the_recorded_bundle(self) -> None:
        made = await source_of(answers()).balance(
            FACTS["ledger"], FACTS["account"], Pocket.CASH, block=BLOCK
        )
        assert made == DATA.bundles["balance"]

    async def test_receipt_number__names_its_transaction(self) -> None:
        told = answers()
        receipt = next(one for one in told[RECEIPTS] if one["transactionHash"] == DEPOSIT)
        place = int(receipt["logs"][-1]["logIndex"], 16)
        source = source_of(told)
        assert await source.transaction_of(f"{BLOCK:010d}-{place:05d}") == DEPOSIT
        assert await source.transaction_of(DEPOSIT.upper().replace("0X", "0x")) == DEPOSIT
        for wrong in (f"{BLOCK:010d}-99999", "receipt", "0x12", f"{DEPOSIT}0"):
            with pytest.raises(NothingToProveError):
                await source.transaction_of(wrong)

    def test_receipts_and_transactions__are_what_the_roots_hold(self) -> None:
        """All of a block of more than 128, of three types, most without logs."""
        receipts, header = DATA.answers[RECEIPTS], block_of(DATA.answers)
        raw = [
            DATA.answers[json.dumps([RAW, hex(BLOCK), hex(place)])]
            for place in range(len(receipts))
        ]
        assert len(receipts) == FACTS["transactions"] > 128
        assert {one["type"] for one in receipts} == {"0x0", "0x1", "0x2"}
        assert sum(not one["logs"] for one in receipts) > 100
        for name, values in (
            ("receiptsRoot", [receipt_bytes(one) for one in receipts]),
            ("transactionsRoot", [from_hex(one) for one in raw]),
        ):
            trie = HexaryTrie({})
            for place, value in enumerate(values):
                trie[rlp_encode(integer(place))] = value
            assert trie.root_hash == from_hex(header[name])
        assert trie_nodes([b"\x01"], 0) == (rlp_encode([b"\x20\x80", b"\x01"]),)


def block_of(told: dict[str, Any]) -> dict[str, Any]:
    """Return the recorded block of the deposit."""
    found: dict[str, Any] = told[json.dumps(["eth_getBlockByNumber", hex(BLOCK), False])]
    return found


class TestTooEarly:
    async def test_votes_not_yet_in_a_block__are_not_given_away(self) -> None:
        told = answers()
        told[COMMIT]["canonical"] = False
        found = await refusal(told)
        assert isinstance(found, NotProvableYetError)
        assert f"block {BLOCK} is proved by the votes for block {BLOCK + 1}" in str(found)


class TestBadAnswers:
    """What proves nothing is not given away."""

    async def test_unknown_transaction(self) -> None:
        told = answers()
        told[json.dumps(["eth_getTransactionReceipt", DEPOSIT])] = None
        assert isinstance(await refusal(told), NothingToProveError)

    async def test_forged_receipt__proves_nothing(self) -> None:
        told = answers()
        log = next(one for one in told[RECEIPTS] if one["transactionHash"] == DEPOSIT)["logs"][1]
        log["data"] = log["data"][:-2] + "ff"
        assert "receipt" in str(await refusal(told))

    async def test_forged_transaction__proves_nothing(self) -> None:
        told = answers()
        question = [RAW, hex(BLOCK), hex(3)]
        told[json.dumps(question)] += "00"
        assert "transaction" in str(await refusal(told))

    async def test_refused_item_of_a_batch__is_the_nodes_error(self) -> None:
        told = answers()
        question = [RAW, hex(BLOCK), hex(3)]
        told[json.dumps(question)] = RpcError(-32000, "historical state is not available")
        with pytest.raises(RpcError, match="historical"):
            await source_of(told).receipt(DEPOSIT)

    async def test_header_fields_of_another_fork__are_named(self) -> None:
        told = answers()
        block_of(told)["gasUsed"] = "0x1"
        assert "not known here" in str(await refusal(told))
        del block_of(told)["requestsHash"]
        assert "requestsHash" in str(await refusal(told))
        assert len(evm_header(block_of(answers()))) == 21

    async def test_change_that_is_not_told__proves_nothing(self) -> None:
        """A node that hides the registry's events cannot make a bundle that passes."""
        told = answers()
        for question, answer in told.items():
            if "eth_getLogs" in question and answer:
                answer.pop()
        assert "validators" in str(await refusal(told, FACTS["tx_hash"]["changed"]))

    async def test_two_good_votes_of_four__prove_nothing(self) -> None:
        told = answers()
        for one in told[COMMIT]["signed_header"]["commit"]["signatures"][:2]:
            one["signature"] = base64.b64encode(bytes(64)).decode()
        assert "2 of 4" in str(await refusal(told))

    async def test_odd_vote__does_not_spoil_the_others(self) -> None:
        """CometBFT takes signatures that the auditor's check does not: they are left out."""
        told = answers()
        told[COMMIT]["signed_header"]["commit"]["signatures"][1]["signature"] = "AA=="
        made = await source_of(told).receipt(DEPOSIT)
        assert len(check(made, DATA.anchor).signers) == 3

    async def test_nothing_stored__cannot_be_proved(self) -> None:
        told = answers()
        question = next(one for one in told if "eth_getProof" in one)
        told[question]["storageProof"][0]["value"] = "0x0"
        with pytest.raises(NothingToProveError, match="stores nothing"):
            await source_of(told).storage(FACTS["ledger"], FACTS["slot"], block=BLOCK)


SIGNED = DATA.answers[COMMIT]["signed_header"]
VALIDATORS = validators_of(DATA.answers[json.dumps(["validators", BLOCK + 1])]["validators"])


class TestJson:
    """A document that CometBFT does not write has one name: CometJsonError."""

    def test_commit_of_another_header_or_height(self) -> None:
        spoiled = copy.deepcopy(SIGNED)
        spoiled["commit"]["block_id"]["hash"] = "AA" * 32
        with pytest.raises(CometJsonError, match="another header"):
            commit_of(spoiled, VALIDATORS)
        spoiled = copy.deepcopy(SIGNED)
        spoiled["commit"]["height"] = "7"
        with pytest.raises(CometJsonError, match="another height"):
            commit_of(spoiled, VALIDATORS)
        with pytest.raises(CometJsonError, match="another set"):
            commit_of(SIGNED, VALIDATORS[:3])

    @pytest.mark.parametrize("wrong", [None, "", [], {}, "zz", -1, 2**70, "2026-13-01T00:00:00Z"])
    def test_any_field_spoiled__is_named(self, wrong: Any) -> None:
        good = commit_of(SIGNED, VALIDATORS)
        for way in ways(SIGNED):
            spoiled = copy.deepcopy(SIGNED)
            *before, last = way
            parent = spoiled
            for key in before:
                parent = parent[key]
            parent[last] = wrong
            try:
                found = commit_of(spoiled, VALIDATORS)
            except CometJsonError:
                continue
            # It is not read, or what it spoils is a vote, and that is left out.
            assert found == good or len(found.votes) < len(good.votes)

    def test_times__are_exact_to_the_nanosecond(self) -> None:
        spoiled = copy.deepcopy(SIGNED)
        time = spoiled["header"]["time"]
        assert commit_of(spoiled, VALIDATORS).header.time.nanos == int(
            time.removesuffix("Z").partition(".")[2].ljust(9, "0")
        )
        spoiled["header"]["time"] = time.replace("Z", "1111111111Z")
        with pytest.raises(CometJsonError):
            commit_of(spoiled, VALIDATORS)

    def test_genesis(self) -> None:
        genesis = json.loads(GENESIS.read_text())
        chain_id, validators = genesis_of(genesis)
        assert chain_id == DATA.anchor.chain_id
        assert sorted(validators, key=lambda one: one.address) == list(DATA.anchor.validators)
        twice = genesis | {"validators": [genesis["validators"][0]] * 2}
        other_key = copy.deepcopy(genesis)
        other_key["validators"][0]["pub_key"]["type"] = "tendermint/PubKeySecp256k1"
        for wrong in ({}, [], genesis | {"validators": []}, genesis | {"chain_id": ""}, twice,
                      other_key, genesis | {"chain_id": 7}):  # fmt: skip
            with pytest.raises(CometJsonError):
                genesis_of(wrong)  # type: ignore[arg-type]


def ways(item: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to every value of a document, the values that hold others included."""
    found = [here] if here else []
    if isinstance(item, dict):
        for key, one in item.items():
            found += ways(one, (*here, key))
    if isinstance(item, list):
        for place, one in enumerate(item):
            found += ways(one, (*here, place))
    return found
