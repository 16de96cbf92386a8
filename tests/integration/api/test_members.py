"""Member routes: who sees whom, registration, guardians, links, benefits (S05, P11, P13)."""

from typing import Any

import pytest
from sqlalchemy import select

from node.db.models.access import Identity
from node.db.models.bills import CoverageGap
from node.db.models.claims import MemberYear
from node.db.models.members import Coverage, FamilyLink, Guardian, Member
from node.db.models.outbox import OutboxIntent
from node.db.models.parties import PlanVersion
from node.db.models.visits import Visit
from node.db.repositories.identities import IdentityVault
from node.db.unit_of_work import UnitOfWork
from node.domain.days import day_of, iso
from node.keys import open_sealer
from tests.fixtures.actors import (
    ANN,
    BEN,
    CARL,
    EMPLOYER,
    HOSPITAL,
    INSURER,
    INSURER_2,
    OPERATOR,
    STRANGER,
    Actor,
    word,
)
from tests.fixtures.gateway.in_process import AUDITOR, MAJORITY_DAY, NOW_S, Api, actor_rows
from tests.fixtures.gateway.requests import MEMBER_ASKED, NUMBER, identity_of

TODAY = day_of(NOW_S)


def visit(state: str) -> dict[str, Any]:
    return {
        "visit_id": "visit-1", "provider": HOSPITAL.account, "member": ANN.account,
        "care_type": "OUTPATIENT", "state": state, "start_day": TODAY, "version": 1,
        "created_at_ms": 1, "updated_at_ms": 1,
    }  # fmt: skip


def coverage(**changes: Any) -> dict[str, Any]:
    return {
        "member": ANN.account, "scheme": "RESIDENT", "start_day": TODAY - 10,
        "end_day": TODAY + 100, "care_from_day": TODAY - 10, "insurer": INSURER.account,
        "member_kind": "ADULT", "region": "110000", "tenure_years": 2, "bill_id": word("bill"),
        "block_number": 3, **changes,
    }  # fmt: skip


class TestWhoSeesAMember:
    """A member's data is for the member, its guardian, its carer, its insurer, an auditor."""

    @pytest.mark.parametrize("actor", [BEN, HOSPITAL, INSURER, INSURER_2])
    async def test_without_a_tie__is_not_owner(self, sqlite_api: Api, actor: Actor) -> None:
        for part in ("", "/benefits", "/accumulators"):
            answer = await sqlite_api.get(actor, f"/v1/members/{ANN.account}{part}")
            assert (answer.status_code, answer.json()["code"]) == (403, "NotOwner")

    async def test_provider__sees_a_member_during_an_open_visit_only(self, api: Api) -> None:
        path = f"/v1/members/{ANN.account}"
        for state, status in (("REGISTERED", 200), ("SETTLED_VISIT", 403), ("CANCELLED", 403)):
            await api.write({Visit: [visit(state)]})
            assert (await api.get(HOSPITAL, path)).status_code == status

    async def test_insurer__sees_whom_it_covers(self, api: Api) -> None:
        await api.write({Coverage: [coverage()]})
        path = f"/v1/members/{ANN.account}"
        assert (await api.get(INSURER, path)).status_code == 200
        assert (await api.get(INSURER_2, path)).status_code == 403

    async def test_guardian__sees_the_minor_until_majority(self, api: Api) -> None:
        path = f"/v1/members/{CARL.account}"
        answer = await api.get(ANN, path)
        assert answer.status_code == 200
        assert answer.json()["guardians"] == [
            {"guardian_id": ANN.account, "until": iso(MAJORITY_DAY)}
        ]
        assert (await api.get(BEN, path)).status_code == 403

    @pytest.mark.parametrize(("until_day", "status"), [(TODAY + 1, 200), (TODAY, 403)])
    async def test_guardian_on_the_day_of_majority__sees_nothing(
        self, sqlite_api: Api, until_day: int, status: int
    ) -> None:
        """M16.2: the day on which a guardian's right ends is no longer the guardian's."""
        (guardian,) = actor_rows()[Guardian]
        await sqlite_api.write({Guardian: [guardian | {"until_day": until_day}]})
        for path in (f"/v1/members/{CARL.account}", f"/v1/wallets/{CARL.account}/balance"):
            assert (await sqlite_api.get(ANN, path)).status_code == status, path

    async def test_auditor__is_told_that_an_id_is_unknown(self, api: Api) -> None:
        answer = await api.get(AUDITOR, f"/v1/members/{STRANGER.account}")
        assert (answer.status_code, answer.json()["code"]) == (404, "MemberUnknown")
        assert (await api.get(AUDITOR, f"/v1/members/{ANN.account}")).status_code == 200

    async def test_operator__sees_whom_it_registered(self, api: Api) -> None:
        """M16.2: and nobody whom another registrar opened."""
        assert (await api.get(OPERATOR, f"/v1/members/{ANN.account}")).status_code == 200
        refused = await api.get(EMPLOYER, f"/v1/members/{ANN.account}")
        assert refused.json()["code"] == "RoleMissing"
        ann = next(row for row in actor_rows()[Member] if row["account"] == ANN.account)
        await api.write({Member: [ann | {"opened_by": INSURER.account}]})
        foreign = await api.get(OPERATOR, f"/v1/members/{ANN.account}")
        assert (foreign.status_code, foreign.json()["code"]) == (403, "NotOwner")

    async def test_unchanged__is_304(self, api: Api) -> None:
        path = f"/v1/members/{ANN.account}"
        first = await api.get(ANN, path)
        again = await api.get(ANN, path, headers={"If-None-Match": first.headers["ETag"]})
        other = await api.get(ANN, path, headers={"If-None-Match": 'W/"other"'})
        assert (again.status_code, other.status_code) == (304, 200)


