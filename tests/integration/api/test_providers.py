"""The payee directory, registrations and contracts, coverages (S44, P48)."""

from typing import Any

import pytest

from node.api.pagination import encode_cursor
from node.db.models.members import Coverage
from node.db.models.parties import Organisation, ProviderContract
from node.domain.days import day_of, iso
from tests.fixtures.actors import (
    ANN,
    BEN,
    CARL,
    CLINIC,
    HOSPITAL,
    INSURER,
    INSURER_2,
    OFFICER_A,
    OPERATOR,
    PHARMACY,
    word,
)
from tests.fixtures.gateway.in_process import AUDITOR, NOW_S, Api, actor_rows
from tests.fixtures.gateway.requests import REQUESTS, SIGNER

TODAY = day_of(NOW_S)
ENROL = REQUESTS["/v1/coverages/intents"].body


class TestDirectory:
    """S44: only active contracted providers are listed, by type."""

    async def _listed(self, api: Api, query: str = "") -> list[str]:
        answer = await api.get(ANN, f"/v1/providers{query}")
        assert answer.status_code == 200, answer.text
        return [one["organisation_id"] for one in answer.json()["items"]]

    async def test_unknown_filter__is_an_error(self, api: Api) -> None:
        """P58.2: also a value that no filter has."""
        answer = await api.get(ANN, "/v1/providers?kind=HOSPITAL")
        assert (answer.status_code, answer.json()["code"]) == (400, "FilterUnknown")
        wrong = await api.get(ANN, "/v1/providers?type=BANK")
        assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/query/type")

    async def test_all__are_the_contracted_ones_in_pages(self, api: Api) -> None:
        everybody = sorted(one.account for one in (HOSPITAL, CLINIC, PHARMACY))
        assert await self._listed(api) == everybody
        first = (await api.get(ANN, "/v1/providers?limit=2")).json()
        rest = (await api.get(ANN, f"/v1/providers?limit=2&cursor={first['next']}")).json()
        found = [one["organisation_id"] for one in first["items"] + rest["items"]]
        assert (found, rest["next"]) == (everybody, None)

    @pytest.mark.parametrize(
        ("path", "key"),
        [("providers", ["x"]), ("coverages", ["x", "RESIDENT", 1]), ("plans", ["x", 1])],
    )
    async def test_cursor_that_names_no_row__is_malformed(
        self, api: Api, path: str, key: list[str | int]
    ) -> None:
        answer = await api.get(AUDITOR, f"/v1/{path}?cursor={encode_cursor(tuple(key))}")
        assert (answer.status_code, answer.json()["code"]) == (400, "MalformedBody")

    async def test_type_and_insurer__narrow_the_list(self, api: Api) -> None:
        """S44.1: by type."""
        assert await self._listed(api, "?type=PHARMACY") == [PHARMACY.account]
        assert await self._listed(api, f"?insurer_id={INSURER_2.account}") == []
        assert await self._listed(api, "?level=3&region=110000") == [HOSPITAL.account]

    async def test_suspended_or_no_longer_contracted__is_not_listed(self, api: Api) -> None:
        """S44.1: neither suspended ones nor those whose contract ended."""
        rows = {row["organisation"]: row for row in actor_rows()[Organisation]}
        ended = {"provider": CLINIC.account, "insurer": INSURER.account, "contracted": False,
                 "block_number": 2}  # fmt: skip
        await api.write(
            {
                Organisation: [rows[HOSPITAL.account] | {"status": "SUSPENDED"}],
                ProviderContract: [ended],
            }
        )
        assert await self._listed(api) == [PHARMACY.account]
        detail = (await api.get(ANN, f"/v1/providers/{HOSPITAL.account}")).json()
        assert (detail["status"], detail["insurer_ids"]) == ("SUSPENDED", [INSURER.account])

    async def test_no_such_organisation__is_unknown(self, api: Api) -> None:
        answer = await api.get(ANN, f"/v1/providers/{ANN.account}")
        assert (answer.status_code, answer.json()["code"]) == (404, "ProviderUnknown")


