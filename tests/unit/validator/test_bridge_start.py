"""network.md "Rules of the bridge": Info, InitChain, Query, and what has nothing to decide."""

import asyncio
from typing import Any

import orjson
import pytest

from node.validator.bridge.engine import EngineError, Verdict
from node.validator.bridge.quiet import BridgeFailure
from node.validator.bridge.validity import Head
from node.validator.pb import abci_pb2 as pb
from tests.factories.engine import BROKEN, GENESIS, HEAD, ScriptedEngine
from tests.factories.validator import PARENT
from tests.fixtures.validator.bridge import FACTS, KEYS, Stage


class TestInfo:
    async def test_head_of_geth__is_the_state_of_the_application(self, stage: Stage) -> None:
        answer = await stage.info()
        assert (answer.last_block_height, answer.last_block_app_hash) == (6, PARENT)
        assert (answer.app_version, answer.data) == (1, "yibao")
        assert stage.count("height") == 6

    async def test_genesis__has_no_app_hash_yet(self) -> None:
        answer = await Stage(ScriptedEngine(GENESIS), [0.0]).info()
        assert (answer.last_block_height, answer.last_block_app_hash) == (0, b"")

    async def test_asked_again__tells_geth_its_head_once(self) -> None:
        """M: geth takes gossip only after a forkchoiceUpdated."""
        stage = Stage(ScriptedEngine(), [0.0])
        await stage.info()
        await stage.info()
        assert stage.engine.calls("set_head") == [(PARENT,)]

    async def test_errors__are_retried(self, stage: Stage) -> None:
        stage.engine.will("block", BROKEN, BROKEN)
        assert (await stage.info()).last_block_height == 6
        assert stage.count("engine_errors_total", call="scripted") == 2

    async def test_errors_for_too_long__end_the_process(self, stage: Stage) -> None:
        stage.engine.will("block", *[BROKEN] * 10_000)
        with pytest.raises(BridgeFailure, match="info: scripted: broken"):
            await stage.info()

    async def test_head_that_geth_does_not_hold__ends_the_process(self, stage: Stage) -> None:
        other = Stage(ScriptedEngine(), [0.0])
        other.engine.will("set_head", *[Verdict.SYNCING] * 10_000)
        with pytest.raises(BridgeFailure, match="SYNCING"):
            await other.info()

    async def test_commit_while_geth_answers__keeps_the_newer_head(self, stage: Stage) -> None:
        """Anybody may ask at any time: an old answer must not set the head back."""
        newer = Head(7, b"\x44" * 32, 1_001)

        async def slow(name: str) -> Head:
            stage.bridge._seen.head = newer
            return HEAD

        stage.engine.block = slow  # type: ignore[method-assign]
        await stage.info()
        assert stage.bridge._seen.head == newer

    async def test_head_moved_outside__is_followed_forward(self, stage: Stage) -> None:
        stage.engine.head = Head(9, b"\x19" * 32, 1_009)
        await stage.info()
        assert stage.bridge._seen.head == stage.engine.head

    async def test_whatever_nobody_expects__ends_the_process(self, stage: Stage) -> None:
        """CometBFT stops for good on an error it is answered."""
        stage.engine.will("block", ZeroDivisionError("odd"))
        with pytest.raises(BridgeFailure, match=r"Info: ZeroDivisionError\('odd'\)"):
            await stage.info()


def first(**values: Any) -> pb.RequestInitChain:
    """Return the question about a genesis, by default the right one."""
    keys = values.pop("keys", KEYS[:4])
    chosen: dict[str, Any] = {
        "chain_id": FACTS.chain_id,
        "app_state_bytes": FACTS.app_state,
        "initial_height": 1,
    }
    return pb.RequestInitChain(
        **(chosen | values),
        validators=[pb.ValidatorUpdate(pub_key=pb.PublicKey(ed25519=key)) for key in keys],
    )


