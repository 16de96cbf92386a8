"""Reads the CSV files of a Synthea folder: rows with their place, exact cents, calendar days.

Line ends of either kind, a byte order mark and blank lines do not matter. What cannot be read is a
MalformedFolder that names file, row and column; a row is counted as lines of the file are.
"""

from __future__ import annotations

import csv
import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_AMOUNT = re.compile(r"([0-9]{1,11})(?:\.([0-9]{1,2}))?")
EARLIEST, LATEST = datetime.date(1700, 1, 1), datetime.date(2199, 12, 31)
"""Days on which the plans of the set are valid."""
_YEAR = re.compile(r"[0-9]{4}")


class MalformedFolder(Exception):  # noqa: N818  (a folder is malformed, not an error)
    """A file of the folder cannot be read; says which file, row and column."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file: its values by column, and where it stands."""

    file: str
    number: int
    values: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        """Return the text of a column, without blanks around it."""
        return self.values[column].strip()

    @property
    def place(self) -> str:
        """File and row, as a person looks them up."""
        return f"{self.file} row {self.number}"

    def malformed(self, column: str, why: str) -> MalformedFolder:
        """Return the error of a value."""
        return MalformedFolder(f"{self.place}, {column}: {why}: {self[column]!r}")

    def cents(self, column: str) -> int:
        """Turn "129.16" or "129.1" into 12916 or 12910, without a float."""
        match = _AMOUNT.fullmatch(self[column])
        if match is None:
            raise self.malformed(column, "not an amount with at most two decimals")
        whole, part = match.group(1), match.group(2) or ""
        return int(whole) * 100 + int(part.ljust(2, "0"))

    def day(self, column: str, *, year_as: datetime.date | None = None) -> datetime.date:
        """Return the day of a date or of a moment.

        Old exports hold years alone: `year_as` gives the day of the year that one stands for.
        """
        text = self[column]
        try:
            if year_as is not None and _YEAR.fullmatch(text):
                found = year_as.replace(year=int(text))
            else:
                found = datetime.datetime.fromisoformat(text).date()
        except ValueError as error:
            raise self.malformed(column, "not a date") from error
        if not EARLIEST <= found <= LATEST:
            raise self.malformed(column, f"not between {EARLIEST} and {LATEST}")
        return found


def rows_of(folder: Path, name: str, columns: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of a file that has these columns. Errors: MalformedFolder."""
    path = folder / f"{name}.csv"
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, strict=True)
            missing = [column for column in columns if column not in (reader.fieldnames or [])]
            if missing:
                raise MalformedFolder(f"{path.name}: no column {', '.join(missing)}")
            for values in reader:
                row = Row(path.name, reader.line_num, values)
                if None in values or None in values.values():
                    raise MalformedFolder(f"{row.place}: wrong number of columns")
                yield row
    except OSError as error:
        raise MalformedFolder(f"{path.name}: {error.strerror}") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise MalformedFolder(f"{path.name}: {error}") from error


def unique_rows(folder: Path, name: str, columns: Sequence[str]) -> dict[str, Row]:
    """Return the rows of a file by Id; a row that repeats another one counts once.

    Errors: MalformedFolder, also for two rows of one Id that differ in these columns.
    """
    found: dict[str, Row] = {}
    for row in rows_of(folder, name, ["Id", *columns]):
        known = found.setdefault(row["Id"], row)
        if any(known[column] != row[column] for column in columns):
            raise row.malformed("Id", f"stands in row {known.number} with other values")
    return found


def columns_of(folder: Path, name: str) -> frozenset[str]:
    """Return the columns of a file. Errors: MalformedFolder."""
    path = folder / f"{name}.csv"
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return frozenset(csv.DictReader(file, strict=True).fieldnames or [])
    except OSError as error:
        raise MalformedFolder(f"{path.name}: {error.strerror}") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise MalformedFolder(f"{path.name}: {error}") from error
