"""Batches keep to gas, number and bytes, in order of arrival; sweeps travel alone (P54)."""

from hypothesis import given
from hypothesis import strategies as st

from node.domain.parties import SignerKind
from node.intents.messages import IntentKind, Signature
from node.outbox import sweeps
from node.outbox.items import OutboxItem, pack_signatures
from node.outbox.queue import LeasedItem
from node.relayer.batches import (
    EXPECTED_GAS,
    ITEM_GAS,
    MAX_BYTES,
    MAX_GAS,
    MAX_GAS_ALONE,
    MAX_ITEMS,
    OVERHEAD_GAS,
    P256_GAS,
    GasBudget,
    GasBudgets,
    calldata_gas,
    pack,
)

PREMIUM_GAS = 150_000
BUDGETS = GasBudgets({IntentKind.PAY_PREMIUM.name: GasBudget(PREMIUM_GAS)})
ACTOR = "0x1" + "0" * 39


def leased(
    number: int,
    *,
    kind: IntentKind = IntentKind.PAY_PREMIUM,
    words: int = 6,
    attempts: int = 1,
    signatures: tuple[Signature, ...] = (),
) -> LeasedItem:
    item = OutboxItem(
        digest=f"0x{number:064x}",
        kind=kind.name,
        actor=ACTOR,
        intent_nonce=number,
        deadline=2**40,
        body=b"\x01" * 32 * words,
        signatures=pack_signatures(signatures),
    )
    return LeasedItem(number, item, attempts)


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
            assert len(batch.items) == 1 or len(batch.data) <= MAX_BYTES
            assert batch.gas_limit <= MAX_GAS_ALONE
        assert [one.id for batch in batches for one in batch.items] == list(range(len(sizes)))

    def test_cheap_items__fill_a_batch_by_number(self):
        cheap = GasBudgets({}, default=GasBudget(1_000))
        batches = pack([leased(n, words=0) for n in range(600)], cheap)
        assert next(len(one.items) for one in batches) == MAX_ITEMS

    def test_item_that_wants_more_than_a_transaction__gets_what_one_holds(self):
        """A node takes nothing above the cap; whether it suffices, the simulation tells."""
        greedy = GasBudgets({}, default=GasBudget(40_000_000))
        assert [one.gas_limit for one in pack([leased(1), leased(2)], greedy)] == [2**24] * 2

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


def gas_of(item: LeasedItem) -> tuple[int, int]:
    """Return what a premium payment is expected to use and needs at most, call data included."""
    (alone,) = pack([item], BUDGETS)
    paid = calldata_gas(alone.packed[0])
    return EXPECTED_GAS["PAY_PREMIUM"] + paid, PREMIUM_GAS + ITEM_GAS + paid


class TestExpectedGas:
    """P54: a batch is filled by what items use, and always leaves the whole budget of one."""

    def test_fresh_items__fill_a_batch_by_what_they_are_expected_to_use(self):
        items = [leased(7, words=6) for _ in range(250)]
        expected, worst = gas_of(items[0])
        most = (MAX_GAS - OVERHEAD_GAS - worst) // expected
        assert len(pack(items, BUDGETS)[0].items) == most
        assert most > (MAX_GAS - OVERHEAD_GAS) // worst, "more than whole budgets would allow"

    def test_items_tried_before__count_with_their_whole_budget(self):
        items = [leased(7, attempts=2) for _ in range(250)]
        _, worst = gas_of(items[0])
        most = (MAX_GAS - OVERHEAD_GAS - worst) // worst
        batches = pack(items, BUDGETS)
        assert len(batches[0].items) == most
        assert all(one.gas_limit == OVERHEAD_GAS + len(one.items) * worst for one in batches)

    def test_largest_budget_of_a_batch__is_left_once(self):
        """One expensive item among many takes their room, wherever it stands."""
        dear = GasBudgets({**BUDGETS.by_kind, "DEPOSIT": GasBudget(6_000_000)})
        cheap = [leased(7) for _ in range(200)]
        deposit = leased(8, kind=IntentKind.DEPOSIT)
        expected, worst = gas_of(cheap[0])
        first = len(pack([deposit, *cheap], dear)[0].items)
        last = [len(one.items) for one in pack([*cheap, deposit], dear)]
        headroom = 6_000_000 + ITEM_GAS + worst - PREMIUM_GAS - ITEM_GAS
        assert first == 1 + (MAX_GAS - OVERHEAD_GAS - 2 * headroom) // expected
        assert last[-1] == 200 - last[0] + 1
        assert last[0] == (MAX_GAS - OVERHEAD_GAS - worst) // expected

    def test_limit__is_what_all_may_need_and_never_over_the_cap(self):
        few, many = ([leased(7) for _ in range(count)] for count in (3, 100))
        _, worst = gas_of(few[0])
        assert pack(few, BUDGETS)[0].gas_limit == OVERHEAD_GAS + 3 * worst
        assert pack(many, BUDGETS)[0].gas_limit == MAX_GAS

    def test_expected_gas__is_never_more_than_the_budget(self):
        tight = GasBudgets({IntentKind.PAY_PREMIUM.name: GasBudget(20_000)})
        item = leased(1)
        assert tight.expected(item, worst=45_000) == 45_000
        assert tight.expected(item, worst=450_000) == EXPECTED_GAS["PAY_PREMIUM"]
        assert tight.expected(leased(1, kind=IntentKind.DEPOSIT), worst=450_000) == 450_000

    def test_p256_signature__counts_where_the_chain_has_no_precompile(self):
        found = [
            Signature(ACTOR, kind, b"\x01" * length)
            for kind, length in ((SignerKind.SECP256K1, 65), (SignerKind.P256, 128))
        ]
        plain, passkey = (leased(1, signatures=(one,)) for one in found)
        limits = [pack([one], BUDGETS)[0] for one in (plain, passkey)]
        data = [calldata_gas(one.packed[0]) for one in limits]
        gas = limits[1].gas_limit - limits[0].gas_limit - (data[1] - data[0])
        assert gas == P256_GAS


class TestBytes:
    def test_long_bodies__fill_a_batch_by_bytes(self):
        cheap = GasBudgets({}, default=GasBudget(1_000))
        items = [leased(n, kind=IntentKind.PUBLISH_PLAN, words=200) for n in range(40)]
        batches = pack(items, cheap)
        size = len(batches[0].packed[0])
        by_gas = MAX_GAS // calldata_gas(batches[0].packed[0])
        assert len(batches[0].items) == min(MAX_BYTES // size, by_gas)
        assert all(sum(map(len, one.packed)) <= MAX_BYTES for one in batches)
