"""EIP-712 of intents: type, struct hash, digest, and the JSON that a wallet shows and signs.

The digest is the payment's id everywhere. Tests compare with eth-account and with the router.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from node.intents.encoding import encode_body, encode_lines, hex_bytes
from node.intents.messages import Intent, IntentKind
from node.intents.schema import (
    LINE_TYPE_NAME,
    Field,
    Shape,
    line_type_string,
    schema_of,
    type_string,
)
from node.wire.hashing import keccak
from node.wire.hexadecimal import to_hex
from node.wire.words import WORD

NAME = "Yibao"
VERSION = "1"
DOMAIN_FIELDS = "string name,string version,uint256 chainId,address verifyingContract"


@dataclass(frozen=True, slots=True)
class Domain:
    """Where a signature is valid: one router on one chain."""

    chain_id: int
    verifying_contract: str


def _word(value: int) -> bytes:
    return value.to_bytes(WORD, "big")


@cache
def type_hash(kind: IntentKind) -> bytes:
    """Return the EIP-712 type hash of a kind: what the router's typeHashOf answers."""
    return bytes(keccak(type_string(kind).encode()))


@cache
def _line_type_hash(kind: IntentKind) -> bytes:
    return bytes(keccak(line_type_string(schema_of(kind)).encode()))


@cache
def domain_separator(domain: Domain) -> bytes:
    """Return the EIP-712 domain separator."""
    parts = [
        keccak(f"EIP712Domain({DOMAIN_FIELDS})".encode()),
        keccak(NAME.encode()),
        keccak(VERSION.encode()),
        _word(domain.chain_id),
        hex_bytes(domain.verifying_contract, 20).rjust(WORD, b"\0"),
    ]
    return bytes(keccak(b"".join(parts)))


def struct_hash(intent: Intent) -> bytes:
    """Return hashStruct of an intent, envelope included. Errors: MalformedBody."""
    schema = schema_of(intent.kind)
    body = encode_body(intent.kind, intent.body)
    parts = [
        type_hash(intent.kind),
        hex_bytes(intent.actor, 20).rjust(WORD, b"\0"),
        _word(intent.nonce),
        _word(intent.deadline),
        body[: len(schema.words) * WORD],
    ]
    if schema.trailing:
        value = getattr(intent.body, schema.trailing.name)
        if schema.shape is Shape.LINES:
            head = _line_type_hash(intent.kind)
            value = b"".join(keccak(head + line) for line in encode_lines(schema, value))
        parts.append(keccak(value))
    return bytes(keccak(b"".join(parts)))


def digest_bytes(intent: Intent, domain: Domain) -> bytes:
    """Return the digest as 32 bytes. Errors: MalformedBody."""
    return bytes(keccak(b"\x19\x01" + domain_separator(domain) + struct_hash(intent)))


def digest(intent: Intent, domain: Domain) -> str:
    """Return the digest, the intent's id, as 0x text. Errors: MalformedBody."""
    return to_hex(digest_bytes(intent, domain))


def _type_rows(text: str) -> list[dict[str, str]]:
    pairs = (member.split(" ") for member in text.split(",") if member)
    return [{"name": name, "type": abi_type} for abi_type, name in pairs]


def _members(type_text: str, name: str) -> list[dict[str, str]]:
    start = type_text.index(f"{name}(") + len(name) + 1
    return _type_rows(type_text[start : type_text.index(")", start)])


def _json_value(field: Field, value: Any) -> Any:
    if isinstance(value, bytes):
        return to_hex(value)
    # Browsers lose digits above 2^53, so the widest integers travel as text.
    return str(value) if field.abi_type == "uint256" else value


def _json_fields(fields: tuple[Field, ...], value: object) -> dict[str, Any]:
    pairs = ((field, getattr(value, field.name)) for field in fields)
    return {
        field.abi_name: _json_value(field, int(item) if isinstance(item, int) else item)
        if not isinstance(item, bool)
        else item
        for field, item in pairs
    }


def typed_data_json(intent: Intent, domain: Domain) -> dict[str, Any]:
    """Return the document for eth_signTypedData_v4; its digest is `digest(intent, domain)`."""
    schema, rule = schema_of(intent.kind), intent.rule
    types = {
        "EIP712Domain": _type_rows(DOMAIN_FIELDS),
        rule.type_name: _members(type_string(intent.kind), rule.type_name),
    }
    message: dict[str, Any] = {
        "actor": intent.actor,
        "nonce": str(intent.nonce),
        "deadline": intent.deadline,
        **_json_fields(schema.words, intent.body),
    }
    if schema.trailing:
        value = getattr(intent.body, schema.trailing.name)
        if schema.shape is Shape.LINES:
            types[LINE_TYPE_NAME] = _members(line_type_string(schema), LINE_TYPE_NAME)
            value = [_json_fields(schema.line, line) for line in value]
        message[schema.trailing.abi_name] = _json_value(schema.trailing, value)
    return {
        "types": types,
        "primaryType": rule.type_name,
        "domain": {
            "name": NAME,
            "version": VERSION,
            "chainId": domain.chain_id,
            "verifyingContract": domain.verifying_contract,
        },
        "message": message,
    }
