"""Cases files, read: every form of domain.md §14 becomes `CaseRun`s, every fault names its place.

A plan of a case is rewritten into the fields of a plan document and read like one. What is
expected may be a number, a map by level, stay or condition, or a list by stay and amount, nested
as needed; what it leaves open is the same for all (level, amount) or the first (stay).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from node.domain.adjudication.settlement import MixedOrder, Sum
from node.domain.cases.case import MEASURES, CaseRun, Expected, ExpectedSum
from node.domain.cases.plans import AMOUNT_FIELDS, CasePlan, Variant, build_claim, read_case_plan
from node.domain.documents import Place, load_json

CASE_FIELDS = ("id", "source", "plan", "input", "expect", "note")
CONDITIONS = ("deductible_met", "deductible_not_met")
INPUT_FIELDS = (
    *AMOUNT_FIELDS,
    *("total", "billed", "class_a", "class_b", "class_c", "over_limit", "level", "stay"),
)
ORDER_FIELDS = ("gov", "self", "other", "med_cash", "add", "reduce")
_NAME = r"[^\W\d][\w-]*"
_TERM = re.compile(
    rf"(?:(?P<word>{_NAME})\s+)?(?P<number>\d{{1,3}}(?:,\d{{3}})+|\d+)|(?P<key>{_NAME})"
)
_MAX_STAYS = 1_000


def read_cases(document: str | bytes | Mapping[str, Any]) -> list[CaseRun]:
    """Return the runs of a cases file, in file order.

    Errors, each with the JSON place: MalformedBody with the reason, InvalidAmount, InvalidRatio,
    InvalidBands.
    """
    value = load_json(document) if isinstance(document, str | bytes) else document
    place = Place(value).object("units", "cases")
    seen: set[str] = set()
    runs: list[CaseRun] = []
    for case in place.need("cases").elements(at_least=1):
        case.object(*CASE_FIELDS)
        case_id = case.need("id").text()
        if case_id in seen:
            case["id"].refuse(f"case {case_id!r} is repeated")
        seen.add(case_id)
        runs.extend(_read_case(case_id, case))
    return runs


def _read_case(case_id: str, case: Place) -> Iterator[CaseRun]:
    inputs, expect = case.need("input").object(), case.need("expect").object()
    if not expect.value:
        expect.refuse("nothing is expected")
    if "med_cash" in inputs:
        yield _mixed_order(case_id, inputs, expect)
        return
    sums = tuple(_identities(inputs, expect)) if "identity" in expect else ()
    if sums:
        yield CaseRun(case_id, "identity", None, sums=sums)
    measured = [(key, place) for key, place in expect.items() if key != "identity"]
    if measured:
        yield from _measured(case_id, case, measured)


def _measured(case_id: str, case: Place, measured: list[tuple[str, Place]]) -> Iterator[CaseRun]:
    plan = read_case_plan(case.need("plan"))
    inputs = case["input"].object(*INPUT_FIELDS)
    amounts = _alternatives(inputs)
    by_variant: dict[Variant, list[Expected]] = {}
    for key, place in measured:
        name, _, axis = key.partition("_by_")
        if name not in MEASURES or axis not in ("", "stay", "level"):
            place.refuse(f"unknown expectation {key!r}")
        field = "big_illness_fen" if plan.is_layer and name == "fund" else MEASURES[name]
        for variant, value in _expand(place, Variant(), plan, amounts=amounts, axis=axis):
            for whole in _completed(variant, plan, inputs, amounts=amounts):
                expected = Expected(name, field, value.amount(), value.pointer)
                by_variant.setdefault(whole, []).append(expected)
    for variant, expectations in by_variant.items():
        claim = build_claim(plan, inputs, variant)
        yield CaseRun(case_id, variant.describe(), claim, tuple(expectations))


def _alternatives(inputs: Place) -> int:
    """Return how many amounts a case lists: lists of the input run in parallel."""
    lengths = {
        len(place.elements(at_least=1))
        for key, place in inputs.items()
        if isinstance(place.value, list)
    }
    if len(lengths) > 1:
        inputs.refuse("lists of the input have different lengths")
    return lengths.pop() if lengths else 1


def _expand(
    place: Place, variant: Variant, plan: CasePlan, *, amounts: int, axis: str
) -> Iterator[tuple[Variant, Place]]:
    """Yield each number of an expectation with the alternatives that lead to it."""
    if isinstance(place.value, dict):
        entries = _by_key(place, variant, plan, axis=axis)
    elif isinstance(place.value, list):
        entries = _by_position(place, variant, plan, amounts=amounts, axis=axis)
    else:
        yield variant, place
        return
    for narrower, entry in entries:
        yield from _expand(entry, narrower, plan, amounts=amounts, axis=axis)


def _by_key(
    place: Place, variant: Variant, plan: CasePlan, *, axis: str
) -> list[tuple[Variant, Place]]:
    keys = set(place.value)
    if not keys:
        place.refuse("nothing is expected")
    in_stays = keys <= set(plan.stays) and variant.stay is None
    if keys <= set(plan.levels) and variant.level is None and not (axis == "stay" and in_stays):
        return [(replace(variant, level=key), entry) for key, entry in place.items()]
    if in_stays:
        stays = plan.stays
        return [(replace(variant, stay=stays.index(k) + 1), entry) for k, entry in place.items()]
    if not keys <= set(CONDITIONS) or variant.condition is not None:
        place.refuse("keys name no level, stay or condition of the case")
    return [(replace(variant, condition=key), entry) for key, entry in place.items()]


def _by_position(
    place: Place, variant: Variant, plan: CasePlan, *, amounts: int, axis: str
) -> list[tuple[Variant, Place]]:
    entries = place.elements(at_least=1)
    nested = any(isinstance(entry.value, list) for entry in entries)
    by_stay = bool(plan.stays) and variant.stay is None
    if by_stay and (axis == "stay" or nested or amounts == 1):
        return [(replace(variant, stay=n), entry) for n, entry in enumerate(entries, 1)]
    if variant.amount is not None or len(entries) != amounts:
        place.refuse(f"a list of {len(entries)} does not fit {amounts} amounts")
    return [(replace(variant, amount=n), entry) for n, entry in enumerate(entries)]


def _completed(
    variant: Variant, plan: CasePlan, inputs: Place, *, amounts: int
) -> Iterator[Variant]:
    """Yield the variant for each alternative that the expectation leaves open."""
    if variant.stay is None and plan.stays:
        variant = replace(variant, stay=_stay(inputs.get("stay"), plan.stays))
    levels: list[str | None] = [*plan.levels] or [None]
    if variant.level is not None:
        levels = [variant.level]
    stated = inputs.get("level")
    if variant.level is None and stated is not None:
        if stated.text() not in plan.levels:
            stated.refuse("names no level of the plan")
        levels = [stated.text()]
    chosen = [variant.amount] if variant.amount is not None or amounts == 1 else range(amounts)
    for level in levels:
        for amount in chosen:
            yield replace(variant, level=level, amount=amount)


def _stay(place: Place | None, stays: tuple[str, ...]) -> int:
    if place is None:
        return 1
    if isinstance(place.value, str) and place.value in stays:
        return stays.index(place.value) + 1
    return place.whole(1, _MAX_STAYS)


def _mixed_order(case_id: str, inputs: Place, expect: Place) -> CaseRun:
    """Return the run of a mobile order: both sums of its figures must hold (CN-18)."""
    inputs.object(*ORDER_FIELDS)
    expect.object("wechat_cash", "total")
    order = MixedOrder(
        gov_fen=inputs.need("gov").amount(),
        own_fen=inputs.need("self").amount(),
        other_fen=inputs.need("other").amount(),
        med_cash_fen=inputs.need("med_cash").amount(),
        add_fen=inputs.need("add").amount() if "add" in inputs else 0,
        reduce_fen=inputs.need("reduce").amount() if "reduce" in inputs else 0,
    )
    sums: list[ExpectedSum] = []
    cash_fen = order.wallet_cash_fen
    cash, total = expect.get("wechat_cash"), expect.get("total")
    if cash is not None:
        cash_fen = cash.amount()
        parts = (order.med_cash_fen, order.add_fen, -order.reduce_fen)
        sums.append(ExpectedSum("wechat_cash", Sum(parts, cash_fen), cash.pointer))
    if total is not None:
        stated = order.sums(total_fen=total.amount(), wallet_cash_fen=cash_fen)
        sums += [ExpectedSum("total", each, total.pointer) for each in stated]
    return CaseRun(case_id, "mixed order", None, sums=tuple(sums))


def _identities(inputs: Place, expect: Place) -> Iterator[ExpectedSum]:
    """Yield the identities written in words: `term + … = term`, separated by `;`."""
    place = expect.need("identity")
    for text in place.text(max_bytes=4096).split(";"):
        sides = [_side(side, inputs, place) for side in text.split("=")]
        if len(sides) < 2:
            place.refuse(f"{text.strip()!r} has no '='")
        for side in sides[:-1]:
            yield ExpectedSum(text.strip(), Sum(side, sum(sides[-1])), place.pointer)


def _side(text: str, inputs: Place, place: Place) -> tuple[int, ...]:
    return tuple(_term(term.strip(), inputs, place) for term in text.split("+"))


def _term(text: str, inputs: Place, place: Place) -> int:
    match = _TERM.fullmatch(text)
    if match is None:
        place.refuse(f"{text!r} is not an input key or a number")
    if match["key"] is not None:
        return (
            inputs.need(match["key"]).amount()
            if match["key"] in inputs
            else place.refuse(f"{text!r} is not an input key")
        )
    number = int(match["number"].replace(",", ""))
    word = match["word"]
    if word is not None and word in inputs and inputs[word].value != number:
        place.refuse(f"{text!r} contradicts the input")
    return number
