"""Intents as JSON: the one form that the API, key-file signing and clients exchange.

Body fields have their Python names; hashes and ids are 0x text, `uint256` values are text because
browsers lose digits above 2^53, everything else is a JSON integer or boolean. Reading is strict:
an unknown, missing or mistyped field is refused with its place and nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from node.domain.documents import pointer_part
from node.domain.errors import MalformedBody
from node.domain.parties import SignerKind
from node.domain.said import said
from node.intents.bodies import ClaimLine, IntentBody
from node.intents.encoding import encode_body, hex_bytes
from node.intents.messages import KINDS, Intent, IntentKind, Signature
from node.intents.schema import Field, schema_of
from node.wire.hexadecimal import to_hex

_ENVELOPE = ("kind", "actor", "nonce", "deadline", "body")
_SIGNATURE = ("account", "kind", "data")
_LARGEST_UINT256 = 2**256 - 1
_LONGEST_NAME = 80


def intent_to_json(intent: Intent) -> dict[str, Any]:
    """Return the JSON form of an intent."""
    return {
        "kind": intent.kind.name,
        "actor": intent.actor,
        "nonce": str(intent.nonce),
        "deadline": intent.deadline,
        "body": body_to_json(intent),
    }


def body_to_json(intent: Intent) -> dict[str, Any]:
    """Return the JSON form of an intent's body."""
    return {
        field.name: _shown(field, getattr(intent.body, field.name))
        for field in schema_of(intent.kind).fields
    }


def intent_from_json(document: object, *, field: str = "/intent") -> Intent:
    """Return the intent of a JSON form. Errors: MalformedBody with the JSON pointer."""
    values = _object(document, _ENVELOPE, field)
    kind = _kind(values["kind"], f"{field}/kind")
    intent = Intent(
        kind=kind,
        actor=_hex(values["actor"], 20, f"{field}/actor"),
        nonce=_wide(values["nonce"], f"{field}/nonce"),
        deadline=_integer(values["deadline"], "uint64", f"{field}/deadline"),
        body=body_from_json(kind, values["body"], field=f"{field}/body"),
    )
    encode_body(kind, intent.body)
    return intent


def body_from_json(kind: IntentKind, document: object, *, field: str = "/body") -> IntentBody:
    """Return the body of a JSON form. Errors: MalformedBody with the JSON pointer."""
    schema = schema_of(kind)
    values = _object(document, tuple(part.name for part in schema.fields), field)
    read: dict[str, Any] = {
        part.name: _read(part, values[part.name], f"{field}/{part.name}") for part in schema.words
    }
    if schema.trailing is not None:
        name = schema.trailing.name
        place = f"{field}/{name}"
        read[name] = (
            _lines(schema.line, values[name], place)
            if schema.line
            else bytes.fromhex(_hex(values[name], None, place)[2:])
        )
    return KINDS[kind].body(**read)


def signatures_to_json(signatures: Sequence[Signature]) -> list[dict[str, Any]]:
    """Return the JSON form of signatures."""
    return [
        {"account": one.account, "kind": one.kind.name, "data": to_hex(one.data)}
        for one in signatures
    ]


def signatures_from_json(document: object, *, field: str = "/signatures") -> tuple[Signature, ...]:
    """Return signatures from their JSON form; at most two. Errors: MalformedBody."""
    if not isinstance(document, list) or len(document) > 2:
        _refuse("a list of at most two signatures is wanted", field)
    return tuple(_signature(one, f"{field}/{place}") for place, one in enumerate(document))


def _signature(document: object, field: str) -> Signature:
    values = _object(document, _SIGNATURE, field)
    if values["kind"] not in SignerKind.__members__:
        _refuse("SECP256K1 or P256 is wanted", f"{field}/kind")
    data = bytes.fromhex(_hex(values["data"], None, f"{field}/data")[2:])
    account = _hex(values["account"], 20, f"{field}/account")
    return Signature(account, SignerKind[values["kind"]], data)


def _lines(parts: tuple[Field, ...], document: object, field: str) -> tuple[ClaimLine, ...]:
    if not isinstance(document, list):
        _refuse("a list is wanted", field)
    lines = []
    for place, line in enumerate(document):
        values = _object(line, tuple(part.name for part in parts), f"{field}/{place}")
        read: dict[str, Any] = {
            part.name: _read(part, values[part.name], f"{field}/{place}/{part.name}")
            for part in parts
        }
        lines.append(ClaimLine(**read))
    return tuple(lines)


def _kind(value: object, field: str) -> IntentKind:
    if not isinstance(value, str) or value not in IntentKind.__members__ or value == "NONE":
        words = ", ".join(name for name in IntentKind.__members__ if name != "NONE")
        _refuse(said("no such kind of intent; the kinds are {words}", words=words), field)
    return IntentKind[value]


def _read(part: Field, value: object, field: str) -> int | bool | str:
    if part.abi_type == "bool":
        if not isinstance(value, bool):
            _refuse("true or false is wanted", field)
        return value
    if part.abi_type == "uint256":
        return _wide(value, field)
    if part.abi_type.startswith(("uint", "int")):
        return _integer(value, part.abi_type, field)
    size = 20 if part.abi_type == "address" else int(part.abi_type.removeprefix("bytes"))
    return _hex(value, size, field)


def _integer(value: object, abi_type: str, field: str) -> int:
    signed = abi_type.startswith("int")
    bits = int(abi_type.removeprefix("int" if signed else "uint"))
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)
    if type(value) is not int or not low <= value <= high:
        _refuse(said("an integer in the range of {type} is wanted", type=abi_type), field)
    return value


def _wide(value: object, field: str) -> int:
    text = isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 78
    if not text or int(str(value)) > _LARGEST_UINT256:
        _refuse("a decimal number below 2^256, as text, is wanted", field)
    return int(str(value))


def _hex(value: object, size: int | None, field: str) -> str:
    plain = isinstance(value, str) and value.startswith("0x") and value == value.lower()
    if not plain:
        _refuse("0x and lower-case hex digits are wanted", field)
    text = str(value)
    try:
        raw = bytes.fromhex(text[2:])
        if size is not None:
            hex_bytes(text, size)
    except (ValueError, MalformedBody):
        some = said("0x and {count} hex digits", count=2 * (size or 0))
        _refuse("0x and an even number of hex digits" if size is None else some, field)
    if len(raw) * 2 != len(text) - 2:
        _refuse("hex digits without spaces are wanted", field)
    return text


def _object(document: object, names: tuple[str, ...], field: str) -> Mapping[str, Any]:
    if not isinstance(document, dict):
        _refuse("an object is wanted", field)
    for name in names:
        if name not in document:
            _refuse("the field is missing", f"{field}/{name}")
    for name in document:
        if name not in names:
            _refuse("no such field", f"{field}/{pointer_part(str(name)[:_LONGEST_NAME])}")
    return document


def _shown(part: Field, value: Any) -> Any:
    if part.abi_type == "bytes":
        return to_hex(value)
    if part.abi_type == "tuple[]":
        return [
            {name: getattr(line, name) for name in ClaimLine.__dataclass_fields__} for line in value
        ]
    if part.abi_type == "uint256":
        return str(value)
    return value if isinstance(value, bool | str) else int(value)


def _refuse(reason: str, field: str) -> NoReturn:
    raise MalformedBody(reason, field=field)
