"""Invalid (422): amounts, periods, bands, coverage and catalogue rules a request breaks.

Amounts are fen, ratios basis points, days policy days; `line` counts from 0.
"""

# The catalogue gives the names: no suffix.

from __future__ import annotations

from dataclasses import dataclass

from node.domain.errors.base import Invalid


@dataclass(eq=False)
class InvalidAmount(Invalid):
    """An amount is zero, negative, too large or no whole number."""

    amount_fen: int | str


@dataclass(eq=False)
class InvalidCurrency(Invalid):
    """The currency is not CNY."""

    currency: str


@dataclass(eq=False)
class InvalidRatio(Invalid):
    """A ratio is outside 0 to 10,000 bp."""

    ratio_bp: int | str


@dataclass(eq=False)
class InvalidBands(Invalid):
    """Band edges do not rise, or the last band is not open."""

    index: int


@dataclass(eq=False)
class LineSumMismatch(Invalid):
    """Parts do not add up to the stated total."""

    stated_fen: int
    sum_fen: int


@dataclass(eq=False)
class LineAmountMismatch(Invalid):
    """Price times quantity is not the amount of the line."""

    line: int


@dataclass(eq=False)
class InvalidPeriod(Invalid):
    """A period is empty, reversed, overlaps another or leaves a gap."""

    start_day: int
    end_day: int


@dataclass(eq=False)
class InvalidIdentityNumber(Invalid):
    """An identity number has a wrong form, date or check digit."""


@dataclass(eq=False)
class NameMismatch(Invalid):
    """The name does not belong to the number."""


@dataclass(eq=False)
class InvalidServiceDate(Invalid):
    """A service date is in the future or after discharge."""

    start_day: int
    end_day: int


@dataclass(eq=False)
class InvalidInstalment(Invalid):
    """The instalment is not the next part of the bill."""

    bill_id: str
    part: int


@dataclass(eq=False)
class CoverageInactive(Invalid):
    """No coverage is active on the day of care."""

    member: str
    day: int


@dataclass(eq=False)
class WaitingPeriodActive(Invalid):
    """Care is paid only from the end of the waiting period."""

    member: str
    care_from_day: int


@dataclass(eq=False)
class ProviderNotContracted(Invalid):
    """The provider has no active contract with the insurer."""

    provider: str
    insurer: str


@dataclass(eq=False)
class PreauthorizationRequired(Invalid):
    """The item needs a pre-authorisation."""

    line: int


@dataclass(eq=False)
class PreauthorizationExceeded(Invalid):
    """Claims together exceed the granted amount or quantity."""

    granted: int
    needed: int


@dataclass(eq=False)
class FilingRequired(Invalid):
    """The care needs a filing that does not exist."""

    care_type: str


@dataclass(eq=False)
class FilingDeadlinePassed(Invalid):
    """The time to file has passed."""

    deadline_day: int


@dataclass(eq=False)
class PocketNotAllowed(Invalid):
    """The pocket may not pay for this purpose."""

    pocket: str
    purpose: str


@dataclass(eq=False)
class ItemNotListed(Invalid):
    """The catalogue has no such item."""

    line: int


@dataclass(eq=False)
class ItemExpired(Invalid):
    """The item is not valid on the service date."""

    line: int


@dataclass(eq=False)
class QuantityLimitExceeded(Invalid):
    """The quantity exceeds the limit of the item."""

    line: int
    limit: int


@dataclass(eq=False)
class FrequencyLimitExceeded(Invalid):
    """The item was bought too often."""

    line: int
    limit: int


@dataclass(eq=False)
class CareTypeNotCovered(Invalid):
    """The plan does not cover this care or this hospital level."""

    care_type: str
    level: str


@dataclass(eq=False)
class PrescriptionExhausted(Invalid):
    """The prescription line has been dispensed."""

    line: int
