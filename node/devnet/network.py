"""The local chain: find anvil, start it with saved state, stop it, never leak it.

`async with Anvil(options) as chain:` gives a chain that answers at `chain.url` and ends with the
process that started it. Every failure is a DevnetError whose text names the next step. Figures
from this chain bound the gateway, never the network.
"""

import asyncio
import ctypes
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import orjson

from node.chain.rpc import RpcClient, RpcError
from node.devnet.chain_clock import chain_time
from node.domain.errors import ChainUnavailable
from node.domain.errors.base import CannotStartError

ROOT = Path(__file__).resolve().parents[2]
LOOPBACK = "127.0.0.1"
STARTUP_S = 30.0
STOP_S = 20.0
# Reads are pinned to blocks of the last seconds; more states cost a megabyte of disk each.
KEPT_STATES = 200
_PR_SET_PDEATHSIG = 1
_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


class DevnetError(CannotStartError):
    """The local chain cannot run; `next_step` says what a person can do."""

    def __init__(self, message: str, next_step: str) -> None:
        super().__init__(f"{message}; next step: {next_step}")
        self.message, self.next_step = message, next_step


class AnvilMissingError(DevnetError):
    """The anvil program is not installed."""


class PortBusyError(DevnetError):
    """Something else listens on the port."""


class AnvilFailedError(DevnetError):
    """anvil ended or does not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnvilOptions:
    """How to run anvil. `block_time_s` None mines at once: only for <= 500 waiting transactions.

    `state_file` is loaded if it exists and written every `state_interval_s` and at the end;
    `clock_start_s` is the second of the Shanghai day a chain started at night pretends to;
    `kept_files` are open files that stay open in it.
    """

    chain_id: int
    port: int
    block_time_s: float | None = 0.2
    gas_limit: int = 3_000_000_000
    hardfork: str = "osaka"
    mnemonic: str | None = None
    accounts: int = 10
    state_file: Path | None = None
    state_interval_s: int = 10
    log_file: Path | None = None
    clock_start_s: int | None = None
    program: Path | None = None
    kept_files: tuple[int, ...] = ()

    @property
    def url(self) -> str:
        """Return the JSON-RPC address."""
        return f"http://{LOOPBACK}:{self.port}"

    def arguments(self, *, now: int) -> list[str]:
        """Return the command line without the program."""
        chosen: dict[str, object | None] = {
            "host": LOOPBACK,
            "port": self.port,
            "chain-id": self.chain_id,
            "gas-limit": self.gas_limit,
            "hardfork": self.hardfork,
            "accounts": self.accounts,
            "block-base-fee-per-gas": 0,
            "mnemonic": self.mnemonic,
            "block-time": self.block_time_s,
            "timestamp": chain_time(
                now, clock_start_s=self.clock_start_s, last=last_timestamp(self.state_file)
            ),
        }
        if self.state_file is not None:
            chosen["state"] = self.state_file
            chosen["state-interval"] = self.state_interval_s
        if self.state_file is not None and self.block_time_s is not None:
            # Without a bound anvil spills a state per block into the home directory: gigabytes.
            chosen["max-persisted-states"] = KEPT_STATES
            chosen["cache-path"] = self.cache_folder
        words = [f"--{name}={value}" for name, value in chosen.items() if value is not None]
        return [*words, "--quiet", "--no-request-size-limit"]

    @property
    def cache_folder(self) -> Path | None:
        """Return where anvil keeps states of past blocks; emptied at every start."""
        return None if self.state_file is None else self.state_file.with_suffix(".cache")


def find_anvil(root: Path = ROOT) -> Path:
    """Return the anvil program: the npm package's binary, its link, or one on the PATH.

    Errors: AnvilMissingError.
    """
    machine = _MACHINES.get(platform.machine().lower(), platform.machine().lower())
    modules = root / "contracts" / "node_modules"
    package = modules / "@foundry-rs" / f"anvil-{sys.platform}-{machine}" / "bin" / "anvil"
    for path in (package, modules / ".bin" / "anvil"):
        if os.access(path, os.X_OK):
            return path
    found = shutil.which("anvil")
    if found is None:
        raise AnvilMissingError("anvil is not installed", "run scripts/setup")
    return Path(found)


def free_port() -> int:
    """Return a loopback port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def last_timestamp(state_file: Path | None) -> int | None:
    """Return the time of the newest block of a saved state, None if there is none.

    Errors: AnvilFailedError when the file cannot be read: it was cut off while being written.
    """
    if state_file is None or not state_file.exists():
        return None
    try:
        saved = orjson.loads(state_file.read_bytes())
        return int(saved["block"]["timestamp"], 16)
    except (ValueError, KeyError, TypeError) as error:
        raise AnvilFailedError(
            f"the saved chain state {state_file} is damaged",
            "move that file away; the next start begins a new chain",
        ) from error


