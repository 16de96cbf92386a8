"""One validator as a unit: geth, bridge and CometBFT start, stop and fail together.

geth alone brought back meets a CometBFT that has moved on, so whatever dies or hangs takes the
other two with it and all three start again: at once after a good run, else after a pause that
grows. CometBFT is started only when geth and the bridge answer, and stopped first.
"""

import asyncio
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import orjson
import structlog

from node.observability import configure_logs
from node.validator.bridge.tokens import read_secret
from node.validator.home import condition
from node.validator.home import configuration as conf
from node.validator.home.condition import OperatorNeededError
from node.validator.home.entries import CeremonyError
from node.validator.home.install import EngineMissingError, Engines, installed
from node.validator.unit import health, ports, running
from node.validator.unit.health import ClockWatch, Limits, Pulse, Tip
from node.validator.unit.members import Member, UnitFailedError, end_with_parent, spawn
from node.validator.unit.running import CannotRunError

STOP_S = Limits().stop_s
UNAVAILABLE, INPUT_WRONG = 6, 2
NEEDS_OPERATOR = 5
"""The exit code that tells a service manager not to start the unit again."""
WITH_PARENT = "YIBAO_WITH_PARENT"
"""Names the process that started this one, in tests: the validator ends with it."""
FATAL_LINE = b'{"_msg":"CONSENSUS FAILURE'
"""CometBFT's own words at the start of a line; elsewhere a peer may have put them there."""
WHOLE = (
    *("comet/config/genesis.json", "comet/config/node_key.json"),
    *("geth/genesis.json", "geth/nodekey", "geth/jwt.hex"),
)
STOP_ORDER = ("comet", "bridge", "geth")

_log = structlog.get_logger(__name__)


