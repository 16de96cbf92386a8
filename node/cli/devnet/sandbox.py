"""A sandbox in this process: chain, contracts, demo parties, gateway, and its story if wanted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from rich.console import Console

from node.app import create_app
from node.bootstrap import Gateway
from node.cli.catalogue import REGION, demo_catalogue
from node.cli.devnet.output import (
    SEEDING,
    STARTING_CHAIN,
    STARTING_GATEWAY,
    JsonNarrator,
    Narrator,
    TerminalNarrator,
    print_start,
)
from node.cli.devnet.serving import LOOPBACK, served, until_interrupted
from node.cli.progress import Bars
from node.db.repositories.catalogue import replace_items
from node.db.repositories.identities import IdentityVault
from node.db.schema import upgrade
from node.db.unit_of_work import UnitOfWork
from node.desk.kept_keys import KeptKeys
from node.devnet.client.story import Story
from node.devnet.home.folder import DevnetHome, custodial_parties, token_holders
from node.devnet.home.tokens import Access, ChainPlace, Holder
from node.devnet.network.local import DevnetError
from node.devnet.network.lost_blocks import require_no_lost_blocks
from node.devnet.network.manifest import Manifest
from node.devnet.seed.batch_sender import SeedRefused
from node.devnet.seed.demo import DemoSeed
from node.devnet.seed.people import seal_people
from node.devnet.seed.sandbox import Sandbox
from node.devnet.seed.titles import name_organisations
from node.domain.days import day_of, policy_year
from node.domain.errors import ChainLagging
from node.domain.language import Language
from node.domain.roles import Role
from node.keys import open_sealer

STORY = "STORY"
"""Under which name the story's member is kept: it has bills, claims, receipts."""
CATCH_UP_POLL_S = 0.05


@dataclass(frozen=True, kw_only=True)
class SandboxOptions:
    """What the starter of a sandbox wants. With `as_json` nothing but the story is on stdout."""

    port: int
    language: Language
    story: bool = False
    once: bool = False
    as_json: bool = False

    @property
    def url(self) -> str:
        """Where the gateway answers."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def narrator(self) -> Narrator:
        """Who tells the story."""
        if self.as_json:
            return JsonNarrator(self.language)
        return TerminalNarrator(self.url, self.language)


async def run_sandbox(
    home: DevnetHome, network: AbstractAsyncContextManager[Sandbox], options: SandboxOptions
) -> None:
    """Start everything on a network and stay up until a signal, or until the story is told.

    Errors: DevnetError, FiguresDiffer, GatewayRefused, IntentRefused.
    """
    bars, language = Bars(), options.language
    async with AsyncExitStack() as stack:
        with bars.waiting(STARTING_CHAIN.of(language)):
            sandbox = await stack.enter_async_context(network)
        await seed_demo(sandbox, bars, language)
        with bars.waiting(STARTING_GATEWAY.of(language)):
            serving = _gateway(home, sandbox, port=options.port)
            gateway = await stack.enter_async_context(serving)
        access = await _access(options.url, home, gateway, sandbox)
        await _fill_database(gateway, sandbox.manifest)
        if options.story:
            access.holders[STORY] = await _tell_story(sandbox, gateway, access, options.narrator)
            home.keep_access(access)
        if not options.once:
            print_start(Console(stderr=options.as_json), access, home.folder, language)
            await until_interrupted()


async def _tell_story(
    sandbox: Sandbox, gateway: Gateway, access: Access, narrator: Narrator
) -> Holder:
    """Run the story, tell each step as it happens, and return its member."""
    started, members = time.monotonic(), list[Holder]()
    narrator.begin()

    async def issue_token(role: Role, account: str) -> str:
        members.append(await _issued(gateway, role, account, label="story"))
        return members[-1].token

    tokens = {name: one.token for name, one in access.holders.items()}
    story = Story(access.api, sandbox, tokens=tokens, issue_token=issue_token, tell=narrator.tell)
    await story.run()
    narrator.end(time.monotonic() - started)
    return members[-1]


async def seed_demo(sandbox: Sandbox, bars: Bars, language: Language = Language.EN) -> None:
    """Put the demo parties and their money on the chain; a second run changes nothing.

    Errors: DevnetError.
    """
    seed = DemoSeed(sandbox.manifest, domain=sandbox.domain)
    head = await sandbox.client.final_head()
    intents = seed.intents() + seed.year(policy_year(day_of(head.timestamp)))
    with bars.counting() as reporter:
        reporter.stage(SEEDING.of(language), len(intents))
        try:
            await sandbox.sender.send(intents, on_done=reporter.advance)
        except SeedRefused as error:
            step = "forget the network of an earlier version with yibao devnet reset"
            raise DevnetError(f"the demo parties cannot be seeded ({error})", step) from error


async def _fill_database(gateway: Gateway, manifest: Manifest) -> None:
    """Put what no chain holds into the gateway's database: the catalogue, and who everybody is."""
    vault = IdentityVault(open_sealer(gateway.settings))
    now_ms = gateway.clock.now_ms()

    def fill(unit: UnitOfWork) -> None:
        replace_items(unit, REGION, demo_catalogue(REGION))
        seal_people(unit, vault, manifest, now_ms=now_ms)
        name_organisations(unit, manifest, now_ms=now_ms)

    await gateway.database.write(fill)


@asynccontextmanager
async def _gateway(home: DevnetHome, sandbox: Sandbox, *, port: int) -> AsyncIterator[Gateway]:
    """Serve a sandbox gateway on the devnet's own database."""
    await asyncio.to_thread(upgrade, home.database_url)
    if len(sandbox.urls) == 1:  # one of several validators may only be behind
        await require_no_lost_blocks(home.database_url, sandbox.client)
    keys = {one.account: one.signer for one in custodial_parties(sandbox.manifest)}
    gateway = Gateway(home.settings(sandbox), sandbox_signer=KeptKeys(keys))
    async with served(create_app(gateway), port=port):
        await _until_caught_up(gateway)
        yield gateway


async def _until_caught_up(gateway: Gateway) -> None:
    """Wait until the gateway has read what was seeded: it answers nobody before.

    Errors: ChainLagging if it never will, because its indexer has ended.
    """
    while True:
        try:
            return await gateway.kernel.health.require_caught_up()
        except ChainLagging:
            if not all(gateway.workers_alive().values()):
                raise
            await asyncio.sleep(CATCH_UP_POLL_S)


async def _access(url: str, home: DevnetHome, gateway: Gateway, sandbox: Sandbox) -> Access:
    """Return who may call, and keep it in the home; tokens of earlier runs stay."""
    known = home.access()
    holders = known.holders if known else {}
    for one in token_holders(sandbox.manifest):
        name, account = one.party.name, one.party.account
        if name not in holders:
            holders[name] = await _issued(gateway, one.role, account, label=f"devnet {name}")
    chain = ChainPlace(
        rpc_url=sandbox.urls[0], chain_id=sandbox.domain.chain_id, directory=sandbox.directory
    )
    access = Access(chain=chain, api=url, holders=holders)
    home.keep_access(access)
    return access


async def _issued(gateway: Gateway, role: Role, account: str, *, label: str) -> Holder:
    issued = await gateway.tokens.issue(role=role, account=account, label=label)
    return Holder(role=role, account=account, token=issued.token)
