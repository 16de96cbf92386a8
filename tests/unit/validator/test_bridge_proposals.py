"""network.md "Rules of the bridge": proposing and judging; nothing hostile ever raises."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from node.validator.bridge import payload as codec
from node.validator.bridge.engine import Judgement, Verdict
from node.validator.bridge.payload import Payload, decode, encode
from node.validator.bridge.validity import Head, Window
from tests.factories.engine import BROKEN, HEAD, ScriptedEngine
from tests.factories.validator import payload
from tests.fixtures.validator.bridge import ADDRESSES, NOW, US, Stage

HONEST = encode(payload())


def bulky(size: int) -> Payload:
    """A payload that no form makes smaller."""
    noise = b"".join(codec.zlib.compress(bytes([one % 256]) * one, 9) for one in range(1, size))
    return payload(transactions=(noise,))


class TestPrepareProposal:
    async def test_nothing_begun__builds_now_with_our_second(self, stage: Stage) -> None:
        (transaction,) = await stage.prepare()
        assert decode(transaction) == payload(timestamp=NOW)
        assert stage.engine.calls("start_payload") == [(HEAD, NOW)]
        assert stage.count("proposed_total") == 1
        assert stage.count("build_seconds_count") == 1

    async def test_begun_payload__is_taken(self, stage: Stage) -> None:
        await stage.bridge.builder.start(HEAD)
        await stage.prepare()
        assert stage.engine.calls("start_payload") == [(HEAD, NOW)]
        assert stage.engine.calls("payload") == [("id0",)]

    async def test_begun_payload__is_taken_once(self, stage: Stage) -> None:
        await stage.bridge.builder.start(HEAD)
        await stage.prepare()
        stage.clock[0] += 1
        await stage.prepare()
        assert stage.engine.calls("payload") == [("id0",), ("id1",)]

    @pytest.mark.parametrize("begun", [Head(6, b"\x12" * 32, 1_000), Head(5, HEAD.hash, 1_000)])
    async def test_begun_on_another_head__is_fetched_and_built_anew(
        self, stage: Stage, begun: Head
    ) -> None:
        """A payload nobody fetches goes on for twelve seconds."""
        await stage.bridge.builder.start(begun)
        (transaction,) = await stage.prepare()
        assert stage.engine.calls("payload") == [("id0",), ("id1",)]
        assert decode(transaction).timestamp == NOW

    async def test_begun_with_a_second_outside_the_window__is_built_anew(
        self, stage: Stage
    ) -> None:
        stage.clock[0] = 1_013
        await stage.bridge.builder.start(HEAD)
        (transaction,) = await stage.prepare()
        assert decode(transaction).timestamp == 1_012
        assert stage.engine.calls("payload") == [("id0",), ("id1",)]

    @pytest.mark.parametrize(("clock", "second"), [(0, 1_001), (10**10, 1_012)])
    async def test_wrong_clock__is_clamped_into_the_window(
        self, stage: Stage, clock: float, second: int, waited: list[float]
    ) -> None:
        stage.clock[0] = clock
        (transaction,) = await stage.prepare()
        assert decode(transaction).timestamp == second

    async def test_off_the_head__proposes_nothing(self, stage: Stage) -> None:
        assert await stage.prepare(height=8) == []
        assert await stage.prepare(height=6) == []
        assert stage.engine.asked == []

    async def test_before_info__proposes_nothing(self) -> None:
        assert await Stage(ScriptedEngine(), [0.0]).prepare() == []

    @pytest.mark.parametrize("method", ["start_payload", "payload"])
    @pytest.mark.parametrize("fault", [BROKEN, ValueError("odd"), OSError("gone")])
    async def test_any_fault__proposes_nothing_and_never_raises(
        self, stage: Stage, method: str, fault: Exception
    ) -> None:
        stage.engine.will(method, fault)
        assert await stage.prepare() == []
        assert stage.count("proposed_total") == 0
        assert stage.count("engine_errors_total", call="scripted") == (fault is BROKEN)
        assert len(await stage.prepare()) == 1

    async def test_discarding_fails__still_proposes(self, stage: Stage) -> None:
        await stage.bridge.builder.start(Head(5, HEAD.hash, 1))
        stage.engine.will("payload", BROKEN)
        assert len(await stage.prepare()) == 1


class TestSize:
    async def test_exactly_the_most_bytes__is_proposed(self, stage: Stage) -> None:
        size = len(encode(payload(timestamp=NOW)))
        assert len(await stage.prepare(max_tx_bytes=size)) == 1
        assert stage.count("oversized_total") == 0

    async def test_too_large__a_block_without_transactions_takes_its_place(
        self, stage: Stage
    ) -> None:
        stage.engine.will("payload", bulky(300).changed(timestamp=NOW))
        (transaction,) = await stage.prepare(max_tx_bytes=1_000)
        assert decode(transaction) == payload(timestamp=NOW + 1)
        assert stage.count("oversized_total") == 1
        assert stage.count("proposed_total") == 1

    async def test_too_large_at_the_end_of_the_window__takes_a_second_before(
        self, stage: Stage
    ) -> None:
        stage.engine.will("payload", bulky(300).changed(timestamp=1_012))
        (transaction,) = await stage.prepare(max_tx_bytes=1_000)
        assert decode(transaction).timestamp == 1_011

    async def test_every_payload_too_large__proposes_nothing(self, stage: Stage) -> None:
        stage.engine.built = lambda second: bulky(300).changed(timestamp=second)
        assert await stage.prepare(max_tx_bytes=1_000) == []
        assert stage.count("proposed_total") == 0

    async def test_window_of_one_second__leaves_no_smaller_payload(self, stage: Stage) -> None:
        window = Window(1_001, 1_001)
        with pytest.raises(type(BROKEN), match="no second left"):
            await stage.bridge.builder.take_smallest(
                HEAD, window, instead_of=payload(timestamp=1_001)
            )


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds a builder slept instead of sleeping."""
    found: list[float] = []

    async def sleep(seconds: float) -> None:
        found.append(seconds)

    monkeypatch.setattr("node.validator.bridge.builder.asyncio.sleep", sleep)
    return found


