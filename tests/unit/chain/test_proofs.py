"""Recorded proofs of a real network: what they prove, and that nothing else passes for it (M22)."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.chain.abi.rlp_items import MAX_ITEMS, rlp_decode, rlp_encode
from node.chain.proofs.bundles import Anchor, ProvedReceipt, ProvedWord, check, check_bundle
from node.chain.proofs.consensus import ProofInvalidError, SignedHeader, Step, Validator, set_hash
from node.chain.proofs.format import (
    MAGIC,
    MAX_BYTES,
    MAX_CHANGES,
    Bundle,
    NotABundleError,
    ReceiptProof,
    SetChange,
    StorageProof,
    decode,
    encode,
)
from node.chain.proofs.source import trie_nodes
from node.wire.hashing import keccak
from node.wire.hexadecimal import to_hex
from tests.fixtures.proofs.data import BUNDLES, proof_data
from tests.fixtures.validator.signed_headers import CHAIN, FOUR, signed_by, validator

DATA = proof_data()
ANCHOR, FACTS = DATA.anchor, DATA.facts
FLIPPED = ("deposit", "changed", "balance")


def failure(data: bytes, anchor: Anchor = ANCHOR) -> ProofInvalidError:
    """Return why bytes prove nothing."""
    with pytest.raises(ProofInvalidError) as refused:
        check(data, anchor)
    return refused.value


def refused_at(data: bytes) -> Step:
    """Return the step at which bytes fail: as `failure`, for many thousand calls."""
    try:
        check(data, ANCHOR)
    except ProofInvalidError as error:
        return error.step
    raise AssertionError(f"{data.hex()} is proved")


def step_of(bundle: Bundle, anchor: Anchor = ANCHOR) -> Step:
    """Return the step at which a bundle fails, which its own bytes must fail at as well."""
    with pytest.raises(ProofInvalidError) as refused:
        check_bundle(bundle, anchor)
    assert failure(encode(bundle), anchor).step is refused.value.step
    return refused.value.step


def bundle_of(name: str) -> Bundle:
    """Return a recorded bundle, decoded."""
    return decode(DATA.bundles[name])


class TestRecorded:
    @pytest.mark.parametrize("name", [name for name in BUNDLES if name != "balance"])
    def test_receipt__is_proved(self, name: str) -> None:
        found = check(DATA.bundles[name], ANCHOR)
        assert isinstance(found.subject, ProvedReceipt)
        assert to_hex(found.subject.transaction_hash) == FACTS["tx_hash"][name]
        assert found.subject.succeeded
        assert found.chain_id == ANCHOR.chain_id
        assert found.signed_at.seconds >= found.timestamp
        assert len(found.signers) * 3 > len(found.validators) * 2

    def test_deposit__says_how_much_came_for_whom(self) -> None:
        found = check(DATA.bundles["deposit"], ANCHOR)
        assert isinstance(found.subject, ProvedReceipt)
        assert found.block_number == FACTS["block"]
        assert found.set_changes == 0
        emitters = {to_hex(address) for address, _, _ in found.subject.logs}
        contracts = FACTS["contracts"]
        assert emitters == {
            contracts[name] for name in ("WalletLedger", "WalletOperations", "IntentRouter")
        }
        words = b"".join(data for _, _, data in found.subject.logs)
        assert FACTS["amount_fen"].to_bytes(32) in words

    def test_receipts_of_all_types__and_without_logs(self) -> None:
        """A block of more than 128 transactions: rlp(127) is one byte, rlp(128) two."""
        assert FACTS["transactions"] > 128
        found = {name: check(DATA.bundles[name], ANCHOR).subject for name in BUNDLES[:4]}
        receipts = {name: one for name, one in found.items() if isinstance(one, ProvedReceipt)}
        assert {one.type for one in receipts.values()} == {0, 1, 2}
        assert (receipts["place-127"].index, receipts["place-128"].index) == (127, 128)
        assert receipts["first"].index == 0
        assert receipts["deposit"].index > 128
        assert receipts["first"].logs == receipts["place-127"].logs == ()

    def test_set_that_changed__is_followed(self) -> None:
        """A fifth validator joined, got another key, and one of the first four was removed."""
        found = check(DATA.bundles["changed"], ANCHOR)
        assert found.set_changes == 3
        keys = [frozenset(one.key for one in change.following) for change in CHANGED.changes]
        genesis = frozenset(one.key for one in ANCHOR.validators)
        joined, rotated = keys[0] - genesis, keys[1] - genesis
        assert len(joined) == len(rotated) == 1
        assert joined != rotated
        assert len(keys[2] & genesis) == 3
        assert keys[2] - genesis == rotated
        assert keys[2] == frozenset(one.key for one in found.validators)
        assert {one.key for one in found.signers} == keys[2] & genesis

    def test_balance__is_proved_as_the_word_of_the_ledger(self) -> None:
        found = check(DATA.bundles["balance"], ANCHOR)
        assert found.subject == ProvedWord(
            address=bytes.fromhex(FACTS["ledger"][2:]),
            slot=FACTS["slot"],
            word=FACTS["amount_fen"],
        )
        assert found.block_number == FACTS["block"]

    @pytest.mark.parametrize("name", BUNDLES)
    def test_bundle__is_what_its_parts_are_written_as(self, name: str) -> None:
        assert encode(bundle_of(name)) == DATA.bundles[name]


class TestEveryByte:
    """M22.3: each bit pattern of two, at each place, of three bundles."""

    @pytest.mark.parametrize("mask", [0x01, 0x80])
    @pytest.mark.parametrize("name", FLIPPED)
    def test_flipped_byte__proves_nothing(self, name: str, mask: int) -> None:
        data = DATA.bundles[name]
        steps: Counter[Step] = Counter()
        for place, byte in enumerate(data):
            changed = data[:place] + bytes([byte ^ mask]) + data[place + 1 :]
            steps[refused_at(changed)] += 1
        assert steps.total() == len(data)
        told = ", ".join(f"{step} {count}" for step, count in sorted(steps.items()))
        print(f"counts: {name}: {len(data)} bytes, as many flips of {mask:#x}, refused at {told}")

    @pytest.mark.parametrize("name", FLIPPED)
    def test_part_of_a_bundle__is_none(self, name: str) -> None:
        data = DATA.bundles[name]
        for size in range(len(data)):
            assert refused_at(data[:size]) is Step.FORM
            assert refused_at(data[len(data) - size :]) is Step.FORM

    @pytest.mark.parametrize("name", FLIPPED)
    def test_more_than_a_bundle__is_none(self, name: str) -> None:
        data = DATA.bundles[name]
        for more in (b"\x00", b"\x80", b"\xc0", MAGIC, data):
            assert failure(data + more).step is Step.FORM
            assert failure(more + data).step is Step.FORM
        for place in range(0, len(data), 7):
            assert refused_at(data[:place] + b"\x00" + data[place:]) in Step
            assert refused_at(data[:place] + data[place + 1 :]) in Step


DEPOSIT, CHANGED, BALANCE = (bundle_of(name) for name in FLIPPED)


def with_votes(signed: SignedHeader, places: Sequence[int]) -> SignedHeader:
    """Return a header with some of its votes, in the given order."""
    return replace(signed, votes=tuple(signed.votes[place] for place in places))


class TestSignatures:
    @pytest.mark.parametrize("bundle", [DEPOSIT, BALANCE, CHANGED])
    def test_each_set_of_votes__counts_by_its_power(self, bundle: Bundle) -> None:
        """M22.2, M22.4: three of four are enough, two are not."""
        count = len(bundle.signed.votes)
        assert 3 <= count <= 4
        for size in range(count + 1):
            for places in itertools.combinations(range(count), size):
                fewer = replace(bundle, signed=with_votes(bundle.signed, places))
                if size >= 3:
                    assert len(check(encode(fewer), ANCHOR).signers) == size
                else:
                    assert step_of(fewer) is Step.SIGNATURES

    def test_each_change__needs_them_too(self) -> None:
        """M22.4: also for a change of the set."""
        for place, (change, voters) in enumerate(zip(CHANGED.changes, (4, 5, 5), strict=True)):
            fewer = with_votes(change.signed, range(2 * voters // 3))
            assert step_of(with_change(place, replace(change, signed=fewer))) is Step.SIGNATURES

    def test_repeated_address__does_not_count_twice(self) -> None:
        for places in ((0, 0, 1), (0, 1, 1, 1), (0, 1, 2, 2), (1, 0, 2), (3, 2, 1, 0)):
            again = replace(DEPOSIT, signed=with_votes(DEPOSIT.signed, places))
            assert step_of(again) is Step.SIGNATURES

    def test_votes_of_another_block__are_not_for_this_one(self) -> None:
        other = replace(DEPOSIT.signed, votes=CHANGED.signed.votes)
        assert step_of(replace(DEPOSIT, signed=other)) is Step.SIGNATURES

    def test_votes_that_change_places__are_refused(self) -> None:
        first, second, *rest = DEPOSIT.signed.votes
        votes = (replace(second, place=first.place), replace(first, place=second.place), *rest)
        swapped = replace(DEPOSIT.signed, votes=votes)
        assert step_of(replace(DEPOSIT, signed=swapped)) is Step.SIGNATURES


def with_change(place: int, change: Any) -> Bundle:
    """Return the bundle after changes with one of them replaced."""
    changes = list(CHANGED.changes)
    changes[place] = change
    return replace(CHANGED, changes=tuple(changes))


class TestSets:
    """The set is trusted from genesis on, one signed change at a time."""

    def test_another_genesis__proves_nothing(self) -> None:
        other = replace(ANCHOR, validators=ANCHOR.validators[::-1])
        for bundle in (DEPOSIT, CHANGED, BALANCE):
            assert step_of(bundle, other) is Step.VALIDATORS
        fewer = replace(ANCHOR, validators=ANCHOR.validators[:3])
        assert step_of(DEPOSIT, fewer) is Step.VALIDATORS

    def test_another_chain__proves_nothing(self) -> None:
        other = replace(ANCHOR, chain_id="yibao-8821")
        for bundle in (DEPOSIT, CHANGED, BALANCE):
            assert step_of(bundle, other) is Step.CHAIN
        header = replace(DEPOSIT.signed.header, chain_id=other.chain_id)
        renamed = replace(DEPOSIT, signed=replace(DEPOSIT.signed, header=header))
        assert step_of(renamed) is Step.CHAIN
        assert step_of(renamed, other) is Step.SIGNATURES

    def test_change_of_another_chain__proves_nothing(self) -> None:
        change = CHANGED.changes[0]
        header = replace(change.signed.header, chain_id="yibao-8821")
        signed = replace(change.signed, header=header)
        assert step_of(with_change(0, replace(change, signed=signed))) is Step.CHAIN

    def test_swapped_sets__are_refused(self) -> None:
        first, second, third = CHANGED.changes
        for place, change, following in (
            (0, first, second.following),
            (0, first, first.following[::-1]),
            (1, second, ANCHOR.validators),
            (2, third, third.following[:3]),
        ):
            swapped = with_change(place, replace(change, following=following))
            assert step_of(swapped) is Step.VALIDATORS

    def test_changes_left_out_or_out_of_order__are_refused(self) -> None:
        first, second, third = CHANGED.changes
        for changes, step in (
            ((first,), Step.VALIDATORS),
            ((second, third), Step.VALIDATORS),
            ((first, third), Step.VALIDATORS),
            ((first, second), Step.VALIDATORS),
            ((second, first, third), Step.VALIDATORS),
            ((first, first, second, third), Step.ORDER),
            ((first, second, third, first, second, third), Step.ORDER),
        ):
            assert step_of(replace(CHANGED, changes=changes)) is step

    def test_changes_after_the_block__are_refused(self) -> None:
        changes = CHANGED.changes
        assert step_of(replace(DEPOSIT, changes=changes)) is Step.ORDER

    def test_header_that_changes_nothing__is_no_change(self) -> None:
        """Else one proof would have many bundles."""
        same = SetChange(DEPOSIT.signed, ANCHOR.validators)
        assert step_of(replace(CHANGED, changes=(same, *CHANGED.changes))) is Step.ORDER

    def test_validator_of_two_powers__is_no_validator(self) -> None:
        """2^64 + 1 has the bytes of 1 in the set's hash; alone it would outweigh all others."""
        heavy = (2**64 + 1).to_bytes(9)
        forged = edited("changed", lambda one: one[0][0][1][0].__setitem__(1, heavy))
        assert "power" in str(failure(forged))

    def test_set_that_comes_back__needs_no_way_to_it(self) -> None:
        """Else one proof would have a bundle for every way round."""
        header = DEPOSIT.signed.header
        named = {"app_hash": header.app_hash, "height": header.height}
        last = signed_by((0, 1, 2), **named)
        five = (*FOUR, validator(4))
        there = SetChange(signed_by((1, 2, 3), height=5, next_validators_hash=set_hash(five)), five)
        back = SetChange(
            signed_by((0, 1, 2, 4), five, height=9, next_validators_hash=set_hash(FOUR)), FOUR
        )
        anchor = Anchor(CHAIN, FOUR)
        short = replace(DEPOSIT, signed=last)
        assert check(encode(short), anchor).set_changes == 0
        assert step_of(replace(short, changes=(there, back)), anchor) is Step.ORDER
        later = signed_by((0, 1, 3, 4), five, **named)
        longer = replace(DEPOSIT, signed=later, changes=(there,))
        assert check(encode(longer), anchor).set_changes == 1

    def test_following_set_that_nobody_named__is_refused(self) -> None:
        """Else whoever adds a set of his own to a real change signs whatever he likes."""
        own = tuple(validator(place) for place in (4, 5, 6))
        header = DEPOSIT.signed.header
        forged = SetChange(
            signed_by((1, 2, 3), height=5, next_validators_hash=set_hash((*FOUR, own[0]))), own
        )
        last = signed_by((0, 1, 2), own, app_hash=header.app_hash, height=header.height)
        bundle = replace(DEPOSIT, signed=last, changes=(forged,))
        assert step_of(bundle, Anchor(CHAIN, FOUR)) is Step.VALIDATORS

    def test_set_with_somebody_twice__is_none(self) -> None:
        change = CHANGED.changes[0]
        twice = (change.following[0], *change.following[:4])
        assert step_of(with_change(0, replace(change, following=twice))) is Step.VALIDATORS


