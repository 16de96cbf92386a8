"""Signs of life of a validator's three processes, asked for without heavy libraries.

geth answers on its authenticated port, the bridge answers Echo on a new connection. CometBFT's RPC
is closed while it replays blocks after a start, so then its sign of life is geth's head, which
advances with every replayed block.
"""

import asyncio
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import orjson

from node.validator.bridge.tokens import token

MISSES = 3
"""Fewest questions in a row without an answer: one long stall of the machine hangs nobody."""
CLOCK_S = 20
CLOCK_BLOCKS = 5
_ABSENT = (OSError, TimeoutError, ValueError, EOFError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How patient a unit is, in seconds, and how large a log may grow.

    A member may be silent for `start_s` before its first sign of life, for `hung_s` after it;
    CometBFT for `replay_s` while its RPC is closed. `stop_s` is what each member gets to end in
    order, `failed_stop_s` when another one failed.
    """

    ask_s: float = 5.0
    check_every_s: float = 1.0
    hung_s: float = 15.0
    start_s: float = 60.0
    replay_s: float = 60.0
    stop_s: float = 20.0
    failed_stop_s: float = 3.0
    first_pause_s: float = 0.2
    longest_pause_s: float = 30.0
    calm_s: float = 10.0
    log_bytes: int = 50_000_000


@dataclass(slots=True)
class Pulse:
    """When a member last gave a sign of life; `limit_s` is how long it may give none now."""

    limits: Limits
    now: Callable[[], float] = time.monotonic
    misses: int = 0
    has_beaten: bool = False
    last: float = field(init=False)
    limit_s: float = field(init=False)

    def __post_init__(self) -> None:
        self.last, self.limit_s = self.now(), self.limits.start_s

    def beat(self) -> None:
        """Note a sign of life; from now on the member may be silent for less time."""
        self.wait(self.limits.hung_s)
        self.has_beaten = True

    def wait(self, limit_s: float) -> None:
        """Begin to wait anew: the member has a reason to be silent, for so long."""
        self.last, self.misses, self.limit_s = self.now(), 0, limit_s

    def miss(self) -> None:
        """Note a question without an answer."""
        self.misses += 1

    @property
    def is_hung(self) -> bool:
        """Whether it has been silent for too long."""
        return self.misses >= MISSES and self.now() - self.last > self.limit_s


@dataclass(frozen=True, slots=True)
class Tip:
    """geth's head: number, hash with 0x and time in seconds since 1970."""

    number: int
    hash: str
    timestamp: int


@dataclass(frozen=True, slots=True)
class CometStatus:
    """What CometBFT says of itself."""

    height: int
    is_catching_up: bool


async def geth_tip(port: int, secret: bytes, *, timeout_s: float) -> Tip | None:
    """Return geth's head as the bridge would get it; None without an answer."""
    question = {"jsonrpc": "2.0", "id": 1, "method": "eth_getBlockByNumber",
                "params": ["latest", False]}  # fmt: skip
    headers = {"Authorization": f"Bearer {token(secret)}"}
    found = await ask(port, "/", headers=headers, body=question, timeout_s=timeout_s)
    with suppress(KeyError, TypeError, ValueError):
        head = found["result"]
        return Tip(int(head["number"], 16), head["hash"], int(head["timestamp"], 16))
    return None


async def comet_status(port: int, *, timeout_s: float) -> CometStatus | None:
    """Return CometBFT's status; None while its RPC is closed, or when it hangs."""
    found = await ask(port, "/status", timeout_s=timeout_s)
    with suppress(KeyError, TypeError, ValueError):
        sync = found["result"]["sync_info"]
        return CometStatus(int(sync["latest_block_height"]), bool(sync["catching_up"]))
    return None


async def bridge_answers(port: int, *, timeout_s: float) -> bool:
    """Whether the bridge answers Echo on a new connection."""
    # Imported here: geth is already starting while this loads. Members are started by fork and
    # exec, which gRPC needs not prepare for.
    os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
    import grpc

    from node.validator.pb.abci_pb2 import RequestEcho
    from node.validator.pb.abci_pb2_grpc import ABCIStub

    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        with suppress(grpc.aio.AioRpcError):
            stub = ABCIStub(channel)  # type: ignore[no-untyped-call]
            await stub.Echo(RequestEcho(message="well?"), timeout=timeout_s)
            return True
    return False


async def ask(
    port: int,
    path: str,
    *,
    headers: dict[str, str] | None = None,
    body: Any = None,
    timeout_s: float,
) -> Any:
    """Return the JSON document a local HTTP server answers with; None without one."""
    try:
        async with asyncio.timeout(timeout_s):
            return orjson.loads(await _exchange(port, path, headers or {}, body))
    except _ABSENT:
        return None


async def _exchange(port: int, path: str, headers: dict[str, str], body: Any) -> bytes:
    content = b"" if body is None else orjson.dumps(body)
    lines = [
        f"{'GET' if body is None else 'POST'} {path} HTTP/1.0",
        "Host: localhost",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write("\r\n".join([*lines, "", ""]).encode() + content)
        answer = await reader.read(-1)
    finally:
        writer.close()
    return answer.partition(b"\r\n\r\n")[2]


@dataclass(slots=True)
class ClockWatch:
    """Compares the local clock with new blocks, whose time most validators' clocks agree on."""

    now: Callable[[], float] = time.time
    number: int = 0
    off: int = 0

    def wrong_by_s(self, tip: Tip) -> int | None:
        """Return by how much the clock is ahead (negative: behind) once several blocks say so.

        One alone may be old: the first after a halt carries a time from before it.
        """
        if tip.number == self.number:
            return None
        self.number = tip.number
        ahead_s = int(self.now()) - tip.timestamp
        self.off = self.off + 1 if not -CLOCK_S <= ahead_s <= CLOCK_S else 0
        return ahead_s if self.off and self.off % CLOCK_BLOCKS == 0 else None