class Unit:
    """Supervises one home, which it must hold. `engines` are the programs of geth and CometBFT.

    Errors: CeremonyError, OSError, ValueError for a home that is not whole.
    """

    def __init__(self, home: Path, engines: Engines, *, limits: Limits | None = None) -> None:
        self.home, self.engines, self.limits = home, engines, limits or Limits()
        self._read_files()
        self._members: dict[str, Member] = {}
        self._stopping = asyncio.Event()
        self._was_ready = asyncio.Event()
        self._clock = ClockWatch()
        self._ready_since: float | None = None
        self._tip: Tip | None = None
        self._tip_at_look: Tip | None = None

    def _read_files(self) -> None:
        home = self.home
        self.site, self.network = conf.load_site(home), conf.load_network(home)
        _require_whole(home)
        self._secret = read_secret(home / "geth" / "jwt.hex")
        self._opens_at = _genesis_time(home)
        self._joined_at: int | None = None

    async def run(self) -> None:
        """Keep the unit up until `stop` is called, and report evidence that blocks hold.

        Errors: OperatorNeededError when a restart cannot mend it.
        """
        await _first(self._keep_up(), self._report_evidence())

    async def _report_evidence(self) -> NoReturn:
        await self._was_ready.wait()
        # Imported here: the unit is up by now, and this takes longer to load than all the rest.
        from node.validator.unit.evidence import EvidenceReporter

        await EvidenceReporter(self.home).run()
        await asyncio.Future()
        raise AssertionError("the future has no result")

    async def _keep_up(self) -> None:
        pause_s = self.limits.first_pause_s
        while not self._stopping.is_set():
            self._ready_since = self._tip = self._tip_at_look = None
            stop_s = self.limits.stop_s
            try:
                await _first(self._live(), self._stopping.wait())
            except (UnitFailedError, CannotRunError, CeremonyError, OSError, ValueError) as error:
                stop_s = self.limits.failed_stop_s
                _log.error("unit_failed", validator=self.site.name, reason=str(error))
                self._require_mendable()
            finally:
                await self.end(stop_s)
            if self._was_calm():
                pause_s = self.limits.first_pause_s
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause_s)
            pause_s = min(2 * pause_s, self.limits.longest_pause_s)
        _log.info("unit_stopped", validator=self.site.name)

    def stop(self) -> None:
        """Ask the unit to end in order, also while it starts."""
        self._stopping.set()

    def _require_mendable(self) -> None:
        comet = self._members.get("comet")
        if comet is not None:
            condition.require_mendable(self.home, comet.log.path, comet.log.begun_at)

    def _was_calm(self) -> bool:
        since = self._ready_since
        return since is not None and time.monotonic() - since > self.limits.calm_s

    async def _live(self) -> NoReturn:
        """Start the three and watch them. Errors: UnitFailedError as soon as one is not well."""
        self._read_files()
        ports.require_free(self.network, self.site)
        await self.start()
        await _first(
            *(self._outlive(member) for member in self._members.values()),
            *(self._watch(name, look) for name, look in self._looks().items()),
            self._read_logs(),
        )
        raise UnitFailedError("the watch ended")

    async def start(self) -> None:
        """Start the three, CometBFT when the others answer.

        Errors: UnitFailedError, OperatorNeededError, CeremonyError, OSError.
        """
        self._read_files()
        condition.require_startable(self.home)
        conf.write_engine_files(self.network, self.site, self.home)
        await self._init_geth()
        await self._spawn("geth", [str(self.engines.geth), *self._geth_arguments()])
        # The bridge loads its libraries while geth opens its data.
        await self._spawn("bridge", self._bridge_command())
        await self._answer("geth", self._look_at_geth)
        await self._answer("bridge", self._look_at_bridge)
        await self._spawn_comet()
        _log.info("unit_started", validator=self.site.name)
        if (wait_s := self._opens_at - time.time()) > 0:
            _log.warning("waiting_for_genesis", validator=self.site.name, wait_s=round(wait_s))

    def _geth_arguments(self) -> list[str]:
        return conf.geth_arguments(self.network, self.site, self.home)

    async def _spawn_comet(self) -> None:
        command = [str(self.engines.comet), "start", "--home", str(self.home / "comet")]
        await self._spawn("comet", command)

    def _bridge_command(self) -> list[str]:
        command = self.site.bridge or (sys.executable, "-m", "node.validator.unit.serve")
        return [*command, str(self.home)]

    async def end(self, limit_s: float) -> None:
        """Stop what runs: CometBFT, bridge, geth."""
        for name in STOP_ORDER:
            member = self._members.pop(name, None)
            if member is not None:
                await member.end(limit_s)

    async def _spawn(self, name: str, command: list[str]) -> None:
        member = await spawn(name, command, self.home / "logs" / f"{name}.log")
        self._members[name] = member
        running.note(self.home, {one.name: one.process.pid for one in self._members.values()})

    async def _answer(self, name: str, look: Callable[[Pulse], Awaitable[None]]) -> None:
        """Wait for a member's first sign of life. Errors: UnitFailedError."""
        pulse = Pulse(self.limits)
        while not pulse.has_beaten:
            await look(pulse)
            for member in self._members.values():
                member.require_alive()
            if pulse.is_hung:
                raise UnitFailedError(f"{name} did not answer within {pulse.limit_s:.0f} s")
            await asyncio.sleep(0.05)

    async def _outlive(self, member: Member) -> NoReturn:
        await member.process.wait()
        member.require_alive()
        raise UnitFailedError(f"{member.name} ended")

    def _looks(self) -> dict[str, Callable[[Pulse], Awaitable[None]]]:
        return {
            "geth": self._look_at_geth,
            "bridge": self._look_at_bridge,
            "comet": self._look_at_comet,
        }

    async def _watch(self, name: str, look: Callable[[Pulse], Awaitable[None]]) -> NoReturn:
        """Look for signs of life of a member as long as there are any."""
        pulse = Pulse(self.limits)
        while not pulse.is_hung:
            await look(pulse)
            await asyncio.sleep(self.limits.check_every_s)
        raise UnitFailedError(f"{name} has shown no sign of life for {pulse.limit_s:.0f} s")

    async def _look_at_geth(self, pulse: Pulse) -> None:
        tip = await health.geth_tip(
            self.site.geth_engine_port, self._secret, timeout_s=self.limits.ask_s
        )
        if tip is None:
            pulse.miss()
            return
        pulse.beat()
        self._tip = tip

    async def _look_at_bridge(self, pulse: Pulse) -> None:
        if await health.bridge_answers(self.site.bridge_port, timeout_s=self.limits.ask_s):
            pulse.beat()
        else:
            pulse.miss()

    async def _look_at_comet(self, pulse: Pulse) -> None:
        before, self._tip_at_look = self._tip_at_look, self._tip
        status = await health.comet_status(self.site.comet_rpc_port, timeout_s=self.limits.ask_s)
        if status is not None:
            pulse.beat()
            self._note_readiness(status)
            self._settle_restored(status)
        elif time.time() < self._opens_at or self._tip_at_look != before:
            # Before the genesis time it sleeps with its RPC closed, and so it is while it replays
            # blocks, as geth's head shows.
            pulse.wait(self.limits.replay_s)
        else:
            pulse.miss()

    def _settle_restored(self, status: health.CometStatus) -> None:
        """Drop the guard of `restore` once CometBFT got past it: it made a block with the others.

        With the guard on, CometBFT ends when it comes to consensus too early, and is started
        again with the others until enough blocks were made without it.
        """
        if not conf.is_restored(self.home):
            return
        if status.is_catching_up:
            self._joined_at = None
        elif self._joined_at is None:
            self._joined_at = status.height
        elif status.height > self._joined_at:
            conf.settle_restored(self.network, self.site, self.home)
            _log.info("restored", validator=self.site.name, height=status.height)

    def _note_readiness(self, status: health.CometStatus) -> None:
        tip = self._tip
        if status.is_catching_up or tip is None or tip.number < status.height:
            return
        if self._ready_since is None:
            self._ready_since = time.monotonic()
            self._was_ready.set()
            _log.info("ready", validator=self.site.name, height=tip.number, head=tip.hash)
            tell_service_manager("READY=1")
        ahead_s = self._clock.wrong_by_s(tip)
        if ahead_s is not None:
            _log.error("clock_wrong", validator=self.site.name, ahead_s=ahead_s,
                       next_step="set this machine's clock")  # fmt: skip

    async def _read_logs(self) -> NoReturn:
        """Keep logs small, and read CometBFT's: after a failure of consensus it stays up."""
        while True:
            for member in self._members.values():
                lines = member.log.new_lines()
                if member.name == "comet" and any(one.startswith(FATAL_LINE) for one in lines):
                    raise UnitFailedError(f"consensus failed; see {member.log.path}")
                if member.log.size > self.limits.log_bytes:
                    await asyncio.to_thread(member.log.rotate)
            await asyncio.sleep(self.limits.check_every_s)

    async def _init_geth(self) -> None:
        """Write block 0 into an empty data folder, whole or not at all. Errors: UnitFailedError."""
        geth = self.home / "geth"
        chain, making = geth / "data" / "geth" / "chaindata", geth / "data.new"
        if chain.exists():
            return
        shutil.rmtree(making, ignore_errors=True)
        words = [str(self.engines.geth), "--datadir", str(making), "--state.scheme=hash"]
        log_path = self.home / "logs" / "init.log"
        member = await spawn("init", [*words, "init", str(geth / "genesis.json")], log_path)
        try:
            code = await asyncio.wait_for(member.process.wait(), self.limits.start_s)
        finally:
            await member.end(0)
        if code != 0:
            raise UnitFailedError(f"geth does not take the genesis file; see {log_path}")
        chain.parent.mkdir(parents=True, exist_ok=True)
        (making / "geth" / "chaindata").replace(chain)
        shutil.rmtree(making, ignore_errors=True)


