"""Shapes of employers' staff files."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, Tag

from node.api.schemas import shapes
from node.api.schemas.base import (
    Account,
    Hash,
    In,
    Out,
    chosen_by,
)
from node.api.schemas.intents import SignedIntentIn
from node.desk.bulk import MOST_ITEMS
from node.domain.declarations import MOST_ROWS


class FileTerms(In):
    """What all rows share: the month and the plan, which says by when it is to be paid."""

    month: Annotated[str, Field(pattern=shapes.MONTH)]
    plan_id: Hash
    plan_version: Annotated[int, Field(ge=1, lt=2**32)]


class RowsRequest(FileTerms):
    """A staff file as rows of `member_id`, `wage_fen` and, for who came in the month, `joined`.

    Rows are judged one by one: a bad row is reported and the good rows are prepared.
    """

    rows: Annotated[list[Any], Field(max_length=MOST_ROWS)]


class TableRequest(FileTerms):
    """A staff file as CSV text; its header is `member_id,wage_fen`, perhaps with `,joined`."""

    csv: str


FileRequest = Annotated[
    Annotated[TableRequest, Tag("#csv")] | Annotated[RowsRequest, Tag("#rows")],
    chosen_by("csv", present="#csv", absent="#rows"),
]


class BadRowOut(Out):
    """One thing wrong with a row, counted from 1; `field` is null if it is the row as a whole."""

    row: int
    field: str | None
    code: str
    values: dict[str, Any]
    title: str
    detail: str
    next_step: str


class PreparedPart(Out):
    """An intent and its digest; its typed data stands once per kind beside the rows."""

    intent: dict[str, Any]
    digest: Hash


class DeclaredRowOut(Out):
    """A good row: both shares, and what declares and pays them."""

    row: int
    member_id: Account
    bill_id: Hash
    employer_fen: int
    employee_fen: int
    late_fee_fen: int
    payable_fen: int
    declare: PreparedPart
    pay: PreparedPart


class PreparedFile(Out):
    """Everything to sign, in the order in which it is to be handed in.

    `typed_data` holds domain, types and primary type per kind; the message of an intent is its
    `actor`, `nonce`, `deadline` and the fields of its body, as `POST …/intents` elsewhere shows.
    """

    employer_id: Account
    month: str
    employer_fen: int
    employee_fen: int
    late_fee_fen: int
    payable_fen: int
    quote_expires_at: int
    bad_rows: list[BadRowOut]
    typed_data: dict[str, Any]
    rows: list[DeclaredRowOut]


class SignedFileIn(In):
    """All intents of a prepared file with their signatures, in the order they were prepared."""

    items: Annotated[list[SignedIntentIn], Field(min_length=1, max_length=MOST_ITEMS)]


class BulkItemOut(Out):
    """What became of one item: accepted with its digest, or refused by name."""

    digest: Hash | None = None
    state: str | None = None
    href: str | None = None
    code: str | None = None
    field: str | None = None
    values: dict[str, Any] | None = None


class BulkOut(Out):
    """What became of every item, in order; a refused item keeps no other item from its effect."""

    accepted: int
    refused: int
    items: list[BulkItemOut]
