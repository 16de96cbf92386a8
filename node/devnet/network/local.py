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

from node.chain.rpc.json_rpc import RpcClient, RpcError
from node.devnet.network.chain_clock import chain_time
from node.devnet.network.chain_files import ChainFiles, DamagedState
from node.devnet.network.chain_keeper import ChainKeeper
from node.domain.errors import ChainUnavailable
from node.domain.errors.base import CannotStartError

ROOT = Path(__file__).resolve().parents[3]
LOOPBACK = "127.0.0.1"
STARTUP_S = 30.0
STOP_S = 20.0
# Reads are pinned to blocks of the last seconds. Under load a chain makes fewer than ten a second.
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
    """How to run anvil: it mines transactions at once, as many as wait in one block.

    `idle_block_s` adds a block after so many seconds of rest, so that chain time goes on; None adds
    none. `state_file` is loaded if it exists, saved every `state_interval_s` in which transactions
    came, and at the end (docs/adr/0018). `clock_start_s` is the second of the Shanghai day a chain
    started at night pretends to; `kept_files` are open files that stay open in it.
    """

    chain_id: int
    port: int
    idle_block_s: int | None = None
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
        """Return the command line without the program. Errors: AnvilFailedError, damaged state."""
        chosen: dict[str, object | None] = {
            "host": LOOPBACK,
            "port": self.port,
            "chain-id": self.chain_id,
            "gas-limit": self.gas_limit,
            "hardfork": self.hardfork,
            "accounts": self.accounts,
            "block-base-fee-per-gas": 0,
            # A block is final when it is there, as on validators: `finalized` names the newest
            # one. By default it lies 64 blocks back, before the contracts of a young sandbox.
            "slots-in-an-epoch": 0,
            "mnemonic": self.mnemonic,
            "block-time": self.idle_block_s,
            "timestamp": chain_time(
                now, clock_start_s=self.clock_start_s, last=last_timestamp(self.state_file)
            ),
        }
        if self.files is not None:
            chosen["load-state"] = self.files.saved if self.files.saved.exists() else None
            chosen["dump-state"] = self.files.at_exit
            # Without a bound anvil spills a state per block into the home directory: gigabytes.
            chosen["prune-history"] = KEPT_STATES
        words = [f"--{name}={value}" for name, value in chosen.items() if value is not None]
        if self.idle_block_s is not None:
            words.append("--mixed-mining")
        return [*words, "--quiet", "--disable-console-log", "--no-request-size-limit"]

    @property
    def files(self) -> ChainFiles | None:
        """Return where the chain is saved."""
        return None if self.state_file is None else ChainFiles(self.state_file)


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

    Errors: AnvilFailedError when the file cannot be read.
    """
    if state_file is None:
        return None
    try:
        return ChainFiles(state_file).last_timestamp()
    except DamagedState as error:
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
        self._keeper: ChainKeeper | None = None

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
        if options.files is not None:
            options.files.settle()
        arguments = options.arguments(now=int(time.time()))
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
            await self._begin()
        except BaseException:
            await self.stop()
            raise

    async def _begin(self) -> None:
        """Make a block of now, and see to it that the chain is saved from here on.

        The newest block of a loaded state is as old as that state: whoever takes the time of the
        chain from it would live in the past until the next block.
        """
        options = self.options
        if options.files is None:
            return
        async with RpcClient(self.url, timeout_s=STARTUP_S) as rpc:
            await rpc.call("evm_mine")
            head = int(await rpc.call("eth_blockNumber"), 16)
        self._keeper = ChainKeeper(self.url, options.files, interval_s=options.state_interval_s)
        self._keeper.start(saved_block=head)

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
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            await asyncio.to_thread(keeper.stop)
        process, self._process = self._process, None
        if process is None:
            return
        for asked in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, asked)
            with suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(process.wait, STOP_S)
                break
        if self.options.files is not None:
            self.options.files.settle()


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
