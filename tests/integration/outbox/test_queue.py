"""The outbox on both databases: once per digest, keys, leases, marks that never flip."""

import pytest

from node.db.unit_of_work import Database
from node.domain.errors import IdempotencyKeyReused, NonceUsed
from node.domain.transactions import TxStatus
from node.outbox import keys, marks, queue
from node.outbox.history import find_entry
from node.outbox.items import OutboxItem
from node.outbox.keys import KeyOwner, StoredAnswer
from node.outbox.marks import Outcome

ANN = "0x1" + "a" * 39
OWNER = KeyOwner(ANN, "POST /v1/premiums/payments", "key-1")


def item(number: int, *, nonce: int | None = None, deadline: int = 2**40) -> OutboxItem:
    return OutboxItem(
        digest=f"0x{number:064x}",
        kind="PAY_PREMIUM",
        actor=ANN,
        intent_nonce=number if nonce is None else nonce,
        deadline=deadline,
        body=b"body",
        signatures=b"",
    )


def outcome(number: int, code: str | None = None) -> Outcome:
    return Outcome(f"0x{number:064x}", 7, "0x" + "ee" * 32, code, {"a": 1} if code else None)


async def state(database: Database, number: int) -> str:
    entry = await database.read(lambda unit: find_entry(unit, f"0x{number:064x}"))
    assert entry is not None
    return entry.state


class TestEnqueue:
    async def test_other_content_under_a_nonce__is_refused_and_stores_nothing(
        self, database: Database
    ):
        """M02: NonceUsed before anything is stored."""
        await database.write(lambda unit: queue.enqueue(unit, item(1, nonce=5), now_ms=1))
        with pytest.raises(NonceUsed):
            await database.write(lambda unit: queue.enqueue(unit, item(2, nonce=5), now_ms=1))
        assert await database.read(lambda unit: find_entry(unit, item(2).digest)) is None

    async def test_nonce_of_a_row_that_was_never_sent_and_rejected__is_free_again(
        self, database: Database
    ):
        await database.write(lambda unit: queue.enqueue(unit, item(1, nonce=5), now_ms=1))
        await database.write(
            lambda unit: queue.reject_unsent(unit, item(1).digest, reason_code="X", now_ms=2)
        )
        found = await database.write(lambda unit: queue.enqueue(unit, item(2, nonce=5), now_ms=3))
        assert found.is_new

    async def test_known_digest__gives_the_existing_row(self, database: Database):
        first = await database.write(lambda unit: queue.enqueue(unit, item(1), now_ms=1))
        again = await database.write(lambda unit: queue.enqueue(unit, item(1), now_ms=2))
        assert (first.is_new, again.is_new) == (True, False)
        many = await database.write(
            lambda unit: queue.enqueue_many(unit, [item(1), item(2)], now_ms=3)
        )
        assert [one.is_new for one in many] == [False, True]

    async def test_intent_nonces__count_up_per_actor_in_the_own_space(self, database: Database):
        taken = [
            await database.write(lambda unit: queue.take_intent_nonce(unit, actor=ANN, space=9))
            for _ in range(3)
        ]
        assert taken == [9 << 64, (9 << 64) + 1, (9 << 64) + 2]


class TestKeys:
    async def test_same_key__gives_the_first_answer_and_refuses_another_body(
        self, database: Database
    ):
        """P50.1, P50.3: replay returns the first status and body."""
        answer = StoredAnswer(202, b"{}", item(1).digest)
        await database.write(
            lambda unit: keys.store_answer(
                unit, OWNER, body_hash="0x" + "01" * 32, answer=answer, now_ms=1
            )
        )
        found = await database.read(
            lambda unit: keys.find_answer(unit, OWNER, body_hash="0x" + "01" * 32)
        )
        assert found == answer
        with pytest.raises(IdempotencyKeyReused):
            await database.read(
                lambda unit: keys.find_answer(unit, OWNER, body_hash="0x" + "02" * 32)
            )

    async def test_keys__are_forgotten_after_thirty_days(self, database: Database):
        answer = StoredAnswer(202, b"{}", None)
        await database.write(
            lambda unit: keys.store_answer(
                unit, OWNER, body_hash="0x" + "01" * 32, answer=answer, now_ms=0
            )
        )
        early, late = keys.KEPT_MS, keys.KEPT_MS + 1
        assert await database.write(lambda unit: keys.drop_expired(unit, now_ms=early)) == 0
        assert await database.write(lambda unit: keys.drop_expired(unit, now_ms=late)) == 1


class TestMarks:
    @pytest.mark.parametrize("first", ["mark_final", "mark_refused", "mark_rejected"])
    @pytest.mark.parametrize("later", ["mark_mined", "mark_final", "mark_refused", "mark_rejected"])
    async def test_terminal_state__never_flips(
        self, sqlite_database: Database, first: str, later: str
    ):
        """P53.1: a later report of any kind changes nothing."""
        database = sqlite_database
        await database.write(lambda unit: queue.enqueue(unit, item(1), now_ms=1))
        await database.write(lambda unit: getattr(marks, first)(unit, [outcome(1, "A")], now_ms=2))
        before = await database.read(lambda unit: find_entry(unit, item(1).digest))
        await database.write(lambda unit: getattr(marks, later)(unit, [outcome(1, "B")], now_ms=3))
        await database.write(
            lambda unit: queue.reject_unsent(unit, item(1).digest, reason_code="C", now_ms=4)
        )
        assert await database.read(lambda unit: find_entry(unit, item(1).digest)) == before

    async def test_deadline_before_a_final_block__rejects_what_is_open(self, database: Database):
        await database.write(lambda unit: queue.enqueue(unit, item(1, deadline=100), now_ms=1))
        await database.write(lambda unit: queue.enqueue(unit, item(2, deadline=101), now_ms=1))
        digests = await database.write(
            lambda unit: marks.reject_overdue(unit, final_timestamp=101, now_ms=2)
        )
        assert digests == [item(1).digest]
        assert await state(database, 1) == "REJECTED"
        assert await state(database, 2) == "QUEUED"

    async def test_burnt_nonce__rejects_the_intent_that_names_it(self, database: Database):
        await database.write(lambda unit: queue.enqueue(unit, item(1, nonce=2**200), now_ms=1))
        digests = await database.write(
            lambda unit: marks.reject_cancelled(unit, actor=ANN, intent_nonce=2**200, now_ms=2)
        )
        assert digests == [item(1).digest]
        entry = await database.read(lambda unit: find_entry(unit, item(1).digest))
        assert (entry.state, entry.reason_code) == ("REJECTED", "CANCELLED")

    async def test_paused_network__queues_again_for_later(self, database: Database):
        await database.write(lambda unit: queue.enqueue(unit, item(1), now_ms=1))
        await database.write(lambda unit: force(unit, "SENT"))
        await database.write(
            lambda unit: marks.postpone(unit, [item(1).digest], until_ms=50, reason_code="Paused")
        )
        assert await state(database, 1) == "QUEUED"
        for now_ms, count in ((49, 0), (50, 1)):
            rows = await database.write(
                lambda unit, now=now_ms: queue.lease(
                    unit, owner="a", now_ms=now, until_ms=now + 1, limit=5
                )
            )
            assert len(rows) == count


def force(unit, wanted: str) -> None:
    from sqlalchemy import update

    from node.db.models.outbox import OutboxIntent

    assert TxStatus(wanted)
    unit.execute(update(OutboxIntent).values(state=wanted))
