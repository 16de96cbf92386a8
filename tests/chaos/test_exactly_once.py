"""Exactly once with two relayers and a crash at each step of the outbox (M02, P51, first version).

A crash is an exception that no code catches: what was in memory is gone, what was stored stays.
"""

import pytest

from node.outbox import queue, transactions
from node.relayer.loop import Relayer
from tests.fixtures.chain.pipeline import Pipeline, many_members

MEMBERS = 30


class Killed(BaseException):
    """The process is gone."""


async def die(*_args, **_kwargs):
    raise Killed


def die_at_lease(relayer: Relayer) -> None:
    """LEASED rows, nothing signed."""
    relayer.submitter.submit = die


def die_before_send(relayer: Relayer) -> None:
    """SIGNED rows: raw bytes stored, never sent."""
    relayer.submitter.send = die


def die_after_send(relayer: Relayer) -> None:
    """Rows still SIGNED, but a node has the bytes."""
    relayer.submitter._note_sent = die


def die_once_sent(relayer: Relayer) -> None:
    """SENT rows whose relayer never comes back."""
    send = relayer.submitter.send

    async def send_and_die(stored):
        await send(stored)
        raise Killed

    relayer.submitter.send = send_and_die


CRASHES = {
    "LEASED": die_at_lease,
    "SIGNED": die_before_send,
    "SIGNED_AND_SENT": die_after_send,
    "SENT": die_once_sent,
}


async def revive(pipeline: Pipeline, *relayers: Relayer, digests: list[str]) -> list[str]:
    """Let time pass and let every relayer work until everything is terminal."""
    for relayer in relayers:
        await relayer.submitter.start()
    for _ in range(20):
        pipeline.clock.pass_s(31)
        for relayer in relayers:
            await relayer.step()
            head = await pipeline.head() if await pipeline.indexer.catch_up() >= 0 else None
            await relayer.follower.step(final_number=head.final.number if head else -1)
        await pipeline.indexer.catch_up()
        states = await pipeline.states(digests)
        if set(states) <= {"FINAL", "REFUSED", "REJECTED"}:
            return states
    return await pipeline.states(digests)


class TestCrash:
    @pytest.mark.parametrize("crash", CRASHES.values(), ids=CRASHES)
    async def test_crash_at_a_state__loses_and_repeats_nothing(self, pipeline: Pipeline, crash):
        digests = await pipeline.put(*await pipeline.open_members(*many_members(MEMBERS)))
        doomed = pipeline.relayer(1)
        await doomed.submitter.start()
        crash(doomed)
        with pytest.raises(Killed):
            await doomed.step()

        states = await revive(pipeline, pipeline.relayer(1), pipeline.relayer(2), digests=digests)

        assert states == ["FINAL"] * MEMBERS
        counts = await pipeline.executions()
        assert [counts[digest] for digest in digests] == [1] * MEMBERS

    async def test_indexer_crash_before_its_commit__is_as_if_it_never_ran(
        self, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
    ):
        digests = await pipeline.put(*await pipeline.open_members(*many_members(3)))
        relayer = pipeline.relayer(1)
        await relayer.submitter.start()
        await relayer.step()
        with monkeypatch.context() as broken:
            broken.setattr("node.readmodels.network.store_position", kill)
            with pytest.raises(Killed):
                await pipeline.indexer.catch_up()
        assert set(await pipeline.states(digests)) == {"SENT"}
        assert await pipeline.settle(digests) == ["FINAL"] * 3


def kill(*_args) -> None:
    raise Killed


class TestTwoGateways:
    async def test_same_intent_in_two_transactions__has_one_effect_and_one_state(
        self, pipeline: Pipeline
    ):
        """M02: another gateway brought the same intents; ours skips with NonceUsed and agrees."""
        items = await pipeline.open_members(*many_members(3))
        digests = await pipeline.put(*items)
        ours, other = pipeline.relayer(1, simulate=False), pipeline.relayer(2, simulate=False)
        await ours.submitter.start()
        await other.submitter.start()
        leased = await ours._lease()
        copies = [queue.LeasedItem(row.id, row.item, row.attempts) for row in leased]
        await ours.submitter.submit(leased)
        await put_back(pipeline)
        again = await other._lease()
        assert [row.item.digest for row in again] == [row.item.digest for row in copies]
        await other.submitter.submit(again)
        assert await pipeline.settle(digests) == ["FINAL"] * 3
        counts = await pipeline.executions()
        assert [counts[digest] for digest in digests] == [1] * 3

    async def test_other_content_under_a_used_nonce__is_refused_as_nonce_used(
        self, pipeline: Pipeline
    ):
        """M02: the contract executes at most one digest per nonce."""
        first, second = many_members(2)
        intents = [await pipeline.intent_of_opening(one, nonce=7_777) for one in (first, second)]
        items = [pipeline.item(one, pipeline.operator) for one in intents]
        await pipeline.database.write(
            lambda unit: queue.enqueue_many(unit, items, now_ms=pipeline.clock.at_ms)
        )
        relayer = pipeline.relayer(1)
        await relayer.submitter.start()
        await relayer.step()
        digests = [item.digest for item in items]
        assert await pipeline.settle(digests) == ["FINAL", "REFUSED"]
        assert (await pipeline.entry(digests[1])).reason_code == "NonceUsed"


async def put_back(pipeline: Pipeline) -> None:
    """Make every row look as in the database of a gateway that has not sent it."""

    def work(unit) -> None:
        for one in transactions_of(unit):
            queue.requeue(unit, transaction_id=one, reason_code="Copied", now_ms=0)

    await pipeline.database.write(work)


def transactions_of(unit) -> list[int]:
    found = transactions.take_overdue(unit, now_ms=2**50, next_try_ms=2**51, limit=50)
    return [one.id for one in found]
