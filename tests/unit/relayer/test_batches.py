"""Batches keep to gas, number and bytes, in order of arrival; sweeps travel alone (P54)."""

from hypothesis import given
from hypothesis import strategies as st

from node.intents.messages import IntentKind
from node.outbox import sweeps
from node.outbox.items import OutboxItem
from node.outbox.queue import LeasedItem
from node.relayer.batches import MAX_BYTES, MAX_GAS, MAX_ITEMS, GasBudget, GasBudgets, pack

BUDGETS = GasBudgets({IntentKind.PAY_PREMIUM.name: GasBudget(150_000)})
ACTOR = "0x1" + "0" * 39


def leased(number: int, *, kind: IntentKind = IntentKind.PAY_PREMIUM, words: int = 6) -> LeasedItem:
    item = OutboxItem(
        digest=f"0x{number:064x}",
        kind=kind.name,
        actor=ACTOR,
        intent_nonce=number,
        deadline=2**40,
        body=b"\x01" * 32 * words,
    )
    return LeasedItem(number, item, 1)


def sweep(number: int) -> LeasedItem:
    item = sweeps.return_transfer(target="0x" + "ee" * 20, sender=ACTOR, returns_at=number)
    return LeasedItem(number, item, 1)


class TestPack:
    def test_nothing__makes_no_batch(self):
        assert pack([], BUDGETS) == []

    @given(st.lists(st.integers(0, 400), max_size=60))
    def test_every_batch__keeps_all_limits_and_nothing_is_lost(self, sizes: list[int]):
        items = [leased(number, words=words) for number, words in enumerate(sizes)]
        batches = pack(items, BUDGETS)
        for batch in batches:
            assert 1 <= len(batch.items) <= MAX_ITEMS
            assert len(batch.items) == 1 or batch.gas_limit <= MAX_GAS
            assert len(batch.items) == 1 or sum(map(len, batch.packed)) <= MAX_BYTES
        assert [one.id for batch in batches for one in batch.items] == list(range(len(sizes)))

    def test_cheap_items__fill_a_batch_by_number(self):
        cheap = GasBudgets({}, default=GasBudget(1_000))
        batches = pack([leased(n, words=0) for n in range(600)], cheap)
        assert next(len(one.items) for one in batches) == MAX_ITEMS

    def test_long_bodies__cost_gas_per_word(self):
        by_word = GasBudgets({}, default=GasBudget(100_000, per_word=10_000))
        short, long = (pack([leased(1, words=n)], by_word)[0].gas_limit for n in (1, 101))
        assert long - short >= 1_000_000

    def test_sweeps__travel_alone_to_their_own_contract(self):
        batches = pack([leased(1), sweep(2), leased(3)], BUDGETS)
        alone = [one for one in batches if one.sweep_target]
        assert len(alone) == 1
        assert alone[0].row_ids == (2,)
        assert alone[0].data == sweep(2).item.body
