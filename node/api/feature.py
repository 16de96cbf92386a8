"""What a feature is: the routes of one noun, who may call them, and how its services are made.

`bootstrap` fills one `Kernel` and makes the services of every feature from it; neither it nor the
modules of this package name a noun.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from fastapi import APIRouter

from node.api.access import Access
from node.db.sealing import Sealer
from node.db.unit_of_work import Database
from node.desk.access import AccessDecision
from node.desk.bulk import BulkDesk
from node.desk.callers import Authenticator
from node.desk.clock import Clock
from node.desk.health import HealthService
from node.desk.intents import IntentDesk
from node.desk.kept_keys import SignerPort
from node.desk.quote_evidence import QuoteSigner
from node.desk.readers import ChainReaders
from node.intents.typed_data import Domain

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Network:
    """Which network a gateway serves, and under which address it is reached from outside."""

    domain: Domain
    contracts: dict[str, str]
    profile: str
    is_sandbox: bool
    public_url: str | None


@dataclass(frozen=True, slots=True)
class Kernel:
    """What services are made from: one database, one desk, and readers of the chain."""

    network: Network
    database: Database
    desk: IntentDesk
    bulk: BulkDesk
    access: AccessDecision
    clock: Clock
    sealer: Sealer
    chain: ChainReaders
    quote_signer: QuoteSigner
    health: HealthService
    authenticator: Authenticator
    sandbox_signer: SignerPort | None
    workers_alive: Callable[[], dict[str, bool]]


class Services:
    """The services of a started gateway, found by their class."""

    def __init__(self) -> None:
        self._made: dict[type, object] = {}

    def add(self, service: object) -> None:
        """Keep a service; a second service of its class is a mistake. Errors: LookupError."""
        if type(service) in self._made:
            raise LookupError(f"two services of {type(service).__name__}")
        self._made[type(service)] = service

    def get(self, kind: type[S]) -> S:
        """Return the service of a class. Errors: LookupError when no feature made one."""
        found = self._made.get(kind)
        if not isinstance(found, kind):
            raise LookupError(f"no feature made {kind.__name__}")
        return found


Build = Callable[[Kernel, Services], Iterable[object]]
"""Makes a feature's services; those of features further down are there already."""


def no_services(_kernel: Kernel, _services: Services) -> tuple[()]:
    """Make nothing: the routes answer from the kernel."""
    return ()


@dataclass(frozen=True, slots=True)
class Group:
    """A group of routes in the description of the API, named by the tag of its routes.

    `place` orders the groups as a newcomer needs them; `about` says what its routes are for.
    """

    place: int
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One noun; `group` is None where its routes stand in the group of another noun."""

    name: str
    group: Group | None = None
    routers: tuple[APIRouter, ...]
    access: Access
    build: Build = no_services
    sandbox_only: bool = False


def groups_of(features: Iterable[Feature]) -> dict[str, str]:
    """Return what each group of routes is for, in the order in which a newcomer needs them."""
    grouped = [(one.group.place, one.name, one.group.about) for one in features if one.group]
    return {name: about for _, name, about in sorted(grouped)}


class Serving(Protocol):
    """A started gateway, as the routes see it."""

    kernel: Kernel
    services: Services
