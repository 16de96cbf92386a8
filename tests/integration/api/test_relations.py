"""`NotOwner` says which relation is missing, to everybody alike: it tells no secrets."""

import ast
from collections.abc import Iterator
from typing import Any

import pytest

from node.domain.errors import RequiredRelation
from node.domain.language import Language
from node.domain.wording import code_text
from tests.fixtures.actors import ANN, BEN, CLINIC, EMPLOYER, INSURER, OPERATOR, word
from tests.fixtures.gateway.in_process import Api
from tests.fixtures.tools import ROOT

NOBODY = "0x" + "5a" * 20
# Who asks for what of a stranger, and the relation they lack.
READS: list[tuple[Any, str, str]] = [
    (ANN, "/v1/members/{}", "HOLDER_OR_GUARDIAN"),
    (CLINIC, "/v1/members/{}", "CARING_PROVIDER"),
    (ANN, "/v1/wallets/{}/balance", "HOLDER_OR_GUARDIAN"),
    (CLINIC, "/v1/wallets/{}/balance", "MONEY_HOLDER"),
    (INSURER, "/v1/wallets/{}/entries", "MONEY_HOLDER"),
    (ANN, "/v1/receipts?account_id={}", "HOLDER_OR_GUARDIAN"),
    (EMPLOYER, "/v1/receipts?account_id={}", "MONEY_HOLDER"),
    (ANN, "/v1/claims?member_id={}", "HOLDER_OR_GUARDIAN"),
    (ANN, "/v1/premiums/bills?member_id={}", "PAYS_FOR_MEMBER"),
]


def unnamed_relations() -> Iterator[str]:
    """Yield the places in services and routes that raise NotOwner and name no relation."""
    for folder in ("desk", "features", "identity", "api"):
        for path in sorted((ROOT / "node" / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "NotOwner":
                    named = len(node.args) + sum(one.arg == "relation" for one in node.keywords)
                    if named < 3:
                        yield f"{path.relative_to(ROOT)}:{node.lineno}"


class TestRelation:
    @pytest.mark.parametrize(("actor", "path", "relation"), READS)
    async def test_stranger__is_told_what_is_missing_whether_or_not_there_is_such_an_account(
        self, sqlite_api: Api, actor: Any, path: str, relation: str
    ) -> None:
        for account in (BEN.account, NOBODY):
            answer = await sqlite_api.get(actor, path.format(account))
            body = answer.json()
            assert (answer.status_code, body["code"]) == (403, "NotOwner"), body
            assert body["values"]["relation"] == relation
            assert body["values"]["account"] == actor.account
            label = code_text(RequiredRelation[relation], Language.EN).label
            assert f"is not the {label} " in body["detail"]

    async def test_other_languages__say_it_too(self, sqlite_api: Api) -> None:
        path = f"/v1/wallets/{BEN.account}/balance"
        answer = await sqlite_api.get(ANN, path, headers={"Accept-Language": "zh"})
        assert "账户持有人或监护人" in answer.json()["detail"]

    async def test_intent_for_a_stranger__needs_holder_guardian_or_organisation(
        self, sqlite_api: Api
    ) -> None:
        opening = await sqlite_api.post(
            ANN, f"/v1/wallets/{BEN.account}/openings/intents", {"terms_hash": word("terms")}
        )
        assert opening.json()["values"]["relation"] == "HOLDER_OR_GUARDIAN"
        terms = {"month": "2026-03", "plan_id": word("plan"), "plan_version": 1}
        declared = await sqlite_api.post(
            EMPLOYER,
            f"/v1/employers/{BEN.account}/declarations/intents",
            {**terms, "csv": "member_id,wage_fen\n"},
        )
        assert declared.json()["values"]["relation"] == "EMPLOYER", declared.text

    async def test_operator__lacks_the_registration_of_an_unknown_member(
        self, sqlite_api: Api
    ) -> None:
        answer = await sqlite_api.get(OPERATOR, f"/v1/members/{NOBODY}")
        assert answer.json()["values"]["relation"] == "REGISTRAR"

    def test_every_refusal_of_the_gateway__names_a_relation(self) -> None:
        assert list(unnamed_relations()) == []

    def test_every_relation__is_missing_somewhere(self) -> None:
        sources = [path.read_text() for path in (ROOT / "node").rglob("*.py")]
        unused = [
            relation.name
            for relation in RequiredRelation
            if not any(f"RequiredRelation.{relation.name}" in source for source in sources)
        ]
        assert unused == []
