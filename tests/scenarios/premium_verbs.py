"""Verbs of premiums: terms, bill, declare, owes, premium, cancel, refund, enrol, entitled."""

import enum

from node.domain.kinds import MemberKind, Proration, Scheme
from node.domain.plans.plan import PremiumPlan
from node.intents.bodies import PayDeclared, PayPremium
from node.intents.messages import IntentKind
from tests.fixtures.actors import EMPLOYER, INSURER, word
from tests.scenarios.cells import day, days, fen, ratio_bp, yes, yuan
from tests.scenarios.stage import Bill, Stage, named, unnamed
from tests.scenarios.story import verb

QUOTE_LASTS_S = 900
NO_CARE_TYPE = "0x" + "0" * 32
NO_BILL = "0x" + "0" * 64


class State(enum.IntEnum):
    """Where a bill stands, as people say it."""

    OPEN = 1
    PARTLY_PAID = 2
    PAID = 3
    CANCELLED = 4
    REFUNDED = 5
    OVERDUE = 6


class Reason(enum.IntEnum):
    """Why a premium is refunded."""

    BEFORE_START = 1
    DOUBLE_PAYMENT = 2
    TWO_SCHEMES = 3
    DEATH_BEFORE_START = 4


@verb("terms")
def terms(
    stage: Stage,
    name: str,
    scheme: str,
    kind: str,
    *,
    personal: str = "0.00",
    subsidy: str = "0.00",
    employer: str = "0%",
    employee: str = "0%",
    ceiling: str = "9999999.00",
    late: str = "0%",
    due: str = "0",
    grace: str = "0",
    backpay: str = "0",
    waiting: str = "0",
) -> None:
    """terms resident RESIDENT ADULT personal=400.03 subsidy=670.02 grace=10: premium rules."""
    who = MemberKind[kind]
    plan = PremiumPlan(
        personal_fen=tuple(fen(personal) if one is who else 0 for one in MemberKind),
        subsidy_fen=tuple(fen(subsidy) if one is who else 0 for one in MemberKind),
        employer_bp=ratio_bp(employer),
        employee_bp=ratio_bp(employee),
        base_ceiling_fen=fen(ceiling),
        late_fee_bp_per_day=ratio_bp(late),
        proration=Proration.NONE,
        due_days=int(due),
        grace_days=int(grace),
        backpay_days=int(backpay),
        waiting_fixed_months=int(waiting),
    )
    row = {"scheme": int(Scheme[scheme]), "member_kind": int(who), "care_type": NO_CARE_TYPE}
    stage.plans[unnamed(stage.plans, name)] = stage.claims.publish(name, plan, **row)


@verb("bill")
def bill(
    stage: Stage,
    name: str,
    member: str,
    plan: str,
    *,
    period: str,
    due: str,
    parts: str = "1",
    every: str = "0",
) -> None:
    """bill b1 ANN resident period=2026-04-01..2027-04-01 due=2026-04-10 parts=4 every=91."""
    version = named(stage.plans, plan)
    start, end = days(period)
    stage.premiums.issue(
        actor=INSURER,
        bill_id=word(name),
        member=stage.account(member),
        scheme=version.scheme,
        member_kind=version.member_kind,
        plan_id=version.plan_id,
        period_start=start,
        period_end=end,
        joined_day=start,
        due_day=day(due),
        parts=int(parts),
        part_interval_days=int(every),
    )
    stage.bills[unnamed(stage.bills, name)] = Bill(word(name))


@verb("declare")
def declare(stage: Stage, name: str, member: str, plan: str, *, wage: str, period: str) -> None:
    """declare e1 ANN employee wage=10000.50 period=2026-04-01..2026-05-01: by EMPLOYER."""
    person = stage.actor(member)
    start, end = days(period)
    stage.premiums.declare(
        actor=EMPLOYER,
        member=person.account,
        plan_id=named(stage.plans, plan).plan_id,
        period_start=start,
        period_end=end,
        joined_day=start,
        wage_fen=fen(wage),
    )
    bill_id = stage.premiums.declared_id(employer=EMPLOYER, member=person, start=start)
    stage.bills[unnamed(stage.bills, name)] = Bill(bill_id, is_declared=True)


