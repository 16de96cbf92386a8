"""Plan versions as people write them: JSON documents, read into the plan values that are published.

Every documented field of domain.md §5 is read; an unknown field is refused, so that a misspelt rule
cannot be dropped in silence. Refusals name the JSON place (S16).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from node.domain.documents import Place, canonical_json, load_json, sha256_hex
from node.domain.ids import ANY_LEVEL, NO_ACCOUNT, AccountId, Level
from node.domain.kinds import (
    CareScope,
    LayerKind,
    MemberKind,
    Proration,
    category_mask,
)
from node.domain.money import UNLIMITED
from node.domain.plans.heads import PlanHead, read_head
from node.domain.plans.plan import (
    KINDS_OF_MEMBERS,
    LEVEL_BYTES,
    Band,
    BenefitPlan,
    Layer,
    LevelRule,
    PremiumPlan,
    check_bands,
    checked_benefit_plan,
    checked_premium_plan,
)
from node.domain.said import said

HEAD_FIELDS = (
    *("plan_id", "version", "valid", "source_sha256", "region", "scheme", "member_kind"),
    *("care_type", "scope", "kind"),
)
BENEFIT_FIELDS = (
    *("deductible", "bands", "bands_by_level", "bands_on", "bands_over", "cap", "layers"),
    *("over_limit_borne_by", "account_pays", "shared_spend_counts"),
    *("copay", "coinsurance_bp", "out_of_pocket_max"),
)
PREMIUM_FIELDS = (
    *("base", "employer_bp", "employee_bp", "personal", "subsidy", "proration"),
    *("due_days", "grace_days", "backpay_days", "late_fee_bp_per_day", "waiting"),
)
FIXED_AMOUNT_FIELDS = ("copay", "coinsurance_bp", "out_of_pocket_max")
_ACCOUNT = re.compile(r"0x[0-9a-fA-F]{40}")
_MAX_COUNT = 10_000


@dataclass(frozen=True)
class PlanDocument:
    """A plan version: its head, its rules, and the canonical bytes of the document."""

    head: PlanHead
    body: BenefitPlan | PremiumPlan
    canonical: bytes

    @property
    def sha256(self) -> str:
        """The hash of the canonical document."""
        return sha256_hex(self.canonical)


def read_plan(document: str | bytes | Mapping[str, Any]) -> PlanDocument:
    """Return the plan version that a JSON document describes.

    Errors, each with the JSON place: MalformedBody, InvalidAmount, InvalidRatio, InvalidBands,
    InvalidPeriod.
    """
    value = load_json(document) if isinstance(document, str | bytes) else dict(document)
    place = Place(value).object()
    kind = place["kind"].choice("benefit", "premium") if "kind" in place else "benefit"
    fields = BENEFIT_FIELDS if kind == "benefit" else PREMIUM_FIELDS
    place.object(*HEAD_FIELDS, *fields)
    canonical = canonical_json(value)
    head = read_head(place, kind, canonical)
    if kind == "premium":
        return PlanDocument(head, premium_body(place), canonical)
    return PlanDocument(head, benefit_body(place, scope_of(place)), canonical)


def scope_of(place: Place) -> CareScope:
    """Return the scope a plan accumulates in: stated, or that of its care type, else OUTPATIENT."""
    stated = place.get("scope")
    if stated is not None:
        return CareScope[stated.choice(*(scope.name for scope in CareScope))]
    care_type = place.value.get("care_type")
    return CareScope[care_type] if care_type in CareScope.__members__ else CareScope.OUTPATIENT


def benefit_body(place: Place, scope: CareScope) -> BenefitPlan:
    """Return the benefit rules of a document's body. Errors: as read_plan."""
    fixed = [name for name in FIXED_AMOUNT_FIELDS if place.get(name) is not None]
    over_year, ladders = _deductible(place.get("deductible"))
    caps = _caps(place.get("cap"))
    eligible, fund = caps.get("eligible", (UNLIMITED, False)), caps.get("fund", (UNLIMITED, False))
    account_pays = _word(place, "account_pays", "in_scope_self_pay", "all_self_pay")
    shared = place.get("shared_spend_counts")
    copay, coinsurance = place.get("copay"), place.get("coinsurance_bp")
    out_of_pocket = place.get("out_of_pocket_max")
    layers = place.get("layers")
    return checked_benefit_plan(
        BenefitPlan(
            scope=scope,
            levels=tuple(_levels(place, ladders, fixed_amount=bool(fixed))),
            deductible_over_year=over_year,
            bands_on_total=_word(place, "bands_on", "total", "above_deductible") == "total",
            bands_over_year=_word(place, "bands_over", "claim", "year") == "year",
            eligible_cap_fen=eligible[0],
            eligible_cap_over_year=eligible[1],
            fund_cap_fen=fund[0],
            fund_cap_over_year=fund[1],
            provider_bears_over_limit=_over_limit(place) == "provider",
            account_pays_all=account_pays == "all_self_pay",
            shared_spend_counts=shared.flag() if shared is not None else False,
            fixed_amount=bool(fixed),
            copay_fen=copay.amount() if copay is not None else 0,
            coinsurance_bp=coinsurance.ratio() if coinsurance is not None else 0,
            out_of_pocket_max_fen=UNLIMITED if out_of_pocket is None else out_of_pocket.amount(),
            layers=tuple(map(read_layer, layers.elements() if layers is not None else ())),
        )
    )


