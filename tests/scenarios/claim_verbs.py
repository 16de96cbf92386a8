"""Verbs of claims: benefits, visit, line, quote, settle, submit, confirm, reverse, year, debt."""

from dataclasses import replace

from node.domain.claims import ClaimState
from node.domain.ids import Level
from node.domain.kinds import CareScope, CashMode, ItemClass, LayerKind, MemberKind
from node.domain.money import UNLIMITED
from node.domain.plans.plan import Band, BenefitPlan, Layer, LevelRule
from node.intents.messages import IntentKind
from tests.fixtures.actors import word
from tests.fixtures.evm.claims import NO_ID, NOBODY, Settled, fee_line
from tests.scenarios.cells import days, fen, ratio_bp, yuan
from tests.scenarios.stage import Stage, Visit, named, unnamed
from tests.scenarios.story import verb

QUOTE_LASTS_S = 900
PAYERS = ("pooled", "bigIllness", "aid", "supplementary", "provider", "medical", "family", "cash")


@verb("benefits")
def benefits(
    stage: Stage,
    name: str,
    scope: str,
    kind: str,
    *,
    deductible: str = "0.00",
    bands: str,
    cap: str = "",
    account_pays: str = "in_scope_self_pay",
    over_limit: str = "member",
    big_illness: str = "",
    level: str = "",
    version: str = "1",
    valid: str = "2025-01-01..2100-01-01",
) -> None:
    """benefits clinic OUTPATIENT ADULT deductible=200.00/year bands=50% cap=1000.00/year

    `deductible` is a sum over the claim or the year, or a ladder of stays 400.00,280.00;
    `big_illness=2000.00,60%` pays a ratio of the year's compliant self-pay above a deductible.
    """
    ladder, over_year = _over(deductible)
    cap_fen, cap_over_year = _over(cap) if cap else ((UNLIMITED,), False)
    steps = (ladder, tuple(map(_band, bands.split(","))))
    plan = BenefitPlan(
        scope=CareScope[scope],
        levels=(LevelRule(Level(level), *steps),),
        deductible_over_year=over_year,
        fund_cap_fen=cap_fen[0],
        fund_cap_over_year=cap_over_year,
        account_pays_all=_chosen(account_pays, "in_scope_self_pay", "all_self_pay"),
        provider_bears_over_limit=_chosen(over_limit, "member", "provider"),
        layers=(_big_illness(big_illness),) if big_illness else (),
    )
    start, end = days(valid)
    row = {"version": int(version), "valid_from": start, "valid_until": end}
    published = stage.claims.publish(name, plan, member_kind=int(MemberKind[kind]), **row)
    stage.plans[unnamed(stage.plans, f"{name}/{version}")] = published


@verb("visit")
def visit(
    stage: Stage,
    name: str,
    member: str,
    plan: str,
    *,
    at: str,
    on: str,
    family: str = "",
    cash: str = "WALLET",
    replaces: str = "",
    number: str = "",
) -> None:
    """visit v1 ANN clinic/1 at=HOSPITAL on=2026-03-01..2026-03-04 family=BEN cash=COUNTER."""
    version = named(stage.plans, plan)
    start, end = days(on)
    terms = {
        "member": stage.account(member),
        "claim_number_hash": word(number or name),
        "plan_id": version.plan_id,
        "plan_version": version.version,
        "coverage_start": stage.coverages.get(member, start),
        "service_start": start,
        "service_end": end,
        "cash_mode": int(CashMode[cash]),
        "family_holder": stage.account(family) if family else NOBODY,
        "replaces": _claim(stage, replaces).claim_id if replaces else NO_ID,
    }
    stage.visits[unnamed(stage.visits, name)] = Visit(name, stage.actor(at), terms)


@verb("line")
def line(
    stage: Stage,
    name: str,
    item_class: str,
    gross: str,
    *,
    over: str = "0.00",
    pre_self: str = "0%",
    item: str = "",
) -> None:
    """line v1 B 600.00 pre_self=5% over=10.00 item=drug: one fee line; same item, same line."""
    care = named(stage.visits, name)
    care.lines.append(
        fee_line(
            fen(gross),
            ItemClass[item_class],
            over_fen=fen(over),
            self_pay_bp=ratio_bp(pre_self),
            name=item or f"{name} {len(care.lines)}",
        )
    )


@verb("quote")
def quote(
    stage: Stage,
    name: str,
    *,
    own: str = "0.00",
    over: str = "0.00",
    pre_self: str = "0.00",
    deductible: str = "0.00",
    pooled: str = "0.00",
    big_illness: str = "0.00",
    provider: str = "0.00",
    medical: str = "0.00",
    family: str = "0.00",
    cash: str = "0.00",
) -> None:
    """quote v1 deductible=200.00 pooled=400.00 cash=600.00: all figures; those not named are 0."""
    care = named(stage.visits, name)
    body = stage.claims.body(*care.lines, **care.terms)
    body = replace(body, quote_expires_at=stage.world.now + QUOTE_LASTS_S)
    decision = stage.claims.quote(body, provider=care.provider)
    expected = {
        **dict.fromkeys(("aidFen", "supplementaryFen"), 0),
        "ownFen": fen(own),
        "overFen": fen(over),
        "preSelfFen": fen(pre_self),
        "deductibleFen": fen(deductible),
        "pooledFen": fen(pooled),
        "bigIllnessFen": fen(big_illness),
        "providerFen": fen(provider),
        "medicalFen": fen(medical),
        "familyFen": fen(family),
        "cashFen": fen(cash),
    }
    got = decision["settlement"]
    differ = {
        key.removesuffix("Fen"): yuan(got[key]) for key in expected if got[key] != expected[key]
    }
    assert not differ, f"got {differ}"
    parts = sum(got[f"{payer}Fen"] for payer in PAYERS)
    assert parts == got["totalFen"], "the parts do not add up to the total"
    care.quoted = stage.claims.quoted(body, provider=care.provider, decision=decision)