async def _first(*work: Coroutine[Any, Any, Any]) -> None:
    """Run all until one ends or fails, and end the others."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _require_whole(home: Path) -> None:
    """Make sure that no file is missing: CometBFT makes itself a new key without a word.

    Errors: CeremonyError.
    """
    for name in WHOLE:
        if not (home / name).is_file():
            raise CeremonyError(f"{home / name} is missing: restore it, nothing can stand for it")


def _genesis_time(home: Path) -> float:
    """Return the second from which CometBFT works. Errors: CeremonyError."""
    path = home / "comet" / "config" / "genesis.json"
    try:
        text = orjson.loads(path.read_bytes())["genesis_time"]
        return datetime.fromisoformat(text).timestamp()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CeremonyError(f"{path}: {error}") from error


def tell_service_manager(state: str) -> None:
    """Tell systemd, if it started us with Type=notify."""
    name = os.environ.get("NOTIFY_SOCKET", "")
    if not name:
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.connect("\0" + name[1:] if name.startswith("@") else name)
        out.send(state.encode())


async def run(home: Path, engines: Engines) -> None:
    """Run one validator until SIGTERM or SIGINT.

    Errors: CeremonyError for a home that is not whole or a port that is taken; CannotRunError when
    another unit has the home; OperatorNeededError; OSError.
    """
    site, network = conf.load_site(home), conf.load_network(home)
    with running.claimed(home):
        ports.require_free(network, site)
        unit = Unit(home, engines)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, unit.stop)
        await unit.run()


def run_or_exit(home: Path) -> None:
    """Run one validator; what is wrong with its home or machine is one line and an exit code."""
    configure_logs()
    try:
        asyncio.run(run(home.resolve(), installed()))
    except (CeremonyError, EngineMissingError, ValueError) as error:
        _log.critical("cannot_start", reason=str(error))
        sys.exit(INPUT_WRONG)
    except OperatorNeededError as error:
        _log.critical("operator_needed", reason=str(error))
        sys.exit(NEEDS_OPERATOR)
    except (CannotRunError, OSError) as error:
        _log.critical("cannot_start", reason=str(error))
        sys.exit(UNAVAILABLE)


def main() -> None:
    """Run the command line: one argument, the home."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m node.validator.unit.process HOME")
    if parent := os.environ.get(WITH_PARENT):
        end_with_parent(int(parent), signal.SIGTERM)
    run_or_exit(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
