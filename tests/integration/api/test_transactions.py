"""The story of an intent, and its cancellation (P56)."""

from typing import Any

from sqlalchemy import select

from node.db.models.chain import ChainIntent
from node.db.models.outbox import OutboxIntent
from node.db.unit_of_work import UnitOfWork
from node.domain.transactions import TxStatus
from node.outbox.marks import Outcome, mark_final
from tests.fixtures.actors import ANN, BEN, CARL, OFFICER_A, word
from tests.fixtures.gateway.in_process import AUDITOR, NOW_S, Api
from tests.fixtures.gateway.requests import open_transaction

MINED_IN = word("transaction")


async def state_of(api: Api, digest: str) -> str:
    """Return the state of a digest in the outbox."""
    status = await api.gateway.database.hot.status(digest)
    assert status is not None
    return status.state


async def finish(api: Api, digest: str) -> None:
    """Let the chain execute an intent."""
    outcome = Outcome(digest, 9, MINED_IN)
    await api.gateway.database.write(
        lambda unit: mark_final(unit, [outcome], now_ms=NOW_S * 1000 + 5)
    )


class TestStory:
    """Queued, submitted, mined, final, with times, attempts and hash."""

    async def test_unknown_and_strangers__are_told_the_same(self, api: Api) -> None:
        digest = await open_transaction(api)
        unknown = await api.get(BEN, f"/v1/transactions/{word('nothing')}")
        strange = await api.get(BEN, f"/v1/transactions/{digest}")
        assert [unknown.json()["code"], strange.json()["code"]] == ["TransactionUnknown"] * 2
        assert (unknown.status_code, strange.status_code) == (404, 404)

    async def test_queued_then_final__is_a_story(self, api: Api) -> None:
        digest = await open_transaction(api)
        path = f"/v1/transactions/{digest}"
        first = await api.get(ANN, path)
        assert [step["event"] for step in first.json()["history"]] == ["queued"]
        await finish(api, digest)
        again = await api.get(ANN, path, headers={"If-None-Match": first.headers["ETag"]})
        body = again.json()
        assert (again.status_code, body["state"], body["block_number"]) == (200, "FINAL", 9)
        assert [step["event"] for step in body["history"]] == ["queued", "mined", "final"]
        assert body["history"][-1]["tx_hash"] == MINED_IN
        assert body["history"][0]["at_ms"] == NOW_S * 1000

    async def test_auditor__reads_every_story(self, api: Api) -> None:
        digest = await open_transaction(api)
        assert (await api.get(AUDITOR, f"/v1/transactions/{digest}")).status_code == 200

    async def test_counterparty__reads_it_too(self, api: Api) -> None:
        path = f"/v1/members/{ANN.account}/family-links"
        asked = {"relative_id": BEN.account, "relation": "SPOUSE"}
        prepared = (await api.post(ANN, f"{path}/intents", asked)).json()
        await api.submit(ANN, path, api.signed(prepared["intent"], ANN, BEN))
        for actor, status in ((ANN, 200), (BEN, 200), (CARL, 404)):
            answer = await api.get(actor, f"/v1/transactions/{prepared['digest']}")
            assert answer.status_code == status

    async def test_intent_of_another_gateway__has_its_final_state(self, api: Api) -> None:
        row = {
            "digest": word("elsewhere"), "actor": OFFICER_A.account, "kind": "PUBLISH_PLAN",
            "state": "REFUSED", "reason_code": "SameApprover",
            "reason_values": {"approver": OFFICER_A.account}, "block_number": 4, "log_index": 0,
            "tx_hash": MINED_IN, "timestamp": NOW_S,
        }  # fmt: skip
        await api.write({ChainIntent: [row]})
        answer = await api.get(AUDITOR, f"/v1/transactions/{word('elsewhere')}")
        assert answer.json()["reason"]["code"] == "SameApprover"
        assert answer.json()["history"] == []


class TestCancellation:
    """An open intent is given up by burning its nonce; an ended one never changes."""

    async def _prepared(self, api: Api, digest: str) -> dict[str, Any]:
        path = f"/v1/transactions/{digest}/cancellations/intents"
        answer = await api.post(ANN, path)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def test_ended__cannot_be_given_up(self, api: Api) -> None:
        digest = await open_transaction(api)
        await finish(api, digest)
        answer = await api.post(ANN, f"/v1/transactions/{digest}/cancellations/intents")
        assert (answer.status_code, answer.json()["code"]) == (409, "TransactionStateInvalid")

    async def test_ended_meanwhile__is_refused_and_leaves_nothing(self, api: Api) -> None:
        digest = await open_transaction(api)
        prepared = await self._prepared(api, digest)
        await finish(api, digest)
        body = api.signed(prepared["intent"], ANN)
        answer = await api.submit(ANN, f"/v1/transactions/{digest}/cancellations", body)
        assert answer.json()["code"] == "TransactionStateInvalid"
        assert await self._rows(api) == 1

    async def test_other_nonce__is_not_the_transactions_own(self, api: Api) -> None:
        digest = await open_transaction(api)
        prepared = await self._prepared(api, digest)
        intent = prepared["intent"] | {"body": {"cancelled_nonce": "5"}}
        answer = await api.submit(
            ANN, f"/v1/transactions/{digest}/cancellations", api.signed(intent, ANN)
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "NotOwner")
        assert await state_of(api, digest) == TxStatus.QUEUED

    async def test_never_sent__ends_at_once(self, api: Api) -> None:
        digest = await open_transaction(api)
        prepared = await self._prepared(api, digest)
        body = api.signed(prepared["intent"], ANN)
        answer = await api.submit(ANN, f"/v1/transactions/{digest}/cancellations", body)
        assert answer.status_code == 202
        assert await state_of(api, digest) == TxStatus.REJECTED
        assert await state_of(api, answer.json()["digest"]) == TxStatus.QUEUED
        story = (await api.get(ANN, f"/v1/transactions/{digest}")).json()
        assert story["reason"]["code"] == "IntentCancelled"

    @staticmethod
    async def _rows(api: Api) -> int:
        def read(unit: UnitOfWork) -> int:
            return len(unit.execute(select(OutboxIntent.digest)).all())

        return await api.gateway.database.read(read)
