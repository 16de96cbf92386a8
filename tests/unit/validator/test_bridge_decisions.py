"""network.md "Rules of the bridge": FinalizeBlock and Commit; a fault of our own is the end."""

import pytest

from node.validator.bridge.engine import Judgement, Verdict
from node.validator.bridge.payload import encode
from node.validator.bridge.quiet import BridgeFailure
from node.validator.bridge.updates import Change
from node.validator.bridge.validity import Head
from node.validator.pb import abci_pb2 as pb
from tests.factories.engine import BROKEN, HEAD, ScriptedEngine
from tests.factories.validator import PARENT, payload
from tests.fixtures.validator.bridge import ADDRESSES, FACTS, KEYS, Stage

HASH = b"\x44" * 32
AFTER = Head(7, HASH, 1_001)


class TestFinalizeBlock:
    async def test_decided_block__is_imported_and_the_head_stays(self, stage: Stage) -> None:
        """M: with forkchoiceUpdated here, a CometBFT killed now never came back."""
        answer = await stage.finalize()
        assert answer.app_hash == HASH
        assert stage.engine.calls("judge") == [(payload(),)]
        assert stage.engine.calls("set_head") == []
        assert stage.engine.calls("start_payload") == []
        assert stage.bridge._seen.head == HEAD

    async def test_result__has_nothing_but_its_code(self, stage: Stage) -> None:
        (result,) = (await stage.finalize()).tx_results
        assert result == pb.ExecTxResult(code=0)
        assert result.SerializeToString() == b""

    async def test_metrics__tell_round_and_bytes(self, stage: Stage) -> None:
        request = stage.decided()
        request.decided_last_commit.round = 2
        await stage.bridge.FinalizeBlock(request, None)
        assert stage.count("round") == 2
        assert stage.count("payload_bytes_sum") == len(encode(payload()))

    async def test_misbehaviour__is_counted(self, stage: Stage) -> None:
        seen = pb.Misbehavior(type=pb.DUPLICATE_VOTE, height=5)
        await stage.finalize(misbehavior=[seen, seen])
        assert stage.count("misbehaviour_total") == 2

    async def test_old_proposers__are_forgotten(self, stage: Stage) -> None:
        stage.bridge._seen.proposers = dict.fromkeys(range(-93, 7), b"")
        await stage.finalize()
        assert min(stage.bridge._seen.proposers) == -92
        assert stage.bridge._seen.proposers[7] == ADDRESSES[1]

    @pytest.mark.parametrize("transactions", [[b"garbage"], [b""], [encode(payload())] * 2])
    async def test_decided_but_no_payload__ends_the_process(
        self, stage: Stage, transactions: list[bytes]
    ) -> None:
        with pytest.raises(BridgeFailure, match="block 7 was decided but is no payload"):
            await stage.finalize(*transactions)

    @pytest.mark.parametrize("one", [payload(parent_hash=b"\x12" * 32), payload(block_number=8)])
    async def test_decided_off_our_head__ends_the_process(self, stage: Stage, one: object) -> None:
        with pytest.raises(BridgeFailure, match="not on Head"):
            await stage.finalize(encode(one))  # type: ignore[arg-type]
        assert stage.engine.asked == []

    async def test_before_info__ends_the_process(self) -> None:
        with pytest.raises(BridgeFailure, match="not on None"):
            await Stage(ScriptedEngine(), [0.0]).finalize()

    @pytest.mark.usefixtures("patient")
    async def test_pending_and_failing__is_asked_again(self, stage: Stage) -> None:
        stage.engine.will("judge", BROKEN, Judgement(Verdict.SYNCING), BROKEN)
        assert (await stage.finalize()).app_hash == HASH
        assert stage.count("engine_errors_total", call="scripted") == 2

    @pytest.mark.parametrize("verdict", [one for one in Verdict if one is not Verdict.VALID])
    async def test_geth_does_not_call_it_valid__ends_the_process(
        self, stage: Stage, verdict: Verdict
    ) -> None:
        stage.engine.will("judge", *[Judgement(verdict, "why")] * 10_000)
        with pytest.raises(BridgeFailure, match=rf"geth calls decided block 7 .*{verdict}.*why"):
            await stage.finalize()

    async def test_geth_does_not_answer__ends_the_process(self, stage: Stage) -> None:
        stage.engine.will("judge", *[BROKEN] * 10_000)
        with pytest.raises(BridgeFailure, match="finalize_block: scripted: broken"):
            await stage.finalize()

    async def test_what_nobody_expects__ends_the_process(self, stage: Stage) -> None:
        stage.engine.will("judge", KeyError("odd"))
        with pytest.raises(BridgeFailure, match="FinalizeBlock: KeyError"):
            await stage.finalize()

    async def test_same_block_again__gets_the_same_answer(self, stage: Stage) -> None:
        """CometBFT asks again when it died before it stored the answer."""
        stage.engine.changes[6] = Change(added=KEYS[4])
        assert await stage.finalize() == await stage.finalize()


