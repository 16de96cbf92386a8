"""The folder of one devnet: chain state, database, keys, tokens. Forgetting them starts anew.

Keys of the sandbox are public; those of the sealed columns are made here, once, and are readable by
their owner only.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from pydantic import SecretStr

from node.config import PREFIX, Profile, Settings
from node.devnet.home.lock import LOCK_FILE
from node.devnet.home.tokens import Access, read_access
from node.devnet.network.consortium import FOLDER as CONSORTIUM_FOLDER
from node.devnet.network.consortium import has_network
from node.devnet.network.local import ROOT, DevnetError
from node.devnet.network.manifest import Engine, Manifest
from node.devnet.network.validators import LocalNetwork
from node.devnet.seed.parties import Party, member_party, organisation_party
from node.devnet.seed.sandbox import GATEWAY_RELAYER, Sandbox
from node.domain.parties import OrganisationKind
from node.domain.roles import Role
from node.validator.home.configuration import Site

FOLDER = ROOT / ".devnet"
OWNER_ONLY, OWNER_ONLY_FOLDER = 0o600, 0o700
ENV_FILE = "gateway.env"
TOKENS_FILE = "tokens.json"
SANDBOX_LINE = f"{PREFIX}PROFILE={Profile.SANDBOX.value}"
BEING_WRITTEN = ".new"
MARKS = {LOCK_FILE, ENV_FILE}
"""One of them is in every home; the second one alone in those of earlier versions."""
MADE = (
    *("chain.json", "chain.exit.json", "chain.half.json", "chain.cache", "anvil.log"),
    *("yibao.sqlite3", "yibao.sqlite3-*", CONSORTIUM_FOLDER),
    *("relayer.key", "seal.key", "lookup.key", "quote.key", ENV_FILE, TOKENS_FILE, LOCK_FILE),
)
"""Everything that a sandbox puts into its home: nothing else is ever deleted."""
SHOWN_NAMES = 3
SEALS = ("seal_key", "lookup_key", "quote_key")
ENVIRONMENT = {
    *("profile", "database_url", "rpc_url", "other_rpc_urls", "chain_id"),
    *("directory_address", "finality_depth", "relayer_key_file", "halted_after_s"),
}
HALTED_AFTER_S = 15
"""On validators, which make a block a second; an anvil may be left standing."""
_ROLES = {
    OrganisationKind.PROVIDER: Role.PROVIDER,
    OrganisationKind.INSURER: Role.INSURER,
    OrganisationKind.EMPLOYER: Role.EMPLOYER,
    OrganisationKind.CHANNEL: Role.CHANNEL,
    OrganisationKind.AUDITOR: Role.AUDITOR,
    OrganisationKind.OPERATOR: Role.OPERATOR,
}


class NotAHome(DevnetError):  # noqa: N818
    """A folder is used for other things; nothing in it was touched."""


@dataclass(frozen=True)
class TokenHolder:
    """Somebody of the manifest who gets a token."""

    party: Party
    role: Role


class DevnetHome:
    """Where a devnet keeps what must survive a restart."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder
        folder.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)

    @property
    def database_url(self) -> str:
        """The gateway's database."""
        return f"sqlite:///{self.folder / 'yibao.sqlite3'}"

    @property
    def engine(self) -> Engine | None:
        """What made the chain that an earlier run left, None if there is none."""
        if has_network(self.folder):
            return Engine.VALIDATORS
        return Engine.ANVIL if (self.folder / "chain.json").exists() else None

    def require_engine(self, engine: Engine) -> None:
        """Make sure that the home holds no other engine's chain. Errors: DevnetError."""
        if self.engine not in (None, engine):
            raise DevnetError(
                f"{self.folder} holds a chain of the engine {self.engine}",
                f"add --engine {self.engine}, forget it with --fresh, or name another --home",
            )

    def require_base_port(self, port: int) -> None:
        """Make sure that validators which are there have their ports from one on.

        Errors: DevnetError.
        """
        if not has_network(self.folder):
            return
        site = LocalNetwork(self.folder / CONSORTIUM_FOLDER).sites[0]
        if site.geth_http_port != Site.at("", port).geth_http_port:
            raise DevnetError(
                f"the validators of {self.folder} have other ports, such as {site.geth_http_port}",
                "leave out --chain-port, or begin anew with --fresh",
            )

    def forget(self) -> None:
        """Throw away chain, database, keys and tokens; the caller holds the home.

        Only what a sandbox makes is deleted. Errors: NotAHome.
        """
        require_home(self.folder)
        for path in self.folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path.name != LOCK_FILE:
                path.unlink()

    def settings(self, sandbox: Sandbox) -> Settings:
        """Return the gateway's settings for a network, and keep them for other commands."""
        keys = sandbox.manifest.chain.keys
        relayer = keys.secret(keys.relayers[GATEWAY_RELAYER]).hex()
        settings = Settings(
            profile=Profile.SANDBOX,
            database_url=self.database_url,
            rpc_url=sandbox.urls[0],
            other_rpc_urls=sandbox.urls[1:],
            halted_after_s=HALTED_AFTER_S if len(sandbox.urls) > 1 else 0,
            chain_id=sandbox.domain.chain_id,
            directory_address=sandbox.directory,
            finality_depth=sandbox.manifest.chain.finality_depth,
            relayer_key_file=self._kept("relayer.key", relayer),
            seal_key=SecretStr(self._secret("seal.key")),
            lookup_key=SecretStr(self._secret("lookup.key")),
            quote_key=SecretStr(self._secret("quote.key")),
        )
        self._keep_environment(settings)
        return settings

    def access(self) -> Access | None:
        """Return where the last sandbox of this home answered, and who got a token."""
        path = self.folder / TOKENS_FILE
        return read_access(path.read_text()) if path.exists() else None

    def keep_access(self, access: Access) -> None:
        """Remember tokens and addresses for the next start and for people."""
        self._write(TOKENS_FILE, access.model_dump_json(indent=1) + "\n")

    def _keep_environment(self, settings: Settings) -> None:
        """Write what `yibao --env-file` reads; secrets are named by their files."""
        shown = settings.model_dump(mode="json", include=ENVIRONMENT)
        lines = {
            f"{PREFIX}{name.upper()}": ",".join(value) if isinstance(value, list) else value
            for name, value in shown.items()
        }
        for name in SEALS:
            path = self.folder / f"{name.removesuffix('_key')}.key"
            lines[f"{PREFIX}{name.upper()}_FILE"] = path.resolve()
        self._write(ENV_FILE, "".join(f"{name}={value}\n" for name, value in lines.items()))

    def _secret(self, name: str) -> str:
        path = self.folder / name
        if not path.exists():
            self._write(name, secrets.token_hex(32) + "\n")
        return path.read_text().strip()

    def _kept(self, name: str, text: str) -> Path:
        self._write(name, text + "\n")
        return self.folder / name

    def _write(self, name: str, text: str) -> None:
        """Write a file whole or not at all; nobody but the owner can read it at any time."""
        made = self.folder / f"{name}{BEING_WRITTEN}"
        # What lies there may be a link, or open to somebody who read it before.
        made.unlink(missing_ok=True)
        handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        made.replace(self.folder / name)


