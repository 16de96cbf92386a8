"""Pairs of routes: what a noun declares is prepared, and handed to the desk once signed (P50)."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from node.api.access import ORGANISATIONS
from node.api.deps import CallerDep
from node.api.idempotency import Money
from node.api.pairs import MoneyRouter
from node.api.problems import install_problem_handlers
from node.api.schemas.base import AccountPath
from node.api.schemas.intents import Prepared
from node.db.unit_of_work import UnitOfWork
from node.desk.callers import Caller
from node.desk.intents import Accepted, PreparedIntent, Step, Submission
from node.desk.subjects import require_actor
from node.domain.roles import Role
from node.intents.bodies import RefundPremium
from node.intents.messages import Intent, IntentKind
from node.intents.typed_data import Domain
from node.intents.wire import intent_to_json
from tests.fixtures.actors import CLINIC, INSURER, word

DOMAIN = Domain(31337, "0x" + "ab" * 20)
INTENT = Intent(IntentKind.REFUND_PREMIUM, INSURER.account, 1, 10, RefundPremium(word("bill"), 1))
SIGNED = {
    "intent": intent_to_json(INTENT),
    "signatures": [
        {"account": INSURER.account, "kind": "SECP256K1", "data": "0x" + "11" * 64 + "1b"}
    ],
}
PREPARED = PreparedIntent(SIGNED["intent"], {}, word("digest"))
PAYMENTS = (IntentKind.REFUND_PREMIUM, IntentKind.CANCEL_BILL)
PATHS = ("/v1/tests/refunds", "/v1/tests/payments", "/v1/tests/{account_id}/refunds")


class PreparedBill(Prepared):
    """A prepared intent with the bill it is for."""

    bill_id: str


def record(_unit: UnitOfWork) -> None:
    """Stand in for a row of the noun."""


def noun() -> MoneyRouter:
    """Return the routes of a noun with a pair, a busy route, and one that checks and records."""
    access = {("POST", path): ORGANISATIONS for path in PATHS}
    access |= {("POST", f"{path}/intents"): ORGANISATIONS for path in PATHS[:2]}
    router = MoneyRouter("/v1/tests", tag="tests", access=access)

    @router.prepare("/refunds", "prepareRefund", "Prepare a refund")
    async def prepare_refund(caller: CallerDep) -> PreparedIntent:
        """Prepare the refund of a bill."""
        assert caller.account == INSURER.account
        return PREPARED

    @router.prepare("/payments", "preparePayment", "Prepare a payment", model=PreparedBill)
    async def prepare_payment() -> tuple[PreparedIntent, dict[str, Any]]:
        """Prepare the payment of a bill."""
        return PREPARED, {"bill_id": word("bill")}

    @router.submit("/refunds", "refund", "Refund", kinds=(IntentKind.REFUND_PREMIUM,))
    async def refund(money: Money) -> None:
        """Hand in a signed refund."""

    @router.submit("/payments", "pay", "Pay", kinds=PAYMENTS, fast=True)
    async def pay(money: Money) -> None:
        """Hand in a signed payment."""

    @router.submit(
        "/{account_id}/refunds", "refundTo", "Refund to", kinds=(IntentKind.REFUND_PREMIUM,)
    )
    async def refund_to(account_id: AccountPath, money: Money) -> Step:
        """Hand in a signed refund to an account."""
        require_actor(money.submission, account_id)
        return record

    return router


@dataclass
class Desk:
    """A desk that takes everything and remembers it; `state` is where each intent is found."""

    domain = DOMAIN
    taken: list[dict[str, Any]] = field(default_factory=list)

    async def submit(self, caller: Caller, submission: Submission, **how: Any) -> Accepted:
        """Take an intent."""
        self.taken.append({"caller": caller, "intent": submission.signed.intent, **how})
        answer = {"digest": word("digest"), "state": "ACCEPTED", "href": "/v1/transactions/0x"}
        return Accepted(word("digest"), 202, answer, replayed=len(self.taken) > 1)


async def verify(_token: str) -> Caller:
    """Return the insurer, whoever asks."""
    return Caller(Role.INSURER, INSURER.account)


@dataclass
class Served:
    """The noun served over a desk."""

    desk: Desk
    app: FastAPI

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Post a body under a key."""
        transport = httpx.ASGITransport(self.app)
        known = {"Authorization": "Bearer token", "Idempotency-Key": "key"}
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.post(path, json=body, headers=known | headers)