class TestInitChain:
    async def test_same_genesis__answers_its_hash(self, stage: Stage) -> None:
        answer = await stage.bridge.InitChain(first(), None)
        assert answer.app_hash == GENESIS.hash
        assert not answer.validators

    async def test_app_state_in_another_form__is_the_same(self, stage: Stage) -> None:
        text = orjson.dumps(orjson.loads(FACTS.app_state), option=orjson.OPT_INDENT_2)
        answer = await stage.bridge.InitChain(first(app_state_bytes=text), None)
        assert answer.app_hash == GENESIS.hash

    @pytest.mark.parametrize(
        ("values", "told"),
        [
            ({"chain_id": "yibao-other"}, "chain is yibao-other"),
            ({"app_state_bytes": b"{}"}, "another app_state"),
            ({"app_state_bytes": b"no json"}, "JSONDecodeError"),
            ({"initial_height": 2}, "first height"),
            ({"keys": KEYS[:3]}, "other validators"),
            ({"keys": KEYS[1:5]}, "other validators"),
        ],
    )
    async def test_other_genesis__ends_the_process(
        self, stage: Stage, values: dict[str, Any], told: str
    ) -> None:
        with pytest.raises(BridgeFailure, match=told):
            await stage.bridge.InitChain(first(**values), None)

    async def test_other_block_0_in_geth__ends_the_process(self, stage: Stage) -> None:
        stage.engine.will("block", HEAD)
        with pytest.raises(BridgeFailure, match=f"block 0 is {PARENT.hex()}"):
            await stage.bridge.InitChain(first(), None)


class TestQuery:
    async def _asked(self, stage: Stage, path: str) -> Any:
        answer = await stage.bridge.Query(pb.RequestQuery(path=path), None)
        assert answer.code == 0
        return orjson.loads(answer.value)

    async def test_version_and_head__are_told(self, stage: Stage) -> None:
        assert await self._asked(stage, "version") == {"version": "1", "app": 1}
        assert await self._asked(stage, "head") == {"height": 6, "hash": PARENT.hex()}

    async def test_validators__are_the_registrys_at_the_head(self, stage: Stage) -> None:
        words = [32, 2, 0xA1, 0xB2]
        stage.engine.will("read", b"".join(one.to_bytes(32, "big") for one in words))
        found = await self._asked(stage, "validators")
        assert found["validators"] == ["0x" + "a1".rjust(40, "0"), "0x" + "b2".rjust(40, "0")]
        assert found["height"] == 6
        ((_, data, at),) = stage.engine.calls("read")
        assert (data.hex(), at) == ("b7ab4db5", PARENT)

    @pytest.mark.parametrize("answer", [b"", bytes(32), bytes(64) + bytes(32), BROKEN])
    async def test_answer_out_of_form__is_an_error_of_the_question(
        self, stage: Stage, answer: bytes | EngineError
    ) -> None:
        stage.engine.will("read", answer)
        found = await stage.bridge.Query(pb.RequestQuery(path="validators"), None)
        assert found.code == 1
        assert found.log

    async def test_other_path__names_the_three(self, stage: Stage) -> None:
        answer = await stage.bridge.Query(pb.RequestQuery(path="store"), None)
        assert (answer.code, answer.log) == (1, "ask for one of head, validators, version")

    async def test_head_before_info__is_not_known(self) -> None:
        stage = Stage(ScriptedEngine(), [0.0])
        answer = await stage.bridge.Query(pb.RequestQuery(path="head"), None)
        assert (answer.code, answer.log) == (1, "head: not known yet")


class TestQuiet:
    async def test_handlers_without_a_decision__answer(self, stage: Stage) -> None:
        bridge = stage.bridge
        assert (await bridge.Echo(pb.RequestEcho(message="well?"), None)).message == "well?"
        await bridge.Flush(pb.RequestFlush(), None)
        checked = await bridge.CheckTx(pb.RequestCheckTx(tx=b"\x02"), None)
        assert checked.code == 1
        assert "JSON-RPC" in checked.log
        assert (await bridge.ExtendVote(pb.RequestExtendVote(), None)).vote_extension == b""
        extension = await bridge.VerifyVoteExtension(pb.RequestVerifyVoteExtension(), None)
        assert extension.status == pb.ResponseVerifyVoteExtension.ACCEPT
        listed = await bridge.ListSnapshots(pb.RequestListSnapshots(), None)
        assert listed == pb.ResponseListSnapshots()
        offered = await bridge.OfferSnapshot(pb.RequestOfferSnapshot(), None)
        assert offered.result == pb.ResponseOfferSnapshot.ABORT
        chunk = await bridge.LoadSnapshotChunk(pb.RequestLoadSnapshotChunk(), None)
        assert chunk == pb.ResponseLoadSnapshotChunk()
        applied = await bridge.ApplySnapshotChunk(pb.RequestApplySnapshotChunk(), None)
        assert applied.result == pb.ResponseApplySnapshotChunk.ABORT

    async def test_a_cancelled_question__is_no_failure(self, stage: Stage) -> None:
        never = asyncio.Event()
        stage.engine.block = lambda name: never.wait()  # type: ignore[assignment,return-value]
        asked = asyncio.create_task(stage.info())
        await asyncio.sleep(0)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
