"""`serve`, `indexer`, `relayer` and the settings they refuse (P24, P25, M17)."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import text

from node.config import PREFIX
from node.db.schema import upgrade
from node.db.unit_of_work import Database
from node.devnet.network.local import free_port
from node.readmodels import network
from tests.e2e.cli.conftest import Cli, Devnet
from tests.fixtures.tools import ROOT

STARTUP_S = 90


class TestWorkers:
    @pytest.mark.parametrize("worker", ["indexer", "relayer"])
    def test_on_sqlite__is_refused_with_the_next_step(self, cli: Cli, worker: str) -> None:
        ran = cli(worker, "run", database_url="sqlite:///any.sqlite3")
        assert (ran.code, "yibao serve" in ran.err) == (2, True)

    def test_rebuild_without_confirmation__changes_nothing(self, cli: Cli) -> None:
        ran = cli("indexer", "rebuild")
        assert (ran.code, "--yes" in ran.err) == (2, True)

    def test_rebuild__fills_the_read_models_up_to_the_final_block(
        self, cli: Cli, devnet: Devnet
    ) -> None:
        """M17: what follows from the chain alone is read from it again."""
        ran = cli("--env-file", devnet.env_file, "indexer", "rebuild", "--yes", "--json")
        assert (ran.code, json.loads(ran.out)["final_block"] > 0) == (0, True)

    @pytest.mark.parametrize("worker", ["indexer", "relayer"])
    def test_on_postgres__works_until_sigterm_and_ends_cleanly(
        self, devnet: Devnet, postgres_url: str, worker: str
    ) -> None:
        """P24: as a process of its own, the indexer reads the chain into the database."""
        upgrade(postgres_url)
        with started(devnet, worker, "run", database_url=postgres_url) as process:
            if worker == "indexer":
                assert asyncio.run(final_block(postgres_url, process)) > 0
            else:
                # It holds a connection for as long as it works.
                assert asyncio.run(wait_until_connected(postgres_url, process))
            process.send_signal(signal.SIGTERM)
            _, logged = process.communicate(timeout=60)
        assert (process.returncode, "error" in logged) == (0, False)


class TestServe:
    def test_busy_port__exits_6_with_the_next_step(self, cli: Cli, devnet: Devnet) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = str(taken.getsockname()[1])
            ran = cli("--env-file", devnet.env_file, "serve", "--port", port)
        assert (ran.code, "--port" in ran.err) == (6, True)

    def test_empty_database__exits_6_before_listening(
        self, cli: Cli, devnet: Devnet, tmp_path: Path
    ) -> None:
        words = ("--env-file", devnet.env_file, "serve", "--port", str(free_port()))
        ran = cli(*words, database_url=f"sqlite:///{tmp_path / 'new.sqlite3'}")
        assert (ran.code, "yibao db upgrade" in ran.err) == (6, True)

    def test_wrong_chain__exits_6_and_names_both(self, cli: Cli, devnet: Devnet) -> None:
        words = ("--env-file", devnet.env_file, "serve", "--port", str(free_port()))
        ran = cli(*words, chain_id=31_337)
        assert ran.code == 6
        assert f"serves chain {devnet.manifest.chain.chain_id}, not 31337" in ran.err

    def test_sandbox_on_a_production_chain__is_refused(self, cli: Cli, devnet: Devnet) -> None:
        """P27.4: test mode cannot be on with the production chain id."""
        ran = cli("--env-file", devnet.env_file, "serve", chain_id=8810)
        assert (ran.code, "production chain 8810" in ran.err) == (2, True)

    def test_missing_keys__exits_6(self, cli: Cli, devnet: Devnet) -> None:
        words = ("serve", "--port", str(free_port()))
        settings = {
            name: value for name, value in devnet.settings().items() if not name.endswith("_file")
        }
        ran = cli(*words, **settings)
        assert (ran.code, "YIBAO_SEAL_KEY" in ran.err) == (6, True)

    def test_signal__ends_a_ready_gateway_cleanly(self, devnet: Devnet) -> None:
        """P24: as a process of its own it answers ready, logs JSON, and SIGTERM ends it with 0."""
        port = free_port()
        with started(devnet, "serve", "--port", str(port)) as process:
            ready = wait_until_ready(f"http://127.0.0.1:{port}/readyz", process)
            process.send_signal(signal.SIGTERM)
            _, logged = process.communicate(timeout=60)
        assert (ready, process.returncode) == (200, 0)
        assert all(json.loads(line) for line in logged.splitlines())


@contextmanager
def started(devnet: Devnet, *words: str, **settings: str) -> Iterator["subprocess.Popen[str]"]:
    """Start a command as a process of its own; it has ended when the block has."""
    command = [sys.executable, "-m", "node", "--env-file", str(devnet.env_file), *words]
    clean = {name: one for name, one in os.environ.items() if not name.startswith(PREFIX)}
    clean |= {PREFIX + name.upper(): value for name, value in settings.items()}
    with subprocess.Popen(
        command, cwd=ROOT, env=clean, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


async def final_block(url: str, process: "subprocess.Popen[str]") -> int:
    """Wait until the read models stand at a block, and return it."""
    deadline_at = time.monotonic() + STARTUP_S
    async with Database(url) as database:
        while process.poll() is None and time.monotonic() < deadline_at:
            if (found := await database.read(network.position)) is not None:
                return found.final.number
            await asyncio.to_thread(pause, process)
    return -1


async def wait_until_connected(url: str, process: "subprocess.Popen[str]") -> bool:
    """Wait until somebody else works on the database."""
    others = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND query ILIKE '%outbox%'"
    )
    deadline_at = time.monotonic() + STARTUP_S
    async with Database(url) as database:
        while process.poll() is None and time.monotonic() < deadline_at:
            if await database.read(lambda unit: unit.execute(others).scalar_one()):
                return True
            await asyncio.to_thread(pause, process)
    return False


def pause(process: "subprocess.Popen[str]") -> None:
    """Give the process a moment of the processor."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(0.2)


def wait_until_ready(url: str, process: "subprocess.Popen[str]") -> int:
    """Ask until the gateway is ready or has ended; return the last status."""
    deadline_at, status = time.monotonic() + STARTUP_S, 0
    while process.poll() is None and time.monotonic() < deadline_at and status != 200:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                status = answer.status
        except urllib.error.HTTPError as error:
            status = error.code
        except OSError:
            pause(process)
    return status