class TestUpdates:
    async def test_change_of_the_parent__is_read_there_and_told(self, stage: Stage) -> None:
        stage.engine.changes[6] = Change(removed=KEYS[0], added=KEYS[4])
        answer = await stage.finalize()
        assert [(one.pub_key.ed25519, one.power) for one in answer.validator_updates] == [
            (KEYS[0], 0),
            (KEYS[4], 10),
        ]
        reads = stage.engine.calls("read")
        assert {at for _, _, at in reads} == {PARENT}
        assert {address for address, _, _ in reads} == {FACTS.registry}

    async def test_change_of_this_block__is_not_told_yet(self, stage: Stage) -> None:
        stage.engine.changes[7] = Change(added=KEYS[4])
        assert not (await stage.finalize()).validator_updates

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            (Change(removed=KEYS[5]), "absent"),
            (Change(added=KEYS[0]), "present"),
            (Change(removed=KEYS[0], added=KEYS[0]), "duplicate"),
            (Change(removed=KEYS[0]), "too_few"),
        ],
    )
    async def test_bad_change__is_dropped_and_counted(
        self, stage: Stage, change: Change, reason: str
    ) -> None:
        stage.engine.changes[6] = change
        assert not (await stage.finalize()).validator_updates
        assert stage.count("dropped_updates_total", reason=reason) == 1

    @pytest.mark.usefixtures("patient")
    async def test_cannot_be_read__is_asked_again(self, stage: Stage) -> None:
        """M: a read at a block just imported failed four times after a kill."""
        stage.engine.changes[6] = Change(added=KEYS[4])
        stage.engine.will("read", BROKEN, b"short")
        assert len((await stage.finalize()).validator_updates) == 1

    async def test_cannot_be_read_for_long__never_means_no_change(self, stage: Stage) -> None:
        stage.engine.will("read", *[BROKEN] * 10_000)
        with pytest.raises(BridgeFailure, match="finalize_block: scripted: broken"):
            await stage.finalize()


class TestCommit:
    async def test_decided_block__becomes_the_head(self, stage: Stage) -> None:
        await stage.finalize()
        answer = await stage.commit()
        assert answer.retain_height == 0
        assert stage.engine.calls("set_head") == [(HASH,)]
        assert stage.bridge._seen.head == AFTER
        assert stage.count("height") == 7

    async def test_next_block__is_judged_on_the_new_head(self, stage: Stage) -> None:
        await stage.decide()
        following = payload(
            parent_hash=HASH, prev_randao=HASH, block_number=8, timestamp=1_002,
            block_hash=b"\x45" * 32,
        )  # fmt: skip
        assert await stage.process(encode(following), height=8)
        assert not await stage.process(encode(payload()))

    async def test_without_a_decided_block__ends_the_process(self, stage: Stage) -> None:
        with pytest.raises(BridgeFailure, match="without a decided block"):
            await stage.commit()
        assert stage.engine.asked == []

    async def test_twice__ends_the_process(self, stage: Stage) -> None:
        await stage.decide()
        with pytest.raises(BridgeFailure, match="without a decided block"):
            await stage.commit()

    async def test_rejected_block__is_never_made_head(self, stage: Stage) -> None:
        """An unknown hash would make geth fetch it from its peers."""
        stage.engine.will("judge", Judgement(Verdict.INVALID))
        with pytest.raises(BridgeFailure):
            await stage.finalize()
        with pytest.raises(BridgeFailure, match="without a decided block"):
            await stage.commit()

    async def test_errors__are_retried(self, stage: Stage) -> None:
        await stage.finalize()
        stage.engine.will("set_head", BROKEN, Verdict.SYNCING)
        await stage.commit()
        assert len(stage.engine.calls("set_head")) == 3
        assert stage.count("engine_errors_total", call="engine_forkchoiceUpdatedV3") == 1

    async def test_errors_for_too_long__end_the_process(self, stage: Stage) -> None:
        await stage.finalize()
        stage.engine.will("set_head", *[Verdict.SYNCING] * 10_000)
        with pytest.raises(BridgeFailure, match=r"commit: .*SYNCING"):
            await stage.commit()
        assert stage.bridge._seen.head == HEAD

    async def test_stages__are_timed(self, stage: Stage) -> None:
        await stage.prepare()
        await stage.process(encode(payload()))
        await stage.decide()
        for name in ("propose", "process", "finalize", "commit"):
            assert stage.count("stage_seconds_count", stage=name) == 1
