"""Money requests by key: replay, reuse, running calls, waiting for the end (P50, S60)."""

import asyncio
import copy
from collections import Counter
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from node.db.models.outbox import IdempotencyKey, OutboxIntent
from node.db.unit_of_work import UnitOfWork
from node.intents.bodies import OpenWallet
from node.intents.messages import Intent, IntentKind
from node.intents.wire import intent_to_json
from node.outbox.marks import Outcome, mark_final, mark_refused
from node.outbox.waiters import announce
from tests.fixtures.actors import ANN, BEN, word
from tests.fixtures.gateway.in_process import NOW_S, Api

PATH = f"/v1/wallets/{ANN.account}/openings"
MINED_IN = word("transaction")
CALLERS = 12


async def opening(api: Api) -> dict[str, Any]:
    """Return a signed opening of ANN's wallet."""
    prepared = (await api.post(ANN, f"{PATH}/intents", {"terms_hash": word("terms")})).json()
    return api.signed(prepared["intent"], ANN)


async def counts(api: Api) -> tuple[int, int]:
    """Return how many outbox and idempotency rows there are."""

    def read(unit: UnitOfWork) -> tuple[int, int]:
        return (
            unit.execute(select(func.count()).select_from(OutboxIntent)).scalar_one(),
            unit.execute(select(func.count()).select_from(IdempotencyKey)).scalar_one(),
        )

    return await api.gateway.database.read(read)


async def end(api: Api, digest: str, *, reason: str | None = None) -> None:
    """Let the chain decide an intent, as the indexer would tell it."""
    values = {"account": ANN.account} if reason else None
    outcome = Outcome(digest, 9, MINED_IN, reason, values)
    mark = mark_refused if reason else mark_final

    def write(unit: UnitOfWork) -> None:
        mark(unit, [outcome], now_ms=1)
        announce(unit, api.gateway.waiters, [digest])

    await api.gateway.database.write(write)


class TestDeadline:
    """The desk compares as the contract does: the deadline's own second still counts."""

    @pytest.mark.parametrize(("late_s", "status"), [(0, 202), (1, 401)])
    async def test_intent__is_taken_until_its_deadline_is_over(
        self, sqlite_api: Api, late_s: int, status: int
    ) -> None:
        body = OpenWallet(word("terms"))
        intent = Intent(IntentKind.OPEN_WALLET, ANN.account, 1, NOW_S - late_s, body)
        signed = sqlite_api.signed(intent_to_json(intent), ANN)
        answer = await sqlite_api.submit(ANN, PATH, signed)
        assert answer.status_code == status, answer.text
        assert answer.json().get("code") == (None if status == 202 else "SignatureExpired")


class TestReplay:
    """The same key and body get the first answer, once only one effect."""

    async def test_same_key_and_body__gets_the_first_answer_marked(self, api: Api) -> None:
        """P50.1, P50.2: one effect, one answer."""
        body = await opening(api)
        first = await api.submit(ANN, PATH, body)
        again = await api.submit(ANN, PATH, body)
        assert (first.status_code, again.status_code) == (202, 202)
        assert again.content == first.content
        assert "Idempotency-Replayed" not in first.headers
        assert again.headers["Idempotency-Replayed"] == "true"
        assert await counts(api) == (1, 1)

    async def test_other_order_of_fields__is_the_same_body(self, api: Api) -> None:
        body = await opening(api)
        await api.submit(ANN, PATH, body)
        turned = {name: body[name] for name in reversed(body)}
        again = await api.submit(ANN, PATH, turned)
        assert again.headers["Idempotency-Replayed"] == "true"

    async def test_new_key_for_a_known_digest__returns_the_existing_transaction(
        self, api: Api
    ) -> None:
        body = await opening(api)
        first = await api.submit(ANN, PATH, body)
        second = await api.submit(ANN, PATH, body, key="key-2")
        assert second.json()["digest"] == first.json()["digest"]
        assert second.headers["Idempotency-Replayed"] == "true"
        assert await counts(api) == (1, 2)

    async def test_same_key_with_another_body__is_reused(self, api: Api) -> None:
        """P50.3: another body under a known key."""
        await api.submit(ANN, PATH, await opening(api))
        answer = await api.submit(ANN, PATH, await opening(api))
        assert (answer.status_code, answer.json()["code"]) == (422, "IdempotencyKeyReused")
        assert await counts(api) == (1, 1)

    async def test_same_key_of_another_caller__is_another_key(self, api: Api) -> None:
        await api.submit(ANN, PATH, await opening(api))
        path = f"/v1/wallets/{BEN.account}/openings"
        asked = {"terms_hash": word("terms")}
        prepared = (await api.post(BEN, f"{path}/intents", asked)).json()
        answer = await api.submit(BEN, path, api.signed(prepared["intent"], BEN))
        assert answer.status_code == 202
        assert "Idempotency-Replayed" not in answer.headers

    async def test_refused_request__keeps_its_key_free(self, api: Api) -> None:
        body = await opening(api)
        bad = copy.deepcopy(body)
        bad["signatures"][0]["data"] = "0x" + "11" * 64 + "1b"
        assert (await api.submit(ANN, PATH, bad)).status_code == 401
        assert (await api.submit(ANN, PATH, body)).status_code == 202

    async def test_second_intent_with_a_used_nonce__is_refused(self, api: Api) -> None:
        body = await opening(api)
        await api.submit(ANN, PATH, body)
        other = copy.deepcopy(body["intent"])
        other["body"]["terms_hash"] = word("other terms")
        answer = await api.submit(ANN, PATH, api.signed(other, ANN), key="key-2")
        assert (answer.status_code, answer.json()["code"]) == (409, "NonceUsed")

    async def test_many_at_once__have_one_effect(self, api: Api) -> None:
        body = await opening(api)
        answers = await asyncio.gather(*(api.submit(ANN, PATH, body) for _ in range(CALLERS)))
        codes = Counter(self._kind(answer) for answer in answers)
        assert codes["first"] == 1
        assert set(codes) <= {"first", "replayed", "RequestInProgress"}
        assert await counts(api) == (1, 1)

    async def test_many_keys_at_once_for_one_digest__have_one_effect(self, api: Api) -> None:
        body = await opening(api)
        keys = [f"key-{number}" for number in range(CALLERS)]
        answers = await asyncio.gather(*(api.submit(ANN, PATH, body, key=key) for key in keys))
        assert {answer.status_code for answer in answers} == {202}
        assert await counts(api) == (1, CALLERS)

    async def test_many_prepared_at_once__get_nonces_of_their_own(self, api: Api) -> None:
        asked = {"terms_hash": word("terms")}
        answers = await asyncio.gather(
            *(api.post(ANN, f"{PATH}/intents", asked) for _ in range(CALLERS))
        )
        nonces = {answer.json()["intent"]["nonce"] for answer in answers}
        assert len(nonces) == CALLERS

    @staticmethod
    def _kind(answer: httpx.Response) -> str:
        if answer.status_code != 202:
            return str(answer.json()["code"])
        return "replayed" if "Idempotency-Replayed" in answer.headers else "first"


