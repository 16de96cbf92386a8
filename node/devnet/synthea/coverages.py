"""Which coverage holds each day of a Synthea history, and which lines no coverage can carry.

The ledger holds one coverage a day per member and scheme, and all payers of the set insure under
one scheme, so a history with overlaps must be cut. These are the rules, per patient:

| History | Coverage |
|---|---|
| a row [start, end) | its days |
| a row that starts and ends on one day | that day |
| an overlap | the row that starts later; of two that start together, the later in the file |
| a day on which an insurer paid a line | that insurer, if a row of it holds the day or ends on it |
| a day on which two insurers paid | the one of the first line; the other's are unsettled |
| a gap, a patient without a payer | none; a line paid there is unsettled |

Pure: no file, no chain. Every insured line is settled under exactly one coverage or unsettled.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from node.devnet.synthea.folder import HistoryRow, Line, LineKey, Unsettled

A_DAY = datetime.timedelta(days=1)
_Paid = Mapping[datetime.date, HistoryRow]


@dataclass(frozen=True)
class Coverage:
    """`payer` insures `patient` on days [start, end)."""

    patient: str
    payer: str
    start: datetime.date
    end: datetime.date


@dataclass(frozen=True)
class CoveragePlan:
    """Coverages in order of patient and start, never overlapping; a coverage or a reason a line."""

    coverages: tuple[Coverage, ...]
    of_line: Mapping[LineKey, Coverage]
    unsettled: tuple[Unsettled, ...]


def plan_coverages(history: Sequence[HistoryRow], lines: Iterable[Line]) -> CoveragePlan:
    """Cut histories into coverages such that every insured line is covered where it can be."""
    rows_of: dict[str, list[HistoryRow]] = defaultdict(list)
    for row in sorted(history, key=lambda row: (row.start, row.number)):
        rows_of[row.patient].append(row)
    lines_of: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        lines_of[line.patient].append(line)
    coverages: list[Coverage] = []
    of_line: dict[LineKey, Coverage] = {}
    unsettled: list[Unsettled] = []
    for patient in sorted({*rows_of, *lines_of}):
        rows = rows_of[patient]
        paid, refused = _paid_days(rows, lines_of[patient])
        found = list(_cut(rows, paid))
        coverages += found
        unsettled += refused
        refused_keys = {one.key for one in refused}
        for line in lines_of[patient]:
            if line.key not in refused_keys:
                of_line[line.key] = _holding(found, line.service_day)
    return CoveragePlan(tuple(coverages), of_line, tuple(unsettled))


def _paid_days(
    rows: Sequence[HistoryRow], lines: Sequence[Line]
) -> tuple[dict[datetime.date, HistoryRow], list[Unsettled]]:
    """Return which row holds each day on which an insurer paid, and the lines that none can."""
    paid: dict[datetime.date, HistoryRow] = {}
    refused: list[Unsettled] = []
    for line in lines:
        day = line.service_day
        held = [row for row in rows if row.payer == line.payer and row.start <= day <= row.end]
        if not held:
            refused.append(line.unsettled("no payer history row of its insurer holds the day"))
        elif paid.setdefault(day, held[-1]).payer != line.payer:
            refused.append(line.unsettled("another insurer paid on that day: one has the coverage"))
    return paid, refused


def _cut(rows: Sequence[HistoryRow], paid: _Paid) -> Iterator[Coverage]:
    """Yield the coverages of one patient in order: each stretch of days that one row holds."""
    edges = {edge for row in rows for edge in (row.start, row.covered_until)}
    edges |= {edge for day in paid for edge in (day, day + A_DAY)}
    open_: tuple[HistoryRow, datetime.date, datetime.date] | None = None
    for start, end in pairwise(sorted(edges)):
        row = paid.get(start) or _latest(rows, start)
        if open_ is not None and row is open_[0]:
            open_ = (row, open_[1], end)
            continue
        if open_ is not None:
            yield _coverage(*open_)
        open_ = None if row is None else (row, start, end)
    if open_ is not None:
        yield _coverage(*open_)


def _latest(rows: Sequence[HistoryRow], day: datetime.date) -> HistoryRow | None:
    """Return the last of the rows, in order of start, that holds a day."""
    return next((row for row in reversed(rows) if row.start <= day < row.covered_until), None)


def _coverage(row: HistoryRow, start: datetime.date, end: datetime.date) -> Coverage:
    return Coverage(row.patient, row.payer, start, end)


def _holding(coverages: Sequence[Coverage], day: datetime.date) -> Coverage:
    """Return the coverage of a day that one holds."""
    return next(one for one in coverages if one.start <= day < one.end)
