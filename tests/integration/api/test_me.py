"""GET /v1/me: each role sees what it is and what is to be done, and nothing of anybody else."""

from typing import Any

import pytest

from node.bootstrap import open_sealer
from node.db.models.bills import Bill
from node.db.models.members import Coverage, FamilyLink, Guardian, Member
from node.db.repositories.identities import IdentityVault, NewIdentity
from node.domain.days import iso
from node.domain.roles import Role
from tests.fixtures.actors import (
    ANN,
    BANK,
    BEN,
    CARL,
    CLINIC,
    EMPLOYER,
    HOSPITAL,
    INSURER,
    INSURER_2,
    OFFICER_A,
    OFFICERS,
    OPERATOR,
    PHARMACY,
    STRANGER,
    Actor,
    word,
)
from tests.fixtures.gateway.in_process import AUDITOR, FEN, MAJORITY_DAY, NOW_S, Api
from tests.integration.api.test_members import TODAY, coverage
from tests.integration.api.test_premiums import bill

NUMBER = "110101199003078515"
PAID = {"state": "PAID", "paid_parts": 1}
PEOPLE = (Role.MEMBER, Role.DEPENDANT)


def link(holder: Actor, relative: Actor, **changes: Any) -> dict[str, Any]:
    return {
        "holder": holder.account, "relative": relative.account, "relation": "SPOUSE",
        "active": True, "linked_at": NOW_S, "ended_at": None, "block_number": 1, **changes,
    }  # fmt: skip


async def me(api: Api, actor: Actor, role: Role | None = None) -> dict[str, Any]:
    answer = await api.get(actor, "/v1/me", role=role)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert found["account_id"] == actor.account
    return found


async def mine(api: Api, actor: Actor) -> dict[str, Any]:
    found: dict[str, Any] = (await me(api, actor))["member"]
    return found


class TestMember:
    async def test_own_account__is_told_with_token_and_pockets(self, api: Api) -> None:
        found = await me(api, BEN)
        assert (found["role"], found["day"], found["organisation"]) == ("MEMBER", iso(TODAY), None)
        assert found["token"] == {
            "label": "BEN", "created_at_ms": NOW_S * 1000, "expires_at_ms": None,
        }  # fmt: skip
        member = found["member"]
        assert member["pockets"]["CASH"] == {
            "available_fen": FEN, "held_fen": 0, "total_fen": FEN,
        }  # fmt: skip
        empty = ("categories", "coverages", "guardians", "wards", "family_links", "bills")
        assert [member[name] for name in empty] == [[]] * len(empty)
        assert (member["name"], member["wallet_open"]) == (None, True)

    async def test_token_with_an_end__says_when(self, sqlite_api: Api) -> None:
        tokens = sqlite_api.gateway.tokens
        issued = await tokens.issue(
            role=Role.MEMBER, account=ANN.account, label="phone", lifetime_s=60
        )
        headers = {"Authorization": f"Bearer {issued.token}"}
        answer = await sqlite_api.http.get("/v1/me", headers=headers)
        assert answer.json()["token"]["expires_at_ms"] == (NOW_S + 60) * 1000
        assert issued.token not in answer.text
        assert issued.token_hash not in answer.text

    async def test_name__is_masked_and_the_number_never_told(self, sqlite_api: Api) -> None:
        vault = IdentityVault(open_sealer(sqlite_api.gateway.settings))
        one = NewIdentity(ANN.account, NUMBER, "张三丰", word("salt"))
        await sqlite_api.gateway.database.write(lambda unit: vault.add(unit, one, now_ms=1))
        answer = await sqlite_api.get(ANN, "/v1/me")
        assert answer.json()["member"]["name"] == "张**"
        assert "三" not in answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        assert NUMBER not in answer.text

    async def test_wards__are_those_of_today_with_their_bills_and_coverage(self, api: Api) -> None:
        past = {"member": BEN.account, "guardian": ANN.account, "until_day": TODAY,
                "block_number": 1}  # fmt: skip
        rows = [bill("own"), bill("ward", member=CARL.account), bill("ben", member=BEN.account)]
        await api.write({Guardian: [past], Bill: rows})
        await api.write({Coverage: [coverage(member=CARL.account), coverage(member=BEN.account)]})
        member = await mine(api, ANN)
        assert member["wards"] == [{"member_id": CARL.account, "until": iso(MAJORITY_DAY)}]
        assert {one["bill_id"] for one in member["bills"]} == {word("own"), word("ward")}
        assert [one["member_id"] for one in member["coverages"]] == [CARL.account]
        child = await mine(api, CARL)
        assert child["guardians"] == [{"guardian_id": ANN.account, "until": iso(MAJORITY_DAY)}]
        assert [one["bill_id"] for one in child["bills"]] == [word("ward")]
        assert child["wards"] == []

    async def test_links__are_told_in_both_directions(self, sqlite_api: Api) -> None:
        ended = link(CARL, ANN, active=False, ended_at=NOW_S)
        await sqlite_api.write({FamilyLink: [link(ANN, BEN), ended, link(BEN, CARL)]})
        found = (await mine(sqlite_api, ANN))["family_links"]
        sides = {(one["holder_id"], one["relative_id"], one["active"]) for one in found}
        assert sides == {
            (ANN.account, BEN.account, True), (CARL.account, ANN.account, False),
        }  # fmt: skip
        assert (await mine(sqlite_api, BEN))["family_medical_fen"] == FEN

    async def test_bills__are_those_that_somebody_must_act_on(self, api: Api) -> None:
        rows = [
            bill("late", due_day=TODAY - 31),
            bill("pending", period_start=TODAY + 200, period_end=TODAY + 300,
                 joined_day=TODAY + 200, **PAID),
            bill("covered", **PAID),
            bill("over", period_start=TODAY - 50, period_end=TODAY - 20, joined_day=0, **PAID),
            bill("refunded", state="REFUNDED"),
            bill("cancelled", state="CANCELLED"),
        ]  # fmt: skip
        await api.write({Bill: rows, Coverage: [coverage(end_day=TODAY + 100)]})
        found = {one["bill_id"]: one for one in (await mine(api, ANN))["bills"]}
        assert set(found) == {word("late"), word("pending")}
        # The coverage of the year stands for every bill of its days, so the late one is covered.
        assert (found[word("late")]["state"], found[word("late")]["coverage"]) == (
            "OVERDUE",
            "ACTIVE",
        )
        assert found[word("pending")]["coverage"] == "PENDING_ENROLMENT"

    async def test_coverages__are_those_of_today_and_later(self, sqlite_api: Api) -> None:
        rows = [
            coverage(start_day=TODAY - 90, end_day=TODAY, care_from_day=TODAY - 90),
            coverage(start_day=TODAY, end_day=TODAY + 1, care_from_day=TODAY),
            coverage(start_day=TODAY + 1, care_from_day=TODAY + 30),
        ]
        await sqlite_api.write({Coverage: rows})
        found = (await mine(sqlite_api, ANN))["coverages"]
        assert [one["coverage"] for one in found] == ["ACTIVE", "UPCOMING"]

    async def test_account_that_the_chain_does_not_know__is_nobody_yet(
        self, sqlite_api: Api
    ) -> None:
        found = await me(sqlite_api, STRANGER)
        assert (found["role"], found["member"], found["organisation"]) == ("MEMBER", None, None)


