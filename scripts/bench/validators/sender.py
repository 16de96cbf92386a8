"""The load generator, a process of its own: sends signed transactions to every validator.

    python -m scripts.bench.validators.sender PLAN.json ANSWER.json

Every account is one stream, in order of its nonces; each transaction goes to all validators at
once. With a rate the transactions leave on a schedule and their time is the scheduled one, so a
late sender does not flatter the latency; without one, a stream holds a window of transactions that
no block has yet. Nothing is signed here.
"""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson

from node.chain.rpc.json_rpc import RpcClient, RpcError
from node.devnet.network.local import ROOT
from node.domain.errors import ChainUnavailable

POLL_S = 0.1
ANSWER_S = 60.0
# Another validator's gossip, or even its block, may be faster than this sender.
KNOWN = ("already known", "nonce too low")


@dataclass(frozen=True, kw_only=True)
class LoadPlan:
    """What to send. `streams` are [hash, raw] pairs per account of `accounts`.

    `chunk` transactions of a stream travel together; `window` bounds those without a block;
    `rate` is transactions a second over all streams, None sends as the windows allow; no
    transaction leaves later than `limit_s` after the first.
    """

    urls: list[str]
    accounts: list[str]
    streams: list[list[tuple[str, str]]]
    window: int
    chunk: int = 1
    rate: float | None = None
    limit_s: float = 3_600.0


@dataclass(kw_only=True)
class LoadAnswer:
    """What was sent: hash → second since 1970; refusals of validators; what it cost."""

    sent_at: dict[str, float] = field(default_factory=dict)
    refused: int = 0
    example: str = ""
    cpu_s: float = 0.0


class Load:
    """One plan being sent."""

    def __init__(self, plan: LoadPlan, clients: Sequence[RpcClient]) -> None:
        self._plan, self._clients = plan, clients
        self._mined = [0] * len(plan.streams)
        self._first_nonce = [0] * len(plan.streams)
        self.answer = LoadAnswer()

    async def run(self) -> None:
        """Send everything, or what the time allows."""
        self._first_nonce = await self._nonces()
        watching = asyncio.create_task(self._watch())
        began = time.time() + 0.2
        streams = range(len(self._plan.streams))
        await asyncio.gather(*(self._stream(number, began) for number in streams))
        watching.cancel()

    async def _nonces(self) -> list[int]:
        calls = [("eth_getTransactionCount", (one, "latest")) for one in self._plan.accounts]
        return [int(one, 16) for one in await self._clients[0].batch(calls)]

    async def _watch(self) -> None:
        while True:
            now = await self._nonces()
            self._mined = [a - b for a, b in zip(now, self._first_nonce, strict=True)]
            await asyncio.sleep(POLL_S)

    async def _stream(self, number: int, began: float) -> None:
        plan, stream = self._plan, self._plan.streams[number]
        for start in range(0, len(stream), plan.chunk):
            part = stream[start : start + plan.chunk]
            moment = await self._turn(number, start, began)
            if moment > began + plan.limit_s:
                return
            self.answer.sent_at |= dict.fromkeys((name for name, _ in part), moment)
            raws = [raw for _, raw in part]
            await asyncio.gather(*(self._send(client, raws) for client in self._clients))

    async def _turn(self, number: int, start: int, began: float) -> float:
        """Wait until a stream may send its transaction `start`; return the moment."""
        plan = self._plan
        if plan.rate is not None:
            # Streams take turns: transaction i of stream n is the (i × streams + n)-th of all.
            moment = began + (start * len(plan.streams) + number * plan.chunk) / plan.rate
            await asyncio.sleep(max(0.0, moment - time.time()))
            return moment
        while start + plan.chunk - self._mined[number] > plan.window:
            if time.time() > began + plan.limit_s:
                break
            await asyncio.sleep(POLL_S / 4)
        return time.time()

    async def _send(self, client: RpcClient, raws: Sequence[str]) -> None:
        results: list[Any]
        try:
            results = await client.batch([("eth_sendRawTransaction", (raw,)) for raw in raws])
        except ChainUnavailable as error:
            results = [error]
        for result in results:
            known = isinstance(result, RpcError) and any(one in result.message for one in KNOWN)
            if isinstance(result, BaseException) and not known:
                self.answer.refused += 1
                self.answer.example = self.answer.example or str(result)


async def send(plan: LoadPlan) -> LoadAnswer:
    """Send a plan from this process."""
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(RpcClient(url, timeout_s=ANSWER_S)) for url in plan.urls
        ]
        load = Load(plan, clients)
        await load.run()
    used = resource.getrusage(resource.RUSAGE_SELF)
    load.answer.cpu_s = round(used.ru_utime + used.ru_stime, 2)
    return load.answer


async def send_elsewhere(plan: LoadPlan, folder: Path) -> LoadAnswer:
    """Send a plan from a process of its own. Errors: CalledProcessError."""
    words, target = folder / "plan.json", folder / "answer.json"
    words.write_bytes(orjson.dumps(asdict(plan)))
    command = [sys.executable, "-m", "scripts.bench.validators.sender", str(words), str(target)]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
    try:
        code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
    if code:
        raise subprocess.CalledProcessError(code, command)
    return LoadAnswer(**orjson.loads(target.read_bytes()))


def main() -> None:
    """Run the command line: two files."""
    plan = LoadPlan(**orjson.loads(Path(sys.argv[1]).read_bytes()))
    answer = asyncio.run(send(plan))
    Path(sys.argv[2]).write_bytes(orjson.dumps(asdict(answer)))


if __name__ == "__main__":
    main()
