"""Reads a Synthea folder (the CSV export of synthetic patients): no chain, no database, no clock.

Amounts are US cents; the devnet books one cent as one fen (domain.md §14). A line is one charge of
one claim with the payments that follow it. Names, numbers and addresses of patients are never
read, except by `bait`, which exists so that tests can search for them.
"""

from __future__ import annotations

import csv
import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

NO_PAYER = frozenset({"", "0"})
_AMOUNT = re.compile(r"(\d{1,11})(?:\.(\d{1,2}))?")


class MalformedFolder(Exception):  # noqa: N818  (a folder is malformed, not an error)
    """A file of the folder cannot be read; says which file, row and column."""


@dataclass(frozen=True)
class Coverage:
    """One payer history row: `payer` insures `patient` on days [start, end)."""

    patient: str
    payer: str
    start: datetime.date
    end: datetime.date


@dataclass
class Line:
    """One charge with what was paid on it; amounts in cents.

    `copay` is the face value of its COPAY rows and may exceed the charge. `primary` and
    `secondary` are None where the file shows no such insurer payment.
    """

    charge_id: int
    claim_id: str
    patient: str
    payer: str
    secondary_payer: str
    organisation: str
    service_day: datetime.date
    charge: int
    copay: int = 0
    member_paid: int = 0
    insurer_payments: list[int] = field(default_factory=list)

    @property
    def primary(self) -> int | None:
        """What the primary insurer paid, in cents."""
        return self.insurer_payments[0] if self.insurer_payments else None

    @property
    def secondary(self) -> int | None:
        """What the secondary insurer paid, in cents."""
        return self.insurer_payments[1] if len(self.insurer_payments) > 1 else None


@dataclass(frozen=True)
class SyntheaFolder:
    """What the devnet needs of a folder. `payers`: payer id → name. Lines are in CHARGEID order."""

    patients: tuple[str, ...]
    payers: dict[str, str]
    organisations: tuple[str, ...]
    coverages: tuple[Coverage, ...]
    lines: tuple[Line, ...]

    def insured_lines(self) -> list[Line]:
        """The lines on which an insurer paid."""
        return [line for line in self.lines if line.insurer_payments]


def load(folder: Path) -> SyntheaFolder:
    """Read the folder. Errors: MalformedFolder (file, row and column; nothing half-read)."""
    patients = tuple(row["Id"] for row in _rows(folder, "patients", ["Id"]))
    payers = {row["Id"]: row["NAME"] for row in _rows(folder, "payers", ["Id", "NAME"])}
    organisations = tuple(row["Id"] for row in _rows(folder, "organizations", ["Id"]))
    lines = _lines(folder)
    known = {"PATIENTID": set(patients), "PAYER": set(payers) | NO_PAYER}
    for line in lines:
        _require_known("claims_transactions.csv", line.patient, known["PATIENTID"])
        _require_known("claims.csv", line.payer, known["PAYER"])
        _require_known("claims.csv", line.secondary_payer, known["PAYER"])
        _require_known("encounters.csv", line.organisation, set(organisations))
    return SyntheaFolder(patients, payers, organisations, tuple(_coverages(folder)), tuple(lines))


def bait(folder: Path) -> list[str]:
    """Return every name, number and address of the patients: nothing of it may leave the folder."""
    columns = ["FIRST", "LAST", "SSN", "DRIVERS", "PASSPORT", "MAIDEN", "ADDRESS"]
    found = {row[column] for row in _rows(folder, "patients", columns) for column in columns}
    return sorted(word for word in found if len(word) >= 4)


def _lines(folder: Path) -> list[Line]:
    """Group the rows of each claim: a CHARGE opens a line, later rows up to the next belong to it.

    Rows of different claims are interleaved in the file, so each claim has its own open line.
    """
    claims = {
        row["Id"]: row
        for row in _rows(
            folder,
            "claims",
            ["Id", "PRIMARYPATIENTINSURANCEID", "SECONDARYPATIENTINSURANCEID", "APPOINTMENTID"],
        )
    }
    encounters = _rows(folder, "encounters", ["Id", "ORGANIZATION"])
    organisation_of = {row["Id"]: row["ORGANIZATION"] for row in encounters}
    columns = [
        "CLAIMID",
        "CHARGEID",
        "PATIENTID",
        "TYPE",
        "AMOUNT",
        "METHOD",
        "PAYMENTS",
        "FROMDATE",
    ]
    name = "claims_transactions"
    open_line: dict[str, Line] = {}
    lines: list[Line] = []
    for number, row in enumerate(_rows(folder, name, columns), start=2):
        place = f"{name}.csv row {number}"
        if row["TYPE"] == "CHARGE":
            claim = claims.get(row["CLAIMID"])
            if claim is None:
                raise MalformedFolder(f"{place}: CLAIMID is not in claims.csv")
            line = _open_line(row, claim, organisation_of, place)
            open_line[line.claim_id] = line
            lines.append(line)
        elif row["TYPE"] == "PAYMENT":
            _add_payment(open_line.get(row["CLAIMID"]), row, place)
    return sorted(lines, key=lambda line: line.charge_id)


