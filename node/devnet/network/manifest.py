"""Typed loader of hardhat-free-devnet.toml: the chain, its keys, parties, funds and plans.

Names are the parties' identities (node/devnet/seed/parties.py makes account and key from them);
every name that is used must be declared. A wrong file is refused with the place and the reason.
"""

import enum
import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from coincurve import PrivateKey
from eth_account import Account
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from node.chain.abi.transactions import address_of
from node.config import PRODUCTION_CHAIN_IDS
from node.devnet.network.chain_clock import parse_clock
from node.devnet.network.consortium import FOLDER as CONSORTIUM_FOLDER
from node.devnet.network.consortium import ConsortiumOptions
from node.devnet.network.local import LOOPBACK, ROOT, AnvilOptions, DevnetError
from node.domain.days import Day, parse_day
from node.domain.errors import InvalidIdentityNumber
from node.domain.kinds import FundKind, MemberKind, ProviderType, Relation, Scheme
from node.domain.members import identity_number
from node.domain.parties import OfficerRole, OrganisationKind
from node.validator.home.configuration import SITE_PORTS, Site

FILE_NAME = "hardhat-free-devnet.toml"
FIRST_EPHEMERAL_PORT = 32_768
"""From here on the system takes ports for outgoing connections, also those of a validator."""
_Name = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,30}$")]
_Fen = Annotated[int, Field(ge=0, le=10_000_000_000_000)]


def _member_of(kind: Any) -> BeforeValidator:
    """Read an enum by the name of its member: files say ADULT, not 1."""

    def read(value: object) -> object:
        if not isinstance(value, str) or value not in kind.__members__:
            raise ValueError(f"one of {', '.join(kind.__members__)}")
        return kind[value]

    return BeforeValidator(read)


def _valid_number(number: str) -> str:
    try:
        return identity_number(number)
    except InvalidIdentityNumber:
        raise ValueError("no identity number: see its birth date and check character") from None


@cache
def _derived(mnemonic: str, index: int) -> bytes:
    Account.enable_unaudited_hdwallet_features()
    return bytes(Account.from_mnemonic(mnemonic, account_path=f"m/44'/60'/0'/0/{index}").key)


class ManifestError(DevnetError):
    """The devnet file is missing or wrong."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class ChainKeys(_Part):
    """Accounts of the chain, by index in the committed mnemonic."""

    mnemonic: str
    deployer: int = Field(default=0, ge=0)
    relayers: tuple[Annotated[int, Field(ge=0)], ...] = Field(default=(1,), min_length=1)

    @model_validator(mode="after")
    def _each_writer_once(self) -> Self:
        used = (self.deployer, *self.relayers)
        if len(set(used)) != len(used):
            raise ValueError("deployer and relayers need different indexes: one writer per key")
        return self

    @property
    def senders(self) -> tuple[str, ...]:
        """The accounts that send transactions, the deployer first."""
        keys = (PrivateKey(self.secret(index)) for index in (self.deployer, *self.relayers))
        return tuple(address_of(key.public_key) for key in keys)

    def secret(self, index: int) -> bytes:
        """Return the private key of an index, 32 bytes. TEST ONLY: the mnemonic is public."""
        return _derived(self.mnemonic, index)


class Engine(enum.StrEnum):
    """What makes the blocks: one anvil process, or validators on geth and CometBFT."""

    ANVIL = "anvil"
    VALIDATORS = "validators"


class ValidatorsEntry(_Part):
    """The network of the engine `validators`: how many, and the first of ten ports each."""

    count: int = Field(default=4, ge=1, le=20)
    base_port: int = Field(default=27_100, ge=1024)

    @model_validator(mode="after")
    def _ports_stay_ours(self) -> Self:
        if self.base_port + self.count * SITE_PORTS > FIRST_EPHEMERAL_PORT:
            raise ValueError(f"ports of validators lie below {FIRST_EPHEMERAL_PORT}")
        return self


class Chain(_Part):
    """The chain to start. Idle blocks, gas limit, clock are anvil's; validators set their own."""

    engine: Engine = Engine.ANVIL
    validators: ValidatorsEntry = ValidatorsEntry()
    chain_id: int = Field(gt=0)
    port: int = Field(ge=1, le=65535)
    idle_block_s: int = Field(default=10, ge=1, le=60)
    gas_limit: int = Field(default=3_000_000_000, ge=30_000_000)
    hardfork: str = "osaka"
    finality_depth: int = Field(default=0, ge=0)
    clock_start_s: Annotated[
        int | None,
        Field(default=None, alias="clock_start"),
        BeforeValidator(lambda text: parse_clock(str(text))),
    ]
    state_interval_s: int = Field(default=10, ge=1)
    keys: ChainKeys

    @model_validator(mode="after")
    def _never_production(self) -> Self:
        if self.chain_id in PRODUCTION_CHAIN_IDS:
            raise ValueError(f"chain id {self.chain_id} is not for test networks")
        return self

    def urls(self, engine: Engine) -> tuple[str, ...]:
        """Return where a devnet of an engine answers JSON-RPC, its own node first."""
        ports = [self.port]
        if engine is Engine.VALIDATORS:
            first, count = self.validators.base_port, self.validators.count
            bases = range(first, first + count * SITE_PORTS, SITE_PORTS)
            ports = [Site.at("", base).geth_http_port for base in bases]
        return tuple(f"http://{LOOPBACK}:{port}" for port in ports)

    @model_validator(mode="after")
    def _validators_set_their_own(self) -> Self:
        if self.engine is Engine.VALIDATORS:
            self.require_fit_for_validators()
        return self

    def require_fit_for_validators(self) -> None:
        """Make sure that nothing is asked for that a validator network cannot do.

        Errors: ValueError.
        """
        if self.hardfork != "osaka":
            raise ValueError("validators run the hardfork osaka")
        if self.finality_depth:
            raise ValueError("validators are final at once: finality_depth is 0")


