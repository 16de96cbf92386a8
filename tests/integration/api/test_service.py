"""Health, network, description, sandbox signing: what the gateway says about itself (P24, P27)."""

from typing import Any

import httpx
import pytest

from node.db.errors import SchemaOutdatedError
from node.db.models.chain import ChainState
from node.domain.errors import ChainUnavailable
from tests.fixtures.actors import ANN, BEN, CARL, HOSPITAL, INSURER, OFFICER_A, OPERATOR, word
from tests.fixtures.gateway.in_process import HEAD, NOW_S, Api, actor_rows, started_api


class TestHealth:
    """Readiness follows database, chain and read models; liveness does not."""

    async def test_all_well__is_ready(self, api: Api) -> None:
        answer = await api.get(None, "/readyz")
        assert answer.status_code == 200
        assert answer.json() == {
            "status": "ready",
            "checks": {"database": True, "chain": True, "blocks": True, "read_models": True},
            "final_block": HEAD.number,
            "lag_blocks": 0,
            "lag_s": 0,
            "code": None,
        }

    async def test_read_models_far_behind__is_not_ready(self, sqlite_api: Api) -> None:
        row = actor_rows()[ChainState][0] | {"final_number": 1, "final_timestamp": NOW_S - 3_600}
        await sqlite_api.write({ChainState: [row]})
        answer = await sqlite_api.get(None, "/readyz")
        assert answer.status_code == 503
        assert answer.json()["checks"]["read_models"] is False
        assert answer.json()["lag_blocks"] == HEAD.number - 1
        assert (await sqlite_api.get(None, "/healthz")).status_code == 200

    async def test_chain_not_yet_read__is_not_ready_and_answers_come_later(
        self, sqlite_url: str
    ) -> None:
        """S51: nobody is told that a key or a member is unknown that the chain knows."""
        async with started_api(sqlite_url, read_to=HEAD.number - 1) as api:
            assert (await api.get(None, "/readyz")).json()["checks"]["read_models"] is False
            wallet = f"/v1/wallets/{ANN.account}"
            for early in (
                await api.get(ANN, f"{wallet}/balance"),
                await api.submit(OPERATOR, "/v1/members", {"intent": {}, "signatures": []}),
            ):
                assert (early.status_code, early.headers["Retry-After"]) == (503, "1")
                assert (early.json()["code"], early.json()["values"]) == (
                    "ChainLagging",
                    {"lag_blocks": 1},
                )
            assert (await api.get(None, "/v1/network")).status_code == 200
            await api.write({ChainState: actor_rows()[ChainState]})
            assert (await api.get(ANN, f"{wallet}/balance")).status_code == 200
            assert (await api.get(None, "/readyz")).status_code == 200

    async def test_chain_moves_on__answers_go_on(self, sqlite_api: Api) -> None:
        """What was read at the start stays read; later lag is a matter of readiness."""
        path = f"/v1/wallets/{ANN.account}/balance"
        assert (await sqlite_api.get(ANN, path)).status_code == 200
        behind = actor_rows()[ChainState][0] | {"final_number": 1}
        await sqlite_api.write({ChainState: [behind]})
        assert (await sqlite_api.get(ANN, path)).status_code == 200

    async def test_chain_away__is_not_ready(self, sqlite_api: Api, monkeypatch: Any) -> None:
        async def away() -> None:
            raise ChainUnavailable

        monkeypatch.setattr(sqlite_api.gateway.kernel.health, "_final_head", away)
        answer = await sqlite_api.get(None, "/readyz")
        assert answer.status_code == 503
        assert answer.json()["checks"]["chain"] is False

    async def test_metrics__count_answers_by_route_not_by_path(self, sqlite_api: Api) -> None:
        await sqlite_api.get(ANN, f"/v1/wallets/{ANN.account}/balance")
        text = (await sqlite_api.get(None, "/metrics")).text
        assert 'route="/v1/wallets/{account_id}/balance"' in text
        assert ANN.account not in text
        assert f"yibao_final_block {HEAD.number}.0" in text

    async def test_network__names_chain_router_and_profile(self, sqlite_api: Api) -> None:
        body = (await sqlite_api.get(None, "/v1/network")).json()
        assert (body["chain_id"], body["sandbox"], body["final_block"]) == (31337, True, 7)
        assert body["router"] == sqlite_api.gateway.chain.domain.verifying_contract

    async def test_every_answer__has_an_id(self, sqlite_api: Api) -> None:
        first = await sqlite_api.get(None, "/healthz")
        second = await sqlite_api.get(None, "/nothing/here")
        assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]
        assert second.json()["code"] == "RouteUnknown"


