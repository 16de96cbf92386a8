"""The keys of one validator: made on its own machine, kept in files only its user can read.

Nothing here ever leaves the machine but a `PublicEntry`, which a hospital hands in at the
ceremony. A lost `priv_validator_state.json` is never made anew for a used key: that could sign a
height twice; the way back is a new key by vote.
"""

import base64
import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import orjson
from coincurve import PrivateKey
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from node.chain.abi.transactions import address_of as address_of_account
from node.validator.bridge.updates import address_of
from node.validator.home.entries import (
    CeremonyError,
    PublicEntry,
    consensus_public,
    load_entry,
    save_entry,
)

__all__ = [
    "CeremonyError",
    "Ed25519Key",
    "NodeKeys",
    "PublicEntry",
    "account_secret",
    "consensus_public",
    "file_digest",
    "load_entry",
    "save",
    "save_entry",
    "write_secret",
]

SECRET_MODE = 0o600
FOLDER_MODE = 0o700
FIRST_STATE = orjson.dumps({"height": "0", "round": 0, "step": 0})
"""What a key that has signed nothing begins with; for a key of before it would be a breach."""


@dataclass(frozen=True, slots=True)
class Ed25519Key:
    """A key of CometBFT: 32 secret bytes and 32 public ones."""

    secret: bytes
    public: bytes

    @classmethod
    def new(cls) -> Self:
        """Return a random key."""
        return cls.of(secrets.token_bytes(32))

    @classmethod
    def of(cls, secret: bytes) -> Self:
        """Return the key of a 32-byte seed."""
        public = Ed25519PrivateKey.from_private_bytes(secret).public_key()
        raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return cls(secret, raw)

    @property
    def address(self) -> bytes:
        """Return the 20 bytes by which CometBFT names the key."""
        return address_of(self.public)


@dataclass(frozen=True, slots=True)
class NodeKeys:
    """All keys of one validator: consensus and p2p of CometBFT, p2p of geth, two accounts."""

    consensus: Ed25519Key
    p2p: Ed25519Key
    node: bytes
    operator: bytes
    relayer: bytes

    @classmethod
    def new(cls) -> Self:
        """Return fresh random keys."""
        node, operator, relayer = (secrets.token_bytes(32) for _ in range(3))
        return cls(Ed25519Key.new(), Ed25519Key.new(), node, operator, relayer)

    def public(
        self, *, name: str, participant: str, host: str, comet_port: int, geth_port: int
    ) -> PublicEntry:
        """Return what others may know."""
        return PublicEntry(
            name=name,
            participant=participant,
            consensus_key=self.consensus.public.hex(),
            node_id=self.p2p.address.hex(),
            enode=PrivateKey(self.node).public_key.format(compressed=False)[1:].hex(),
            node_address=_address(self.node),
            operator=_address(self.operator),
            relayer=_address(self.relayer),
            host=host,
            comet_port=comet_port,
            geth_port=geth_port,
        )


def _address(secret: bytes) -> str:
    return address_of_account(PrivateKey(secret).public_key)


def write_secret(path: Path, content: bytes) -> None:
    """Write a file that only its user can read, never readable in between. Errors: OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, SECRET_MODE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def save(keys: NodeKeys, home: Path) -> None:
    """Write the keys where CometBFT, geth and the operator look. Errors: FileExistsError."""
    comet = home / "comet"
    write_secret(comet / "config" / "priv_validator_key.json", validator_file(keys.consensus))
    write_secret(comet / "config" / "node_key.json", _node_file(keys.p2p))
    write_secret(comet / "data" / "priv_validator_state.json", FIRST_STATE)
    write_secret(home / "geth" / "nodekey", keys.node.hex().encode())
    write_secret(home / "geth" / "jwt.hex", secrets.token_bytes(32).hex().encode())
    write_secret(home / "keys" / "operator.key", b"0x" + keys.operator.hex().encode())
    write_secret(home / "keys" / "relayer.key", b"0x" + keys.relayer.hex().encode())


def account_secret(home: Path, role: str) -> bytes:
    """Return the private key of `operator` or `relayer`. Errors: OSError, ValueError."""
    return bytes.fromhex((home / "keys" / f"{role}.key").read_text().strip().removeprefix("0x"))


def validator_file(key: Ed25519Key) -> bytes:
    """Return a consensus key in the form of CometBFT's key file."""
    document = {
        "address": key.address.hex().upper(),
        "pub_key": _typed("PubKeyEd25519", key.public),
        "priv_key": _typed("PrivKeyEd25519", key.secret + key.public),
    }
    return orjson.dumps(document)


def _node_file(key: Ed25519Key) -> bytes:
    return orjson.dumps({"priv_key": _typed("PrivKeyEd25519", key.secret + key.public)})


def _typed(kind: str, data: bytes) -> dict[str, str]:
    return {"type": f"tendermint/{kind}", "value": base64.b64encode(data).decode()}


def file_digest(path: Path) -> str:
    """Return the sha256 of a file: what participants read to each other at the ceremony."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


SECRETS = (
    Path("comet") / "config" / "priv_validator_key.json",
    Path("comet") / "config" / "node_key.json",
    Path("comet") / "data" / "priv_validator_state.json",
    Path("geth") / "nodekey",
    Path("geth") / "jwt.hex",
    Path("keys") / "operator.key",
    Path("keys") / "relayer.key",
)
"""The files of a home that only its user may read."""