class TestRegistration:
    """S05: a number is bound once, sealed here, and nowhere in what is signed."""

    async def _prepared(self, api: Api, **changes: Any) -> dict[str, Any]:
        answer = await api.post(OPERATOR, "/v1/members/intents", {**MEMBER_ASKED, **changes})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def test_wrong_check_digit__is_refused_at_its_field(self, api: Api) -> None:
        asked = {**MEMBER_ASKED, "number": NUMBER[:-1] + "0"}
        answer = await api.post(OPERATOR, "/v1/members/intents", asked)
        assert (answer.status_code, answer.json()["code"]) == (422, "InvalidIdentityNumber")
        assert NUMBER[:-1] not in answer.text

    @pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\u200f", "\ufeff", "\u2028", "\x85"])
    async def test_name_with_an_unseen_mark__is_refused_at_its_field(
        self, sqlite_api: Api, mark: str
    ) -> None:
        """Such a name would read on a receipt as another one."""
        asked = MEMBER_ASKED | {"name": f"张{mark}三丰"}
        answer = await sqlite_api.post(OPERATOR, "/v1/members/intents", asked)
        (fault,) = answer.json()["errors"]
        assert (answer.status_code, fault["pointer"]) == (422, "/name")
        assert "direction marks" in fault["detail"]

    @pytest.mark.parametrize(
        "name", ["欧阳娜娜", "古丽·阿依木", "می\u200cخواهم", "Zoë O'Neil", "𠮷田"]
    )
    async def test_name_as_people_spell_it__is_accepted(self, sqlite_api: Api, name: str) -> None:
        asked = MEMBER_ASKED | {"name": name}
        answer = await sqlite_api.post(OPERATOR, "/v1/members/intents", asked)
        assert answer.status_code == 200, answer.text

    async def test_other_identity_than_committed__is_refused(self, api: Api) -> None:
        prepared = await self._prepared(api)
        body = api.signed(prepared["intent"], OPERATOR) | identity_of(prepared)
        body["identity"]["salt"] = word("other salt")
        answer = await api.submit(OPERATOR, "/v1/members", body)
        assert (answer.status_code, answer.json()["code"]) == (400, "MalformedBody")

    async def test_accepted__stores_the_identity_sealed(self, api: Api) -> None:
        prepared = await self._prepared(api)
        # What is signed and goes on chain has only the hash; the caller gets its own words back.
        assert NUMBER not in str(prepared["intent"]) + str(prepared["typed_data"])
        body = api.signed(prepared["intent"], OPERATOR) | identity_of(prepared)
        answer = await api.submit(OPERATOR, "/v1/members", body)
        assert answer.status_code == 202, answer.text

        def read(unit: UnitOfWork) -> tuple[Any, Any]:
            stored = unit.execute(select(Identity.member, Identity.number_sealed)).one()
            return stored, IdentityVault(open_sealer(api.gateway.settings)).find(unit, NUMBER)

        stored, known = await api.gateway.database.read(read)
        assert stored.member == prepared["member_id"]
        assert NUMBER.encode() not in bytes(stored.number_sealed)
        assert known == (prepared["member_id"], "Ann Example")

    async def test_second_member_for_a_number__is_refused_while_the_first_may_come(
        self, api: Api
    ) -> None:
        first = await self._prepared(api)
        second = await self._prepared(api)
        body = api.signed(first["intent"], OPERATOR) | identity_of(first)
        assert (await api.submit(OPERATOR, "/v1/members", body)).status_code == 202
        other = api.signed(second["intent"], OPERATOR) | identity_of(second)
        answer = await api.submit(OPERATOR, "/v1/members", other, key="key-2")
        assert (answer.status_code, answer.json()["code"]) == (409, "IdentityAlreadyBound")
        asked = await api.post(OPERATOR, "/v1/members/intents", MEMBER_ASKED)
        assert asked.json()["code"] == "IdentityAlreadyBound"

    async def test_first_registration_refused_on_chain__frees_the_number(self, api: Api) -> None:
        first = await self._prepared(api)
        body = api.signed(first["intent"], OPERATOR) | identity_of(first)
        await api.submit(OPERATOR, "/v1/members", body)

        def refuse(unit: UnitOfWork) -> None:
            table = OutboxIntent.__table__
            unit.execute(table.update().values(state="REFUSED"))  # type: ignore[attr-defined]

        await api.gateway.database.write(refuse)
        second = await self._prepared(api)
        other = api.signed(second["intent"], OPERATOR) | identity_of(second)
        assert (await api.submit(OPERATOR, "/v1/members", other, key="key-2")).status_code == 202