def _die_with_parent() -> None:
    """Ask Linux to end the child, with its state saved, when the starting thread is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Anvil:
    """One running anvil in a process group of its own.

    Start it from the main thread: on Linux the child ends with the thread that started it.
    """

    def __init__(self, options: AnvilOptions) -> None:
        self.options, self.url = options, options.url
        self._process: subprocess.Popen[bytes] | None = None

    async def __aenter__(self) -> Self:
        """Start the chain and wait until it answers. Errors: DevnetError."""
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the chain."""
        await self.stop()

    @property
    def pid(self) -> int | None:
        """Return the process id while it runs."""
        process = self._process
        return None if process is None or process.poll() is not None else process.pid

    async def start(self) -> None:
        """Start anvil and wait until it answers with its chain id.

        Errors: AnvilMissingError, PortBusyError, AnvilFailedError.
        """
        options = self.options
        program = options.program or find_anvil()
        await require_free_port(options.port)
        arguments = options.arguments(now=int(time.time()))
        if options.cache_folder is not None:
            shutil.rmtree(options.cache_folder, ignore_errors=True)
            options.cache_folder.mkdir(parents=True, exist_ok=True)
        with _open_log(options.log_file) as log:
            # Not asyncio's: the chain may outlive the event loop that started it, as in tests.
            self._process = subprocess.Popen(  # noqa: ASYNC220
                [str(program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=options.kept_files,
                preexec_fn=_die_with_parent,  # noqa: PLW1509
            )
        try:
            await self._wait_until_ready()
        except BaseException:
            await self.stop()
            raise

    async def _wait_until_ready(self) -> None:
        deadline_at = asyncio.get_running_loop().time() + STARTUP_S
        async with RpcClient(self.url, timeout_s=1.0) as rpc:
            while self.pid is not None and asyncio.get_running_loop().time() < deadline_at:
                found = await _chain_id(rpc)
                if found == self.options.chain_id:
                    return
                await asyncio.sleep(0.02)
        raise AnvilFailedError("anvil does not answer", self._advice())

    def _advice(self) -> str:
        log = self.options.log_file
        if log is None:
            return "start it with a log file and look there"
        lines = log.read_text(errors="replace").strip().splitlines()[-3:] if log.exists() else []
        return f"look into {log}" + (f": {' / '.join(lines)}" if lines else "")

    async def stop(self) -> None:
        """End anvil with its state saved; kill it if it does not end in time. Twice is once."""
        process, self._process = self._process, None
        if process is None:
            return
        for wish in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, wish)
            with suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(process.wait, STOP_S)
                return


async def _chain_id(rpc: RpcClient) -> int | None:
    with suppress(RpcError, ChainUnavailable, ValueError, TypeError):
        return int(await rpc.call("eth_chainId"), 16)
    return None


async def require_free_port(port: int) -> None:
    """Make sure nobody listens on a loopback port. Errors: PortBusyError saying who does."""
    with socket.socket() as probe:
        # A connection that has just ended does not keep a server from listening.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            return
        except OSError:
            pass
    async with RpcClient(f"http://{LOOPBACK}:{port}", timeout_s=2.0) as rpc:
        found = await _chain_id(rpc)
    who = "another program" if found is None else f"a chain with id {found}"
    raise PortBusyError(
        f"port {port} is used by {who}",
        "stop it, choose another with --chain-port, or start a second sandbox beside the first"
        " with --home DIR --port N --chain-port N",
    )


def _open_log(path: Path | None) -> IO[Any]:
    if path is None:
        return Path(os.devnull).open("ab")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("ab")
