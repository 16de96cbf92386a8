"""Packing intents of any kind into few transactions: by gas, number and bytes (P54)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from node.chain.packing import EXECUTE, PackedIntent, PackedSignature, pack_array, pack_intent, uint
from node.domain.parties import SignerKind
from node.intents.messages import IntentKind
from node.outbox.items import unpack_signatures
from node.outbox.queue import LeasedItem

MAX_GAS = 15_000_000
MAX_ITEMS = 250
MAX_BYTES = 120 * 1024
BASE_GAS = 21_000
ROUTER_GAS = 60_000
"""Role check, transient lock and the loop itself."""
ITEM_GAS = 25_000
"""Decoding, look-up of the signer, secp256k1 recovery and the nonce bit, per item."""
P256_GAS = 330_000
"""A P-256 signature where the chain has no precompile; budgets must hold everywhere."""
SWEEP_GAS = 500_000
WORD = 32


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


def pack(items: Sequence[LeasedItem], budgets: GasBudgets) -> list[Batch]:
    """Return batches in order of arrival, each within all three limits.

    An item that fills a batch alone travels alone; a sweep always does.
    """
    batches: list[Batch] = []
    chosen: list[LeasedItem] = []
    packed: list[bytes] = []
    gas, size = BASE_GAS + ROUTER_GAS, 0

    def finish() -> None:
        nonlocal gas, size
        if chosen:
            batches.append(Batch(tuple(chosen), tuple(packed), gas))
        chosen.clear()
        packed.clear()
        gas, size = BASE_GAS + ROUTER_GAS, 0

    for leased in items:
        if leased.item.is_sweep:
            batches.append(_sweep(leased))
            continue
        data, cost = _pack_item(leased, budgets)
        full = gas + cost > MAX_GAS or size + len(data) > MAX_BYTES or len(chosen) >= MAX_ITEMS
        if full:
            finish()
        chosen.append(leased)
        packed.append(data)
        gas, size = gas + cost, size + len(data)
    finish()
    return batches


def _sweep(leased: LeasedItem) -> Batch:
    data = leased.item.body
    gas = BASE_GAS + calldata_gas(data) + SWEEP_GAS
    return Batch((leased,), (data,), gas, sweep_target=leased.item.actor)


def _pack_item(leased: LeasedItem, budgets: GasBudgets) -> tuple[bytes, int]:
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
    return data, budgets.of(leased, signatures) + calldata_gas(data)
