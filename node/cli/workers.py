"""`yibao indexer` and `yibao relayer`: the workers as processes of their own (PostgreSQL only).

On SQLite they live inside the gateway: two writing processes would only wait for each other.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated

import typer

from node.bootstrap import ChainLink, Worker, connect_chain, make_indexer, make_relayer
from node.cli.devnet.serving import until_interrupted
from node.cli.environment import SettingsWrong, load_settings
from node.config import Settings
from node.db.connect import parse_url
from node.db.schema import require_current
from node.db.unit_of_work import Database
from node.observability import configure_logs
from node.outbox.waiters import Waiters

indexer = typer.Typer(help="Chain to read models, as a process.", no_args_is_help=True)
relayer = typer.Typer(help="Outbox to chain, as a process.", no_args_is_help=True)


@dataclass
class WorkerProcess:
    """What a worker works with when no gateway is around it."""

    settings: Settings
    database: Database
    chain: ChainLink
    waiters: Waiters = field(default_factory=Waiters)


@indexer.command("run")
def run_indexer() -> None:
    """Follow the chain until Ctrl-C or SIGTERM. One per database; PostgreSQL only."""

    async def make(process: WorkerProcess) -> Worker:
        return make_indexer(process)

    asyncio.run(_run(_worker_settings(), make))


@indexer.command()
def rebuild(
    sure: Annotated[
        bool, typer.Option("--yes", help="Confirm that gateway and indexer are stopped.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Empty the read models and fill them again from the chain's events (M17).

    What is not on the chain (outbox, visits, identities, tokens) stays. Stop gateway and indexer
    first.
    """
    if not sure:
        raise SettingsWrong("stop gateway and indexer, then add --yes")
    settings = load_settings()
    require_current(settings.database_url)
    final = asyncio.run(_rebuild(settings))
    print(json.dumps({"final_block": final}) if as_json else f"rebuilt up to block {final}")


@relayer.command("run")
def run_relayer() -> None:
    """Send what the outbox holds until Ctrl-C or SIGTERM. One per key; PostgreSQL only."""
    settings = _worker_settings()
    key_file = settings.relayer_key_file
    if key_file is None:
        raise SettingsWrong("YIBAO_RELAYER_KEY_FILE is not set")

    async def make(process: WorkerProcess) -> Worker:
        return await make_relayer(process, key_file)

    asyncio.run(_run(settings, make))


def _worker_settings() -> Settings:
    settings = load_settings()
    if parse_url(settings.database_url).is_sqlite:
        raise SettingsWrong(
            "on SQLite indexer and relayer run inside the gateway (yibao serve); a process of "
            "their own needs YIBAO_DATABASE_URL=postgresql://…"
        )
    configure_logs(level=logging.getLevelNamesMapping()[settings.log_level])
    require_current(settings.database_url)
    return settings


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[WorkerProcess]:
    async with Database(settings.database_url) as database, connect_chain(settings) as chain:
        yield WorkerProcess(settings, database, chain)


async def _run(settings: Settings, make: Callable[[WorkerProcess], Awaitable[Worker]]) -> None:
    """Work until a signal; a worker that ends by itself ends the process with its failure."""
    async with _opened(settings) as process:
        worker = await make(process)
        task = asyncio.create_task(worker.run())
        interrupted = asyncio.create_task(until_interrupted())
        await asyncio.wait({task, interrupted}, return_when=asyncio.FIRST_COMPLETED)
        interrupted.cancel()
        worker.stop()
        await task


async def _rebuild(settings: Settings) -> int:
    async with _opened(settings) as process:
        return await make_indexer(process).rebuild()
