"""geth's Engine API: the four calls of the bridge, and the reads it needs at decided blocks.

Every call carries a fresh HS256 token made from the secret that geth shares with this bridge
only. An unanswered call, an error or an unexpected answer is an EngineError; whether it is
retried, rejected or fatal is decided by the handler that called.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Any, Self

import aiohttp
import orjson

from node.validator.bridge.payload import MalformedPayloadError, Payload, from_engine, to_engine
from node.validator.bridge.tokens import SECRET_BYTES, token
from node.validator.bridge.validity import NOBODY, Head
from node.wire.hexadecimal import to_hex

TIMEOUT_S = 5.0


class EngineError(Exception):
    """geth did not answer as it should; `call` names the method."""

    def __init__(self, call: str, detail: str) -> None:
        super().__init__(f"{call}: {detail}")
        self.call, self.detail = call, detail


class Verdict(StrEnum):
    """What geth thinks of a payload or of a head."""

    VALID = "VALID"
    INVALID = "INVALID"
    SYNCING = "SYNCING"
    ACCEPTED = "ACCEPTED"
    INVALID_BLOCK_HASH = "INVALID_BLOCK_HASH"

    @property
    def is_pending(self) -> bool:
        """Whether a later call may get another answer."""
        return self in {Verdict.SYNCING, Verdict.ACCEPTED}


@dataclass(frozen=True, slots=True)
class Judgement:
    """geth's verdict on a payload and why, if it is not VALID."""

    verdict: Verdict
    reason: str = ""


class Engine:
    """One geth by its authenticated port; use as an async context manager."""

    def __init__(self, url: str, *, secret: bytes, timeout_s: float = TIMEOUT_S) -> None:
        self._url, self._timeout_s = url, timeout_s
        self._secret = secret
        self._session: aiohttp.ClientSession | None = None
        self._last_id = 0

    async def __aenter__(self) -> Self:
        """Open the connections."""
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=self._timeout_s),
            headers={"Content-Type": "application/json"},
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def call(self, method: str, *params: Any) -> Any:
        """Return the result of one call. Errors: EngineError."""
        if self._session is None:
            raise RuntimeError("the engine client is not open")
        self._last_id += 1
        body = {"jsonrpc": "2.0", "id": self._last_id, "method": method, "params": params}
        headers = {"Authorization": f"Bearer {token(self._secret)}"}
        try:
            async with self._session.post(
                self._url, data=orjson.dumps(body), headers=headers
            ) as reply:
                content = await reply.read()
            document = orjson.loads(content)
        except (aiohttp.ClientError, OSError, TimeoutError, orjson.JSONDecodeError) as error:
            raise EngineError(method, f"no answer: {type(error).__name__} {error}") from error
        if not isinstance(document, dict) or "result" not in document:
            detail = document.get("error") if isinstance(document, dict) else document
            raise EngineError(method, f"refused: {detail}")
        return document["result"]

    async def block(self, name: str) -> Head:
        """Return a block by `latest`, a 0x number or a 0x hash. Errors: EngineError."""
        by_hash = len(name) == 2 + 2 * SECRET_BYTES
        method = "eth_getBlockByHash" if by_hash else "eth_getBlockByNumber"
        found = await self.call(method, name, False)
        if not isinstance(found, dict):
            raise EngineError(method, f"no block {name}")
        try:
            number, timestamp = int(found["number"], 16), int(found["timestamp"], 16)
            return Head(number, bytes.fromhex(found["hash"][2:]), timestamp)
        except (KeyError, TypeError, ValueError) as error:
            raise EngineError(method, f"no block in {found}") from error

    async def parent_hash(self, block_hash: bytes) -> bytes:
        """Return the hash of a block's parent. Errors: EngineError."""
        found = await self.call("eth_getBlockByHash", _hex(block_hash), False)
        if not isinstance(found, dict):
            raise EngineError("eth_getBlockByHash", f"no block {block_hash.hex()}")
        return bytes.fromhex(found["parentHash"][2:])

    async def set_head(self, block_hash: bytes) -> Verdict:
        """Make a block head, safe and finalized. Errors: EngineError."""
        answer = await self._forkchoice(block_hash, None)
        return _verdict("engine_forkchoiceUpdatedV3", answer["payloadStatus"]).verdict

    async def start_payload(self, head: Head, *, timestamp: int) -> str:
        """Let geth build on its head and return the payload's id. Errors: EngineError."""
        attributes = {
            "timestamp": hex(timestamp),
            "prevRandao": _hex(head.hash),
            "suggestedFeeRecipient": _hex(NOBODY),
            "withdrawals": [],
            "parentBeaconBlockRoot": _hex(head.hash),
        }
        answer = await self._forkchoice(head.hash, attributes)
        payload_id = answer.get("payloadId")
        if not payload_id:
            detail = f"nothing is built: {answer.get('payloadStatus')}"
            raise EngineError("engine_forkchoiceUpdatedV3", detail)
        return str(payload_id)

    async def payload(self, payload_id: str) -> Payload:
        """Return what was built and end the building. Errors: EngineError."""
        answer = await self.call("engine_getPayloadV5", payload_id)
        try:
            return from_engine(answer)
        except MalformedPayloadError as error:
            raise EngineError("engine_getPayloadV5", error.reason) from error

    async def judge(self, payload: Payload) -> Judgement:
        """Let geth execute a payload; its head does not move. Errors: EngineError."""
        answer = await self.call(
            "engine_newPayloadV4",
            to_engine(payload),
            [],
            _hex(payload.parent_hash),
            [_hex(one) for one in payload.requests],
        )
        return _verdict("engine_newPayloadV4", answer)

    async def _forkchoice(self, head: bytes, attributes: Any) -> dict[str, Any]:
        state = dict.fromkeys(("headBlockHash", "safeBlockHash", "finalizedBlockHash"), _hex(head))
        answer = await self.call("engine_forkchoiceUpdatedV3", state, attributes)
        if not isinstance(answer, dict) or "payloadStatus" not in answer:
            raise EngineError("engine_forkchoiceUpdatedV3", "an answer without a status")
        return answer

    async def read(self, address: str, data: bytes, *, at: bytes) -> bytes:
        """Return the answer of a contract's view at a block's hash. Errors: EngineError."""
        call = {"to": address, "data": _hex(data)}
        answer = await self.call("eth_call", call, {"blockHash": _hex(at)})
        try:
            return bytes.fromhex(answer[2:])
        except (TypeError, ValueError) as error:
            raise EngineError("eth_call", f"no bytes in {answer}") from error


def _verdict(call: str, status: Any) -> Judgement:
    try:
        return Judgement(Verdict(status["status"]), status.get("validationError") or "")
    except (KeyError, TypeError, ValueError) as error:
        raise EngineError(call, f"an unknown status {status}") from error


def _hex(data: bytes | Sequence[int]) -> str:
    return to_hex(bytes(data))
