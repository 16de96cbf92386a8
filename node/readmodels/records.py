"""Rows as frozen records: the fields of a record name the columns to read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar

from sqlalchemy import Select, select

from node.db.base import Base, table_of

Record = TypeVar("Record")


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
