"""Our gateway with its workers as a process of its own, for benchmarks."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from node.app import create_app
from node.bootstrap import Gateway
from node.cli.devnet.serving import run_serving, served, until_interrupted
from node.config import Settings
from node.devnet.home.folder import DevnetHome
from node.devnet.network.local import ROOT, free_port
from node.devnet.seed.sandbox import Sandbox

PORT = "YIBAO_BENCH_PORT"


@asynccontextmanager
async def our_gateway(home: DevnetHome, sandbox: Sandbox) -> AsyncIterator[tuple[str, int]]:
    """Run the gateway of a devnet's folder; give its address and process id."""
    port = free_port()
    environment = os.environ | _environment(home.settings(sandbox)) | {PORT: str(port)}
    command = [sys.executable, "-m", "scripts.bench.gateway_process"]
    process = await asyncio.create_subprocess_exec(*command, env=environment, cwd=ROOT)
    try:
        url = f"http://127.0.0.1:{port}"
        await until_ready(f"{url}/readyz")
        yield url, process.pid
    finally:
        process.terminate()
        await process.wait()


async def until_ready(url: str, *, timeout_s: float = 60) -> None:
    """Wait until an address answers 200. Errors: TimeoutError."""
    ends = time.monotonic() + timeout_s
    async with aiohttp.ClientSession() as session:
        while time.monotonic() < ends:
            try:
                async with session.get(url) as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)
    raise TimeoutError(url)


def _environment(settings: Settings) -> dict[str, str]:
    found = {
        f"YIBAO_{name.upper()}": str(value)
        for name, value in settings.model_dump().items()
        if isinstance(value, str | int | Path) and not isinstance(value, bool)
    }
    secrets = {"seal_key": settings.seal_key, "lookup_key": settings.lookup_key}
    for name, secret in secrets.items():
        if secret is not None:
            found[f"YIBAO_{name.upper()}"] = secret.get_secret_value()
    return found | {"YIBAO_PROFILE": settings.profile.value}


async def _serve(port: int) -> None:
    async with served(create_app(Gateway(Settings())), port=port):
        await until_interrupted()


if __name__ == "__main__":
    run_serving(_serve(int(os.environ[PORT])))