class TestOrganisation:
    @pytest.mark.parametrize(
        ("actor", "kind", "provider_type", "insurers"),
        [
            *((one, "PROVIDER", kind, [INSURER.account]) for one, kind in (
                (HOSPITAL, "HOSPITAL"), (CLINIC, "CLINIC"), (PHARMACY, "PHARMACY"))),
            *((one, kind, "NONE", None) for one, kind in (
                (INSURER, "INSURER"), (INSURER_2, "INSURER"), (EMPLOYER, "EMPLOYER"),
                (BANK, "CHANNEL"), (AUDITOR, "AUDITOR"), (OPERATOR, "OPERATOR"))),
        ],
        ids=lambda one: getattr(one, "name", None),
    )  # fmt: skip
    async def test_each_kind__is_told_its_registration_officers_and_contracts(
        self,
        sqlite_api: Api,
        actor: Actor,
        *,
        kind: str,
        provider_type: str,
        insurers: list[str] | None,
    ) -> None:
        found = await me(sqlite_api, actor)
        own = found["organisation"]
        assert (found["role"], found["member"]) == (kind, None)
        assert (own["kind"], own["status"], own["region"]) == (kind, "ACTIVE", "110000")
        assert (own["provider_type"], own["insurer_ids"]) == (provider_type, insurers)
        officers = {one.account for owner, one in OFFICERS if owner is actor}
        assert {one["officer_id"] for one in own["officers"]} == officers

    async def test_officer__is_told_with_its_roles(self, sqlite_api: Api) -> None:
        officers = (await me(sqlite_api, INSURER))["organisation"]["officers"]
        roles = {one["officer_id"]: one["roles"] for one in officers}
        assert roles[OFFICER_A.account] == ["PLANS", "PAUSE", "CORRECTION", "REVIEW"]


class TestEveryRole:
    """A role decides what is told: the side of the other kind stays closed."""

    async def test_role__opens_one_side_only(self, sqlite_api: Api) -> None:
        await sqlite_api.write({Bill: [bill("own")], Coverage: [coverage()]})
        for role in Role:
            for actor in (ANN, HOSPITAL):
                found = await me(sqlite_api, actor, role)
                person = role in PEOPLE
                assert (found["member"] is not None) is (person and actor is ANN), role
                told = found["organisation"] is not None
                assert told is (not person and actor is HOSPITAL), role

    async def test_no_answer__names_an_account_without_a_tie(self, sqlite_api: Api) -> None:
        others = [one.account for one in (BEN, CARL, HOSPITAL, EMPLOYER, INSURER_2, STRANGER)]
        rows = {
            Bill: [bill("of ben", member=BEN.account, payer=EMPLOYER.account)],
            Coverage: [coverage(member=BEN.account, insurer=INSURER_2.account)],
            FamilyLink: [link(BEN, CARL)],
        }
        await sqlite_api.write(rows)
        for actor in (CLINIC, INSURER, BANK, AUDITOR, OPERATOR):
            text = (await sqlite_api.get(actor, "/v1/me")).text
            assert not [one for one in others if one in text], actor.name
        text = (await sqlite_api.get(ANN, "/v1/me")).text
        tied = {CARL.account}
        assert not [one for one in others if one in text and one not in tied]

    async def test_unknown_filter__is_refused(self, sqlite_api: Api) -> None:
        answer = await sqlite_api.get(ANN, "/v1/me", params={"account": BEN.account})
        assert (answer.status_code, answer.json()["code"]) == (400, "FilterUnknown")

    async def test_widest_categories__are_all_named(self, sqlite_api: Api) -> None:
        row = {
            "account": ANN.account, "identity_commitment": word("i"), "categories": 2**32 - 1,
            "opened_by": OPERATOR.account, "opened_at": NOW_S, "terms_hash": None,
            "wallet_opened_at": None, "block_number": 1,
        }  # fmt: skip
        await sqlite_api.write({Member: [row]})
        member = await mine(sqlite_api, ANN)
        assert (len(member["categories"]), member["wallet_open"]) == (32, False)