@pytest.fixture
def served() -> Served:
    """Return the noun over a desk of its own."""
    desk = Desk()
    app = FastAPI()
    app.state.gateway = SimpleNamespace(
        kernel=SimpleNamespace(
            desk=desk,
            authenticator=SimpleNamespace(verify=verify),
            health=SimpleNamespace(has_caught_up=True),
        )
    )
    app.router.routes.extend(noun().routes)
    install_problem_handlers(app)
    return Served(desk, app)


class TestPrepare:
    async def test_intent__is_answered_in_three_parts(self, served: Served) -> None:
        answer = await served.post("/v1/tests/refunds/intents")
        assert answer.status_code == 200, answer.text
        expected = {"intent": SIGNED["intent"], "typed_data": {}, "digest": word("digest")}
        assert answer.json() == expected

    async def test_fields_of_the_noun__stand_beside_it(self, served: Served) -> None:
        answer = await served.post("/v1/tests/payments/intents")
        assert answer.json()["bill_id"] == word("bill")
        assert answer.json()["intent"] == SIGNED["intent"]


class TestSubmit:
    async def test_signed__goes_to_the_desk_with_the_kinds_of_the_route(
        self, served: Served
    ) -> None:
        answer = await served.post("/v1/tests/refunds", SIGNED)
        assert (answer.status_code, answer.json()["state"]) == (202, "ACCEPTED")
        assert answer.headers["Location"] == "/v1/transactions/0x"
        assert served.desk.taken == [
            {
                "caller": Caller(Role.INSURER, INSURER.account),
                "intent": INTENT,
                "allowed": (IntentKind.REFUND_PREMIUM,),
                "record": None,
            }
        ]

    async def test_without_a_key__never_reaches_the_desk(self, served: Served) -> None:
        answer = await served.post("/v1/tests/refunds", SIGNED, **{"Idempotency-Key": ""})
        assert answer.json()["code"] == "IdempotencyKeyMissing"
        assert served.desk.taken == []

    @pytest.mark.parametrize("content_type", ["application/json", "application/json;charset=utf-8"])
    async def test_busy_route__takes_perfect_and_other_forms_alike(
        self, served: Served, content_type: str
    ) -> None:
        answer = await served.post("/v1/tests/payments", SIGNED, **{"Content-Type": content_type})
        assert answer.status_code == 202, answer.text
        (taken,) = served.desk.taken
        assert taken["intent"] == INTENT
        assert taken["allowed"] == PAYMENTS

    async def test_busy_route__explains_a_wrong_body(self, served: Served) -> None:
        answer = await served.post("/v1/tests/payments", SIGNED | {"signatures": []})
        assert answer.status_code in (400, 422)
        assert answer.json()["errors"][0]["pointer"] == "/signatures"
        assert served.desk.taken == []


class TestFirst:
    """What the function of a route says comes before the desk."""

    async def test_what_the_function_refuses__never_reaches_the_desk(self, served: Served) -> None:
        answer = await served.post(f"/v1/tests/{CLINIC.account}/refunds", SIGNED)
        assert answer.json()["code"] == "NotOwner"
        assert served.desk.taken == []

    async def test_its_step__is_taken_by_the_desk(self, served: Served) -> None:
        answer = await served.post(f"/v1/tests/{INSURER.account}/refunds", SIGNED)
        assert answer.status_code == 202, answer.text
        (taken,) = served.desk.taken
        assert taken["record"] is record
        assert taken["allowed"] == (IntentKind.REFUND_PREMIUM,)


class TestDeclared:
    def test_router__knows_which_kinds_each_path_takes(self) -> None:
        assert noun().taken == {
            "/v1/tests/refunds": (IntentKind.REFUND_PREMIUM,),
            "/v1/tests/payments": PAYMENTS,
            "/v1/tests/{account_id}/refunds": (IntentKind.REFUND_PREMIUM,),
        }

    def test_docstrings__describe_the_routes(self, served: Served) -> None:
        paths = served.app.openapi()["paths"]
        assert {path: routes["post"]["description"] for path, routes in paths.items()} == {
            "/v1/tests/refunds/intents": "Prepare the refund of a bill.",
            "/v1/tests/payments/intents": "Prepare the payment of a bill.",
            "/v1/tests/refunds": "Hand in a signed refund.",
            "/v1/tests/payments": "Hand in a signed payment.",
            "/v1/tests/{account_id}/refunds": "Hand in a signed refund to an account.",
        }
