"""The composition root: settings → database, chain, desk, services, and the workers beside them.

A `Gateway` is made without any I/O and started inside the event loop it serves. Tests start one
with a chain of their own: `Gateway(settings, connect=…)`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import structlog

from node.api.feature import Kernel, Network, Services
from node.chain import accounts
from node.chain.client import (
    BalanceReader,
    BlockHeader,
    ChainClient,
    ChainHead,
    ClaimFacts,
    ContractBook,
    QuoteReader,
)
from node.chain.finality import Finality
from node.chain.plan_facts import PlanFacts
from node.chain.rpc.endpoints import RpcPool
from node.config import Profile, Settings
from node.db import schema
from node.db.unit_of_work import Database
from node.desk.access import AccessDecision
from node.desk.bulk import BulkDesk
from node.desk.clock import Clock
from node.desk.halts import HaltRule
from node.desk.health import HealthService
from node.desk.intents import IntentDesk
from node.desk.kept_keys import SignerPort
from node.desk.readers import ChainReaders
from node.domain.errors.base import CannotStartError
from node.identity.tokens import TokensService
from node.indexer.loop import Indexer
from node.intents.typed_data import Domain
from node.keys import open_quote_signer, open_sealer, read_sandbox_keys
from node.outbox.waiters import Waiters
from node.relayer.endpoint import Endpoint
from node.relayer.loop import Relayer
from node.relayer.settings import RelayerSettings
from node.relayer.signer import load_signer
from node.served import served_features

log = structlog.get_logger(__name__)


class WrongNetworkError(CannotStartError):
    """The settings and the chain do not belong together; the text says how."""


@dataclass(frozen=True, slots=True)
class ChainLink:
    """What a gateway uses of its chain."""

    domain: Domain
    addresses: dict[str, str]
    client: ChainHead
    quotes: QuoteReader
    balances: BalanceReader
    facts: ClaimFacts
    plans: PlanFacts
    rpc: RpcPool


class Worker(Protocol):
    """What runs beside the requests until it is told to stop."""

    async def run(self) -> None:
        """Work until stopped."""

    def stop(self) -> None:
        """Finish the step at work and return from `run`."""


@runtime_checkable
class Nudged(Protocol):
    """A worker that need not wait for its next look."""

    def nudge(self) -> None:
        """Look for work now: something was accepted in this process."""


class WorkerHost(Protocol):
    """What a worker needs of the process it runs in: a gateway, or a worker on its own."""

    settings: Settings
    database: Database
    chain: ChainLink
    waiters: Waiters


Workers = Callable[["Gateway"], Awaitable[Mapping[str, Worker]]]
Connect = Callable[[Settings], AbstractAsyncContextManager[ChainLink]]


@asynccontextmanager
async def connect_chain(settings: Settings) -> AsyncIterator[ChainLink]:
    """Open the node's endpoint and find all contracts.

    Errors: WrongNetworkError, ChainUnavailable.
    """
    async with RpcPool(settings.rpc_urls) as rpc:
        client = ChainClient(rpc, Finality(settings.finality_depth))
        found = await client.chain_id()
        if found != settings.chain_id:
            raise WrongNetworkError(f"the endpoint serves chain {found}, not {settings.chain_id}")
        head = await client.final_head()
        book = await ContractBook.open(rpc, settings.directory_address, block=head.number)
        yield ChainLink(
            domain=Domain(found, book.addresses["IntentRouter"].lower()),
            addresses=book.addresses,
            client=client,
            quotes=QuoteReader(client, book),
            balances=BalanceReader(client, book),
            facts=ClaimFacts(book),
            plans=PlanFacts(book),
            rpc=rpc,
        )


class Gateway:
    """One gateway. What it is made of exists between `start` and `stop`."""

    kernel: Kernel
    tokens: TokensService
    services: Services
    database: Database
    chain: ChainLink

    def __init__(
        self,
        settings: Settings,
        *,
        connect: Connect = connect_chain,
        workers: Workers | None = None,
        clock: Clock | None = None,
        sandbox_signer: SignerPort | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock or Clock()
        self.waiters = Waiters()
        self.halts = HaltRule(settings.halted_after_s, refuses=settings.refuses_while_halted)
        self.quote_signer = open_quote_signer(settings)
        self._connect = connect
        self._make_workers = workers or embedded_workers
        self._sandbox_signer = sandbox_signer
        self._stack = AsyncExitStack()
        self._workers: Mapping[str, Worker] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @property
    def is_sandbox(self) -> bool:
        """Whether this gateway is for tests and demonstrations only."""
        return self.settings.profile is Profile.SANDBOX

    async def start(self) -> None:
        """Open database and chain, make the services, start the workers. All or nothing.

        Errors: SchemaOutdatedError, WrongNetworkError, ChainUnavailable.
        """
        async with AsyncExitStack() as opening:
            await asyncio.to_thread(schema.require_current, self.settings.database_url)
            self.database = await opening.enter_async_context(Database(self.settings.database_url))
            self.chain = await opening.enter_async_context(self._connect(self.settings))
            head = await self.chain.client.final_head()
            if self.is_sandbox and not self.halts.after_s:
                self.clock.follow(await self.chain.client.next_timestamp())
            self.tokens = TokensService(self.database, clock=self.clock)
            self.kernel = self._kernel(head)
            self.services = self._services()
            if self.settings.embedded_workers or self.database.is_sqlite:
                opening.push_async_callback(self._stop_workers)
                await self._start_workers()
            self._stack = opening.pop_all()

    async def stop(self) -> None:
        """Let the workers finish their step, then close chain and database."""
        await self._stack.aclose()
        self._tasks, self._workers = {}, {}

    def workers_alive(self) -> dict[str, bool]:
        """Return which workers are at work; one that ended by itself has failed."""
        return {name: not task.done() for name, task in self._tasks.items()}

    def nudge(self) -> None:
        """Tell the relayer of this process that something was accepted."""
        for worker in self._workers.values():
            if isinstance(worker, Nudged):
                worker.nudge()

    def _kernel(self, start: BlockHeader) -> Kernel:
        desk = IntentDesk(
            self.database,
            domain=self.chain.domain,
            nonce_space=self.settings.nonce_space,
            waiters=self.waiters,
            clock=self.clock,
            on_accepted=self.nudge,
            halts=self.halts,
        )
        return Kernel(
            network=Network(
                domain=self.chain.domain,
                contracts=self.chain.addresses,
                profile=self.settings.profile.value,
                is_sandbox=self.is_sandbox,
                public_url=self.settings.public_url,
            ),
            database=self.database,
            desk=desk,
            bulk=BulkDesk(self.database, desk=desk, clock=self.clock),
            access=AccessDecision(accounts),
            clock=self.clock,
            sealer=open_sealer(self.settings),
            chain=ChainReaders(
                quotes=self.chain.quotes,
                facts=self.chain.facts,
                plans=self.chain.plans,
                names=accounts,
            ),
            quote_signer=self.quote_signer,
            health=self._health(start),
            authenticator=self.tokens,
            sandbox_signer=self._sandbox_signer or read_sandbox_keys(self.settings),
            workers_alive=self.workers_alive,
        )

    def _health(self, start: BlockHeader) -> HealthService:
        return HealthService(
            self.database,
            final_head=self.chain.client.final_head,
            start=start,
            clock=self.clock,
            largest_lag_s=self.settings.largest_lag_s,
            halts=self.halts,
        )

    def _services(self) -> Services:
        made = Services()
        for feature in served_features(sandbox=self.is_sandbox):
            for service in feature.build(self.kernel, made):
                made.add(service)
        return made

    async def _start_workers(self) -> None:
        self._workers = await self._make_workers(self)
        self._tasks = {
            name: asyncio.create_task(worker.run(), name=name)
            for name, worker in self._workers.items()
        }

    async def _stop_workers(self) -> None:
        for worker in self._workers.values():
            worker.stop()
        ended = await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        for name, outcome in zip(self._tasks, ended, strict=True):
            if isinstance(outcome, BaseException):
                log.error("worker_failed", worker=name, exc_info=outcome)


async def embedded_workers(gateway: Gateway) -> dict[str, Worker]:
    """Return the indexer of this process, and its relayer if it has a key."""
    workers: dict[str, Worker] = {"indexer": make_indexer(gateway)}
    if (key_file := gateway.settings.relayer_key_file) is not None:
        workers["relayer"] = await make_relayer(gateway, key_file)
    return workers


def make_indexer(host: WorkerHost) -> Indexer:
    """Return the indexer of a process; one may run per database."""
    return Indexer(
        host.database,
        host.chain.rpc,
        directory=host.settings.directory_address,
        finality=Finality(host.settings.finality_depth),
        waiters=host.waiters,
    )


async def make_relayer(host: WorkerHost, key_file: Path) -> Relayer:
    """Return the relayer of a process. Errors: OSError, ValueError for the key file."""
    router = host.chain.domain.verifying_contract
    return Relayer(
        host.database,
        host.chain.rpc,
        signer=load_signer(key_file),
        settings=RelayerSettings(
            owner=f"gateway-{os.getpid()}",
            chain_id=host.settings.chain_id,
            router=router,
            budgets=await Endpoint(host.chain.rpc).gas_budgets(router),
            # With SQLite whoever enqueues is in this process and says so.
            poll_s=0.25 if host.database.is_sqlite else 0.05,
        ),
        nodes=host.chain.rpc.each,
    )