class Title(_Part):
    """What an organisation is called on papers. It never reaches the chain."""

    zh: str = Field(min_length=1, max_length=120)
    en: str = Field(min_length=1, max_length=120)


class OrganisationEntry(_Part):
    """An organisation; an insurer contracts the providers it names."""

    name: _Name
    title: Title | None = None
    kind: Annotated[OrganisationKind, _member_of(OrganisationKind)]
    region: str = Field(min_length=1, max_length=12)
    type: Annotated[ProviderType, _member_of(ProviderType)] = ProviderType.NONE
    level: str = Field(default="", max_length=16)
    contracts: tuple[_Name, ...] = ()


class OfficerEntry(_Part):
    """An officer and the role bits."""

    name: _Name
    organisation: _Name
    roles: tuple[Annotated[OfficerRole, _member_of(OfficerRole)], ...] = Field(min_length=1)

    @property
    def mask(self) -> int:
        """Return the roles as bits."""
        return sum(set(self.roles))


class PersonEntry(_Part):
    """A made-up person: what the bill look-up asks for. It never reaches the chain."""

    number: Annotated[str, AfterValidator(_valid_number)]
    name: str = Field(min_length=1, max_length=64)


class MemberEntry(_Part):
    """A member with opening money; a minor has a guardian until a policy day."""

    name: _Name
    kind: Annotated[MemberKind, _member_of(MemberKind)]
    scheme: Annotated[Scheme, _member_of(Scheme)]
    employer: _Name | None = None
    guardian: _Name | None = None
    guardian_until: Annotated[Day | None, BeforeValidator(lambda text: parse_day(str(text)))] = None
    cash_fen: _Fen = 0
    medical_fen: _Fen = 0
    categories: tuple[str, ...] = ()
    person: PersonEntry | None = None


class FamilyLinkEntry(_Part):
    """What the relative is to the holder."""

    holder: _Name
    relative: _Name
    relation: Annotated[Relation, _member_of(Relation)]


class FundEntry(_Part):
    """Opening money of one fund of the insurer's region."""

    kind: Annotated[FundKind, _member_of(FundKind)]
    scheme: Annotated[Scheme, _member_of(Scheme)]
    amount_fen: _Fen


class PlansEntry(_Part):
    """Which plan documents are published, and by which two officers."""

    insurer: _Name
    proposer: _Name
    approver: _Name
    folder: Path

    def documents(self, root: Path = ROOT) -> list[Path]:
        """Return the plan documents in order of name."""
        return sorted((root / self.folder).glob("*.json"))


