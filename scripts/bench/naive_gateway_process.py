"""Starts and ends the naive gateway as a process of its own."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from node.devnet.network.local import ROOT, free_port
from node.devnet.seed.sandbox import Sandbox


@asynccontextmanager
async def naive_gateway(sandbox: Sandbox, secret: bytes) -> AsyncIterator[tuple[str, int]]:
    """Run the naive gateway with a relayer key; give its address and process id."""
    port = free_port()
    environment = os.environ | {
        "NAIVE_RPC": sandbox.rpc.url,
        "NAIVE_KEY": "0x" + secret.hex(),
        "NAIVE_ROUTER": sandbox.book.router.address,
        "NAIVE_PORT": str(port),
    }
    command = [sys.executable, "-m", "scripts.bench.naive_gateway"]
    process = await asyncio.create_subprocess_exec(*command, env=environment, cwd=ROOT)
    try:
        await _until_listening(port)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        await process.wait()


async def _until_listening(port: int) -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        await asyncio.sleep(0.05)
    raise TimeoutError("the naive gateway does not listen")
