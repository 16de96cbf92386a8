"""A gateway as a process of its own on a validator network, and somebody who keeps paying at it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from node.chain.events import IntentExecuted, PremiumPaid, topic_of
from node.chain.rpc.json_rpc import RpcClient
from node.config import PREFIX
from node.devnet.home.folder import ENV_FILE
from node.devnet.network.local import ROOT
from scripts.bench.pay_workload import Payment
from tests.fixtures.waiting import until

PATH = "/v1/premiums/payments"


@dataclass
class GatewayProcess:
    """One installation's folder and port; `running` serves from it as `yibao serve` does."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def running(self, **settings: object) -> AsyncIterator[httpx.AsyncClient]:
        """Serve with other settings than the folder's; end in order."""
        words = ("--env-file", str(self.folder / ENV_FILE), "serve", "--port", str(self.port))
        clean = {name: one for name, one in os.environ.items() if not name.startswith(PREFIX)}
        clean |= {PREFIX + name.upper(): str(value) for name, value in settings.items()}
        with (self.folder / "gateway.log").open("ab") as log:
            process = subprocess.Popen(  # noqa: ASYNC220
                [sys.executable, "-m", "node", *words], cwd=ROOT, env=clean, stderr=log, stdout=log
            )
        try:
            async with httpx.AsyncClient(base_url=self.url, timeout=30) as http:
                await until(lambda: self._answers(http, process), "the gateway answers")
                yield http
        finally:
            process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(process.wait, 60)

    async def _answers(self, http: httpx.AsyncClient, process: subprocess.Popen[bytes]) -> bool:
        assert process.poll() is None, f"the gateway ended; see {self.folder}/gateway.log"
        try:
            return (await http.get("/readyz")).json()["checks"]["read_models"] is True
        except httpx.TransportError:
            return False


@dataclass
class Payer:
    """Hands payments in over HTTP at a steady pace and notes how each was answered."""

    waiting: list[Payment]
    pace_s: float
    accepted: list[Payment] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)

    async def hand_in(self, http: httpx.AsyncClient, payment: Payment) -> httpx.Response:
        headers = {name: one for name, one in payment.headers.items() if name != "Prefer"}
        return await http.post(PATH, content=payment.body, headers=headers)

    async def pay(self, http: httpx.AsyncClient) -> int:
        """Hand the next payment in; return the status. What is refused is kept for later."""
        payment = self.waiting.pop(0)
        answer = await self.hand_in(http, payment)
        if answer.status_code == 202:
            self.accepted.append(payment)
        else:
            self.waiting.append(payment)
            self.refused[f"{answer.status_code} {answer.json().get('code')}"] += 1
        return answer.status_code

    @asynccontextmanager
    async def paying(self, http: httpx.AsyncClient) -> AsyncIterator[None]:
        """Keep paying while the block runs. Errors: whatever a request met."""

        async def run() -> None:
            while True:
                await self.pay(http)
                await asyncio.sleep(self.pace_s)

        task = asyncio.create_task(run())
        try:
            yield
        finally:
            task.cancel()
            (ended,) = await asyncio.gather(task, return_exceptions=True)
        if not isinstance(ended, asyncio.CancelledError):
            raise ended

    async def accepts(self, more: int) -> None:
        """Wait until so many further payments were accepted."""
        wanted = len(self.accepted) + more

        async def enough() -> bool:
            return len(self.accepted) >= wanted

        await until(enough, f"{more} more payments")


async def executed(url: str, router: str) -> Counter[str]:
    """Count how often each digest took effect, from one node's raw logs."""
    return Counter(log["topics"][1] for log in await _logs(url, router, topic_of(IntentExecuted)))


async def paid(url: str, collector: str) -> Counter[str]:
    """Count how often each payment's digest paid a bill, from one node's raw logs."""
    return Counter(log["topics"][1] for log in await _logs(url, collector, topic_of(PremiumPaid)))


async def _logs(url: str, address: str, topic: str) -> Sequence[dict[str, Any]]:
    async with RpcClient(url, timeout_s=60) as rpc:
        query = {"fromBlock": "0x0", "toBlock": "latest", "address": address, "topics": [topic]}
        found: list[dict[str, Any]] = await rpc.call("eth_getLogs", query)
        return found
