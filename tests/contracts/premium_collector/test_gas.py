"""What a payment costs inside a batch, without the router's own part.

The bar for the whole is 60,000 a payment; scripts/bench prints the figures with the router.
"""

from dataclasses import replace

import pytest

from tests.fixtures.actors import OPERATOR, Member, word
from tests.fixtures.evm.in_process import Outcome
from tests.fixtures.evm.premiums import LATER, PERSONAL, POOLED, RESIDENT_PLAN, Premiums

BATCH = 12
ROUTER = 2
MEMBERS = tuple(Member(f"MEMBER_{number}") for number in range(BATCH))


def prepare(premiums: Premiums) -> None:
    """Register the members with money, and let a batching contract call the handlers."""
    world = premiums.world
    for member in MEMBERS:
        world.handle("MemberRegistry", "open", OPERATOR, member.opening)
        premiums.give(member.account, 1_000_000)
    premiums.give(POOLED, 1)
    batch = world.create("PaymentBatch")
    world.transact("NetworkAuthority", "grantRole", ROUTER, batch, 0, sender=world.deployer)


def costs(outcome: Outcome) -> list[int]:
    """Return the gas of each payment of a batch; the first warms the slots that all share."""
    gas = [int(event["gas"]) for event in outcome.all("GasUsed")]
    print(f"gas per payment: {gas[0]:,} the first, then {max(gas[1:]):,}")
    return gas


class TestGas:
    @pytest.mark.parametrize(
        ("subsidy_fen", "limit"), [((0,) * 6, 34_000), (RESIDENT_PLAN.subsidy_fen, 38_500)]
    )
    def test_batched_payment_from_cash__stays_within_the_bar(
        self, premiums: Premiums, subsidy_fen: tuple[int, ...], limit: int
    ) -> None:
        prepare(premiums)
        premiums.put_plan(replace(RESIDENT_PLAN, subsidy_fen=subsidy_fen), version=2)
        for member in MEMBERS:
            premiums.issue(bill_id=word(member.name), member=member.account, plan_version=2)
        bodies = [(word(member.name), 1, 1, 0, PERSONAL, LATER) for member in MEMBERS]
        actors = [member.account for member in MEMBERS]
        collector = premiums.world.address("PremiumCollector")
        outcome = premiums.world.transact("PaymentBatch", "pay", collector, actors, bodies)
        assert len(outcome.all("PremiumPaid")) == BATCH
        assert max(costs(outcome)[1:]) <= limit
