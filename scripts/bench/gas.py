#!/usr/bin/env python3
"""Gas of batched premium payments and settled claims, per item, against the bars of the design.

.venv/bin/python scripts/bench/gas.py [--items 50] [--json]

Everything an item costs is counted: the transaction, calldata, signatures, rules, ledgers and
events. A batch holds one item for each of as many members: "first" is the first payment or the
first claim of the year of every one of them, so that their slots are new; "later" is their second.
The bars of the design are for "later", the limits for batches of 50. Exit code 1 when an item is
over its limit; table and JSON go to build/ as well. The in-process EVM counts the same gas on any
machine.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("ETH_HASH_BACKEND", "pysha3")

from node.chain import accounts
from node.chain.abi.plans import plan_id_hash
from node.domain.days import parse_day
from node.domain.ids import Level
from node.domain.kinds import CareScope, FundKind, ItemClass, LayerKind, MemberKind, Pocket, Scheme
from node.domain.money import UNLIMITED
from node.domain.plans.plan import Band, BenefitPlan, Layer, LevelRule, PremiumPlan
from node.intents.bodies import IssueBill, OpenWallet, PayPremium, SettleClaim
from node.intents.messages import IntentKind
from tests.fixtures.actors import HOSPITAL, INSURER, OPERATOR, REGION, Member, word
from tests.fixtures.evm.claims import Claims, deploy_claims, fee_line
from tests.fixtures.evm.in_process import Outcome
from tests.fixtures.evm.world import World

# Bar and aim of the design, for an item whose slots exist.
BARS = {"premium payment": (60_000, 45_000), "settled claim": (160_000, 120_000)}
# What an item may cost: "later" the bar; "first", which has none, what was measured and 3 %, so
# that a change for the worse is seen.
LIMITS = {
    ("premium payment", "first"): 79_600,
    ("premium payment", "later"): 60_000,
    ("settled claim", "first"): 215_800,
    ("settled claim", "later"): 160_000,
}
TARGET = Path(__file__).resolve().parents[2] / "build"
START, END = parse_day("2026-04-01"), parse_day("2027-04-01")
LAYERS = (
    Layer(LayerKind.BIG_ILLNESS, deductible_fen=1_000, bands=(Band(UNLIMITED, 6_000),)),
    Layer(LayerKind.AID, ratio_bp=7_000, cap_fen=3_000_000, categories=1),
)
PLAN = BenefitPlan(
    scope=CareScope.OUTPATIENT,
    levels=(LevelRule(Level("3"), (20_000,), (Band(1_000_000, 8_000), Band(UNLIMITED, 9_000))),),
    layers=LAYERS,
)
PREMIUM = PremiumPlan(personal_fen=(0, 40_000, 0, 0, 0, 0), subsidy_fen=(0, 67_000, 0, 0, 0, 0))


@dataclass(frozen=True)
class Row:
    """One batch: what it held, gas of one item, bar and aim."""

    name: str
    state: str
    items: int
    gas_per_item: int

    @property
    def limit(self) -> int:
        """Return what an item may cost today."""
        return LIMITS[self.name, self.state]

    @property
    def bar(self) -> int:
        """Return the most an item may cost by the design, once its slots exist."""
        return BARS[self.name][0]

    @property
    def aim(self) -> int:
        """Return what an item should cost."""
        return BARS[self.name][1]

    @property
    def verdict(self) -> str:
        """Return what the figure means in words."""
        if self.gas_per_item > self.limit:
            return "OVER THE LIMIT"
        if self.gas_per_item <= self.aim:
            return "aim reached"
        if self.gas_per_item <= self.bar:
            return "bar reached"
        return "over the bar" if self.state == "later" else "within the limit"


class Bench:
    """A network with as many members as a batch has items."""

    def __init__(self, items: int) -> None:
        self.members = [Member(f"MEMBER {number}", categories=1) for number in range(items)]
        self.claims: Claims = deploy_claims(None)
        self.world: World = self.claims.world
        self.claims.publish("bench", PLAN, care_type="0x" + b"BENCH".hex().ljust(32, "0"))
        yearly = {"member_kind": int(MemberKind.ADULT), "scheme": int(Scheme.FLEXIBLE)}
        self.claims.publish("bench premium", PREMIUM, care_type="0x" + "0" * 32, **yearly)
        subsidies = accounts.fund(REGION, Scheme.FLEXIBLE, FundKind.SUBSIDY)
        self.claims.give(subsidies, 10**12)
        for member in self.members:
            self._admit(member)

    def _admit(self, member: Member) -> None:
        world = self.world
        world.handle("MemberRegistry", "open", OPERATOR, member.opening)
        world.handle("MemberRegistry", "openWallet", member, OpenWallet(word("terms")))
        self.claims.enrol(member)
        self.claims.give(member.account, 10_000_000)
        self.claims.give(member.account, 10_000_000, Pocket.MEDICAL)

    def _issue(self, member: Member, number: int) -> str:
        bill_id = word(f"bill {number} of {member.name}")
        body = IssueBill(
            bill_id=bill_id,
            member=member.account,
            scheme=int(Scheme.FLEXIBLE),
            member_kind=int(MemberKind.ADULT),
            region=REGION,
            plan_id=plan_id_hash("bench premium"),
            plan_version=1,
            period_start=START + 400 * number,
            period_end=END + 400 * number,
            joined_day=START + 400 * number,
            due_day=START,
            parts=1,
            part_interval_days=0,
        )
        self.world.handle("PremiumCollector", "issue", INSURER, body)
        return bill_id

    def premiums(self, number: int) -> Outcome:
        """Let every member pay a bill of its own."""
        batch = []
        for member in self.members:
            bill_id = self._issue(member, number)
            moment = self.world.now + 3_600
            quote = self.world.call("PremiumCollector", "quote", bill_id, moment)
            body = PayPremium(bill_id, quote[0], quote[1], 0, quote[-1], 2**63)
            intent = self.world.intent(
                IntentKind.PAY_PREMIUM, member, body, nonce=(7 << 64) + number
            )
            batch.append(self.world.sign(intent, member))
        return self.world.send(*batch)

    def settlements(self, number: int) -> Outcome:
        """Settle a claim of every member at one hospital: four lines, two layers pay."""
        batch = []
        for place, member in enumerate(self.members):
            body = self._claim(member, number)
            nonce = (7 << 64) + 1_000 + number * len(self.members) + place
            intent = self.world.intent(IntentKind.SETTLE_CLAIM, HOSPITAL, body, nonce=nonce)
            batch.append(self.world.sign(intent, HOSPITAL, member))
        return self.world.send(*batch)

    def _claim(self, member: Member, number: int) -> SettleClaim:
        lines = (
            fee_line(90_000 + number, name=f"{member.name} bed"),
            fee_line(30_000, ItemClass.B, self_pay_bp=1_000, name=f"{member.name} drug {number}"),
            fee_line(20_000, over_fen=2_000, name=f"{member.name} implant {number}"),
            fee_line(5_000, ItemClass.C, name=f"{member.name} meal {number}"),
        )
        body = self.claims.body(*lines, member=member.account, plan_id=plan_id_hash("bench"))
        quoted = self.claims.quoted(replace(body, quote_expires_at=2**63))
        assert quoted.expected_fund_fen > 0
        return quoted


def gas_of(outcome: Outcome, items: int) -> int:
    """Return the gas of one item; every item must have been executed."""
    executed = len(outcome.all("IntentExecuted"))
    if executed != items:
        raise SystemExit(f"only {executed} of {items} executed: {set(outcome.names)}")
    return outcome.gas_used // items


def measure(items: int) -> list[Row]:
    """Return the rows of the table."""
    bench = Bench(items)
    runs: dict[str, Callable[[int], Outcome]] = {
        "premium payment": bench.premiums,
        "settled claim": bench.settlements,
    }
    return [
        Row(name, state, items, gas_of(run(number), items))
        for name, run in runs.items()
        for number, state in enumerate(("first", "later"))
    ]


def table_of(rows: list[Row]) -> str:
    """Return the table for people."""
    head = ("item", "state", "items", "gas", "limit", "bar", "aim")
    lines = ["{:<16} {:<6} {:>5} {:>8} {:>8} {:>8} {:>8}  result".format(*head)]
    for row in rows:
        figures = (row.gas_per_item, row.limit, row.bar, row.aim)
        shown = " ".join(f"{figure:>8,}" for figure in figures)
        lines.append(f"{row.name:<16} {row.state:<6} {row.items:>5} {shown}  {row.verdict}")
    return "\n".join(lines) + "\n"


def json_of(rows: list[Row]) -> str:
    """Return the figures for programs."""
    shown = [
        vars(row) | {"limit": row.limit, "bar": row.bar, "aim": row.aim, "verdict": row.verdict}
        for row in rows
    ]
    return json.dumps({"rows": shown, "passed": not over(rows)}, indent=1) + "\n"


def over(rows: list[Row]) -> list[Row]:
    """Return the rows over their limit."""
    return [row for row in rows if row.gas_per_item > row.limit]


def main() -> int:
    """Run the command line and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--items", type=int, default=50, help="items in a batch (default 50)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    rows = measure(options.items)
    TARGET.mkdir(exist_ok=True)
    (TARGET / "gas.txt").write_text(table_of(rows))
    (TARGET / "gas.json").write_text(json_of(rows))
    print(json_of(rows) if options.json else table_of(rows), end="")
    return int(bool(over(rows)))


if __name__ == "__main__":
    sys.exit(main())
