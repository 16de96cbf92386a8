"""A scripted geth: what the bridge asked it, and the answers a test has put in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from node.validator.bridge.engine import EngineError, Judgement, Verdict
from node.validator.bridge.payload import Payload
from node.validator.bridge.updates import Change
from node.validator.bridge.validity import Head
from tests.factories.validator import PARENT, payload

HEAD = Head(6, PARENT, 1_000)
GENESIS = Head(0, b"\x99" * 32, 900)
BROKEN = EngineError("scripted", "broken")


class ScriptedEngine:
    """Has the methods of `node.validator.bridge.engine.Engine` that the bridge calls.

    `answers` holds what a method answers next, by its name: values, exceptions to raise, or
    functions to call; without any left it does what a healthy geth would do.
    """

    def __init__(self, head: Head = HEAD) -> None:
        self.head, self.minimum = head, 4
        self.asked: list[tuple[Any, ...]] = []
        self.answers: dict[str, list[Any]] = {}
        self.changes: dict[int, Change] = {}
        self.built: Callable[[int], Payload] = lambda second: payload(timestamp=second)
        self._seconds: dict[str, int] = {}

    def will(self, method: str, *answers: Any) -> None:
        """Put in the next answers of a method."""
        self.answers.setdefault(method, []).extend(answers)

    def calls(self, method: str) -> list[tuple[Any, ...]]:
        """Return the arguments of all calls of a method."""
        return [one[1:] for one in self.asked if one[0] == method]

    async def _answer(self, method: str, usual: Callable[[], Any], *arguments: Any) -> Any:
        self.asked.append((method, *arguments))
        left = self.answers.get(method)
        answer = left.pop(0) if left else usual
        if isinstance(answer, Exception):
            raise answer
        return answer() if callable(answer) else answer

    async def block(self, name: str) -> Head:
        """A block by name."""
        return await self._answer("block", lambda: GENESIS if name == "0x0" else self.head, name)

    async def set_head(self, block_hash: bytes) -> Verdict:
        """Move the head."""
        return await self._answer("set_head", lambda: Verdict.VALID, block_hash)

    async def start_payload(self, head: Head, *, timestamp: int) -> str:
        """Begin a payload; its id tells the order."""
        self._seconds[f"id{len(self._seconds)}"] = timestamp
        return await self._answer("start_payload", lambda: list(self._seconds)[-1], head, timestamp)

    async def payload(self, payload_id: str) -> Payload:
        """Fetch a payload."""
        return await self._answer(
            "payload", lambda: self.built(self._seconds[payload_id]), payload_id
        )

    async def judge(self, one: Payload) -> Judgement:
        """Execute a payload."""
        return await self._answer("judge", lambda: Judgement(Verdict.VALID), one)

    async def read(self, address: str, data: bytes, *, at: bytes) -> bytes:
        """Answer the registry's views."""
        return await self._answer("read", lambda: self._view(data), address, data, at)

    def _view(self, data: bytes) -> bytes:
        if len(data) == 4:
            return self.minimum.to_bytes(32, "big")
        change = self.changes.get(int.from_bytes(data[4:], "big"), Change())
        return (change.removed or bytes(32)) + (change.added or bytes(32))