class TestFamilyLinks:
    """P11: a link is signed by both, its end by the holder; a minor's by the guardian."""

    async def test_link__needs_both_signatures(self, api: Api) -> None:
        path = f"/v1/members/{ANN.account}/family-links"
        asked = {"relative_id": BEN.account, "relation": "SPOUSE"}
        prepared = (await api.post(ANN, f"{path}/intents", asked)).json()
        one = await api.submit(ANN, path, api.signed(prepared["intent"], ANN))
        assert (one.status_code, one.json()["code"]) == (401, "SignatureMissing")
        assert one.json()["values"]["signer"] == BEN.account
        both = await api.submit(ANN, path, api.signed(prepared["intent"], ANN, BEN))
        assert both.status_code == 202

    async def test_link_with_a_minor__is_signed_by_the_guardian(self, api: Api) -> None:
        path = f"/v1/members/{ANN.account}/family-links"
        asked = {"relative_id": CARL.account, "relation": "CHILD"}
        prepared = (await api.post(ANN, f"{path}/intents", asked)).json()
        wrong = await api.submit(ANN, path, api.signed(prepared["intent"], ANN, BEN))
        assert wrong.json()["errors"][0]["pointer"] == "/signatures/1/account"
        right = await api.submit(ANN, path, api.signed(prepared["intent"], ANN, ANN))
        assert right.status_code == 202

    async def test_end__is_signed_by_the_holder_alone(self, api: Api) -> None:
        path = f"/v1/members/{ANN.account}/family-links"
        asked = {"relative_id": BEN.account, "relation": None}
        prepared = (await api.post(ANN, f"{path}/intents", asked)).json()
        assert prepared["intent"]["kind"] == "END_FAMILY_LINK"
        answer = await api.submit(ANN, path, api.signed(prepared["intent"], ANN))
        assert answer.status_code == 202

    async def test_list__shows_both_directions(self, api: Api) -> None:
        row = {
            "holder": BEN.account, "relative": ANN.account, "relation": "SPOUSE", "active": True,
            "linked_at": NOW_S, "ended_at": None, "block_number": 1,
        }  # fmt: skip
        await api.write({FamilyLink: [row]})
        for actor in (ANN, BEN):
            answer = await api.get(actor, f"/v1/members/{actor.account}/family-links")
            assert [one["holder_id"] for one in answer.json()["items"]] == [BEN.account]

    async def test_guardian_of_a_minor__is_named_by_a_registrar(self, api: Api) -> None:
        path = f"/v1/members/{CARL.account}/guardians"
        asked = {"actor_id": OPERATOR.account, "guardian_id": BEN.account, "until": "2031-05-01"}
        prepared = (await api.post(OPERATOR, f"{path}/intents", asked)).json()
        body = api.signed(prepared["intent"], OPERATOR)
        assert (await api.submit(OPERATOR, path, body)).status_code == 202


