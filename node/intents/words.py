"""An intent in words, rebuilt from what is signed and from nothing else (M03).

Amounts are yuan, days and moments those of Shanghai, numbers of closed lists their code words; ids
and hashes stand whole. A value out of its list or calendar is shown as it is: an intent that no
contract would take can be read too.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from node.domain.days import SHANGHAI_OFFSET_S, iso
from node.domain.kinds import CashMode, FundKind, MemberKind, Pocket, ProviderType, Relation, Scheme
from node.domain.language import Language
from node.domain.money import yuan
from node.domain.parties import ActionKind, OfficerRole, OrganisationKind, SignerKind
from node.domain.premiums import RefundReason
from node.intents.bodies import PayPremium
from node.intents.messages import Intent
from node.intents.schema import schema_of
from node.intents.sentences import SENTENCES
from node.wire.hashing import keccak
from node.wire.hexadecimal import to_hex

_LISTS: dict[str, type[enum.IntEnum] | type[enum.IntFlag]] = {
    "action": ActionKind,
    "cash_mode": CashMode,
    "from_kind": FundKind,
    "kind": OrganisationKind,
    "member_kind": MemberKind,
    "new_kind": SignerKind,
    "pocket": Pocket,
    "provider_type": ProviderType,
    "reason": RefundReason,
    "relation": Relation,
    "roles": OfficerRole,
    "scheme": Scheme,
    "signer_kind": SignerKind,
    "to_kind": FundKind,
}
_MOMENTS = {"old_valid_until"}
_TEXTS = {"level", "reason_code", "region"}
_PLAIN_TEXT = re.compile(r"[A-Za-z0-9_.-]+")
_YES = {Language.ZH: ("是", "否"), Language.EN: ("yes", "no")}
_NOTHING = {Language.ZH: "无", Language.EN: "none"}
_EMPTY = re.compile(r"0x0*")


def words_of(intent: Intent, language: Language) -> str:
    """Return in one sentence what signing an intent agrees to."""
    said = dict(_said(intent, language))
    sentence = SENTENCES[intent.kind]
    return (sentence.zh if language is Language.ZH else sentence.en).format_map(said)


def moment(second: int) -> str:
    """Return a Unix second as date and time in Shanghai; one out of the calendar as a number."""
    try:
        local = datetime.fromtimestamp(second, UTC) + timedelta(seconds=SHANGHAI_OFFSET_S)
    except (OverflowError, ValueError, OSError):
        return str(second)
    return f"{local:%Y-%m-%d %H:%M:%S} UTC+8"


def _said(intent: Intent, language: Language) -> Iterator[tuple[str, str]]:
    """Return the words of a sentence by name: fields of the body, the actor, and sums."""
    body = intent.body
    yield "actor", intent.actor
    if isinstance(body, PayPremium):
        yield "total_fen", yuan(body.medical_fen + body.cash_fen)
    for field in schema_of(intent.kind).fields:
        value = getattr(body, field.name)
        if isinstance(value, bool):
            yield field.name, _YES[language][0 if value else 1]
        elif isinstance(value, bytes):
            # By their hash, which an approval of the same content shows too.
            yield field.name, to_hex(keccak(value)) if value else _NOTHING[language]
        elif isinstance(value, int):
            yield field.name, _number(field.name, value, abi_type=field.abi_type)
        elif isinstance(value, str):
            yield field.name, _text(field.name, value) or _NOTHING[language]


def _number(name: str, value: int, *, abi_type: str) -> str:
    if name.endswith("_fen"):
        return yuan(value)
    if name in _MOMENTS:
        return moment(value)
    if abi_type == "int32":
        return _day(value)
    return _code_word(_LISTS[name], value) if name in _LISTS else str(value)


def _day(day: int) -> str:
    try:
        return iso(day)
    except (OverflowError, ValueError):
        return str(day)


def _code_word(words: type[enum.IntEnum] | type[enum.IntFlag], value: int) -> str:
    if issubclass(words, enum.IntFlag):
        names = [str(one.name) for one in words if value & one]
        known = sum(one for one in words if value & one)
        return "+".join([*names, *([] if known == value else [str(value - known)])]) or str(value)
    return words(value).name if value in {int(one) for one in words} else str(value)


def _text(name: str, value: str) -> str:
    """Return what a hash, an id or a left-aligned text says; "" if it is all zeros."""
    if _EMPTY.fullmatch(value):
        return ""
    if name in _TEXTS:
        text = bytes.fromhex(value[2:]).rstrip(b"\0").decode("ascii", errors="replace")
        # Anything else could rewrite the line it stands in.
        return text if _PLAIN_TEXT.fullmatch(text) else value
    return value
