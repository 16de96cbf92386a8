"""Key files: a private key and the account it signs for, readable by their owner only.

    {"account": "0x1…", "kind": "SECP256K1", "secret": "64 hex digits"}

A key file names its account so that nobody signs with the key of one account for another.
"""

from __future__ import annotations

import json
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from node.cli.inputs import read_text
from node.domain.errors import MalformedBody
from node.domain.parties import SignerKind
from node.intents.signing import DigestSigner, P256Signer, Secp256k1Signer
from node.intents.verify import P256_ORDER, SECP256K1_ORDER

OWNER_ONLY = 0o600
OTHERS = 0o077
FORM = '{"account": "0x…", "kind": "SECP256K1", "secret": "64 hex digits"}'
_ACCOUNT = re.compile(r"0x[0-9a-f]{40}")
_SECRET = re.compile(r"(0x)?([0-9a-f]{64})")
_FIELDS = {"account", "kind", "secret"}
_ORDERS = {SignerKind.SECP256K1: SECP256K1_ORDER, SignerKind.P256: P256_ORDER}


@dataclass(frozen=True)
class KeyFile:
    """A key with the account it signs for. `secret` is 32 bytes."""

    account: str
    kind: SignerKind
    secret: bytes

    @property
    def signer(self) -> DigestSigner:
        """What signs with the key."""
        if self.kind is SignerKind.P256:
            return P256Signer(int.from_bytes(self.secret))
        return Secp256k1Signer(self.secret)


def read_key_file(path: Path, *, place: str) -> KeyFile:
    """Return the key of a file that nobody else can read; `place` is the option that named it.

    Errors: MalformedBody. No message holds any part of the file.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        raise MalformedBody(f"{path}: {error.strerror}", field=place) from error
    text = read_text(path, place=place)
    if mode & OTHERS:
        reason = f"{path}: others can read this key; next step: chmod 600 {path}"
        raise MalformedBody(reason, field=place)
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    found = _key(document)
    if found is None:
        raise MalformedBody(f"{path}: a key file is wanted: {FORM}", field=place)
    return found


def _key(document: object) -> KeyFile | None:
    """Return the key of a document, None for one of another form."""
    if not isinstance(document, dict) or set(document) != _FIELDS:
        return None
    account, kind, secret = (document[name] for name in ("account", "kind", "secret"))
    if not all(isinstance(one, str) for one in (account, kind, secret)):
        return None
    digits = _SECRET.fullmatch(secret.lower())
    known = kind in SignerKind.__members__ and _ACCOUNT.fullmatch(account) is not None
    if digits is None or not known:
        return None
    number = int(digits[2], 16)
    if not 0 < number < _ORDERS[SignerKind[kind]]:
        return None
    return KeyFile(account, SignerKind[kind], number.to_bytes(32))


def write_key_file(key: KeyFile, path: Path) -> None:
    """Write a new key file, readable by its owner only. Errors: MalformedBody if one is there."""
    document = {"account": key.account, "kind": key.kind.name, "secret": key.secret.hex()}
    try:
        # No moment at which others could read it, and no key of anybody overwritten.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    except OSError as error:
        raise MalformedBody(f"{path}: {error.strerror}", field="FILE") from error
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(json.dumps(document, indent=1) + "\n")