def _word(place: Place, key: str, *words: str) -> str:
    """Return the word at a key, or the first of the allowed words if the key is missing."""
    found = place.get(key)
    return words[0] if found is None else found.choice(*words)


def _over_limit(place: Place) -> str:
    return _word(place, "over_limit_borne_by", "member", "provider")


def _deductible(place: Place | None) -> tuple[bool, dict[str, tuple[int, ...]]]:
    """Return whether it counts over the year, and the ladder by level key ("" is any level)."""
    if place is None:
        return False, {ANY_LEVEL: (0,)}
    if not isinstance(place.value, dict):
        return False, {ANY_LEVEL: (place.amount(),)}
    place.object("amount", "by_level", "by_stay", "by_level_and_stay", "over")
    given = [key for key in place.value if key != "over"]
    if len(given) != 1:
        place.refuse("needs exactly one of amount, by_level, by_stay, by_level_and_stay")
    form = place[given[0]]
    over_year = _word(place, "over", "claim", "year") == "year"
    if given[0] == "amount":
        return over_year, {ANY_LEVEL: (form.amount(),)}
    if given[0] == "by_stay":
        return over_year, {ANY_LEVEL: _ladder(form)}
    by_level: dict[str, tuple[int, ...]] = {}
    for key, entry in form.items():
        ladder = _ladder(entry) if given[0] == "by_level_and_stay" else (entry.amount(),)
        by_level[level_key(key, entry)] = ladder
    return over_year, by_level


def _ladder(place: Place) -> tuple[int, ...]:
    return tuple(entry.amount() for entry in place.elements(at_least=1))


def level_key(key: str, place: Place) -> Level:
    """Return a free-text level key. Errors: MalformedBody if empty or over 16 bytes."""
    if not 0 < len(key.encode("utf-8", "replace")) <= LEVEL_BYTES:
        place.refuse(said("a level key has 1 to {count} bytes", count=LEVEL_BYTES))
    return Level(key)


def _levels(
    place: Place, ladders: Mapping[str, tuple[int, ...]], *, fixed_amount: bool
) -> Iterator[LevelRule]:
    """Yield one rule per level. Where both sides are by level their keys must be the same."""
    bands = _bands_by_level(place, fixed_amount=fixed_amount)
    for key in dict.fromkeys((*ladders, *bands)):
        ladder, priced = ladders.get(key), bands.get(key)
        by_level = key != ANY_LEVEL
        if by_level:
            ladder = ladder or ladders.get(ANY_LEVEL)
            priced = bands.get(ANY_LEVEL) if priced is None else priced
        if ladder is None or priced is None:
            if by_level:
                place.refuse(said("level {level} has no deductible or no bands", level=repr(key)))
            continue
        yield LevelRule(Level(key), ladder, priced)


def _bands_by_level(place: Place, *, fixed_amount: bool) -> dict[str, tuple[Band, ...]]:
    common, by_level = place.get("bands"), place.get("bands_by_level")
    if fixed_amount:
        for given in (common, by_level):
            if given is not None:
                given.refuse("a fixed-amount plan has no bands")
        return {ANY_LEVEL: ()}
    if common is None and by_level is None:
        place.refuse(said("{name} is missing", name="'bands'"))
    found: dict[str, tuple[Band, ...]] = {}
    if common is not None:
        found[ANY_LEVEL] = read_bands(common)
    if by_level is not None:
        found.update((level_key(key, entry), read_bands(entry)) for key, entry in by_level.items())
    return found


def read_bands(place: Place) -> tuple[Band, ...]:
    """Return bands from [[edge | null, bp], …]. Errors: InvalidBands, InvalidRatio."""
    bands = []
    for entry in place.elements():
        edge, ratio_bp = entry.pair()
        bands.append(Band(edge.limit(), ratio_bp.ratio()))
    check_bands(bands, field=place.pointer)
    return tuple(bands)


def _caps(place: Place | None) -> dict[str, tuple[int, bool]]:
    """Return kind → (amount, over the year) from one cap or a list of both kinds."""
    if place is None:
        return {}
    found: dict[str, tuple[int, bool]] = {}
    for cap in place.elements() if isinstance(place.value, list) else [place]:
        cap.object("kind", "amount", "over")
        kind = cap.need("kind").choice("fund", "eligible")
        if kind in found:
            cap.refuse(said("a second cap of kind {kind}", kind=repr(kind)))
        over_year = _word(cap, "over", "claim", "year") == "year"
        found[kind] = (cap.need("amount").amount(), over_year)
    return found