@verb("owes")
def owes(
    stage: Stage,
    name: str,
    amount: str,
    *,
    part: str = "1",
    subsidy: str = "0.00",
    late: str = "0.00",
) -> None:
    """owes b1 100.01 part=2 subsidy=167.51: the quote of the next part, which its payer hears."""
    asked = named(stage.bills, name)
    asked.quote = stage.premiums.quote(asked.bill_id)
    asked.quoted_at = stage.world.now
    got = tuple(asked.quote[field] for field in ("totalFen", "part", "subsidyFen", "lateFeeFen"))
    said = f"got {yuan(got[0])}, part {got[1]}, subsidy {yuan(got[2])}, late fee {yuan(got[3])}"
    assert got == (fen(amount), int(part), fen(subsidy), fen(late)), said


@verb("premium")
def premium(
    stage: Stage,
    payer: str,
    name: str,
    *,
    cash: str = "0.00",
    medical: str = "0.00",
    part: str = "",
    signed: str = "",
) -> None:
    """premium ANN b1 cash=300.03 medical=100.00: pays as the payer last heard by `owes`."""
    owed, actor = named(stage.bills, name), stage.actor(payer)
    if not owed.quote:
        raise LookupError(f"nobody asked what {name} costs: `owes` comes first")
    revision, expiry = owed.quote["revision"], owed.quoted_at + QUOTE_LASTS_S
    if owed.is_declared and actor == EMPLOYER:
        declared = PayDeclared(owed.bill_id, revision, fen(cash), expiry)
        stage.premiums.collect("payDeclared", actor, declared)
        return
    number = int(part) if part else owed.quote["part"]
    body = PayPremium(owed.bill_id, number, revision, fen(medical), fen(cash), expiry)
    if signed:
        stage.send(IntentKind.PAY_PREMIUM, actor, body, signers=signed)
    else:
        stage.premiums.collect("pay", actor, body)


@verb("refund")
def refund(stage: Stage, insurer: str, name: str, reason: str) -> None:
    """refund INSURER b1 DOUBLE_PAYMENT: the whole bill, to the pockets that paid."""
    bill_id = named(stage.bills, name).bill_id
    stage.premiums.refund(bill_id, reason=Reason[reason], actor=stage.actor(insurer))


@verb("cancel")
def cancel(stage: Stage, actor: str, name: str) -> None:
    """cancel INSURER b1, cancel HOSPITAL v1: a bill that is unpaid, a claim that is unconfirmed."""
    if name in stage.bills:
        stage.premiums.cancel(stage.bills[name].bill_id, actor=stage.actor(actor))
        return
    claim = named(stage.visits, name).claim
    if claim is None:
        raise LookupError(f"{name} was not submitted")
    stage.claims.cancel(claim, provider=stage.actor(actor))


@verb("standing")
def standing(stage: Stage, name: str, state: str) -> None:
    """standing b1 OVERDUE: the state of a bill today."""
    got = stage.premiums.state_on(stage.wallets.today, bill_id=named(stage.bills, name).bill_id)
    assert got == State[state], f"got {State(got).name}"


@verb("covers")
def covers(stage: Stage, name: str, date: str, expected: str) -> None:
    """covers b1 2026-04-21 no: whether the bill pays for cover of that day."""
    got = stage.premiums.covers(day(date), bill_id=named(stage.bills, name).bill_id)
    assert got == yes(expected), f"got {'yes' if got else 'no'}"


@verb("enrol")
def enrol(
    stage: Stage,
    member: str,
    plan: str,
    *,
    period: str,
    bill: str = "",
    late: str = "no",
    missed: str = "0",
) -> None:
    """enrol ANN resident period=2026-04-01..2027-04-01 bill=b1 late=yes missed=1: by INSURER."""
    version = named(stage.plans, plan)
    start, end = days(period)
    stage.premiums.enrol(
        actor=INSURER,
        member=stage.account(member),
        scheme=version.scheme,
        member_kind=version.member_kind,
        plan_id=version.plan_id,
        bill_id=named(stage.bills, bill).bill_id if bill else NO_BILL,
        start_day=start,
        end_day=end,
        late=yes(late),
        missed_years=int(missed),
    )
    stage.coverages[member] = start


@verb("entitled")
def entitled(stage: Stage, member: str, date: str) -> None:
    """entitled ANN 2026-05-01: care of that day is paid."""
    start = named(stage.coverages, member)
    arguments = (stage.account(member), int(Scheme.RESIDENT), start, day(date))
    stage.world.call("CoverageRegistry", "requireActive", *arguments)
