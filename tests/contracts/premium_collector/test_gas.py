"""What a payment costs inside a batch, without the router's own part (about 21,000)."""

import pytest

from node.domain.kinds import Scheme
from node.intents.bodies import OpenMember, PayDeclared, PayPremium
from tests.fixtures.actors import EMPLOYER, OPERATOR, Member, word
from tests.fixtures.evm import Outcome
from tests.fixtures.premiums import LATER, MONTH, PERSONAL, POOLED, Premiums

BATCH = 12
ROUTER = 2
MEMBERS = tuple(Member(f"MEMBER_{number}") for number in range(BATCH))
RESIDENT_LIMIT = 38_000
RESIDENT_WITHOUT_SUBSIDY_LIMIT = 34_000


def opened(premiums: Premiums) -> Premiums:
    """Register the members and let a batching contract call the handlers."""
    world = premiums.world
    for member in MEMBERS:
        world.handle("MemberRegistry", "open", OPERATOR, member.opening)
        premiums.give(member.account, 1_000_000)
    batch = world.create("PaymentBatch")
    world.transact("NetworkAuthority", "grantRole", ROUTER, batch, 0, sender=world.deployer)
    return premiums


def costs(outcome: Outcome) -> list[int]:
    """Return the gas of the payments of a batch, dearest first, without the first."""
    gas = [event["gas"] for event in outcome.all("GasUsed")]
    print("gas per payment:", gas[0], gas[1:])
    return sorted(gas[1:], reverse=True)


class TestGas:
    def test_batched_payment_from_cash__stays_within_the_bar(self, premiums: Premiums) -> None:
        opened(premiums)
        premiums.give(POOLED, 1)
        for member in MEMBERS:
            premiums.issue(bill_id=word(member.name), member=member.account)
        bodies = [
            (word(member.name), 1, 1, 0, PERSONAL, LATER) for member in MEMBERS
        ]
        outcome = premiums.world.transact(
            *("PaymentBatch", "pay", premiums.world.address("PremiumCollector")),
            *([member.account for member in MEMBERS], bodies),
        )
        assert costs(outcome)[0] < RESIDENT_LIMIT
