"""What a proof proves, as a document and in plain words: block, signers, events, amounts."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any

from node.chain.abi.records import ReversalEvidence
from node.chain.events import Transfer, UnknownEventError, decode_log
from node.chain.proofs.bundles import Proved, ProvedReceipt, ProvedWord
from node.chain.proofs.ledger_words import BalanceWord, balance_slot
from node.domain.kinds import Pocket
from node.wire.errors import PackingError
from node.wire.hexadecimal import to_hex

# JSON numbers are exact up to here in every reader.
_EXACT = 2**53
_INDENT = "  "


class WrongAccountError(ValueError):
    """The proved word is not the balance of the account that was asked for."""


def document(found: Proved, *, genesis_sha256: str, account: str = "") -> dict[str, Any]:
    """Return what is proved as plain data. Errors: WrongAccountError."""
    power = sum(one.power for one in found.signers)
    shown: dict[str, Any] = {
        "proved": True,
        "chain_id": found.chain_id,
        "genesis_sha256": genesis_sha256,
        "block": {
            "number": found.block_number,
            "hash": to_hex(found.block_hash),
            "timestamp": found.timestamp,
        },
        "signed": {
            "at": found.signed_at.seconds,
            "signers": [one.address.hex() for one in found.signers],
            "validators": len(found.validators),
            "power": power,
            "total_power": sum(one.power for one in found.validators),
            "set_changes": found.set_changes,
        },
    }
    if isinstance(found.subject, ProvedReceipt):
        return shown | {"receipt": _receipt(found.subject)}
    return shown | {"storage": _storage(found.subject, account)}


def _receipt(found: ProvedReceipt) -> dict[str, Any]:
    return {
        "transaction": to_hex(found.transaction_hash),
        "index": found.index,
        "type": found.type,
        "succeeded": found.succeeded,
        "events": [
            _event(to_hex(address), [to_hex(one) for one in topics], to_hex(data))
            for address, topics, data in found.logs
        ],
    }


def _event(contract: str, topics: list[str], data: str) -> dict[str, Any]:
    shown: dict[str, Any] = {"contract": contract, "event": None, "fields": {}}
    try:
        event = decode_log({"topics": topics, "data": data})
    except (UnknownEventError, PackingError):
        return shown | {"topics": topics, "data": data}
    return shown | {"event": type(event).__name__, "fields": _fields(event)}


def _fields(record: Any) -> dict[str, Any]:
    shown = {one.name: _value(getattr(record, one.name)) for one in fields(record)}
    if isinstance(record, Transfer):
        # ERC-6909 names the pocket by its number, and money only by the pocket.
        is_money = record.id in (Pocket.CASH, Pocket.MEDICAL)
        shown["id"] = Pocket(record.id).name if record.id in set(Pocket) else shown["id"]
        shown["amount_fen" if is_money else "points"] = shown.pop("amount")
    return shown


def _value(value: Any) -> Any:
    if isinstance(value, ReversalEvidence):
        kept = ("member", "provider", "insurer", "family_holder", "supplementary_payer")
        parties = {name: _value(getattr(value, name)) for name in kept}
        return parties | {"amounts": _fields(value.settlement())}
    if isinstance(value, enum.Enum):
        return value.name
    if is_dataclass(value):
        return _fields(value)
    if isinstance(value, tuple | list):
        return [_value(one) for one in value]
    if isinstance(value, bytes):
        return to_hex(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _EXACT:
        return str(value)
    return value


def _storage(found: ProvedWord, account: str) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "contract": to_hex(found.address),
        "slot": f"0x{found.slot:064x}",
        "word": f"0x{found.word:064x}",
    }
    if not account:
        return shown
    word = BalanceWord(found.word)
    if found.slot == balance_slot(account, Pocket.POINTS):
        pockets = {"POINTS": Pocket.POINTS}
    elif found.slot == balance_slot(account, Pocket.CASH):
        pockets = {"CASH": Pocket.CASH, "MEDICAL": Pocket.MEDICAL}
    else:
        raise WrongAccountError(f"the word is not where WalletLedger keeps a balance of {account}")
    unit = "points" if "POINTS" in pockets else "fen"
    balances = {
        name: {f"available_{unit}": word.available_fen(one), f"held_{unit}": word.held_fen(one)}
        for name, one in pockets.items()
    }
    return shown | {
        "account": account,
        "balances": {"counter_fen": word.counter_fen} if word.is_counter else balances,
        "frozen": word.is_frozen,
    }


def lines(shown: Mapping[str, Any]) -> Iterator[str]:
    """Return a document in plain words."""
    block, signed = shown["block"], shown["signed"]
    yield "proved"
    yield f"  chain         {shown['chain_id']}, trusted by the genesis file with sha256"
    yield f"                {shown['genesis_sha256']}"
    yield f"  block         {block['number']} of {_moment(block['timestamp'])}, {block['hash']}"
    changes = signed["set_changes"]
    followed = f", after {changes} changes of the set since genesis" if changes else ""
    yield (
        f"  signed by     {len(signed['signers'])} of {signed['validators']} validators,"
        f" voting power {signed['power']} of {signed['total_power']}{followed}"
    )
    yield from (f"                {one}" for one in signed["signers"])
    if "receipt" in shown:
        yield from _receipt_lines(shown["receipt"])
        yield "  not proved    whose contracts these are: compare them with the network's directory"
    else:
        yield from _storage_lines(shown["storage"])
        yield "  not proved    whose contract this is: compare it with the network's directory"


def _receipt_lines(receipt: Mapping[str, Any]) -> Iterator[str]:
    yield f"  transaction   {receipt['transaction']}, number {receipt['index']} of the block"
    outcome = "succeeded" if receipt["succeeded"] else "was refused by the contract"
    yield f"  outcome       {outcome}"
    if not receipt["events"]:
        yield "  events        none"
    for number, event in enumerate(receipt["events"], 1):
        name = event["event"] or "unknown event"
        yield f"  event {number:<7} {name}, by contract {event['contract']}"
        told = event["fields"] or {"topics": event.get("topics"), "data": event.get("data")}
        yield from _told(told, depth=1)


def _storage_lines(storage: Mapping[str, Any]) -> Iterator[str]:
    yield f"  contract      {storage['contract']}"
    yield f"  slot          {storage['slot']}"
    yield f"  word          {storage['word']}"
    if "account" in storage:
        yield f"  account       {storage['account']}{', frozen' if storage['frozen'] else ''}"
        yield from _told(storage["balances"], depth=1)
    else:
        yield "  meaning       name the account with --account to read the word as its balance"


def _told(values: Mapping[str, Any], *, depth: int) -> Iterator[str]:
    for name, value in values.items():
        label = f"{_INDENT * (depth + 1)}{name.replace('_', ' ').removesuffix(' fen')}"
        if isinstance(value, Mapping):
            yield f"{label}:"
            yield from _told(value, depth=depth + 1)
            continue
        is_money = name.endswith("_fen")
        yield f"{label:<28}{_money(int(value)) if is_money else _plain(name, value)}"


def _plain(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name.endswith("_at") and isinstance(value, int):
        return _moment(value)
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return str(value)


def _money(amount_fen: int) -> str:
    sign, whole = ("-", -amount_fen) if amount_fen < 0 else ("", amount_fen)
    return f"{amount_fen:,} fen = {sign}{whole // 100:,}.{whole % 100:02d} yuan"


def _moment(seconds: int) -> str:
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, ValueError, OSError):
        return f"second {seconds}"