class TestWait:
    @pytest.mark.parametrize(
        ("clock", "expected"), [(999.25, 0.75), (1_000.0, None), (1_003.0, None), (5.0, 1.0)]
    )
    @pytest.mark.parametrize("begun", [True, False])
    async def test_clock_behind_the_parent__waits_for_it_a_second_at_most(
        self,
        stage: Stage,
        waited: list[float],
        *,
        clock: float,
        expected: float | None,
        begun: bool,
    ) -> None:
        stage.clock[0] = clock
        if begun:
            await stage.bridge.builder.start(HEAD)
        await stage.prepare()
        assert [one for one in waited if one] == ([] if expected is None else [expected])


class TestProcessProposal:
    async def test_honest_proposal__is_accepted(self, stage: Stage) -> None:
        assert await stage.process(HONEST)
        assert stage.engine.calls("judge") == [(payload(),)]
        assert stage.count("import_seconds_count") == 1

    async def test_broken_rule__is_rejected_before_geth_sees_it(self, stage: Stage) -> None:
        assert not await stage.process(encode(payload(fee_recipient=b"\x01" * 20)))
        assert stage.engine.asked == []
        assert stage.count("rejected_total", reason="fee_recipient") == 1

    async def test_other_height_than_the_next__is_rejected(self, stage: Stage) -> None:
        assert not await stage.process(HONEST, height=8)
        assert stage.count("rejected_total", reason="number") == 1

    @pytest.mark.parametrize("verdict", [Verdict.INVALID, Verdict.INVALID_BLOCK_HASH])
    async def test_geth_says_no__is_rejected_at_once(self, stage: Stage, verdict: Verdict) -> None:
        stage.engine.will("judge", Judgement(verdict, "bad state root"))
        assert not await stage.process(HONEST)
        assert stage.count("rejected_total", reason="execution") == 1
        assert len(stage.engine.calls("judge")) == 1

    @pytest.mark.usefixtures("patient")
    @pytest.mark.parametrize("verdict", [Verdict.SYNCING, Verdict.ACCEPTED])
    async def test_geth_is_not_ready__is_asked_again(self, stage: Stage, verdict: Verdict) -> None:
        stage.engine.will("judge", Judgement(verdict), Judgement(verdict))
        assert await stage.process(HONEST)
        assert len(stage.engine.calls("judge")) == 3

    @pytest.mark.parametrize("verdict", [Verdict.SYNCING, Verdict.ACCEPTED])
    async def test_geth_is_not_ready_for_long__is_rejected(
        self, stage: Stage, verdict: Verdict
    ) -> None:
        stage.engine.will("judge", *[Judgement(verdict)] * 10_000)
        assert not await stage.process(HONEST)
        assert stage.count("rejected_total", reason="execution") == 1

    async def test_geth_does_not_answer__is_rejected(self, stage: Stage) -> None:
        stage.engine.will("judge", BROKEN)
        assert not await stage.process(HONEST)
        assert stage.count("rejected_total", reason="engine") == 1
        assert stage.count("engine_errors_total", call="scripted") == 1

    async def test_what_nobody_expects__is_rejected(self, stage: Stage) -> None:
        stage.engine.will("judge", KeyError("odd"))
        assert not await stage.process(HONEST)
        assert stage.count("rejected_total", reason="fault") == 1

    async def test_before_info__is_rejected(self) -> None:
        stage = Stage(ScriptedEngine(), [0.0])
        assert not await stage.process(HONEST)
        assert stage.count("rejected_total", reason="engine") == 1

    @pytest.mark.parametrize(
        ("second", "accepted"),
        [(990, False), (991, True), (1_001, True), (1_011, True), (1_012, False)],
    )
    async def test_edges_of_the_window__are_consensus_time(
        self, stage: Stage, second: int, accepted: bool
    ) -> None:
        """With the parent at 1,000 and the block at 1,001; no clock of ours is read."""
        stage.clock[0] = 10**10
        if second == 990:
            # Before its parent a block has one second only, which is 1,001.
            assert await stage.process(encode(payload(timestamp=1_001)), second=second)
            assert not await stage.process(encode(payload(timestamp=1_002)), second=second)
            return
        assert await stage.process(HONEST, second=second) is accepted

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(transactions=st.lists(st.binary(max_size=300), max_size=3))
    async def test_any_bytes__are_rejected(self, stage: Stage, transactions: list[bytes]) -> None:
        assert not await stage.process(*transactions)

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        place=st.integers(0, len(HONEST) - 1),
        value=st.integers(0, 255),
        cut=st.integers(0, len(HONEST)),
    )
    async def test_any_change_of_an_honest_one__never_raises(
        self, stage: Stage, place: int, value: int, cut: int
    ) -> None:
        await stage.process(HONEST[:place] + bytes([value]) + HONEST[place + 1 :])
        await stage.process(HONEST[:cut])


