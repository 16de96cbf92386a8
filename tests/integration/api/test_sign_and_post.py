"""The output of `yibao sign` is posted as it stands, on every route that takes a signed intent."""

import copy
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx
import pytest

from node.db.models.members import FamilyLink
from node.intents.documents import BESIDE
from tests.fixtures.actors import ANN, BEN, CARL, HOSPITAL
from tests.fixtures.gateway.in_process import NOW_S, Api
from tests.fixtures.gateway.requests import ANN_MEMBER, MONEY, REQUESTS, MoneyCase
from tests.fixtures.intents.signing import signed_by_command

SIGNED = {"intent", "signatures", "domain"}
STAFF = "/v1/employers/{employer_id}/declarations"
LINKED = {
    "holder": ANN.account,
    "relative": BEN.account,
    "relation": "SPOUSE",
    "active": True,
    "linked_at": NOW_S,
    "ended_at": None,
    "block_number": 2,
}
LINK = REQUESTS["/v1/members/{member_id}/family-links/intents"]


async def prepared_of(api: Api, case: MoneyCase) -> tuple[str, dict[str, Any]]:
    """Return the path of the `POST` and what its `…/intents` route answered."""
    path = case.asked.path
    if case.before is not None:
        path = path.replace("{digest}", await case.before(api))
    posted = path.removesuffix("/intents")
    if case.intent is not None:
        return posted, asdict(api.gateway.kernel.desk.show(case.intent))
    answer = await api.post(case.asked.actor, path, case.asked.body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return posted, found


class TestEveryRoute:
    @pytest.mark.parametrize("route", sorted(MONEY))
    async def test_prepared_answer__is_signed_and_posted_unchanged(
        self, sqlite_api: Api, tmp_path: Path, route: str
    ) -> None:
        case = MONEY[route]
        await sqlite_api.write({FamilyLink: [LINKED]})
        path, prepared = await prepared_of(sqlite_api, case)
        body = signed_by_command(prepared, tmp_path, *case.signers)
        answer = await sqlite_api.submit(case.asked.actor, path, body)
        # What stands behind the prepared intent is missing here: the form is what is looked at.
        assert answer.status_code == 202, answer.text

    def test_what_a_post_takes_beside_the_intent__is_in_the_prepared_answer(
        self, sqlite_api: Api
    ) -> None:
        """A new field of a `POST` breaks this until its `…/intents` answers it and `sign` knows."""
        document = sqlite_api.app.openapi()
        shapes = document["components"]["schemas"]
        beside = set()
        for path, item in document["paths"].items():
            if "post" not in item or f"{path}/intents" not in document["paths"] or path == STAFF:
                continue
            taken = shapes[name_of(item["post"]["requestBody"])]["properties"]
            prepare = document["paths"][f"{path}/intents"]["post"]["responses"]["200"]
            answered = shapes[name_of(prepare)]["properties"]
            more = set(taken) - SIGNED
            assert more <= set(answered), path
            beside |= more
        assert beside == set(BESIDE.values())


def name_of(content: dict[str, Any]) -> str:
    """Return the name of the shape of a body."""
    reference: str = content["content"]["application/json"]["schema"]["$ref"]
    return reference.rsplit("/", 1)[1]


def refusal(answer: httpx.Response) -> tuple[str, str]:
    """Return code and place of a refusal."""
    problem = answer.json()
    return problem["code"], problem["errors"][0]["pointer"]


class TestNetwork:
    async def test_document_of_another_network__is_refused_by_name(
        self, sqlite_api: Api, tmp_path: Path
    ) -> None:
        path, prepared = await prepared_of(sqlite_api, MONEY["/v1/wallets/{account_id}/openings"])
        body = signed_by_command(prepared, tmp_path, ANN)
        for name, value in {"chain_id": 1, "router": ANN.account}.items():
            other = copy.deepcopy(body)
            other["domain"][name] = value
            answer = await sqlite_api.submit(ANN, path, other)
            assert (answer.status_code, refusal(answer)) == (400, ("MalformedBody", "/domain"))

    async def test_same_intent_without_its_network__is_the_same_body(
        self, sqlite_api: Api, tmp_path: Path
    ) -> None:
        path, prepared = await prepared_of(sqlite_api, MONEY["/v1/wallets/{account_id}/openings"])
        body = signed_by_command(prepared, tmp_path, ANN)
        first = await sqlite_api.submit(ANN, path, body)
        del body["domain"]
        again = await sqlite_api.submit(ANN, path, body)
        assert (again.status_code, again.content) == (202, first.content)
        assert again.headers["Idempotency-Replayed"] == "true"


class TestMissingSignature:
    """The refusal says whose signature is missing."""

    async def refused(self, api: Api, body: dict[str, Any]) -> httpx.Response:
        answer = await api.submit(ANN, f"{ANN_MEMBER}/family-links", body)
        assert answer.status_code == 401, answer.text
        return answer

    async def link(self, api: Api) -> dict[str, Any]:
        asked = {"relative_id": BEN.account, "relation": "SPOUSE"}
        answer = await api.post(ANN, LINK.path, asked)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def test_half_signed_output__names_the_second_party(
        self, sqlite_api: Api, tmp_path: Path
    ) -> None:
        body = signed_by_command(await self.link(sqlite_api), tmp_path, ANN)
        found = await self.refused(sqlite_api, body)
        assert refusal(found) == ("SignatureMissing", "/signatures")
        assert found.json()["values"] == {"signer": BEN.account, "party": "relative"}

    async def test_second_party_alone__names_the_actor(self, sqlite_api: Api) -> None:
        body = sqlite_api.signed((await self.link(sqlite_api))["intent"], BEN)
        found = await self.refused(sqlite_api, body)
        assert found.json()["values"] == {"signer": ANN.account, "party": "actor"}

    async def test_signature_of_nobody_concerned__names_the_actor_first(
        self, sqlite_api: Api
    ) -> None:
        body = sqlite_api.signed((await self.link(sqlite_api))["intent"], HOSPITAL)
        found = await self.refused(sqlite_api, body)
        assert found.json()["values"] == {"signer": ANN.account, "party": "actor"}

    async def test_guardian_alone__names_the_other_party(self, sqlite_api: Api) -> None:
        """ANN speaks for CARL too: her one signature is her own, and CARL's is missing."""
        prepared = (await sqlite_api.post(ANN, LINK.path, LINK.body)).json()
        found = await self.refused(sqlite_api, sqlite_api.signed(prepared["intent"], ANN))
        assert found.json()["values"] == {"signer": CARL.account, "party": "relative"}

    async def test_one_signature_too_many__is_invalid(self, sqlite_api: Api) -> None:
        case = MONEY["/v1/wallets/{account_id}/openings"]
        path, prepared = await prepared_of(sqlite_api, case)
        answer = await sqlite_api.submit(ANN, path, sqlite_api.signed(prepared["intent"], ANN, BEN))
        assert refusal(answer) == ("SignatureInvalid", "/signatures")
