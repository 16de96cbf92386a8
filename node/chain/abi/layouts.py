"""How the words of a struct become a record: annotated types, and `RecordLayout` over them.

A field's type carries its ABI type (`Annotated[int, Word("uint64")]`), so one table serves decoding
and the test that compares it with the compiled interfaces. Structs that the domain owns
(accumulators, settlement) are read into the domain's own classes.
"""

import enum
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Annotated, Any, Generic, TypeVar, get_args, get_origin, get_type_hints

from node.chain.abi.packing import Word, WordLayout
from node.domain.adjudication.accumulators import Accumulators
from node.domain.adjudication.settlement import Settlement
from node.domain.ids import (
    AccountId,
    BillId,
    CareType,
    ClaimId,
    HoldId,
    IntentDigest,
    Level,
    Region,
)
from node.wire.errors import PackingError
from node.wire.labels import label_of

T = TypeVar("T")

Bool = Annotated[bool, Word("bool")]
Uint8 = Annotated[int, Word("uint8")]
Uint16 = Annotated[int, Word("uint16")]
Uint32 = Annotated[int, Word("uint32")]
Uint40 = Annotated[int, Word("uint40")]
Uint64 = Annotated[int, Word("uint64")]
Uint256 = Annotated[int, Word("uint256")]
Int32 = Annotated[int, Word("int32")]
Hash = Annotated[str, Word("bytes32")]
Selector = Annotated[str, Word("bytes4")]
Bytes = Annotated[bytes, "bytes"]
Account = Annotated[AccountId, Word("address")]
Digest = Annotated[IntentDigest, Word("bytes32")]
Bill32 = Annotated[BillId, Word("bytes32")]
Claim32 = Annotated[ClaimId, Word("bytes32")]
Hold32 = Annotated[HoldId, Word("bytes32")]
RegionLabel = Annotated[Region, Word("bytes12", label_of)]
CareLabel = Annotated[CareType, Word("bytes16", label_of)]
LevelLabel = Annotated[Level, Word("bytes16", label_of)]
NameLabel = Annotated[str, Word("bytes32", label_of)]

# Structs of the domain: their classes know nothing of the ABI.
DOMAIN_STRUCTS: dict[type, tuple[str, ...]] = {
    Accumulators: (*("uint64[3]",) * 3, "uint64", "uint64", "uint32"),
    Settlement: ("uint64",) * 15,
}

Build = Callable[[Iterator[Any]], Any]


def _member_of(kind: type[enum.IntEnum]) -> Callable[[int], enum.IntEnum]:
    """Return the conversion of a number into a member, as one look-up."""
    members = {member.value: member for member in kind}

    def convert(value: int) -> enum.IntEnum:
        try:
            return members[value]
        except KeyError:
            raise PackingError(f"{value} is no {kind.__name__}") from None

    return convert


def _array_of(abi: str) -> tuple[list[Word], Build]:
    item, _, count = abi.rstrip("]").partition("[")
    if not count:
        return [Word(abi)], next
    length = int(count)
    return [Word(item)] * length, lambda values: tuple(next(values) for _ in range(length))


def parts_of(hint: Any) -> tuple[list[Word], Build]:
    """Return the words of a type and how to build its value from an iterator over them."""
    if get_origin(hint) is Annotated:
        base, word = get_args(hint)
        if isinstance(word, str):
            return _array_of(word)
        if isinstance(base, type) and issubclass(base, enum.IntEnum):
            word = Word(word.abi, _member_of(base))
        return [word], next
    if hint in DOMAIN_STRUCTS:
        parts = [_array_of(abi) for abi in DOMAIN_STRUCTS[hint]]
    else:
        parts = [parts_of(one) for one in field_types(hint).values()]
    builders = [build for _, build in parts]
    words = [word for part, _ in parts for word in part]
    return words, lambda values: hint(*[build(values) for build in builders])


def field_types(record: type) -> dict[str, Any]:
    """Return the annotated types of a record's fields, in order."""
    hints = get_type_hints(record, include_extras=True)
    return {one.name: hints[one.name] for one in fields(record)}


def abi_type(hint: Any) -> str:
    """Return the ABI type of a field: a word, `bytes`, or a tuple of those in parentheses."""
    if get_origin(hint) is Annotated:
        word = get_args(hint)[1]
        return word if isinstance(word, str) else str(word.abi)
    if hint in DOMAIN_STRUCTS:
        return f"({','.join(DOMAIN_STRUCTS[hint])})"
    return f"({','.join(abi_type(one) for one in field_types(hint).values())})"


class RecordLayout(Generic[T]):
    """Reads and writes one struct of static words as it stands in call data, logs and returns."""

    def __init__(self, record: type[T]) -> None:
        words, self._build = parts_of(record)
        self.words = WordLayout(words)
        self.size = self.words.size

    def unpack(self, data: bytes) -> T:
        """Return the record. Errors: PackingError."""
        record: T = self._build(iter(self.words.unpack(data)))
        return record

    def pack(self, record: T) -> bytes:
        """Return the words of a record; undoes `unpack`. Errors: PackingError."""
        return self.words.pack(list(_flat(record)))


def _flat(value: Any) -> Iterator[Any]:
    """Return the words of a record in order."""
    if is_dataclass(value) or isinstance(value, tuple):
        parts = (
            value if isinstance(value, tuple) else [getattr(value, f.name) for f in fields(value)]
        )
        for part in parts:
            yield from _flat(part)
    else:
        yield value
