"""Settings of one process, from the environment; secrets also from files.

`YIBAO_DATABASE_URL=…` sets a value, `YIBAO_DATABASE_URL_FILE=…` names the file that holds it.
Only composition roots import this module; everybody else gets values as arguments.
"""

from __future__ import annotations

import enum
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, PositiveInt, SecretStr, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

PREFIX = "YIBAO_"
PRODUCTION_CHAIN_IDS = (1, 8810)
"""Chains that hold real money: nothing of a sandbox may ever touch them (P27)."""


class Profile(enum.StrEnum):
    """A sandbox has custodial test keys and says so; production has neither."""

    SANDBOX = "sandbox"
    PRODUCTION = "production"


def _listed(value: Any) -> Any:
    """Read addresses separated by commas or white space."""
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


class Settings(BaseSettings):
    """Everything that differs between two installations."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    profile: Profile = Profile.PRODUCTION
    """`sandbox` switches test signing on and is refused with a production chain id."""
    database_url: str = "sqlite:///yibao.sqlite3"
    """`sqlite:///path` or `postgresql://user:password@host/database`."""
    rpc_url: str = "http://127.0.0.1:8545"
    """JSON-RPC of the own node."""
    other_rpc_urls: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)] = ()
    """JSON-RPC of other nodes, separated by commas: each gets every transaction of the relayer, and
    reads go there while the own node is dead or behind."""
    chain_id: PositiveInt = 31337
    """The chain this gateway belongs to; another one is refused at start."""
    production_chain_ids: tuple[int, ...] = PRODUCTION_CHAIN_IDS
    """Chains on which a sandbox must never run."""
    directory_address: str = Field(default="0x" + "0" * 40, pattern=r"^0x[0-9a-fA-F]{40}$")
    """NetworkDirectory: the one address a node is configured with."""
    nonce_space: PositiveInt = 1
    """The upper 192 bits of every intent nonce; no two gateways may share it."""
    finality_depth: int = Field(default=0, ge=0)
    """How many blocks must follow a final one."""
    embedded_workers: bool = True
    """Relayer and indexer inside the gateway's process; always so on SQLite."""
    relayer_key_file: Path | None = None
    """File with the key of the relayer account: 64 hex digits, or an encrypted JSON keystore."""
    sandbox_keys: Path | None = None
    """JSON file of the sandbox signer: account id → private key. Sandbox only."""
    seal_key: SecretStr | None = None
    """Key of the encrypted columns, 64 hex digits."""
    lookup_key: SecretStr | None = None
    """Key of the hashes by which personal values are found, 64 hex digits."""
    former_lookup_keys: Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_listed)] = ()
    """Look-up keys of before, separated by commas: codes on receipts printed then stay valid."""
    quote_key: SecretStr | None = None
    """Ed25519 key that signs quotes, 64 hex digits; without it one is made at each start."""
    public_url: str | None = Field(default=None, pattern=r"^https?://[^\s/?#]+(/[^\s?#]*)?$")
    """Where anybody reaches this gateway, for the code on receipts; without it as it was asked."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """The least important log entries that are written."""
    largest_lag_s: PositiveInt = 60
    """Reads are marked not ready when the last final block is older."""
    halted_after_s: int = Field(default=30, ge=0)
    """The chain counts as halted when its newest block is older; 0 where blocks come only with
    transactions, or at a time of their own as on a devnet at night."""
    while_halted: Literal["accept", "refuse"] = "accept"
    """What happens to intents while the chain is halted: `accept` keeps them in the outbox until it
    goes on, `refuse` answers 503 ChainLagging."""

    @model_validator(mode="after")
    def _sandbox_stays_in_the_sandbox(self) -> Self:
        """Refuse test mode on a production chain, and test keys outside test mode (P27)."""
        production = {*self.production_chain_ids, *PRODUCTION_CHAIN_IDS}
        if self.profile is Profile.SANDBOX and self.chain_id in production:
            raise ValueError(f"no sandbox on the production chain {self.chain_id}")
        if self.profile is Profile.PRODUCTION and self.sandbox_keys is not None:
            raise ValueError("sandbox_keys need the profile sandbox")
        return self

    @property
    def refuses_while_halted(self) -> bool:
        """Whether intents are refused while the chain is halted."""
        return self.while_halted == "refuse"

    @property
    def rpc_urls(self) -> tuple[str, ...]:
        """All endpoints, the own node first, each once."""
        return tuple(dict.fromkeys((self.rpc_url, *self.other_rpc_urls)))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        *_others: PydanticBaseSettingsSource,
        **_named: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, the environment over files."""
        return init_settings, env_settings, _NamedFiles(settings_cls)


class _NamedFiles(PydanticBaseSettingsSource):
    """Values from files named by `YIBAO_…_FILE`."""

    def __init__(
        self, settings_cls: type[BaseSettings], environment: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(settings_cls)
        self._environment = os.environ if environment is None else environment

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return the content of the file named for a field, None if none is named."""
        path = self._environment.get(f"{PREFIX}{field_name.upper()}_FILE")
        return (None if path is None else Path(path).read_text().strip()), field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return what files give."""
        found = {
            name: self.get_field_value(field, name)[0]
            for name, field in self.settings_cls.model_fields.items()
        }
        return {name: value for name, value in found.items() if value is not None}
