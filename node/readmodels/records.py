"""Rows as frozen records: the fields of a record name the columns to read."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import fields
from typing import Any, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute

from node.db.base import Base, table_of
from node.db.unit_of_work import UnitOfWork

Record = TypeVar("Record")
VALUES_A_QUERY = 500


def known_of(
    unit: UnitOfWork, column: InstrumentedAttribute[str], values: Collection[str]
) -> set[str]:
    """Return which of many values a key column holds."""
    found: set[str] = set()
    wanted = sorted(values)
    for at in range(0, len(wanted), VALUES_A_QUERY):
        part = wanted[at : at + VALUES_A_QUERY]
        found.update(unit.execute(select(column).where(column.in_(part))).scalars())
    return found


def query_for(record: type[Any], model: type[Base]) -> Select[Any]:
    """Return a query for the columns that a record's fields name."""
    columns = table_of(model).columns
    return select(*(columns[field.name] for field in fields(record)))


def builder_of(record: type[Record]) -> Callable[[Any], Record]:
    """Return what turns a row of `query_for` into the record."""
    return lambda row: record(*row)


def built(record: type[Record], row: Any) -> Record:
    """Return one row as a record."""
    return record(*row)
