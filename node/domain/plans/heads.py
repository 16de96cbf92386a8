"""Heads of plan documents: which version, for whom and when it applies (domain.md §5)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from node.domain.days import Day, parse_day, require_period
from node.domain.documents import Place, sha256_hex
from node.domain.ids import CareType, PlanId, Region
from node.domain.kinds import PREMIUM_CARE_TYPE, ListedCareType, MemberKind, Scheme

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class PlanHead:
    """Where and when a plan version applies: service days [valid_from, valid_until).

    `source_sha256` is the hash of the policy text, or of the canonical document if it names none.
    """

    plan_id: PlanId
    version: int
    region: Region
    scheme: Scheme
    member_kind: MemberKind
    care_type: CareType
    valid_from: Day
    valid_until: Day
    source_sha256: str


def read_head(place: Place, kind: str, canonical: bytes) -> PlanHead:
    """Return the head of a document of a kind, "benefit" or "premium". Errors: as read_plan."""
    valid = place.need("valid")
    start, end = (_day(day) for day in valid.pair())
    require_period(start, end, field=valid.pointer)
    source = place.get("source_sha256")
    if source is not None and not _SHA256.fullmatch(source.text()):
        source.refuse("must be 64 lower-case hex digits")
    return PlanHead(
        plan_id=PlanId(place.need("plan_id").text(max_bytes=64)),
        version=place.need("version").whole(1, 2**32 - 1),
        region=Region(place.need("region").text(max_bytes=12)),
        scheme=Scheme[place.need("scheme").choice("EMPLOYEE", "RESIDENT", "FLEXIBLE")],
        member_kind=_member_kind(place.get("member_kind")),
        care_type=_care_type(place, kind),
        valid_from=start,
        valid_until=end,
        source_sha256=source.text() if source is not None else sha256_hex(canonical),
    )


def _care_type(place: Place, kind: str) -> CareType:
    words = (PREMIUM_CARE_TYPE,) if kind == "premium" else tuple(ListedCareType)
    return CareType(place.need("care_type").choice(*words))


def _day(place: Place) -> Day:
    try:
        return parse_day(place.text())
    except ValueError:
        place.refuse("must be a date such as 2025-01-01")


def _member_kind(place: Place | None) -> MemberKind:
    if place is None:
        return MemberKind.NONE
    return MemberKind[place.choice(*(kind.name for kind in MemberKind))]