class TestRegistration:
    """The operator registers organisations, insurers contract providers."""

    async def test_registration__gets_a_random_id_of_an_organisation(self, api: Api) -> None:
        asked = {"actor_id": OPERATOR.account, "kind": "PROVIDER", "provider_type": "CLINIC",
                "level": "1", "region": "110000", "signer": SIGNER}  # fmt: skip
        prepared = (await api.post(OPERATOR, "/v1/providers/intents", asked)).json()
        body = prepared["intent"]["body"]
        assert body["organisation"].startswith("0x2")
        assert body["settlement_account"] == body["organisation"]
        answer = await api.submit(
            OPERATOR, "/v1/providers", api.signed(prepared["intent"], OPERATOR)
        )
        assert answer.status_code == 202

    async def test_actor_that_is_not_the_callers__is_refused(self, api: Api) -> None:
        asked = {
            "actor_id": INSURER_2.account,
            "provider_id": HOSPITAL.account,
            "contracted": False,
        }
        answer = await api.post(INSURER, "/v1/providers/intents", asked)
        assert (answer.status_code, answer.json()["code"]) == (403, "NotOwner")

    async def test_own_officer_as_actor__is_taken(self, api: Api) -> None:
        asked = {
            "actor_id": OFFICER_A.account,
            "provider_id": HOSPITAL.account,
            "contracted": False,
        }
        assert (await api.post(INSURER, "/v1/providers/intents", asked)).status_code == 200

    async def test_contract_with_no_provider__is_refused(self, api: Api) -> None:
        asked = {"actor_id": INSURER.account, "provider_id": INSURER_2.account, "contracted": True}
        answer = await api.post(INSURER, "/v1/providers/intents", asked)
        assert (answer.status_code, answer.json()["code"]) == (404, "ProviderUnknown")


def coverage(member: str, **changes: Any) -> dict[str, Any]:
    return {
        "member": member, "scheme": "RESIDENT", "start_day": TODAY, "end_day": TODAY + 365,
        "care_from_day": TODAY, "insurer": INSURER.account, "member_kind": "ADULT",
        "region": "110000", "tenure_years": 1, "bill_id": word("bill"), "block_number": 1,
        **changes,
    }  # fmt: skip


class TestCoverages:
    """P48: enrol, end, and no overlapping day."""

    async def test_overlap__is_refused_before_signing(self, api: Api) -> None:
        await api.write({Coverage: [coverage(ANN.account)]})
        answer = await api.post(INSURER, "/v1/coverages/intents", ENROL)
        assert (answer.status_code, answer.json()["code"]) == (422, "InvalidPeriod")
        renewal = {**ENROL, "start": iso(TODAY + 365), "end": iso(TODAY + 730)}
        assert (await api.post(INSURER, "/v1/coverages/intents", renewal)).status_code == 200

    async def test_end__must_shorten_a_known_period(self, api: Api) -> None:
        asked = {"actor_id": INSURER.account, "member_id": ANN.account, "scheme": "RESIDENT",
                "start": iso(TODAY), "new_end": iso(TODAY + 100), "reason": "MOVED"}  # fmt: skip
        unknown = await api.post(INSURER, "/v1/coverages/intents", asked)
        assert unknown.json()["code"] == "CoverageUnknown"
        await api.write({Coverage: [coverage(ANN.account)]})
        longer = {**asked, "new_end": iso(TODAY + 400)}
        refused = await api.post(INSURER, "/v1/coverages/intents", longer)
        assert refused.json()["errors"][0]["pointer"] == "/new_end"
        prepared = (await api.post(INSURER, "/v1/coverages/intents", asked)).json()
        body = api.signed(prepared["intent"], INSURER)
        assert (await api.submit(INSURER, "/v1/coverages", body)).status_code == 202

    async def test_list__shows_each_caller_what_is_theirs(self, api: Api) -> None:
        rows = [coverage(one.account) for one in (ANN, BEN, CARL)]
        await api.write({Coverage: rows})
        for actor, query, count in (
            (ANN, "", 1),
            (ANN, f"?member_id={CARL.account}", 1),
            (INSURER, "", 3),
            (INSURER, f"?member_id={BEN.account}", 1),
            (INSURER_2, "", 0),
            (AUDITOR, "", 3),
            (AUDITOR, f"?day={iso(TODAY - 1)}", 0),
        ):
            answer = await api.get(actor, f"/v1/coverages{query}")
            assert len(answer.json()["items"]) == count, (actor.name, query, answer.text)
        strange = await api.get(ANN, f"/v1/coverages?member_id={BEN.account}")
        careless = await api.get(HOSPITAL, "/v1/coverages")
        assert [strange.status_code, careless.status_code] == [403, 400]

    async def test_pages__show_each_period_once(self, api: Api) -> None:
        periods = [
            coverage(one.account, start_day=TODAY + 400 * year, end_day=TODAY + 400 * year + 365)
            for one in (ANN, BEN)
            for year in range(3)
        ]
        await api.write({Coverage: periods})
        found, cursor = [], ""
        while True:
            page = (await api.get(AUDITOR, f"/v1/coverages?limit=2{cursor}")).json()
            found += [(one["member_id"], one["start"]) for one in page["items"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        assert found == sorted(found)
        assert len(set(found)) == len(periods)