def require_home(folder: Path) -> None:
    """Make sure that a folder holds what sandboxes make, and nothing else. Errors: NotAHome."""
    names = _names(folder)
    if names and not names & MARKS:
        raise NotAHome(f"{folder} is not the home of a sandbox", "name another folder with --home")
    _require_sandbox(folder, names)
    if foreign := sorted(name for name in names if not _made_by_a_sandbox(name)):
        told = ", ".join(foreign[:SHOWN_NAMES]) + (" …" if foreign[SHOWN_NAMES:] else "")
        raise NotAHome(f"{folder} holds what no sandbox made: {told}", "move that away first")


def is_empty(folder: Path) -> bool:
    """Whether a folder is not there or holds nothing. Errors: NotAHome where nobody may look."""
    return not folder.exists() or not _names(folder)


def prepared_home(folder: Path) -> DevnetHome:
    """Return the home in a new or empty folder, or one that a sandbox made. Errors: NotAHome."""
    if not is_empty(folder):
        names = _names(folder)
        if not names & MARKS:
            step = "name a new folder with --home"
            raise NotAHome(f"{folder} holds other files, and no sandbox", step)
        _require_sandbox(folder, names)
    with _reachable(folder):
        return DevnetHome(folder)


def _require_sandbox(folder: Path, names: set[str]) -> None:
    """Make sure that settings in a folder are a sandbox's.

    A gateway in production may keep keys and database under the same names. Errors: NotAHome.
    """
    if ENV_FILE not in names:
        return
    with _reachable(folder):
        lines = (folder / ENV_FILE).read_bytes().splitlines()
    if SANDBOX_LINE.encode() not in lines:
        step = "name another folder with --home"
        raise NotAHome(f"{folder}: {ENV_FILE} is not that of a sandbox", step)


def _names(folder: Path) -> set[str]:
    with _reachable(folder):
        return {one.name for one in folder.iterdir()}


@contextmanager
def _reachable(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        step = "name another folder with --home"
        raise NotAHome(f"{folder} cannot be used: {error.strerror}", step) from error


def _made_by_a_sandbox(name: str) -> bool:
    return any(fnmatch(name.removesuffix(BEING_WRITTEN), pattern) for pattern in MADE)


def token_holders(manifest: Manifest) -> list[TokenHolder]:
    """Return everybody of the manifest who calls the gateway."""
    organisations = [
        TokenHolder(organisation_party(one.name), _ROLES[one.kind])
        for one in manifest.organisations
    ]
    members = [TokenHolder(member_party(one.name), Role.MEMBER) for one in manifest.members]
    return organisations + members


def custodial_parties(manifest: Manifest) -> list[Party]:
    """Return everybody whose key the sandbox signer keeps: officers too."""
    officers = [organisation_party(one.name) for one in manifest.officers]
    return [*(one.party for one in token_holders(manifest)), *officers]
