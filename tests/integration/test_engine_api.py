"""network.md "Engine API": a fresh HS256 token per call; whatever is odd is an EngineError."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from node.validator.bridge.engine import Engine, EngineError, Judgement, Verdict
from node.validator.bridge.payload import to_engine
from node.validator.bridge.tokens import read_secret
from node.validator.bridge.validity import Head
from tests.factories.validator import PARENT, payload

SECRET = bytes(range(32))
ROOT = "0x" + PARENT.hex()


class FakeGeth:
    """Notes what it is sent and answers what a test wants."""

    def __init__(self) -> None:
        self.url = ""
        self.tokens: list[str] = []
        self.bodies: list[dict[str, Any]] = []
        self.answer: Callable[[], web.Response] = lambda: self.result(None)

    def will(self, value: Any) -> None:
        """Answer a result from now on."""
        self.answer = lambda: self.result(value)

    def result(self, value: Any) -> web.Response:
        """Return a result."""
        return web.json_response({"jsonrpc": "2.0", "id": 1, "result": value})

    async def serve(self, request: web.Request) -> web.Response:
        """Handle one call."""
        self.tokens.append(request.headers["Authorization"].removeprefix("Bearer "))
        self.bodies.append(json.loads(await request.read()))
        return self.answer()


@pytest.fixture
async def geth() -> AsyncIterator[FakeGeth]:
    """A server on loopback."""
    found, application = FakeGeth(), web.Application()
    application.router.add_post("/", found.serve)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield found
    await runner.cleanup()


@pytest.fixture
async def engine(geth: FakeGeth) -> AsyncIterator[Engine]:
    """A client of that server."""
    async with Engine(geth.url, secret=SECRET, timeout_s=5.0) as found:
        yield found


def unpacked(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


class TestToken:
    async def test_every_call__carries_its_own(
        self, engine: Engine, geth: FakeGeth, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clock = [1_000.9]
        monkeypatch.setattr(time, "time", lambda: clock[0])
        await engine.call("first")
        clock[0] = 2_000.1
        await engine.call("second")
        issued = []
        for token in geth.tokens:
            head, claims, signature = token.split(".")
            assert json.loads(unpacked(head))["alg"] == "HS256"
            wanted = hmac.new(SECRET, f"{head}.{claims}".encode(), hashlib.sha256).digest()
            assert unpacked(signature) == wanted
            issued.append(json.loads(unpacked(claims))["iat"])
        assert issued == [1_000, 2_000]

    async def test_body__is_json_rpc(self, engine: Engine, geth: FakeGeth) -> None:
        await engine.call("first", 1, "two")
        await engine.call("second")
        assert [one["id"] for one in geth.bodies] == [1, 2]
        assert geth.bodies[0]["method"] == "first"
        assert geth.bodies[0]["params"] == [1, "two"]
        assert geth.bodies[0]["jsonrpc"] == "2.0"


class TestSecret:
    def test_hex_with_and_without_0x__is_read(self, tmp_path: Path) -> None:
        path = tmp_path / "jwt.hex"
        for text in (SECRET.hex(), "0x" + SECRET.hex() + "\n"):
            path.write_text(text)
            assert read_secret(path) == SECRET

    @pytest.mark.parametrize("text", ["", "00" * 31, "00" * 33, "no hex"])
    def test_anything_else__is_refused(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "jwt.hex"
        path.write_text(text)
        with pytest.raises(ValueError, match=r"hex"):
            read_secret(path)


class TestErrors:
    @pytest.mark.parametrize(
        "answer",
        [
            lambda: web.Response(text="token is expired", status=401),
            lambda: web.Response(body=b""),
            lambda: web.json_response([]),
            lambda: web.json_response("text"),
            lambda: web.json_response({"error": {"code": -32602, "message": "bad"}}),
            lambda: web.json_response({}),
        ],
    )
    async def test_odd_answer__is_an_engine_error(
        self, engine: Engine, geth: FakeGeth, answer: Callable[[], web.Response]
    ) -> None:
        geth.answer = answer
        with pytest.raises(EngineError) as caught:
            await engine.call("engine_x")
        assert caught.value.call == "engine_x"

    async def test_nobody_there__is_an_engine_error(self, unused_tcp_port: int) -> None:
        async with Engine(f"http://127.0.0.1:{unused_tcp_port}", secret=SECRET) as engine:
            with pytest.raises(EngineError, match="no answer"):
                await engine.call("engine_x")

    async def test_no_answer_in_time__is_an_engine_error(self, geth: FakeGeth) -> None:
        waiting = asyncio.Event()

        async def never(request: web.Request) -> web.Response:
            await waiting.wait()
            return web.Response()

        geth.serve = never  # type: ignore[method-assign]
        application = web.Application()
        application.router.add_post("/", never)
        runner = web.AppRunner(application)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        async with Engine(url, secret=SECRET, timeout_s=0.05) as engine:
            with pytest.raises(EngineError, match="no answer: TimeoutError"):
                await engine.call("engine_x")
        waiting.set()
        await runner.cleanup()

    async def test_not_open__is_a_mistake_of_ours(self) -> None:
        engine = Engine("http://127.0.0.1:1", secret=SECRET)
        with pytest.raises(RuntimeError, match="not open"):
            await engine.call("engine_x")
        await engine.__aexit__(None, None, None)


class TestCalls:
    async def test_block__by_number_and_by_hash(self, engine: Engine, geth: FakeGeth) -> None:
        geth.will({"number": "0x6", "hash": ROOT, "timestamp": "0x3e8"})
        assert await engine.block("latest") == Head(6, PARENT, 1_000)
        await engine.block(ROOT)
        assert [one["method"] for one in geth.bodies] == [
            "eth_getBlockByNumber",
            "eth_getBlockByHash",
        ]
        assert geth.bodies[0]["params"] == ["latest", False]

    @pytest.mark.parametrize(
        "answer", [None, {}, {"number": None, "hash": ROOT, "timestamp": "0x1"}, {"number": "x"}]
    )
    async def test_no_block__is_an_engine_error(
        self, engine: Engine, geth: FakeGeth, answer: Any
    ) -> None:
        geth.will(answer)
        with pytest.raises(EngineError):
            await engine.block("latest")

    async def test_head__is_safe_and_final_too(self, engine: Engine, geth: FakeGeth) -> None:
        geth.will({"payloadStatus": {"status": "VALID"}, "payloadId": None})
        assert await engine.set_head(PARENT) is Verdict.VALID
        state = dict.fromkeys(("headBlockHash", "safeBlockHash", "finalizedBlockHash"), ROOT)
        assert geth.bodies[0]["method"] == "engine_forkchoiceUpdatedV3"
        assert geth.bodies[0]["params"] == [state, None]

    @pytest.mark.parametrize("answer", [None, {}, {"payloadStatus": {"status": "ODD"}}])
    async def test_odd_head__is_an_engine_error(
        self, engine: Engine, geth: FakeGeth, answer: Any
    ) -> None:
        geth.will(answer)
        with pytest.raises(EngineError):
            await engine.set_head(PARENT)

    async def test_payload__is_begun_with_fixed_attributes(
        self, engine: Engine, geth: FakeGeth
    ) -> None:
        geth.will({"payloadStatus": {"status": "VALID"}, "payloadId": "0x0a"})
        assert await engine.start_payload(Head(6, PARENT, 1_000), timestamp=1_001) == "0x0a"
        state, attributes = geth.bodies[0]["params"]
        assert state["headBlockHash"] == ROOT
        assert attributes == {
            "timestamp": "0x3e9",
            "prevRandao": ROOT,
            "suggestedFeeRecipient": "0x" + "00" * 20,
            "withdrawals": [],
            "parentBeaconBlockRoot": ROOT,
        }

    async def test_nothing_begun__is_an_engine_error(self, engine: Engine, geth: FakeGeth) -> None:
        geth.will({"payloadStatus": {"status": "SYNCING"}, "payloadId": None})
        with pytest.raises(EngineError, match=r"nothing is built.*SYNCING"):
            await engine.start_payload(Head(6, PARENT, 1_000), timestamp=1_001)

    async def test_built__is_parsed_with_its_requests(self, engine: Engine, geth: FakeGeth) -> None:
        geth.will({"executionPayload": to_engine(payload()), "executionRequests": ["0x0001"]})
        assert await engine.payload("0x0a") == payload()
        assert geth.bodies[0]["method"] == "engine_getPayloadV5"
        assert geth.bodies[0]["params"] == ["0x0a"]

    async def test_odd_payload__is_an_engine_error(self, engine: Engine, geth: FakeGeth) -> None:
        geth.will({"executionPayload": {}})
        with pytest.raises(EngineError, match="engine_answer"):
            await engine.payload("0x0a")

    async def test_judged__with_parent_root_and_requests(
        self, engine: Engine, geth: FakeGeth
    ) -> None:
        geth.will({"status": "INVALID", "validationError": "bad state root"})
        assert await engine.judge(payload()) == Judgement(Verdict.INVALID, "bad state root")
        assert geth.bodies[0]["method"] == "engine_newPayloadV4"
        assert geth.bodies[0]["params"] == [to_engine(payload()), [], ROOT, ["0x0001"]]
        geth.will({"status": "VALID", "validationError": None})
        assert await engine.judge(payload()) == Judgement(Verdict.VALID)

    async def test_parent__of_a_block(self, engine: Engine, geth: FakeGeth) -> None:
        geth.will({"parentHash": ROOT})
        assert await engine.parent_hash(b"\x01" * 32) == PARENT
        geth.will(None)
        with pytest.raises(EngineError, match="no block"):
            await engine.parent_hash(b"\x01" * 32)

    async def test_read__at_a_block(self, engine: Engine, geth: FakeGeth) -> None:
        geth.will("0x0102")
        assert await engine.read("0xaa", b"\x05", at=PARENT) == b"\x01\x02"
        assert geth.bodies[0]["method"] == "eth_call"
        assert geth.bodies[0]["params"] == [{"to": "0xaa", "data": "0x05"}, {"blockHash": ROOT}]

    @pytest.mark.parametrize("answer", [None, 7, "0xzz"])
    async def test_odd_read__is_an_engine_error(
        self, engine: Engine, geth: FakeGeth, answer: Any
    ) -> None:
        geth.will(answer)
        with pytest.raises(EngineError, match="eth_call"):
            await engine.read("0xaa", b"", at=PARENT)

    def test_pending__is_what_may_change(self) -> None:
        assert {one for one in Verdict if one.is_pending} == {Verdict.SYNCING, Verdict.ACCEPTED}
