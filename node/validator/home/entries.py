"""What a participant may show of its validator: names, public keys, accounts, addresses.

Free of libraries for keys, so that a validator's processes start fast.
"""

import base64
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import orjson

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")


class CeremonyError(ValueError):
    """An input of the ceremony is wrong; the text says which and how to mend it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicEntry:
    """What a participant hands in: names, public keys, accounts and where its node listens.

    `consensus_key`, `node_id`, `enode` in hex; accounts are 0x addresses; ports are the p2p ports
    of CometBFT and geth on `host`.
    """

    name: str
    participant: str
    consensus_key: str
    node_id: str
    enode: str
    node_address: str
    operator: str
    relayer: str
    host: str
    comet_port: int
    geth_port: int

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise CeremonyError(f"name {self.name!r}: lower-case letters, digits and dashes")
        for name, digits in (("consensus_key", 64), ("node_id", 40), ("enode", 128)):
            if not re.fullmatch(rf"[0-9a-f]{{{digits}}}", getattr(self, name)):
                raise CeremonyError(f"{self.name}: {name} must be {digits} hex digits")
        for name in ("participant", "node_address", "operator", "relayer"):
            if not re.fullmatch(r"0x[0-9a-f]{40}", getattr(self, name)):
                raise CeremonyError(f"{self.name}: {name} must be 0x and 40 hex digits")
        for name in ("comet_port", "geth_port"):
            if not 0 < getattr(self, name) < 65536:
                raise CeremonyError(f"{self.name}: {name} must be a port")

    @classmethod
    def parse(cls, document: Any) -> Self:
        """Return an entry of a participant's file. Errors: CeremonyError."""
        if not isinstance(document, dict) or set(document) != set(cls.__dataclass_fields__):
            raise CeremonyError("an entry needs exactly " + ", ".join(cls.__dataclass_fields__))
        return cls(**document)

    @property
    def comet_peer(self) -> str:
        """Return the address in CometBFT's form."""
        return f"{self.node_id}@{self.host}:{self.comet_port}"

    @property
    def geth_peer(self) -> str:
        """Return the address in geth's form."""
        return f"enode://{self.enode}@{self.host}:{self.geth_port}?discport=0"


def consensus_public(home: Path) -> bytes:
    """Return the consensus key of a home. Errors: OSError, KeyError."""
    document = orjson.loads((home / "comet" / "config" / "priv_validator_key.json").read_bytes())
    return base64.b64decode(document["pub_key"]["value"])


def save_entry(entry: PublicEntry, path: Path) -> None:
    """Write what a participant hands in."""
    path.write_bytes(orjson.dumps(asdict(entry), option=orjson.OPT_INDENT_2) + b"\n")


def load_entry(path: Path) -> PublicEntry:
    """Read what a participant handed in. Errors: CeremonyError."""
    try:
        return PublicEntry.parse(orjson.loads(path.read_bytes()))
    except (OSError, orjson.JSONDecodeError, CeremonyError) as error:
        raise CeremonyError(f"{path}: {error}") from error