_LAYER_FIELDS = {
    LayerKind.BIG_ILLNESS: (
        *("layer", "deductible", "bands_on", "bands", "cap", "counts_pre_self_pay"),
        "tenure_bonus",
    ),
    LayerKind.AID: ("layer", "categories", "deductible", "ratio_bp", "cap"),
    LayerKind.SUPPLEMENTARY: ("layer", "ratio_bp", "of", "deductible", "cap", "payer"),
}


def read_layer(place: Place) -> Layer:
    """Return a layer of a plan document. Errors: as read_plan."""
    place.object()
    kind = LayerKind[place.need("layer").choice("big_illness", "aid", "supplementary").upper()]
    place.object(*_LAYER_FIELDS[kind])
    bonus, counts = place.get("tenure_bonus"), place.get("counts_pre_self_pay")
    deductible, categories = place.get("deductible"), place.get("categories")
    _word(place, "of", "all_remaining")
    return Layer(
        kind=kind,
        deductible_fen=deductible.amount() if deductible is not None else 0,
        bands_on_total=_word(place, "bands_on", "total", "above_deductible") == "total",
        bands=read_bands(place.need("bands")) if kind is LayerKind.BIG_ILLNESS else (),
        ratio_bp=0 if kind is LayerKind.BIG_ILLNESS else place.need("ratio_bp").ratio(),
        cap_fen=_layer_cap(
            place.get("cap"), "claim" if kind is LayerKind.SUPPLEMENTARY else "year"
        ),
        tenure_bonus_fen=bonus.amount() if bonus is not None else 0,
        counts_pre_self_pay=counts.flag() if counts is not None else False,
        categories=0 if categories is None else _categories(categories),
        payer=_payer(place.get("payer")),
    )


def _layer_cap(place: Place | None, over: str) -> int:
    """Return a layer's cap; its period is fixed by the kind of layer, a stated one must agree."""
    if place is None:
        return UNLIMITED
    place.object("amount", "over", "kind")
    _word(place, "over", over)
    _word(place, "kind", "fund")
    return place.need("amount").amount()


def _categories(place: Place) -> int:
    names = [entry.text() for entry in place.elements(at_least=1)]
    return category_mask(names, field=place.pointer)


def _payer(place: Place | None) -> AccountId:
    if place is None:
        return NO_ACCOUNT
    if not _ACCOUNT.fullmatch(place.text()):
        place.refuse("must be an account id, 0x and 40 hex digits")
    return AccountId(place.text().lower())


def premium_body(place: Place) -> PremiumPlan:
    """Return the premium rules of a document's body (domain.md §4). Errors: as read_plan."""
    base, waiting = place.get("base"), place.get("waiting")
    floor, ceiling, months = 0, UNLIMITED, dict.fromkeys(_WAITING_FIELDS, 0)
    if base is not None:
        base.object("floor", "ceiling")
        floor, ceiling = base.need("floor").amount(), base.need("ceiling").amount()
    if waiting is not None:
        waiting.object(*_WAITING_FIELDS)
        months = {key: waiting.need(key).whole(0, 255) for key in _WAITING_FIELDS}
    late_fee = place.get("late_fee_bp_per_day")
    return checked_premium_plan(
        PremiumPlan(
            base_floor_fen=floor,
            base_ceiling_fen=ceiling,
            employer_bp=_bp(place.get("employer_bp")),
            employee_bp=_bp(place.get("employee_bp")),
            personal_fen=_by_kind(place.get("personal")),
            subsidy_fen=_by_kind(place.get("subsidy")),
            proration=Proration[_word(place, "proration", "none", "months", "days").upper()],
            due_days=_count(place.get("due_days")),
            grace_days=_count(place.get("grace_days")),
            backpay_days=_count(place.get("backpay_days")),
            late_fee_bp_per_day=5 if late_fee is None else late_fee.ratio(),
            waiting_fixed_months=months["fixed_months"],
            waiting_months_per_missed_year=months["months_per_missed_year"],
            waiting_floor_months=months["floor_months"],
            waiting_floor_after_years=months["floor_after_years"],
        )
    )


_WAITING_FIELDS = ("fixed_months", "months_per_missed_year", "floor_months", "floor_after_years")


def _bp(place: Place | None) -> int:
    return 0 if place is None else place.ratio()


def _count(place: Place | None) -> int:
    return 0 if place is None else place.whole(0, _MAX_COUNT)


def _by_kind(place: Place | None) -> tuple[int, ...]:
    amounts = [0] * KINDS_OF_MEMBERS
    if place is not None:
        place.object(*(kind.name for kind in MemberKind))
        for key, entry in place.items():
            amounts[MemberKind[key]] = entry.amount()
    return tuple(amounts)
