"""Closed word lists with the numbers that contracts/src/types give them. Append only."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable

from node.domain.errors import MalformedBody
from node.domain.said import said


class Scheme(enum.IntEnum):
    """Insurance scheme (险种). FLEXIBLE pays both shares."""

    NONE = 0
    EMPLOYEE = 1
    RESIDENT = 2
    FLEXIBLE = 3


class MemberKind(enum.IntEnum):
    """Kind of member: it selects plan rows and premium amounts."""

    NONE = 0
    ADULT = 1
    CHILD = 2
    STUDENT = 3
    NEEDY = 4
    RETIREE = 5


class Relation(enum.IntEnum):
    """What the relative is to the holder. Only near relatives exist here (P12)."""

    NONE = 0
    SPOUSE = 1
    PARENT = 2
    CHILD = 3
    SIBLING = 4
    GRANDPARENT = 5
    GRANDCHILD = 6


class ProviderType(enum.IntEnum):
    """Type of a contracted provider; a pharmacy admits no stays."""

    NONE = 0
    HOSPITAL = 1
    CLINIC = 2
    PHARMACY = 3


class Pocket(enum.IntEnum):
    """Pocket of an account; the number is the ERC-6909 token id."""

    CASH = 0
    MEDICAL = 1
    POINTS = 2


class FundKind(enum.IntEnum):
    """Kind of fund account."""

    POOLED = 0
    BIG_ILLNESS = 1
    AID = 2
    SUBSIDY = 3
    CAMPAIGN = 4


class ItemClass(enum.IntEnum):
    """Catalogue class: wholly in scope, in scope after a self-pay ratio, wholly self-paid."""

    A = 0
    B = 1
    C = 2


class CashMode(enum.IntEnum):
    """Where the cash part comes from; COUNTER notes are recorded, never posted."""

    WALLET = 0
    COUNTER = 1


class CareScope(enum.IntEnum):
    """Index of the accumulators that are kept per scope."""

    OUTPATIENT = 0
    INPATIENT = 1
    CHRONIC = 2


class ListedCareType(enum.StrEnum):
    """Care types that visits are registered with and benefit plans are written for.

    The chain stores any label of 16 bytes (`ids.CareType`); a label that no visit can have would be
    a plan nobody is paid by, or a visit nobody pays.
    """

    OUTPATIENT = "OUTPATIENT"
    INPATIENT = "INPATIENT"
    CHRONIC = "CHRONIC"
    PHARMACY = "PHARMACY"
    ONLINE = "ONLINE"


PREMIUM_CARE_TYPE = "PREMIUM"
"""What stands for the care type in a premium plan."""


class LayerKind(enum.IntEnum):
    """Kind of a layer after the basic one."""

    BIG_ILLNESS = 0
    AID = 1
    SUPPLEMENTARY = 2


class Proration(enum.IntEnum):
    """How a premium is cut when a member joins inside a period."""

    NONE = 0
    MONTHS = 1
    DAYS = 2


_CATEGORY = re.compile(r"NEEDY_([1-9]|[12][0-9]|3[0-2])")


def category_mask(names: Iterable[str], *, field: str | None = None) -> int:
    """Return the mask of aid categories: NEEDY_1 is bit 0, NEEDY_32 bit 31.

    Errors: MalformedBody for any other name.
    """
    mask = 0
    for name in names:
        match = _CATEGORY.fullmatch(name)
        if match is None:
            raise MalformedBody(said("unknown category {name}", name=repr(name)), field=field)
        mask |= 1 << (int(match[1]) - 1)
    return mask