class TestBenefits:
    """Coverage of a day with its plans, and the accumulators of a year."""

    async def test_day_outside_every_period__has_none(self, api: Api) -> None:
        await api.write({Coverage: [coverage()]})
        path = f"/v1/members/{ANN.account}/benefits?day={iso(TODAY + 100)}"
        assert (await api.get(ANN, path)).json()["items"] == []

    async def test_day_that_does_not_exist__is_malformed(self, api: Api) -> None:
        answer = await api.get(ANN, f"/v1/members/{ANN.account}/benefits?day=2026-02-30")
        assert (answer.status_code, answer.json()["code"]) == (400, "MalformedBody")

    async def test_waiting_suspended_and_active__are_told_apart(self, api: Api) -> None:
        gap = {"bill_id": word("bill"), "part": 1, "gap_start": TODAY, "gap_end": TODAY + 5,
               "block_number": 1}  # fmt: skip
        await api.write({Coverage: [coverage(care_from_day=TODAY + 10)], CoverageGap: [gap]})
        found = {}
        for day in (TODAY - 1, TODAY, TODAY + 5, TODAY + 10):
            path = f"/v1/members/{ANN.account}/benefits?day={iso(day)}"
            found[day - TODAY] = (await api.get(ANN, path)).json()["items"][0]["status"]
        assert found == {-1: "WAITING", 0: "SUSPENDED", 5: "WAITING", 10: "ACTIVE"}

    async def test_plans__are_the_approved_ones_of_the_day(self, api: Api) -> None:
        plan = {
            "plan_id": word("plan"), "kind": "BENEFIT", "region": "110000", "scheme": "RESIDENT",
            "member_kind": "ADULT", "care_type": "INPATIENT", "valid_until": TODAY + 500,
            "insurer": INSURER.account, "source_hash": word("s"), "catalogue_root": word("c"),
            "body_hash": word("b"), "proposer": INSURER.account, "approver": INSURER.account,
            "proposed_at": 1, "approved_at": 2, "block_number": 1,
        }  # fmt: skip
        versions = [
            {**plan, "version": 1, "status": "APPROVED", "valid_from": TODAY - 50},
            {**plan, "version": 2, "status": "PROPOSED", "valid_from": TODAY - 50},
            {**plan, "version": 3, "status": "APPROVED", "valid_from": TODAY + 50},
        ]
        await api.write({Coverage: [coverage()], PlanVersion: versions})
        items = (await api.get(ANN, f"/v1/members/{ANN.account}/benefits")).json()["items"]
        assert [one["version"] for one in items[0]["plans"]] == [1]

    async def test_accumulators__are_shown_by_kind_of_care_in_fen(self, api: Api) -> None:
        row = {
            "member": ANN.account, "year": 2026, "deductible_used_e4": [0, 40_000_000, 0],
            "in_bands_e4": [0, 160_000_000, 0], "fund_paid_fen": [0, 12_800, 0],
            "compliant_self_pay_fen": 7_200, "aid_paid_fen": 0, "stays": 1, "block_number": 6,
        }  # fmt: skip
        await api.write({MemberYear: [row]})
        path = f"/v1/members/{ANN.account}/accumulators"
        body = (await api.get(ANN, path)).json()
        assert (body["year"], body["stays"], body["block_number"]) == (2026, 1, 6)
        assert body["scopes"]["INPATIENT"]["deductible_used_fen"] == 4_000
        assert body["scopes"]["INPATIENT"]["fund_paid_fen"] == 12_800
        empty = (await api.get(ANN, f"{path}?year=2020")).json()
        assert empty["stays"] == 0