class TestDescription:
    """P59: the page needs no other host; tests/architecture walks what it says."""

    async def test_document__is_served(self, sqlite_api: Api) -> None:
        document = (await sqlite_api.get(None, "/openapi.json")).json()
        assert document["openapi"].startswith("3.1")
        assert len(document["paths"]) > 30

    async def test_page__loads_its_parts_from_here(self, sqlite_api: Api) -> None:
        assert (await sqlite_api.get(None, "/")).headers["location"] == "/docs"
        page = await sqlite_api.get(None, "/docs")
        assert page.status_code == 200
        assert "://" not in page.text.replace("http://www.w3.org", "")
        for part in ("swagger-ui-bundle.js", "swagger-ui.css"):
            assert f"/docs/assets/{part}" in page.text
            found = await sqlite_api.get(None, f"/docs/assets/{part}")
            assert found.status_code == 200
            assert len(found.content) > 100_000


class TestSandboxSigning:
    """P27: custodial test keys sign what their owner could sign, and nothing else."""

    async def _sign(self, api: Api, actor: Any, intent: dict[str, Any]) -> httpx.Response:
        return await api.post(actor, "/v1/sandbox/signatures", {"intent": intent})

    async def _link(self, api: Api, relative: str) -> dict[str, Any]:
        path = f"/v1/members/{ANN.account}/family-links"
        asked = {"relative_id": relative, "relation": "CHILD"}
        found: dict[str, Any] = (await api.post(ANN, f"{path}/intents", asked)).json()
        return found

    async def test_stranger__gets_no_signature(self, api: Api) -> None:
        prepared = await self._link(api, BEN.account)
        answer = await self._sign(api, HOSPITAL, prepared["intent"])
        assert (answer.status_code, answer.json()["code"]) == (403, "NotOwner")

    async def test_two_parties__sign_each_their_own_part(self, api: Api) -> None:
        prepared = await self._link(api, BEN.account)
        first = (await self._sign(api, ANN, prepared["intent"])).json()
        second = (await self._sign(api, BEN, prepared["intent"])).json()
        assert first["digest"] == prepared["digest"]
        signatures = first["signatures"] + second["signatures"]
        assert [one["account"] for one in signatures] == [ANN.account, BEN.account]
        body = {"intent": prepared["intent"], "signatures": signatures}
        path = f"/v1/members/{ANN.account}/family-links"
        assert (await api.submit(ANN, path, body)).status_code == 202

    async def test_guardian__signs_both_parts_with_the_own_key(self, api: Api) -> None:
        prepared = await self._link(api, CARL.account)
        signed = (await self._sign(api, ANN, prepared["intent"])).json()["signatures"]
        assert [one["account"] for one in signed] == [ANN.account, ANN.account]

    async def test_organisation__signs_for_its_officer(self, api: Api) -> None:
        asked = {
            "actor_id": OFFICER_A.account,
            "provider_id": HOSPITAL.account,
            "contracted": False,
        }
        prepared = (await api.post(INSURER, "/v1/providers/intents", asked)).json()
        signed = (await self._sign(api, INSURER, prepared["intent"])).json()["signatures"]
        assert [one["account"] for one in signed] == [OFFICER_A.account]

    async def test_document_that_is_no_intent__is_malformed(self, sqlite_api: Api) -> None:
        intent = {"kind": "OPEN_WALLET", "actor": ANN.account, "nonce": "1", "deadline": 1,
                  "body": {"terms": word("x")}}  # fmt: skip
        answer = await self._sign(sqlite_api, ANN, intent)
        assert (answer.status_code, answer.json()["code"]) == (400, "MalformedBody")


class TestStart:
    """A gateway over an older schema does not start and holds nothing open."""

    async def test_empty_database__is_refused(self, tmp_path: Any) -> None:
        with pytest.raises(SchemaOutdatedError):
            async with started_api(f"sqlite:///{tmp_path / 'empty.sqlite3'}"):
                pytest.fail("started")