class TestRunningCall:
    """A key whose first request is not stored yet."""

    async def test_key_in_use_on_postgresql__is_in_progress(self, api: Api) -> None:
        """P50.5: the second of two overlapping calls is told so; one writer never overlaps."""
        from node.outbox.keys import KeyOwner, take_key

        body = await opening(api)
        if api.gateway.database.is_sqlite:
            assert (await api.submit(ANN, PATH, body)).status_code == 202
            return
        owner = KeyOwner(ANN.account, "POST /v1/wallets/{account_id}/openings", "key-1")
        engine = api.gateway.database._engine
        assert engine is not None
        async with engine.connect() as connection, connection.begin():
            await connection.run_sync(lambda sync: take_key(UnitOfWork(sync), owner))
            answer = await api.submit(ANN, PATH, body)
            assert (answer.status_code, answer.json()["code"]) == (409, "RequestInProgress")
        assert (await api.submit(ANN, PATH, body)).status_code == 202


class TestWaiting:
    """`Prefer: wait=N` answers with the end of the intent."""

    async def test_final_in_time__answers_200_and_replays_it(self, api: Api) -> None:
        body = await opening(api)
        waiting = asyncio.create_task(api.submit(ANN, PATH, body, prefer="wait=20"))
        digest = await self._queued(api)
        await end(api, digest)
        answer = await waiting
        assert answer.status_code == 200
        assert answer.json() == {
            "digest": digest,
            "state": "FINAL",
            "href": f"/v1/transactions/{digest}",
            "tx_hash": MINED_IN,
            "block_number": 9,
        }
        assert answer.headers["Preference-Applied"] == "wait=20"
        replay = await api.submit(ANN, PATH, body)
        assert (replay.status_code, replay.content) == (200, answer.content)
        assert replay.headers["Idempotency-Replayed"] == "true"

    async def test_refused_in_time__says_why(self, api: Api) -> None:
        body = await opening(api)
        waiting = asyncio.create_task(api.submit(ANN, PATH, body, prefer="respond-async, wait=20"))
        await end(api, await self._queued(api), reason="MemberUnknown")
        answer = (await waiting).json()
        assert answer["state"] == "REFUSED"
        reason = answer["reason"]
        assert (reason["code"], reason["values"]) == ("MemberUnknown", {"account": ANN.account})
        assert reason["title"] == "No such member."
        headers = {"Idempotency-Key": "key-1", "Prefer": "wait=1", "Accept-Language": "zh"}
        chinese = await api.post(ANN, PATH, body, headers=headers)
        assert chinese.json()["reason"]["title"] == "没有该参保人"
        assert chinese.headers["Content-Language"] == "zh"

    async def test_time_over__answers_202_and_a_later_wait_gets_the_end(self, api: Api) -> None:
        body = await opening(api)
        first = await api.submit(ANN, PATH, body, prefer="wait=0")
        late = await api.submit(ANN, PATH, body, prefer="wait=1")
        assert (first.status_code, late.status_code) == (202, 202)
        await end(api, first.json()["digest"])
        assert (await api.submit(ANN, PATH, body)).status_code == 202
        asked = await api.submit(ANN, PATH, body, prefer="wait=1")
        assert (asked.status_code, asked.json()["state"]) == (200, "FINAL")
        assert (await api.submit(ANN, PATH, body)).content == asked.content

    async def _queued(self, api: Api) -> str:
        """Return the digest in the outbox once it is there."""
        async with asyncio.timeout(10):
            while True:
                found = await api.gateway.database.read(
                    lambda unit: unit.execute(select(OutboxIntent.digest)).scalars().first()
                )
                if found is not None:
                    return str(found)
                await asyncio.sleep(0)
