"""`yibao sign`: sign an intent with a key file, on a machine that needs no gateway."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from node.domain.errors import MalformedBody, SignatureInvalid
from node.intents.signing import Secp256k1Signer
from node.intents.typed_data import Domain, digest, typed_data_json
from node.intents.wire import intent_from_json, signatures_from_json, signatures_to_json


def sign(
    request: Annotated[
        Path, typer.Argument(help="Answer of a `…/intents` route, as a file; `-` reads stdin.")
    ],
    key_file: Annotated[
        Path, typer.Option("--key", help="File with the key: 64 hex digits, readable by you only.")
    ],
    account: Annotated[
        str | None, typer.Option(help="Account to sign for; default: the actor of the intent.")
    ] = None,
) -> None:
    """Sign an intent and print `{intent, signatures}`, ready for the matching `POST`.

    The typed data shown on stderr is rebuilt from the intent: what you see is what you sign (M03).
    A second party signs the printed document again.
    """
    document = read_document(request)
    intent = intent_from_json(document.get("intent"))
    domain = domain_of(document)
    typed_data = typed_data_json(intent, domain)
    if document.get("typed_data", typed_data) != typed_data:
        raise SignatureInvalid(field="/typed_data")
    print(json.dumps(typed_data["message"], indent=1, ensure_ascii=False), file=sys.stderr)
    signer = Secp256k1Signer(read_key(key_file))
    signature = signer.sign(digest(intent, domain), account or intent.actor)
    earlier = signatures_from_json(document.get("signatures", []))
    signed = {**document, "signatures": signatures_to_json((*earlier, signature))}
    print(json.dumps(signed, indent=1, ensure_ascii=False))


def read_document(path: Path) -> dict[str, Any]:
    """Return the JSON object of a file or of stdin. Errors: MalformedBody."""
    text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    try:
        document = json.loads(text)
    except ValueError as error:
        raise MalformedBody(str(error)) from error
    if not isinstance(document, dict):
        raise MalformedBody("an object with `intent` is wanted")
    return document


def domain_of(document: dict[str, Any]) -> Domain:
    """Return the EIP-712 domain that the gateway named. Errors: MalformedBody."""
    try:
        named = document["typed_data"]["domain"]
        return Domain(int(named["chainId"]), str(named["verifyingContract"]).lower())
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedBody("chain id and router are missing", field="/typed_data") from error


def read_key(path: Path) -> bytes:
    """Return the 32 bytes of a key file that nobody else can read. Errors: MalformedBody."""
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise MalformedBody(f"{path}: others can read this key; run chmod 600 on it")
    try:
        secret = bytes.fromhex(path.read_text(encoding="ascii").strip().removeprefix("0x"))
    except ValueError as error:
        raise MalformedBody(f"{path}: 64 hex digits are wanted") from error
    if len(secret) != 32:
        raise MalformedBody(f"{path}: 64 hex digits are wanted")
    return secret