class Manifest(_Part):
    """The whole file."""

    format: Literal[1]
    chain: Chain
    organisations: tuple[OrganisationEntry, ...]
    officers: tuple[OfficerEntry, ...] = ()
    members: tuple[MemberEntry, ...] = ()
    family_links: tuple[FamilyLinkEntry, ...] = ()
    funds: tuple[FundEntry, ...] = ()
    plans: PlansEntry

    @model_validator(mode="after")
    def _names_are_declared_once(self) -> Self:
        organisations = [one.name for one in self.organisations]
        officers = [one.name for one in self.officers]
        members = [one.name for one in self.members]
        everybody = organisations + officers + members
        if twice := sorted({one for one in everybody if everybody.count(one) > 1}):
            raise ValueError(f"declared twice: {', '.join(twice)}")
        _require(organisations, [name for one in self.organisations for name in one.contracts])
        _require(organisations, [one.organisation for one in self.officers])
        _require(organisations, [one.employer for one in self.members], [self.plans.insurer])
        _require(members, [one.guardian for one in self.members])
        _require(members, [one.holder for one in self.family_links])
        _require(members, [one.relative for one in self.family_links])
        _require(officers, [self.plans.proposer, self.plans.approver])
        if self.plans.proposer == self.plans.approver:
            raise ValueError("proposer and approver are two people")
        return self

    def organisation(self, kind: OrganisationKind) -> OrganisationEntry:
        """Return the first organisation of a kind. Errors: LookupError."""
        for one in self.organisations:
            if one.kind is kind:
                return one
        raise LookupError(f"no {kind.name} in the devnet file")

    def on_port(self, port: int, engine: Engine) -> Self:
        """Return the file with another port: of anvil, or the first one of the validators.

        Errors: ValueError for a port that cannot be.
        """
        if engine is Engine.VALIDATORS:
            known = self.chain.validators
            entry = ValidatorsEntry(count=known.count, base_port=port)
            chain = self.chain.model_copy(update={"validators": entry})
        else:
            chain = self.chain.model_copy(update={"port": port})
        return self.model_copy(update={"chain": chain})

    def anvil_options(
        self, folder: Path, *, port: int | None = None, kept_files: tuple[int, ...] = ()
    ) -> AnvilOptions:
        """Return how to run the chain with its state and log in a folder."""
        chain = self.chain
        return AnvilOptions(
            chain_id=chain.chain_id,
            port=chain.port if port is None else port,
            idle_block_s=chain.idle_block_s,
            gas_limit=chain.gas_limit,
            hardfork=chain.hardfork,
            mnemonic=chain.keys.mnemonic,
            accounts=1 + max(chain.keys.deployer, *chain.keys.relayers),
            state_file=folder / "chain.json",
            state_interval_s=chain.state_interval_s,
            log_file=folder / "anvil.log",
            clock_start_s=chain.clock_start_s,
            kept_files=kept_files,
        )

    def consortium_options(
        self, folder: Path, *, kept_files: tuple[int, ...] = ()
    ) -> ConsortiumOptions:
        """Return how to run validators with their homes in a folder. Errors: ManifestError."""
        chain = self.chain
        try:
            chain.require_fit_for_validators()
        except ValueError as error:
            raise ManifestError(str(error), "correct the file") from None
        return ConsortiumOptions(
            folder=folder / CONSORTIUM_FOLDER,
            chain_id=chain.chain_id,
            validators=chain.validators.count,
            base_port=chain.validators.base_port,
            senders=chain.keys.senders,
            kept_files=kept_files,
        )


def _require(known: list[str], *used: list[str | None] | list[str]) -> None:
    unknown = sorted({name for names in used for name in names if name} - set(known))
    if unknown:
        raise ValueError(f"not declared: {', '.join(unknown)}")


def load_manifest(path: Path | None = None) -> Manifest:
    """Return the devnet file, by default the one at the root of the project.

    Errors: ManifestError with the place and the reason.
    """
    path = path or ROOT / FILE_NAME
    try:
        return Manifest.model_validate(tomllib.loads(path.read_text()))
    except FileNotFoundError:
        raise ManifestError(f"{path} is missing", "restore it from the repository") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ManifestError(f"{path} is not TOML: {error}", "correct the file") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"]) or "the file"
        raise ManifestError(f"{path}: {place}: {first['msg']}", "correct the file") from None
