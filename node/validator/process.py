"""One validator as a unit: geth, bridge and CometBFT start, stop and fail together.

geth alone brought back meets a CometBFT that has moved on, so whatever dies or hangs takes the
other two with it and all three start again, after a pause that grows. CometBFT is started only
when the bridge answers, and stopped first.
"""

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import orjson
import structlog

from node.observability import configure_logs
from node.validator import condition
from node.validator import configuration as conf
from node.validator.comet import ask_comet
from node.validator.condition import OperatorNeededError
from node.validator.engine import Engine, EngineError, read_secret
from node.validator.evidence import EvidenceReporter
from node.validator.install import Engines, installed
from node.validator.pb import abci_pb2 as pb
from node.validator.pb.abci_pb2_grpc import ABCIStub
from node.validator.running import RUN_FILE

START_S = 60.0
STOP_S = 20.0
ASK_S = 5.0
CHECK_EVERY_S = 1.0
HUNG_S = 15.0
LONGEST_PAUSE_S = 30.0
CALM_S = 60.0
LOG_BYTES = 50_000_000
WITH_PARENT = "YIBAO_WITH_PARENT"
"""Set for validators of tests: they end with the process that started them."""
FATAL_LINE = b"CONSENSUS FAILURE"
_PR_SET_PDEATHSIG = 1
NEEDS_OPERATOR = 5
"""The exit code that tells a service manager not to start the unit again."""

_log = structlog.get_logger(__name__)


class UnitFailedError(Exception):
    """A member of the unit died, hung or did not start; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Member:
    """One running process of the unit and its log."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def require_alive(self) -> None:
        """Make sure it runs. Errors: UnitFailedError."""
        code = self.process.poll()
        if code is not None:
            raise UnitFailedError(f"{self.name} ended with code {code}; see {self.log}")


