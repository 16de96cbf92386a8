"""Runs the gateway's app in this process: for `serve`, which is only this, and for the devnet."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import signal
import socket
from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Any

import uvicorn
import uvloop
from fastapi import FastAPI

from node.domain.errors.base import CannotStartError

LOOPBACK = "127.0.0.1"
STARTUP_S = 60.0
COLLECT_AFTER = 20_000


class PortBusy(CannotStartError):  # noqa: N818
    """Something else listens on the gateway's port; the text names the next step."""


class NoAddressOfOurs(CannotStartError):  # noqa: N818
    """The gateway cannot listen at an address; the text names the next step."""


class _Server(uvicorn.Server):
    """uvicorn without signal handlers of its own: the command decides when to stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the command."""
        yield


def require_free_port(port: int, *, host: str = LOOPBACK) -> None:
    """Make sure that the gateway can listen. Errors: PortBusy, NoAddressOfOurs."""
    if not host:
        # To the socket it would mean every address of the machine: nobody chose that.
        raise NoAddressOfOurs("--host is empty; write 0.0.0.0 for every address of this machine")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                told = f"{host} is no address to listen on here: {error.strerror or error}"
                raise NoAddressOfOurs(f"{told}; choose another with --host") from error
            raise PortBusy(
                f"port {port} is in use; stop what listens there or choose another with --port"
            ) from error


@contextlib.asynccontextmanager
async def served(app: FastAPI, *, host: str = LOOPBACK, port: int) -> AsyncIterator[None]:
    """Serve an app while the context lasts; what its start-up raises comes out of here."""
    server = _Server(uvicorn.Config(app, host=host, port=port, log_config=None, lifespan="on"))
    async with app.router.lifespan_context(app):
        server.config.lifespan = "off"
        task = asyncio.create_task(server.serve(), name="http")
        try:
            await _until_started(server, task)
            _keep_what_is_loaded()
            yield
        finally:
            server.should_exit = True
            await task


def _keep_what_is_loaded() -> None:
    """Tell the garbage collector that modules and routes stay: it need not look at them again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)


async def _until_started(server: uvicorn.Server, task: asyncio.Task[None]) -> None:
    deadline_at = asyncio.get_running_loop().time() + STARTUP_S
    while not server.started:
        if task.done() or asyncio.get_running_loop().time() > deadline_at:
            raise PortBusy("the gateway cannot listen; see its log")
        await asyncio.sleep(0.01)


def run_serving(work: Coroutine[Any, Any, None]) -> None:
    """Run a server's coroutine on uvloop, whose sockets cost less than the standard loop's."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)


async def until_interrupted() -> None:
    """Return at SIGINT or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    try:
        await stop.wait()
    finally:
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(name)