def _open_line(
    row: dict[str, str], claim: dict[str, str], organisation_of: dict[str, str], place: str
) -> Line:
    payer, secondary = claim["PRIMARYPATIENTINSURANCEID"], claim["SECONDARYPATIENTINSURANCEID"]
    organisation = organisation_of.get(claim["APPOINTMENTID"])
    if organisation is None:
        raise MalformedFolder(f"{place}: the claim's APPOINTMENTID is not in encounters.csv")
    if not row["CHARGEID"].isdecimal():
        raise MalformedFolder(f"{place}, CHARGEID: not a running number")
    return Line(
        charge_id=int(row["CHARGEID"]),
        claim_id=row["CLAIMID"],
        patient=row["PATIENTID"],
        payer="" if payer in NO_PAYER else payer,
        secondary_payer="" if secondary in NO_PAYER else secondary,
        organisation=organisation,
        service_day=_day(row["FROMDATE"], f"{place}, FROMDATE"),
        charge=_cents(row["AMOUNT"], f"{place}, AMOUNT"),
    )


def _add_payment(line: Line | None, row: dict[str, str], place: str) -> None:
    if line is None:
        raise MalformedFolder(f"{place}: a PAYMENT before the first CHARGE of its claim")
    amount = _cents(row["PAYMENTS"], f"{place}, PAYMENTS")
    match row["METHOD"]:
        case "COPAY":
            line.copay += amount
        case "ECHECK":
            line.insurer_payments.append(amount)
        case "CASH" | "CHECK" | "CC":
            line.member_paid += amount
        case other:
            raise MalformedFolder(f"{place}, METHOD: unknown method {other!r}")


def _coverages(folder: Path) -> Iterator[Coverage]:
    """Yield payer histories in order of start. An overlap is cut at the later row's start."""
    name, columns = "payer_transitions", ["PATIENT", "START_YEAR", "END_YEAR", "PAYER"]
    rows = [
        Coverage(
            row["PATIENT"],
            row["PAYER"],
            _day(row["START_YEAR"], f"{name}.csv row {number}, START_YEAR"),
            _day(row["END_YEAR"], f"{name}.csv row {number}, END_YEAR"),
        )
        for number, row in enumerate(_rows(folder, name, columns), start=2)
    ]
    yield from sorted(rows, key=lambda row: (row.patient, row.start))


def _rows(folder: Path, name: str, columns: list[str]) -> Iterator[dict[str, str]]:
    path = folder / f"{name}.csv"
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file, strict=True)
            missing = [column for column in columns if column not in (reader.fieldnames or [])]
            if missing:
                raise MalformedFolder(f"{path.name}: no column {', '.join(missing)}")
            for number, row in enumerate(reader, start=2):
                if None in row or None in row.values():
                    raise MalformedFolder(f"{path.name} row {number}: wrong number of columns")
                yield row
    except OSError as error:
        raise MalformedFolder(f"{path.name}: {error.strerror}") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise MalformedFolder(f"{path.name}: {error}") from error


def _cents(text: str, place: str) -> int:
    """Turn "129.16" or "129.1" into 12916 or 12910, without a float."""
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        raise MalformedFolder(f"{place}: not an amount with at most two decimals: {text!r}")
    whole, part = match.group(1), match.group(2) or ""
    return int(whole) * 100 + int(part.ljust(2, "0"))


def _day(text: str, place: str) -> datetime.date:
    try:
        return datetime.datetime.fromisoformat(text).date()
    except ValueError as error:
        raise MalformedFolder(f"{place}: not a date: {text!r}") from error


def _require_known(file: str, key: str, known: set[str] | frozenset[str]) -> None:
    if key not in known:
        raise MalformedFolder(f"{file}: unknown id {key!r}")