@verb("settle")
def settle(stage: Stage, name: str, *, signed: str = "") -> None:
    """settle v1 signed=HOSPITAL,ANN: as quoted; with signatures through the router."""
    care = named(stage.visits, name)
    if care.quoted is None:
        raise LookupError(f"{name} was not quoted")
    if signed:
        kind = IntentKind.SETTLE_CLAIM
        outcome = stage.send(kind, care.provider, care.quoted, signers=signed)
    else:
        outcome = stage.claims.handle("settle", care.provider, care.quoted)
    event = outcome.one("ClaimSettled")
    care.claim = Settled(event["claimId"], care.quoted, outcome, event["evidence"])


@verb("submit")
def submit(stage: Stage, name: str) -> None:
    """submit v1: as quoted; the money is held until the member confirms."""
    care = named(stage.visits, name)
    if care.quoted is None:
        raise LookupError(f"{name} was not quoted")
    outcome = stage.claims.handle("submit", care.provider, care.quoted)
    event = outcome.one("ClaimAdjudicated")
    care.claim = Settled(event["claimId"], care.quoted, outcome, event["evidence"])


@verb("confirm")
def confirm(stage: Stage, member: str, name: str, amount: str) -> None:
    """confirm ANN v1 600.00: the member agrees to the own share."""
    claim = _claim(stage, name)
    stage.claims.confirm(claim, actor=stage.actor(member), member_fen=fen(amount))


@verb("lapse")
def lapse(stage: Stage, name: str) -> None:
    """lapse v1: anybody sweeps a claim that nobody confirmed in time."""
    stage.claims.expire(_claim(stage, name).claim_id)


@verb("reverse")
def reverse(stage: Stage, actor: str, names: str) -> None:
    """reverse HOSPITAL v2,v1: all or none, in the order written."""
    claims = [_claim(stage, name) for name in names.split(",")]
    stage.claims.reverse(*claims, actor=stage.actor(actor))


@verb("claim")
def claim_state(stage: Stage, name: str, state: str) -> None:
    """claim v1 SETTLED: the stored state."""
    got = ClaimState(stage.claims.state(_claim(stage, name).claim_id))
    assert got == ClaimState[state], f"got {got.name}"


@verb("year")
def year(
    stage: Stage,
    member: str,
    number: str,
    scope: str,
    *,
    deductible: str,
    bands: str,
    fund: str,
    self_pay: str,
    stays: str = "0",
) -> None:
    """year ANN 2026 OUTPATIENT deductible=200.00 bands=800.00 fund=400.00 self_pay=600.00."""
    words = stage.claims.accumulators(stage.actor(member), int(number))
    index = CareScope[scope]
    got = (words[index], words[3 + index], words[6 + index], words[9], words[11])
    expected = (fen(deductible) * 10_000, fen(bands) * 10_000, fen(fund), fen(self_pay), int(stays))
    assert got == expected, f"got deductible and bands {got[:2]} e4, fen and stays {got[2:]}"


@verb("debt")
def debt(stage: Stage, provider: str, amount: str) -> None:
    """debt HOSPITAL 600.00: what a provider owes INSURER."""
    got = stage.claims.debt(stage.actor(provider))
    assert got == fen(amount), f"got {yuan(got)}"


def _claim(stage: Stage, name: str) -> Settled:
    claim = named(stage.visits, name).claim
    if claim is None:
        raise LookupError(f"{name} was neither settled nor submitted")
    return claim


def _over(cell: str) -> tuple[tuple[int, ...], bool]:
    """Return the amounts of `400.00,280.00` or `200.00/year`, and whether the year counts."""
    amounts, _, year = cell.partition("/")
    if year not in {"", "year"}:
        raise ValueError(f"{cell!r} counts over the claim or the year")
    return tuple(map(fen, amounts.split(","))), bool(year)


def _band(cell: str) -> Band:
    """Return the band of `80%<10000.00`, or of `90%` for all that is left."""
    ratio, _, edge = cell.partition("<")
    return Band(fen(edge) if edge else UNLIMITED, ratio_bp(ratio))


def _big_illness(cell: str) -> Layer:
    amount, ratio = cell.split(",")
    bands = (Band(UNLIMITED, ratio_bp(ratio)),)
    return Layer(LayerKind.BIG_ILLNESS, deductible_fen=fen(amount), bands=bands)


def _chosen(cell: str, usual: str, other: str) -> bool:
    if cell not in {usual, other}:
        raise ValueError(f"{cell!r} is neither {usual} nor {other}")
    return cell == other