class TestTurns:
    async def test_next_turn_is_ours__begins_a_payload(self, stage: Stage) -> None:
        for height in range(4):
            stage.bridge._seen.proposers[height + 1] = ADDRESSES[height]
        stage.bridge._seen.proposers[4] = US
        await stage.decide()
        ((head, second),) = stage.engine.calls("start_payload")
        assert (head, second) == (Head(7, b"\x44" * 32, 1_001), NOW)

    async def test_next_turn_is_anothers__begins_nothing(self, stage: Stage) -> None:
        stage.bridge._seen.proposers[4] = ADDRESSES[2]
        await stage.decide()
        assert stage.engine.calls("start_payload") == []

    async def test_nothing_known__begins_one(self, stage: Stage) -> None:
        await stage.decide()
        assert len(stage.engine.calls("start_payload")) == 1

    async def test_begun_and_not_asked_for__is_fetched(self, stage: Stage) -> None:
        await stage.bridge.builder.start(HEAD)
        stage.bridge._seen.proposers[4] = ADDRESSES[2]
        await stage.decide()
        assert stage.engine.calls("payload") == [("id0",)]
        assert stage.bridge.builder._started is None

    async def test_clock_behind__begins_with_the_second_after_the_parent(
        self, stage: Stage
    ) -> None:
        stage.clock[0] = 10.0
        await stage.bridge.builder.start(HEAD)
        assert stage.engine.calls("start_payload") == [(HEAD, 1_001)]

    async def test_cannot_begin__commits_all_the_same(self, stage: Stage) -> None:
        stage.engine.will("start_payload", BROKEN)
        await stage.decide()
        assert stage.count("engine_errors_total", call="scripted") == 1
        assert stage.count("height") == 7