class Unit:
    """Supervises one home. `engines` are the programs of geth and CometBFT."""

    def __init__(self, home: Path, engines: Engines) -> None:
        self.home, self.engines = home, engines
        self.site, self.network = conf.load_site(home), conf.load_network(home)
        self._members: dict[str, Member] = {}
        self._stopping = asyncio.Event()
        self._read_to = self._comet_from = 0
        self._joined_at: int | None = None

    async def run(self) -> None:
        """Keep the unit up until `stop` is called, and report evidence that blocks hold.

        Errors: CeremonyError, OSError, OperatorNeededError when a restart cannot mend it.
        """
        reporting = asyncio.create_task(EvidenceReporter(self.home).run())
        try:
            await self._keep_up()
        finally:
            reporting.cancel()

    async def _keep_up(self) -> None:
        pause_s = 1.0
        while not self._stopping.is_set():
            started = time.monotonic()
            try:
                await self.start()
                await self._watch()
            except UnitFailedError as error:
                _log.error("unit_failed", validator=self.site.name, reason=str(error))
                condition.require_mendable(
                    self.home, self.home / "logs" / "comet.log", self._comet_from
                )
            finally:
                await self.end()
            if time.monotonic() - started > CALM_S:
                pause_s = 1.0
            await self._pause(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def stop(self) -> None:
        """Ask the unit to end in order."""
        self._stopping.set()

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    async def start(self) -> None:
        """Start the three in order, each when the one before answers. Errors: UnitFailedError."""
        self._read_files()
        self._joined_at = None
        condition.require_startable(self.home)
        self._write_run_file()
        conf.write_engine_files(self.network, self.site, self.home)
        await self._init_geth()
        self._spawn("geth", [str(self.engines.geth), *self._geth_arguments()])
        await self._until(self._geth_answers, "geth")
        self._spawn("bridge", self._bridge_command())
        await self._until(self._bridge_answers, "bridge")
        self._spawn_comet()
        _log.info("unit_started", validator=self.site.name)

    def _read_files(self) -> None:
        self.site, self.network = conf.load_site(self.home), conf.load_network(self.home)

    def _geth_arguments(self) -> list[str]:
        return conf.geth_arguments(self.network, self.site, self.home)

    def _spawn_comet(self) -> None:
        command = [str(self.engines.comet), "start", "--home", str(self.home / "comet")]
        self._spawn("comet", command)

    def _bridge_command(self) -> list[str]:
        command = self.site.bridge or (sys.executable, "-m", "node.validator.serve")
        return [*command, str(self.home)]

    async def end(self) -> None:
        """Stop what runs: CometBFT, bridge, geth."""
        for name in ("comet", "bridge", "geth"):
            member = self._members.pop(name, None)
            if member is not None:
                await asyncio.to_thread(_end, member.process)

    async def _watch(self) -> None:
        """Return when asked to stop. Errors: UnitFailedError as soon as a member is not well."""
        answered = dict.fromkeys(("geth", "bridge"), time.monotonic())
        while not self._stopping.is_set():
            for member in self._members.values():
                member.require_alive()
            self._require_consensus()
            if await self._geth_answers():
                answered["geth"] = time.monotonic()
            if await self._bridge_answers():
                answered["bridge"] = time.monotonic()
            for name, moment in answered.items():
                if time.monotonic() - moment > HUNG_S:
                    raise UnitFailedError(f"{name} has not answered for {HUNG_S:.0f} s")
            if conf.is_restored(self.home):
                await self._settle_restored()
            await self._pause(CHECK_EVERY_S)

    async def _settle_restored(self) -> None:
        """Drop the guard of `restore` once CometBFT got past it: it made a block with the others.

        With the guard on, CometBFT ends when it comes to consensus too early, and is started
        again with the others until enough blocks were made without it.
        """
        told = await ask_comet(self.site, "status")
        sync: dict[str, Any] = (told or {}).get("sync_info") or {}
        if not sync or sync["catching_up"]:
            self._joined_at = None
            return
        height = int(sync["latest_block_height"])
        if self._joined_at is None:
            self._joined_at = height
        elif height > self._joined_at:
            conf.settle_restored(self.network, self.site, self.home)
            _log.info("restored", validator=self.site.name, height=height)

    def _require_consensus(self) -> None:
        """Read CometBFT's new log lines: after a failure of consensus the process stays up."""
        with self._members["comet"].log.open("rb") as log:
            log.seek(self._read_to)
            lines = log.read()
            self._read_to += len(lines)
        if FATAL_LINE in lines:
            raise UnitFailedError(f"consensus failed; see {self._members['comet'].log}")

    async def _geth_answers(self) -> bool:
        secret = read_secret(self.home / "geth" / "jwt.hex")
        with suppress(EngineError):
            async with Engine(self.site.engine_url, secret=secret, timeout_s=ASK_S) as engine:
                await engine.block("latest")
            return True
        return False

    async def _bridge_answers(self) -> bool:
        target = f"{conf.LOOPBACK}:{self.site.bridge_port}"
        async with grpc.aio.insecure_channel(target) as channel:
            with suppress(grpc.aio.AioRpcError):
                stub = ABCIStub(channel)  # type: ignore[no-untyped-call]
                await stub.Echo(pb.RequestEcho(message="well?"), timeout=ASK_S)
                return True
        return False

    async def _until(self, answers: Callable[[], Awaitable[bool]], name: str) -> None:
        deadline_at = time.monotonic() + START_S
        while not await answers():
            self._members[name].require_alive()
            if time.monotonic() > deadline_at:
                raise UnitFailedError(f"{name} did not answer within {START_S:.0f} s of its start")
            if self._stopping.is_set():
                raise UnitFailedError("stopped while starting")
            await asyncio.sleep(0.1)

    async def _init_geth(self) -> None:
        """Write block 0 into an empty data folder. Errors: UnitFailedError."""
        data = self.home / "geth" / "data"
        if (data / "geth" / "chaindata").exists():
            return
        words = [str(self.engines.geth), "--datadir", str(data), "--state.scheme=hash"]
        done = await asyncio.to_thread(
            subprocess.run,
            [*words, "init", str(self.home / "geth" / "genesis.json")],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise UnitFailedError(f"geth does not take the genesis file: {done.stderr[-300:]}")

    def _spawn(self, name: str, command: Sequence[str]) -> None:
        log = self.home / "logs" / f"{name}.log"
        log.parent.mkdir(exist_ok=True)
        if log.exists() and log.stat().st_size > LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))
        with log.open("ab") as out:
            if name == "comet":
                self._read_to = self._comet_from = out.tell()
            process = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                preexec_fn=die_with_parent,  # noqa: PLW1509
            )
        self._members[name] = Member(name, process, log)
        self._write_run_file()

    def _write_run_file(self) -> None:
        """Write who runs, for drills and for `status`."""
        path = self.home / RUN_FILE
        path.parent.mkdir(exist_ok=True)
        pids = {name: member.process.pid for name, member in self._members.items()}
        written = path.with_suffix(".new")
        written.write_bytes(orjson.dumps({"unit": os.getpid(), **pids}))
        written.replace(path)


def die_with_parent(wish: int = signal.SIGKILL) -> None:
    """Ask Linux to end the child when its supervisor is gone: no member outlives the unit."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, wish)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    # A stopped process does not see a wish to end.
    for wish in (signal.SIGCONT, signal.SIGTERM):
        with suppress(ProcessLookupError):
            process.send_signal(wish)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


async def run(home: Path, engines: Engines) -> None:
    """Run one validator until SIGTERM or SIGINT. Errors: as `Unit.run`."""
    unit = Unit(home, engines)
    loop = asyncio.get_running_loop()
    for wish in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(wish, unit.stop)
    await unit.run()


def main() -> None:
    """Run the command line: one argument, the home."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m node.validator.process HOME")
    configure_logs()
    if os.environ.get(WITH_PARENT):
        die_with_parent(signal.SIGTERM)
    try:
        asyncio.run(run(Path(sys.argv[1]), installed()))
    except OperatorNeededError as error:
        _log.critical("operator_needed", reason=str(error))
        sys.exit(NEEDS_OPERATOR)


if __name__ == "__main__":
    main()
