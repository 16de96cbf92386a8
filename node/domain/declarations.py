"""An employer's monthly staff file: rows of members and wages, read row by row (P45).

A bad row is reported with its number, field and error and keeps no other row from being declared.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from node.domain.days import Day, add_months, parse_day
from node.domain.errors import DomainError, InvalidAmount, InvalidPeriod, MalformedBody
from node.domain.money import MAX_AMOUNT_FEN
from node.domain.plans.plan import PremiumPlan
from node.domain.premiums import employee_shares, late_fee_fen, prorate
from node.domain.said import said

MOST_ROWS = 10_000
COLUMNS = ("member_id", "wage_fen", "joined")
_NEEDED = COLUMNS[:2]
_MEMBER = re.compile(r"0x[0-9a-f]{40}")
_WAGE = re.compile(r"[1-9][0-9]{0,14}")
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class StaffRow:
    """One employee; `number` counts rows from 1, `joined_day` is None for the whole month."""

    number: int
    member: str
    wage_fen: int
    joined_day: Day | None


@dataclass(frozen=True, slots=True)
class BadRow:
    """Why a row is not declared; `error.field` is the column at fault, None for the whole row."""

    number: int
    error: DomainError


@dataclass(frozen=True, slots=True)
class StaffFile:
    """The rows that can be read and what is wrong with the others."""

    rows: list[StaffRow]
    bad: list[BadRow]


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month [start, end)."""

    start: Day
    end: Day


@dataclass(frozen=True, slots=True)
class Shares:
    """What one employee's month costs the employer, in fen."""

    employer_fen: int
    employee_fen: int
    late_fee_fen: int

    @property
    def payable_fen(self) -> int:
        """All that leaves the employer's pocket."""
        return self.employer_fen + self.employee_fen + self.late_fee_fen


def read_month(text: str, *, field: str) -> Month:
    """Return the month of a text such as "2026-03". Errors: MalformedBody."""
    found = _MONTH.fullmatch(text)
    if found is None or found[1] in ("0000", "9999"):
        raise MalformedBody("a month such as 2026-03 is wanted", field=field)
    start = parse_day(f"{text}-01")
    return Month(start, add_months(start, 1))


def read_table(text: str, *, field: str) -> list[dict[str, Any]]:
    """Return the rows of a CSV text with the columns member_id, wage_fen and, if wanted, joined.

    Errors: MalformedBody (other columns, a quote that never closes).
    """
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        known = set(_NEEDED) <= set(header) <= set(COLUMNS) and len(set(header)) == len(header)
        if not known:
            raise MalformedBody(
                said("the columns are {names}", names=", ".join(COLUMNS)), field=field
            )
        return [_named(header, cells) for cells in reader if any(cells)]
    except csv.Error as error:
        raise MalformedBody(said("not CSV: {message}", message=error), field=field) from error


def _named(header: list[str], cells: list[str]) -> dict[str, Any]:
    named: dict[str, Any] = dict(zip(header, (cell.strip() for cell in cells), strict=False))
    if len(cells) != len(header):
        # Refused with its row: a cell too many or too few says nothing about which is meant.
        return {**named, "": len(cells)}
    wage = named["wage_fen"]
    joined = {"joined": named["joined"] or None} if "joined" in named else {}
    return {**named, **joined, "wage_fen": int(wage) if _WAGE.fullmatch(wage) else wage}


def read_rows(found: Iterable[Any], month: Month) -> StaffFile:
    """Return the rows of a file, good and bad. Errors: MalformedBody for more than 10,000 rows."""
    rows: list[StaffRow] = []
    bad: list[BadRow] = []
    for number, values in enumerate(found, 1):
        if number > MOST_ROWS:
            raise MalformedBody(
                said("at most {count} rows in one file", count=MOST_ROWS), field="/rows"
            )
        faults = list(_faults(values, month))
        bad += [BadRow(number, fault) for fault in faults]
        if not faults:
            joined = values.get("joined")
            day = None if joined is None else parse_day(joined)
            rows.append(StaffRow(number, values["member_id"], values["wage_fen"], day))
    return StaffFile(rows, bad)


def _faults(values: Any, month: Month) -> Iterator[DomainError]:
    if not isinstance(values, Mapping) or not set(_NEEDED) <= set(values) <= set(COLUMNS):
        form = "a row has {names} and perhaps {optional}"
        yield MalformedBody(said(form, names=", ".join(_NEEDED), optional=COLUMNS[2]))
        return
    member, wage, joined = (values.get(name) for name in COLUMNS)
    if not isinstance(member, str) or not _MEMBER.fullmatch(member):
        yield MalformedBody("0x and 40 lower-case hex digits", field="member_id")
    if type(wage) is not int or not 0 < wage <= MAX_AMOUNT_FEN:
        shown = wage if type(wage) is int and abs(wage) < 2**63 else str(wage)[:32]
        yield InvalidAmount(shown, field="wage_fen")
    if joined is None:
        return
    try:
        day = parse_day(joined)
    except (ValueError, TypeError):
        yield MalformedBody("a day such as 2026-03-02 is wanted", field="joined")
        return
    if not month.start <= day < month.end:
        yield InvalidPeriod(day, month.end, field="joined")


def shares_of(plan: PremiumPlan, row: StaffRow, *, month: Month, today: int) -> Shares:
    """Return what a row costs when it is paid today, as PremiumCollector computes it.

    Errors: InvalidAmount where nothing is to pay.
    """
    whole = employee_shares(plan, row.wage_fen)
    joined = month.start if row.joined_day is None else row.joined_day
    period = (month.start, month.end)
    employer, employee = (
        prorate(part, plan.proration, period=period, join_day=joined)
        for part in (whole.employer_fen, whole.employee_fen)
    )
    if employer + employee == 0:
        raise InvalidAmount(0, field="wage_fen")
    late = late_fee_fen(
        employer + employee,
        bp_per_day=plan.late_fee_bp_per_day,
        due_day=month.start + plan.due_days,
        grace_days=plan.grace_days,
        day=today,
    )
    return Shares(employer, employee, late)
