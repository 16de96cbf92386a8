"""A sandbox as `yibao devnet up` makes it, in one process: chain, demo parties, gateways."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from fastapi import FastAPI

from node.app import create_app
from node.bootstrap import Gateway, Worker, Workers, make_indexer
from node.cli.catalogue import REGION, demo_catalogue
from node.db.repositories.catalogue import replace_items
from node.db.repositories.identities import IdentityVault
from node.db.schema import upgrade
from node.db.unit_of_work import UnitOfWork
from node.desk.kept_keys import KeptKeys
from node.devnet.home.folder import DevnetHome, custodial_parties, token_holders
from node.devnet.network.local import free_port
from node.devnet.network.manifest import load_manifest
from node.devnet.seed.demo import DemoSeed
from node.devnet.seed.parties import Party, organisation_party
from node.devnet.seed.people import seal_people
from node.devnet.seed.sandbox import Sandbox, running
from node.devnet.seed.titles import name_organisations
from node.domain.days import day_of, policy_year
from node.domain.roles import Role
from node.keys import open_sealer
from scripts.examples.recorder import WAIT_S, Recorder

PATIENCE_S = 180
POLL_S = 0.05


class Work(enum.Enum):
    """What a gateway does beside answering."""

    ALL = "reads the chain and sends what is queued"
    READS = "reads the chain and sends nothing"
    NONE = "has read nothing and answers that it is late"


@asynccontextmanager
async def seeded_sandbox(folder: Path) -> AsyncIterator[Sandbox]:
    """Start a chain of its own with contracts, parties, plans, money and this year's bills."""
    manifest = load_manifest()
    async with running(manifest, folder, port=free_port()) as sandbox:
        seed = DemoSeed(manifest, domain=sandbox.domain)
        head = await sandbox.client.final_head()
        year = policy_year(day_of(head.timestamp))
        await sandbox.sender.send(seed.intents() + seed.year(year))
        yield sandbox


@asynccontextmanager
async def gateway_of(
    sandbox: Sandbox, folder: Path, *, work: Work = Work.ALL
) -> AsyncIterator[tuple[Gateway, FastAPI, httpx.AsyncClient]]:
    """Serve a sandbox from a database in a folder."""
    home = DevnetHome(folder)
    await asyncio.to_thread(upgrade, home.database_url)
    keys = {one.account: one.signer for one in custodial_parties(sandbox.manifest)}
    workers: dict[Work, Workers] = {Work.READS: _indexer, Work.NONE: _nothing}
    gateway = Gateway(
        home.settings(sandbox), workers=workers.get(work), sandbox_signer=KeptKeys(keys)
    )
    app = create_app(gateway)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=transport, base_url="http://gateway", timeout=WAIT_S + 10
        ) as http,
    ):
        if work is not Work.NONE:
            await _caught_up(gateway)
        yield gateway, app, http


async def fill(gateway: Gateway) -> None:
    """Put what no chain holds into the database: the catalogue, and who everybody is."""
    vault = IdentityVault(open_sealer(gateway.settings))
    now_ms, manifest = gateway.clock.now_ms(), load_manifest()

    def write(unit: UnitOfWork) -> None:
        replace_items(unit, REGION, demo_catalogue(REGION))
        seal_people(unit, vault, manifest, now_ms=now_ms)
        name_organisations(unit, manifest, now_ms=now_ms)

    await gateway.database.write(write)


async def join_everybody(recorder: Recorder, gateway: Gateway) -> None:
    """Give the parties of the devnet file tokens of this gateway; officers only sign."""
    manifest = load_manifest()
    for holder in token_holders(manifest):
        await join(recorder, gateway, holder.party, holder.role)
    for officer in manifest.officers:
        recorder.join(organisation_party(officer.name))


async def join(recorder: Recorder, gateway: Gateway, party: Party, role: Role) -> None:
    """Give a party a token of this gateway."""
    issued = await gateway.tokens.issue(role=role, account=party.account, label=party.name)
    recorder.join(party, (role, issued.token))


async def _indexer(gateway: Gateway) -> Mapping[str, Worker]:
    return {"indexer": make_indexer(gateway)}


async def _nothing(_gateway: Gateway) -> Mapping[str, Worker]:
    return {}


async def _caught_up(gateway: Gateway) -> None:
    """Wait until the gateway has read what was seeded."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            health = await gateway.kernel.health.check()
            if health.is_ready and health.lag_blocks is not None and health.lag_blocks <= 1:
                return
            await asyncio.sleep(POLL_S)