class TestBlock:
    """The signed header names one EVM block, and that block one receipt under each place."""

    @pytest.mark.parametrize("place", range(21))
    def test_changed_field__is_another_block(self, place: int) -> None:
        fields = list(DEPOSIT.evm_header)
        fields[place] += b"\x01"
        assert step_of(replace(DEPOSIT, evm_header=tuple(fields))) is Step.BLOCK

    def test_header_of_another_height__is_refused(self) -> None:
        """The numbers of both layers go together, whatever was signed."""
        header = DEPOSIT.signed.header
        for height in (header.height - 1, header.height + 1):
            other = signed_by((0, 1, 2), app_hash=header.app_hash, height=height)
            bundle = replace(DEPOSIT, signed=other)
            assert step_of(bundle, Anchor(CHAIN, FOUR)) is Step.BLOCK

    def test_header_of_another_block__is_refused(self) -> None:
        assert step_of(replace(DEPOSIT, evm_header=CHANGED.evm_header)) is Step.BLOCK
        moved = replace(CHANGED, evm_header=DEPOSIT.evm_header, subject=DEPOSIT.subject)
        assert step_of(moved) is Step.BLOCK

    def test_another_receipt_of_the_block__is_not_this_transactions(self) -> None:
        subject, other = DEPOSIT.subject, bundle_of("place-127").subject
        assert isinstance(subject, ReceiptProof)
        assert isinstance(other, ReceiptProof)
        for wrong, step in (
            (replace(subject, receipt_nodes=other.receipt_nodes), Step.RECEIPT),
            (replace(subject, transaction_nodes=other.transaction_nodes), Step.TRANSACTION),
            (replace(subject, index=127), Step.TRANSACTION),
            (replace(other, index=128), Step.TRANSACTION),
            (replace(subject, receipt_nodes=subject.transaction_nodes), Step.RECEIPT),
        ):
            assert step_of(replace(DEPOSIT, subject=wrong)) is step
        check(encode(replace(DEPOSIT, subject=other)), ANCHOR)

    def test_more_or_fewer_nodes__are_refused(self) -> None:
        """A node more would be a second bundle of one proof."""
        subject = DEPOSIT.subject
        assert isinstance(subject, ReceiptProof)
        extra = keccak(b"x")
        for name, step in (
            ("transaction_nodes", Step.TRANSACTION),
            ("receipt_nodes", Step.RECEIPT),
        ):
            nodes = getattr(subject, name)
            for wrong in ((*nodes, extra), (extra, *nodes), nodes[:-1], nodes[1:], nodes[::-1], ()):
                changed = replace(subject, **{name: wrong})  # type: ignore[arg-type]
                assert step_of(replace(DEPOSIT, subject=changed)) is step

    def test_tries_of_ones_own__have_other_roots(self) -> None:
        """Nodes that fit each other prove nothing: the root is the block's."""
        first, word = bundle_of("first").subject, BALANCE.subject
        assert isinstance(first, ReceiptProof)
        assert isinstance(word, StorageProof)
        own = trie_nodes([b"\x02" + rlp_encode([b"\x01", b"", b"", []])], 0)
        key = keccak(word.slot.to_bytes(32))
        leaf = (rlp_encode([b"\x20" + key, b"\x07"]),)
        for bundle, wrong, step in (
            (DEPOSIT, replace(first, index=0, transaction_nodes=own), Step.TRANSACTION),
            (DEPOSIT, replace(first, index=0, receipt_nodes=own), Step.RECEIPT),
            (BALANCE, replace(word, account_nodes=own_account(word, leaf[0])), Step.ACCOUNT),
            (BALANCE, replace(word, word_nodes=leaf), Step.WORD),
        ):
            assert step_of(replace(bundle, subject=wrong)) is step

    def test_another_word__is_not_proved(self) -> None:
        subject = BALANCE.subject
        assert isinstance(subject, StorageProof)
        other = bytes.fromhex(FACTS["registry"][2:])
        for wrong, step in (
            (replace(subject, slot=subject.slot + 1), Step.WORD),
            (replace(subject, address=other), Step.ACCOUNT),
            (replace(subject, word_nodes=subject.word_nodes[:-1]), Step.WORD),
            (replace(subject, account_nodes=subject.account_nodes[:-1]), Step.ACCOUNT),
            (replace(subject, word_nodes=subject.account_nodes), Step.WORD),
        ):
            assert step_of(replace(BALANCE, subject=wrong)) is step


