"""What the verbs of stories act on: the network, its people and funds, and what a story named."""

from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from node.domain.kinds import Pocket
from node.intents.bodies import IntentBody, PublishPlan, SettleClaim
from node.intents.messages import IntentKind
from tests.fixtures import actors
from tests.fixtures.actors import Actor
from tests.fixtures.evm import claims, premiums
from tests.fixtures.evm.claims import Claims, Settled
from tests.fixtures.evm.in_process import SKIP_REASONS, Outcome, Revert, decode_error, selector_of
from tests.fixtures.evm.premiums import Premiums
from tests.fixtures.evm.wallet import Wallets
from tests.fixtures.evm.world import World

Thing = TypeVar("Thing")

FUNDS = {
    "POOLED": claims.POOLED,
    "POOLED.EMPLOYEE": premiums.POOLED_EMPLOYEE,
    "POOLED.FLEXIBLE": premiums.POOLED_FLEXIBLE,
    "BIG_ILLNESS": claims.BIG_ILLNESS,
    "AID": claims.AID,
    "SUBSIDY": premiums.SUBSIDIES,
    "CAMPAIGN": claims.CAMPAIGN,
}
TECHNICAL = {
    "HOSPITAL.RECEIVABLE": claims.RECEIVABLE,
    "HOSPITAL.RETENTION": claims.RETENTION,
}


@dataclass
class Bill:
    """A bill of the story: its id on the chain, and the quote that its payer last heard."""

    bill_id: str
    is_declared: bool = False
    quote: dict[str, int] = field(default_factory=dict)
    quoted_at: int = 0


@dataclass
class Visit:
    """Care of the story: what its claim will say, the quoted claim, what became of it."""

    name: str
    provider: Actor
    terms: dict[str, Any]
    lines: list[Any] = field(default_factory=list)
    quoted: SettleClaim | None = None
    claim: Settled | None = None


class Stage:
    """One story on a network that nobody else touches meanwhile."""

    def __init__(self, world: World, cast: frozenset[str]) -> None:
        self.world, self.cast = world, cast
        self.wallets, self.premiums, self.claims = Wallets(world), Premiums(world), Claims(world)
        self.plans: dict[str, PublishPlan] = {}
        self.coverages: dict[str, int] = {}
        self.bills: dict[str, Bill] = {}
        self.visits: dict[str, Visit] = {}

    def copy(self) -> "Stage":
        """Return a stage on the same network whose names the next story may change."""
        other = Stage(self.world, self.cast)
        other.plans, other.coverages = dict(self.plans), dict(self.coverages)
        other.bills = {name: replace(bill) for name, bill in self.bills.items()}
        other.visits = {
            name: replace(visit, lines=list(visit.lines)) for name, visit in self.visits.items()
        }
        return other

    def actor(self, name: str) -> Actor:
        """Return a named actor of the cast. Errors: LookupError."""
        found = getattr(actors, name, None)
        if name not in self.cast or not isinstance(found, Actor):
            raise LookupError(f"nobody in the cast is called {name}")
        return found

    def account(self, name: str) -> str:
        """Return the account of an actor. Errors: LookupError."""
        return self.actor(name).account

    def place(self, cell: str) -> tuple[str, Pocket]:
        """Return account and pocket of `ANN.MEDICAL`, `HOSPITAL`, `HOSPITAL.RECEIVABLE`, `POOLED`.

        Members name a pocket, all others have CASH alone. Errors: LookupError.
        """
        if cell in FUNDS:
            return FUNDS[cell], Pocket.CASH
        name, _, pocket = cell.partition(".")
        actor = self.actor(name)
        if cell in TECHNICAL:
            return TECHNICAL[cell], Pocket.CASH
        if isinstance(actor, actors.Member) != (pocket in Pocket.__members__):
            raise LookupError(f"{cell}: members name a pocket, and nobody else does")
        return actor.account, Pocket[pocket] if pocket else Pocket.CASH

    def send(self, kind: IntentKind, actor: Actor, body: IntentBody, *, signers: str) -> Outcome:
        """Execute an intent that the named actors have signed. Errors: Revert, also for a skip."""
        intent = self.world.intent(kind, actor, body)
        signed = self.world.sign(intent, *map(self.actor, signers.split(",")))
        outcome = self.world.send(signed)
        for refused in outcome.all("IntentRefused"):
            raise decode_error(str(refused["reason"]))
        for skipped in outcome.all("IntentSkipped"):
            name = next(one for one in SKIP_REASONS if selector_of(one) == skipped["reason"])
            raise Revert(name, (), b"")
        return outcome


def named(things: dict[str, Thing], name: str) -> Thing:
    """Return what a story called by that name. Errors: LookupError."""
    if name not in things:
        raise LookupError(f"nothing is called {name} here")
    return things[name]


def unnamed(things: dict[str, Any], name: str) -> str:
    """Return a name that nothing has yet. Errors: LookupError."""
    if name in things:
        raise LookupError(f"two things are called {name}")
    return name
