"""Reads a Synthea folder (the CSV export of synthetic patients): no chain, no database, no clock.

Amounts are US cents; the devnet books one cent as one fen (domain.md §14). A line is one charge of
one claim with the payments that follow it. Names, numbers and addresses of patients are never
read, except by `bait`, which exists so that tests can search for them.

What a folder may hold, and what becomes of it:

| In the folder | Result |
|---|---|
| a file or column is missing, a file is empty, a row has another number of columns | refused |
| an amount, date, running number or method that cannot be read; an end before its start | refused |
| two rows of one id that differ; two charges of one number in one claim | refused |
| a file with nothing but its header; a repeated row | nothing; counts once |
| CRLF, a byte order mark, blank lines, years instead of dates, an open end | read |
| a history row of an unknown patient or payer, or without a payer | left out |
| an insurer-paid line of an unknown patient, payer, claim or organisation | unsettled |
| an insurer-paid line whose claim names no payer | unsettled |
| an insurer payment without a charge; payments of more than two insurers on one line | unsettled |

Refused = MalformedFolder with file, row and column, and nothing is settled. Unsettled = the line is
named with file, row and charge, and all others are settled. Lines that no insurer paid do not
matter to either. How days are covered says `synthea_coverages`.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from node.devnet.synthea.files import MalformedFolder, Row, columns_of, rows_of, unique_rows

__all__ = [
    "HistoryRow",
    "Line",
    "LineKey",
    "MalformedFolder",
    "SyntheaFolder",
    "Unsettled",
    "bait",
    "load",
]

NO_PAYER = frozenset({"", "0"})
MEMBER_METHODS = frozenset({"CASH", "CHECK", "CC"})
OPEN_END = datetime.date(2199, 12, 31)
"""Where a history row without an end ends: later than any day of service."""
CHARGE_COLUMNS = (
    *("CLAIMID", "CHARGEID", "PATIENTID", "TYPE"),
    *("AMOUNT", "METHOD", "PAYMENTS", "FROMDATE"),
)
LineKey = tuple[str, int]
"""Claim id and charge number."""


@dataclass(frozen=True)
class HistoryRow:
    """One payer history row: `payer` insures `patient` from `start` until `end`; start <= end."""

    patient: str
    payer: str
    start: datetime.date
    end: datetime.date
    number: int

    @property
    def covered_until(self) -> datetime.date:
        """The day after the last one: a row that ends on the day it starts covers that day."""
        return max(self.end, self.start + datetime.timedelta(days=1))


@dataclass(frozen=True)
class Unsettled:
    """An insurer-paid line that is not settled: where it stands, and why."""

    claim_id: str
    charge_id: int
    place: str
    reason: str

    @property
    def key(self) -> LineKey:
        """Which line it is."""
        return self.claim_id, self.charge_id


@dataclass
class Line:
    """One charge with what was paid on it; amounts in cents.

    `copay` is the face value of its COPAY rows and may exceed the charge. `primary` and
    `secondary` are None where the file shows no such insurer payment. `fault` says what of the
    folder is missing for the line to be settled.
    """

    charge_id: int
    claim_id: str
    patient: str
    payer: str
    secondary_payer: str
    organisation: str
    service_day: datetime.date
    charge: int
    place: str
    fault: str | None = None
    copay: int = 0
    member_paid: int = 0
    insurer_payments: list[int] = field(default_factory=list)

    @property
    def key(self) -> LineKey:
        """What no other line of the folder has."""
        return self.claim_id, self.charge_id

    @property
    def primary(self) -> int | None:
        """What the primary insurer paid, in cents."""
        return self.insurer_payments[0] if self.insurer_payments else None

    @property
    def secondary(self) -> int | None:
        """What the secondary insurer paid, in cents."""
        return self.insurer_payments[1] if len(self.insurer_payments) > 1 else None

    def unsettled(self, reason: str) -> Unsettled:
        """Return the line as one that is not settled."""
        return Unsettled(self.claim_id, self.charge_id, self.place, reason)


@dataclass(frozen=True)
class SyntheaFolder:
    """What the devnet needs of a folder. `payers`: payer id → name. Lines are in CHARGEID order."""

    patients: tuple[str, ...]
    payers: dict[str, str]
    organisations: tuple[str, ...]
    history: tuple[HistoryRow, ...]
    lines: tuple[Line, ...]
    stray_payments: tuple[Unsettled, ...] = ()

    def insured_lines(self) -> list[Line]:
        """The lines on which an insurer paid and that have what settling takes."""
        return [line for line in self.lines if line.insurer_payments and line.fault is None]

    def unsettled(self) -> list[Unsettled]:
        """The insurer-paid lines that cannot be settled, whatever covers them."""
        faulty = [line.unsettled(line.fault) for line in self.lines
                  if line.insurer_payments and line.fault is not None]  # fmt: skip
        return [*faulty, *self.stray_payments]


def load(folder: Path) -> SyntheaFolder:
    """Read the folder. Errors: MalformedFolder (file, row and column; nothing half-read)."""
    patients = unique_rows(folder, "patients", [])
    payers = {key: row["NAME"] for key, row in unique_rows(folder, "payers", ["NAME"]).items()}
    organisations = unique_rows(folder, "organizations", [])
    history = [row for row in _history(folder) if row.patient in patients and row.payer in payers]
    lines, stray = _Lines(folder, patients, payers, organisations).read()
    return SyntheaFolder(
        tuple(patients),
        payers,
        tuple(organisations),
        tuple(sorted(history, key=lambda row: (row.patient, row.start, row.number))),
        tuple(sorted(lines, key=lambda line: (line.charge_id, line.claim_id))),
        tuple(stray),
    )


def bait(folder: Path) -> list[str]:
    """Return every name, number and address of the patients: nothing of it may leave the folder."""
    columns = ["FIRST", "LAST", "SSN", "DRIVERS", "PASSPORT", "MAIDEN", "ADDRESS"]
    found = {row[column] for row in rows_of(folder, "patients", columns) for column in columns}
    return sorted(word for word in found if len(word) >= 4)


class _Lines:
    """Groups the rows of each claim: a CHARGE opens a line, rows up to the next belong to it.

    Rows of different claims are interleaved in the file, so each claim has its own open line.
    """

    def __init__(
        self,
        folder: Path,
        patients: Mapping[str, object],
        payers: Mapping[str, object],
        organisations: Mapping[str, object],
    ) -> None:
        self._folder = folder
        self._patients, self._payers, self._organisations = patients, payers, organisations
        insurers = ["PRIMARYPATIENTINSURANCEID", "SECONDARYPATIENTINSURANCEID"]
        self._claims = unique_rows(folder, "claims", [*insurers, "APPOINTMENTID"])
        self._encounters = unique_rows(folder, "encounters", ["ORGANIZATION"])
        self._lines: dict[LineKey, Line] = {}
        self._open: dict[str, Line] = {}
        self._stray: list[Unsettled] = []

    def read(self) -> tuple[list[Line], list[Unsettled]]:
        """Return the lines, and the insurers' payments on none. Errors: MalformedFolder."""
        for row in rows_of(self._folder, "claims_transactions", CHARGE_COLUMNS):
            if row["TYPE"] == "CHARGE":
                self._charge(row)
            elif row["TYPE"] == "PAYMENT":
                self._payment(row)
        for line in self._lines.values():
            if len(line.insurer_payments) > 2:
                line.fault = line.fault or "more than two insurers paid"
        return list(self._lines.values()), self._stray

    def _charge(self, row: Row) -> None:
        line = self._line(row)
        known = self._lines.setdefault(line.key, line)
        if known is not line:
            raise row.malformed("CHARGEID", f"is the charge of {known.place} too")
        self._open[line.claim_id] = line

    def _line(self, row: Row) -> Line:
        claim = self._claims.get(row["CLAIMID"])
        primary = "" if claim is None else _payer(claim["PRIMARYPATIENTINSURANCEID"])
        secondary = "" if claim is None else _payer(claim["SECONDARYPATIENTINSURANCEID"])
        encounter = None if claim is None else self._encounters.get(claim["APPOINTMENTID"])
        organisation = "" if encounter is None else encounter["ORGANIZATION"]
        faults = {
            "PATIENTID is not in patients.csv": row["PATIENTID"] not in self._patients,
            "CLAIMID is not in claims.csv": claim is None,
            "the claim names no insurer": not primary,
            "the claim's insurer is not in payers.csv": primary not in self._payers,
            "the claim's second insurer is not in payers.csv": (
                bool(secondary) and secondary not in self._payers
            ),
            "the claim's APPOINTMENTID is not in encounters.csv": encounter is None,
            "the encounter's ORGANIZATION is not in organizations.csv": (
                organisation not in self._organisations
            ),
        }
        return Line(
            charge_id=_running_number(row),
            claim_id=row["CLAIMID"],
            patient=row["PATIENTID"],
            payer=primary,
            secondary_payer=secondary,
            organisation=organisation,
            service_day=row.day("FROMDATE"),
            charge=row.cents("AMOUNT"),
            place=row.place,
            fault=next((fault for fault, is_met in faults.items() if is_met), None),
        )

    def _payment(self, row: Row) -> None:
        amount, method = row.cents("PAYMENTS"), row["METHOD"]
        if method not in {"COPAY", "ECHECK", *MEMBER_METHODS}:
            raise row.malformed("METHOD", "unknown method")
        line = self._open.get(row["CLAIMID"])
        if line is None:
            if method == "ECHECK":
                reason = "an insurer's payment before any charge of its claim"
                stray = Unsettled(row["CLAIMID"], _running_number(row), row.place, reason)
                self._stray.append(stray)
        elif method == "COPAY":
            line.copay += amount
        elif method == "ECHECK":
            line.insurer_payments.append(amount)
        else:
            line.member_paid += amount


def _payer(text: str) -> str:
    return "" if text in NO_PAYER else text


def _running_number(row: Row) -> int:
    if not (row["CHARGEID"].isascii() and row["CHARGEID"].isdecimal()):
        raise row.malformed("CHARGEID", "not a running number")
    return int(row["CHARGEID"])


def _history(folder: Path) -> Iterator[HistoryRow]:
    """Yield payer history rows that name a payer. Newer exports call their columns differently."""
    name = "payer_transitions"
    is_newer = "START_DATE" in columns_of(folder, name)
    start, end = ("START_DATE", "END_DATE") if is_newer else ("START_YEAR", "END_YEAR")
    for row in rows_of(folder, name, ["PATIENT", start, end, "PAYER"]):
        first = row.day(start, year_as=datetime.date(2000, 1, 1))
        # A year of an old export counts whole; until its last day is as near as [start, end) gets.
        last = row.day(end, year_as=datetime.date(2000, 12, 31)) if row[end] else OPEN_END
        if last < first:
            raise row.malformed(end, f"before {start}")
        if _payer(row["PAYER"]):
            yield HistoryRow(row["PATIENT"], row["PAYER"], first, last, row.number)