def own_account(word: StorageProof, leaf: bytes) -> tuple[bytes, ...]:
    """Return a trie of one account that stores one word, for a proof's address."""
    account = rlp_encode([b"\x01", b"", keccak(leaf), keccak(b"")])
    return (rlp_encode([b"\x20" + keccak(word.address), account]),)


def edited(name: str, edit: Callable[[Any], Any]) -> bytes:
    """Return a bundle whose list was edited."""
    tree = rlp_decode(DATA.bundles[name][len(MAGIC) :])
    edit(tree)
    return MAGIC + rlp_encode(tree)


def paths(item: Any, here: tuple[int, ...] = ()) -> list[tuple[int, ...]]:
    """Return the way to every item of a tree."""
    found = [here]
    if isinstance(item, list):
        for place, one in enumerate(item):
            found += paths(one, (*here, place))
    return found


PATHS = {name: paths(rlp_decode(DATA.bundles[name][len(MAGIC) :])) for name in FLIPPED}
RANDOM_ITEMS = st.recursive(
    st.binary(max_size=40), lambda inner: st.lists(inner, max_size=4), max_leaves=8
)


class TestStrangers:
    """Hostile bytes: always a named error, never a loop or more memory than the limits."""

    @given(st.binary(max_size=200))
    def test_any_bytes__are_no_bundle(self, data: bytes) -> None:
        assert isinstance(failure(data), NotABundleError)
        assert isinstance(failure(MAGIC + data), NotABundleError)

    @given(RANDOM_ITEMS)
    def test_any_list__is_no_bundle(self, item: Any) -> None:
        assert isinstance(failure(MAGIC + rlp_encode(item)), NotABundleError)

    @given(st.sampled_from(FLIPPED), st.data(), RANDOM_ITEMS)
    def test_any_part_replaced__proves_nothing(
        self, name: str, data: st.DataObject, item: Any
    ) -> None:
        *way, last = data.draw(st.sampled_from(PATHS[name][1:]))
        tree = rlp_decode(DATA.bundles[name][len(MAGIC) :])
        parent = tree
        for place in way:
            parent = parent[place]
        if parent[last] != item:
            parent[last] = item
            assert failure(MAGIC + rlp_encode(tree)).step in Step

    def test_number_with_a_zero_before_it__is_another_spelling(self) -> None:
        numbers = {
            "deposit": [(1, 0, 0), (1, 0, 3), (1, 0, 4, 0), (1, 1), (1, 2), (1, 4, 0, 0), (3, 1)],
            "balance": [(3, 2)],
            "changed": [(0, 0, 1, 0, 1), (0, 0, 0, 4, 1, 1, 0)],
        }
        for name, ways in numbers.items():
            for way in ways:
                tree = rlp_decode(DATA.bundles[name][len(MAGIC) :])
                parent = tree
                for place in way[:-1]:
                    parent = parent[place]
                parent[way[-1]] = b"\x00" + parent[way[-1]][:31]
                found = failure(MAGIC + rlp_encode(tree))
                assert isinstance(found, NotABundleError), way
                assert "canonical" in str(found), way

    def test_sizes__are_bounded(self) -> None:
        tree = rlp_decode(DATA.bundles["changed"][len(MAGIC) :])
        change, signed = tree[0][0], tree[1]
        large: dict[str, Callable[[Any], Any]] = {
            "changes": lambda one: one[0].extend([change] * (MAX_CHANGES + 1)),
            "votes": lambda one: one[1][4].extend([signed[4][0]] * 101),
            "set": lambda one: one[0][0][1].extend([change[1][0]] * 101),
            "nodes": lambda one: one[3][2].extend([b""] * 66),
            "evm": lambda one: one[2].append(b""),
            "hashes": lambda one: one[1][0].append(b""),
            "number": lambda one: one[3].__setitem__(1, b"\x01" * 33),
            "items": lambda one: one[3][2].extend([b""] * MAX_ITEMS),
        }
        for name, edit in large.items():
            assert isinstance(failure(edited("changed", edit)), NotABundleError), name
        assert "larger" in str(failure(MAGIC + bytes(MAX_BYTES)))

    def test_kind_of_no_proof__is_no_bundle(self) -> None:
        for subject in ([], [b"X", b"", [], []], [b"R"], [b"S", b"", b"", []], [[], b"", [], []]):
            found = failure(edited("deposit", lambda one, it=subject: one.__setitem__(3, it)))
            assert isinstance(found, NotABundleError)
        short = edited("balance", lambda one: one[3].__setitem__(1, bytes(19)))
        assert "address" in str(failure(short))

    def test_names_that_are_no_text__are_refused(self) -> None:
        data = edited("deposit", lambda one: one[1][0].__setitem__(2, b"\xff\xfe"))
        assert isinstance(failure(data), NotABundleError)


@pytest.mark.parametrize(
    "validators", [(ANCHOR.validators[0],) * 4, (), (Validator(bytes(32), 1),)]
)
def test_set_of_an_anchor__is_checked_like_any_other(validators: tuple[Validator, ...]) -> None:
    assert step_of(DEPOSIT, replace(ANCHOR, validators=validators)) is Step.VALIDATORS
