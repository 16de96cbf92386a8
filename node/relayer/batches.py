"""Packing intents of any kind into few transactions: by gas, number and bytes (P54).

The router wants the whole budget of an item to be left before that item only, so a batch holds what
its items are expected to use, plus the largest budget once. If they use more, the transaction as a
whole reverts and nothing has happened: the simulation finds it, and items that are tried again
count with their whole budget.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from node.chain.abi.packing import EXECUTE, PackedIntent, PackedSignature, pack_array, pack_intent
from node.domain.parties import SignerKind
from node.intents.messages import IntentKind
from node.outbox.items import unpack_signatures
from node.outbox.queue import LeasedItem
from node.wire.words import WORD, uint

MAX_GAS = 15_000_000
MAX_GAS_ALONE = 2**24
"""Of one transaction, since Osaka: nobody takes a larger one."""
MAX_ITEMS = 250
MAX_BYTES = 120 * 1024
"""Of a batch's call data: a node's pool refuses transactions over 128 KiB."""
BASE_GAS = 21_000
ROUTER_GAS = 60_000
"""Role check, transient lock and the loop itself."""
OVERHEAD_GAS = BASE_GAS + ROUTER_GAS
ITEM_GAS = 25_000
"""Decoding, look-up of the signer, secp256k1 recovery and the nonce bit, per item."""
P256_GAS = 330_000
"""A P-256 signature where the chain has no precompile; budgets must hold everywhere."""
SWEEP_GAS = 500_000
EXPECTED_GAS = {"PAY_PREMIUM": 75_000, "SETTLE_CLAIM": 220_000}
"""What an item of a frequent kind uses at most on average, call data apart: measured, and a third
more. Every other kind counts with its budget."""


@dataclass(frozen=True, slots=True)
class GasBudget:
    """What the router demands before an item of a kind: a base, and gas per word of its body."""

    base: int
    per_word: int = 0


@dataclass(frozen=True, slots=True)
class GasBudgets:
    """The budget of each kind (`gasBudgetOf`), with a default for those not asked for."""

    by_kind: Mapping[str, GasBudget]
    default: GasBudget = GasBudget(600_000, 3_000)

    def of(self, leased: LeasedItem, signatures: Sequence[PackedSignature]) -> int:
        """Return the gas that one item needs in the worst case, call data apart."""
        budget = self.by_kind.get(leased.item.kind, self.default)
        words = len(leased.item.body) // WORD
        p256 = sum(one.kind == SignerKind.P256.value for one in signatures)
        return budget.base + words * budget.per_word + ITEM_GAS + p256 * P256_GAS

    def expected(self, leased: LeasedItem, *, worst: int) -> int:
        """Return the gas to count for an item that needs `worst` at most, call data apart."""
        known = EXPECTED_GAS.get(leased.item.kind)
        if known is None or leased.attempts > 1:
            return worst
        return min(known, worst)


@dataclass(frozen=True, slots=True)
class Batch:
    """One transaction to be: call data for the router, or a sweep for its own contract."""

    items: tuple[LeasedItem, ...]
    packed: tuple[bytes, ...]
    gas_limit: int
    sweep_target: str | None = None

    @property
    def data(self) -> bytes:
        """The call data."""
        if self.sweep_target is not None:
            return self.packed[0]
        return EXECUTE + uint(WORD) + pack_array(self.packed)

    @property
    def row_ids(self) -> tuple[int, ...]:
        """The outbox rows that travel."""
        return tuple(one.id for one in self.items)


def calldata_gas(data: bytes) -> int:
    """Return what call data costs at most: the usual price or the floor of EIP-7623."""
    zeros = data.count(0)
    tokens = zeros + 4 * (len(data) - zeros)
    return 10 * tokens


@dataclass(frozen=True, slots=True)
class _Packed:
    """One item as bytes, with the gas it needs at most and is expected to use."""

    leased: LeasedItem
    data: bytes
    worst: int
    expected: int


class _Filling:
    """A batch that still takes items."""

    def __init__(self) -> None:
        self.chosen: list[_Packed] = []
        self.size = len(EXECUTE) + 2 * WORD
        self.expected = self.worst = self.headroom = 0

    def takes(self, item: _Packed) -> bool:
        """Whether one more item keeps all three limits."""
        gas = OVERHEAD_GAS + self.expected + item.expected + max(self.headroom, item.worst)
        size = self.size + WORD + len(item.data)
        return gas <= MAX_GAS and size <= MAX_BYTES and self.count < MAX_ITEMS

    @property
    def count(self) -> int:
        """The number of items."""
        return len(self.chosen)

    def add(self, item: _Packed) -> None:
        """Put an item at the end."""
        self.chosen.append(item)
        self.size += WORD + len(item.data)
        self.expected += item.expected
        self.worst += item.worst
        self.headroom = max(self.headroom, item.worst)

    def batch(self) -> Batch:
        """Return the batch; its gas is what all items may need, where one transaction holds it."""
        whole = OVERHEAD_GAS + self.worst
        return Batch(
            tuple(one.leased for one in self.chosen),
            tuple(one.data for one in self.chosen),
            min(MAX_GAS_ALONE if self.count == 1 else MAX_GAS, whole),
        )


def pack(items: Sequence[LeasedItem], budgets: GasBudgets) -> list[Batch]:
    """Return batches in order of arrival, each within all three limits.

    An item that fills a batch alone travels alone; a sweep always does.
    """
    batches: list[Batch] = []
    filling = _Filling()
    for leased in items:
        if leased.item.is_sweep:
            batches.append(_sweep(leased))
            continue
        item = _pack_item(leased, budgets)
        if filling.chosen and not filling.takes(item):
            batches.append(filling.batch())
            filling = _Filling()
        filling.add(item)
    if filling.chosen:
        batches.append(filling.batch())
    return batches


def _sweep(leased: LeasedItem) -> Batch:
    data = leased.item.body
    gas = BASE_GAS + calldata_gas(data) + SWEEP_GAS
    return Batch((leased,), (data,), gas, sweep_target=leased.item.actor)


def _pack_item(leased: LeasedItem, budgets: GasBudgets) -> _Packed:
    item = leased.item
    signatures = tuple(
        PackedSignature(one.account, one.kind.value, one.data)
        for one in unpack_signatures(item.signatures)
    )
    packed = PackedIntent(
        kind=IntentKind[item.kind].value,
        actor=item.actor,
        intent_nonce=item.intent_nonce,
        deadline=item.deadline,
        body=item.body,
        signatures=signatures,
    )
    data = pack_intent(packed)
    worst, paid = budgets.of(leased, signatures), calldata_gas(data)
    return _Packed(leased, data, worst + paid, budgets.expected(leased, worst=worst) + paid)
