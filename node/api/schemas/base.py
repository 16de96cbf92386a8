"""What all shapes share: strictness in, ids, days and amounts."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Discriminator, Field, StringConstraints

from node.api.schemas import shapes
from node.domain.money import MAX_AMOUNT_FEN


class In(BaseModel):
    """A request: unknown fields, other types and numbers as text are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Out(BaseModel):
    """An answer."""

    model_config = ConfigDict(frozen=True)


Account = Annotated[
    str,
    StringConstraints(pattern=shapes.ACCOUNT),
    Field(description="Account id: 0x and 40 lower-case hex digits."),
]
Hash = Annotated[
    str,
    StringConstraints(pattern=shapes.HASH),
    Field(description="0x and 64 lower-case hex digits."),
]
Fen = Annotated[
    int, Field(gt=0, le=MAX_AMOUNT_FEN, description="Whole fen (1 yuan = 100).", examples=[12_345])
]
WideNumber = Annotated[
    str,
    StringConstraints(pattern=shapes.WIDE_NUMBER),
    Field(description="A number below 2^256 as text.", examples=["18446744073709551616"]),
]
Day = Annotated[
    str,
    StringConstraints(pattern=shapes.DAY),
    Field(description="A day in Shanghai.", examples=["2026-03-02"]),
]

AccountPath = Annotated[str, Path(pattern=shapes.ACCOUNT, description="Account id.")]
HashPath = Annotated[str, Path(pattern=shapes.HASH, description="Id or digest.")]
AccountQuery = Annotated[
    str | None, Query(pattern=shapes.ACCOUNT, description="Only those of this account id.")
]
HashQuery = Annotated[
    str | None, Query(pattern=shapes.HASH, description="Only those of this digest.")
]
DayQuery = Annotated[
    str | None, Query(pattern=shapes.DAY, description="A day in Shanghai, such as 2026-03-02.")
]


def chosen_by(field: str, *, present: str, absent: str) -> Discriminator:
    """Return what picks one of two shapes by a field. A tag starts with #: it is no field."""

    def choose(value: Any) -> str:
        named = field in value if isinstance(value, dict) else hasattr(value, field)
        return present if named else absent

    return Discriminator(choose)
