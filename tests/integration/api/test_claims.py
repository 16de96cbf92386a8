"""Claims without a chain: what is settled, with which lines, and listed and undone for whom."""

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest

from node.db.models.claims import Claim
from node.db.models.members import Coverage
from node.db.models.parties import PlanVersion
from node.db.models.visits import Visit
from node.db.repositories.visits import LineRow, VisitsRepository
from node.desk.callers import Caller
from node.domain.adjudication.accumulators import Accumulators
from node.domain.adjudication.settlement import Settlement
from node.domain.ids import NO_HASH
from node.domain.kinds import CashMode, ItemClass
from node.domain.plans.plan import BenefitPlan
from node.domain.roles import Role
from node.features.claims.service import ClaimRequest, ClaimsService
from node.features.claims.traces import ClaimTrace, TracesService
from node.intents.bodies import ClaimLine, SettleClaim
from node.intents.claim_bodies import unquoted_claim
from node.intents.messages import Intent, IntentKind
from node.intents.wire import intent_to_json
from tests.factories.plans import plan_with
from tests.fixtures.actors import (
    ANN,
    BEN,
    CARL,
    CLINIC,
    HOSPITAL,
    INSURER,
    INSURER_2,
    PHARMACY,
    Actor,
    word,
)
from tests.fixtures.gateway.in_process import AUDITOR, HEAD, NOW_S, Api
from tests.fixtures.gateway.receipts import CLAIM_ID, claim_row
from tests.integration.api.test_members import TODAY, coverage
from tests.integration.api.test_premiums import plan
from tests.integration.api.test_receipt_care import explained
from tests.integration.api.test_standings import VISIT, visit

ASKED = {"visit_id": VISIT, "claim_number": "7"}


def line(number: int, **changes: Any) -> LineRow:
    """Return a line of the visit."""
    one = LineRow(number, "A01", "A", 1, 500, 500, 0, 0, word(f"line {number}"), revoked=False)
    return one._replace(**changes)


async def in_care(api: Api, *lines: LineRow, **changes: Any) -> None:
    """Put ANN into a visit of the clinic."""
    await api.write({Visit: [visit(**changes)]})
    visits = VisitsRepository(api.gateway.kernel.sealer)
    found = list(lines)
    await api.gateway.database.write(lambda unit: visits.add_lines(unit, VISIT, found, now_ms=1))


def claimed(*lines: ClaimLine) -> SettleClaim:
    """Return a claim of the visit with these lines."""
    return unquoted_claim(
        member=ANN.account,
        claim_number_hash=word("7"),
        plan_id=word("plan"),
        plan_version=1,
        scheme=2,
        coverage_start=TODAY - 10,
        service_start=TODAY,
        service_end=TODAY,
        cash_mode=CashMode.WALLET,
        lines=lines,
    )


async def handed_in(api: Api, provider: Actor, body: SettleClaim) -> tuple[int, dict[str, Any]]:
    """Hand in a claim for the visit, signed by a provider and ANN."""
    intent = Intent(IntentKind.SETTLE_CLAIM, provider.account, 7, NOW_S + 900, body)
    wire = json.loads(json.dumps(intent_to_json(intent)))
    signed = api.signed(wire, provider, ANN) | {"visit_id": VISIT}
    answer = await api.submit(provider, "/v1/claims", signed)
    return answer.status_code, answer.json()


LINE_1 = ClaimLine(ItemClass.A, 500, 0, 0, word("line 1"))


class TestStates:
    @pytest.mark.parametrize(
        ("state", "lines"),
        [("ADMITTED", (line(1),)), ("CANCELLED", (line(1),)), ("REGISTERED", ())],
        ids=["before discharge", "cancelled", "without lines"],
    )
    async def test_what_cannot_be_settled__has_no_quote_and_is_not_handed_in(
        self, sqlite_api: Api, state: str, lines: tuple[LineRow, ...]
    ) -> None:
        """P37.5, P37.7: a stay before its discharge is refused by name, as all else."""
        await in_care(sqlite_api, *lines, state=state)
        for path in ("quotes", "intents"):
            answer = await sqlite_api.post(CLINIC, f"/v1/claims/{path}", ASKED)
            assert (answer.status_code, answer.json()["code"]) == (409, "VisitStateInvalid")
        status, problem = await handed_in(sqlite_api, CLINIC, claimed(LINE_1))
        assert (status, problem["code"]) == (409, "VisitStateInvalid")


class TestSubmit:
    async def test_claim_with_other_lines_than_the_visits__is_refused(
        self, sqlite_api: Api
    ) -> None:
        """S03.1, M05.2: one fen more is another line, also when provider and member signed it."""
        await in_care(sqlite_api, line(1))
        other = ClaimLine(ItemClass.A, 501, 0, 0, word("line 1"))
        status, problem = await handed_in(sqlite_api, CLINIC, claimed(other))
        assert (status, problem["code"]) == (400, "MalformedBody")
        assert problem["errors"][0]["pointer"] == "/intent/body/lines"

    async def test_visit_of_another_provider__is_unknown(self, sqlite_api: Api) -> None:
        """P37.7: a provider settles what it treated."""
        await in_care(sqlite_api, line(1))
        status, problem = await handed_in(sqlite_api, PHARMACY, claimed(LINE_1))
        assert (status, problem["code"]) == (404, "VisitUnknown")


class Contract:
    """Answers quotes with nothing, and knows the facts of one claim."""

    def __init__(self, plan: BenefitPlan | None = None) -> None:
        self._plan = plan

    async def claim_quote(self, _provider: str, _body: bytes) -> tuple[Any, Any]:
        """Decide that nobody pays."""
        nothing = Settlement(*[0] * 15)
        decision = SimpleNamespace(
            settlement=nothing,
            insurer=INSURER.account,
            accumulators_hash=NO_HASH,
            trace_hash=word("trace"),
        )
        return decision, HEAD

    async def benefit_plan(self, _plan_id: str, _version: int) -> BenefitPlan:
        """Return the plan."""
        assert self._plan is not None
        return self._plan

    def before(self, _evidence: bytes) -> Accumulators:
        """Return a year that begins."""
        return Accumulators()

    def trace_hash(self, words: Any) -> str:
        """Return a hash that depends on the trace."""
        return word(f"trace {tuple(words)}")

    def number_hash(self, number: str) -> str:
        """Return the hash of a number."""
        return word(number)

    def claim_id(self, _provider: str, number_hash: str) -> str:
        """Return the id of a claim."""
        return number_hash


def service_of(api: Api, contract: Contract) -> ClaimsService:
    """Return the service of claims before another contract than the gateway's."""
    kernel = api.gateway.kernel
    return ClaimsService(
        kernel.database,
        desk=kernel.desk,
        visits=VisitsRepository(kernel.sealer),
        quotes=contract,
        facts=contract,
        access=kernel.access,
        clock=kernel.clock,
    )


class TestQuote:
    async def body(self, api: Api) -> SettleClaim:
        caller = Caller(Role.PROVIDER, CLINIC.account)
        asked = ClaimRequest(VISIT, "7", CashMode.WALLET)
        return (await service_of(api, Contract()).quote(caller, asked)).body

    async def covered(self, api: Api, *plans: dict[str, Any]) -> None:
        kind = {"kind": "BENEFIT", "care_type": "OUTPATIENT"}
        rows = [plan(**{**kind, **one}) for one in plans or ({},)]
        await api.write({PlanVersion: rows, Coverage: [coverage()]})

    async def test_lines__are_those_in_force_with_what_is_above_their_limit(
        self, sqlite_api: Api
    ) -> None:
        """P31.1, P37.3: a revoked line is not claimed."""
        revoked = line(2, revoked=True)
        dear = line(3, item_class="B", gross_fen=900, over_fen=120, self_pay_bp=1_000)
        await in_care(sqlite_api, line(1), revoked, dear)
        await self.covered(sqlite_api)
        found = await self.body(sqlite_api)
        assert found.lines == (LINE_1, ClaimLine(ItemClass.B, 900, 120, 1_000, word("line 3")))
        assert found.total_fen == 500 + 900

    async def test_stay_over_a_change_of_plan__follows_the_version_of_its_last_day(
        self, sqlite_api: Api
    ) -> None:
        """S16.2: the day of discharge decides, and the day before still has the old version."""
        days = {"start_day": TODAY - 5, "end_day": TODAY - 2}
        await in_care(sqlite_api, line(1), state="DISCHARGED", **days)
        new = {"version": 2, "valid_from": TODAY - 2}
        await self.covered(sqlite_api, {"valid_until": TODAY - 2}, new)
        found = await self.body(sqlite_api)
        assert (found.plan_version, found.service_start, found.service_end) == (
            2, TODAY - 5, TODAY - 2,
        )  # fmt: skip
        await sqlite_api.write(
            {Visit: [visit(state="DISCHARGED", **days | {"end_day": TODAY - 3})]}
        )
        assert (await self.body(sqlite_api)).plan_version == 1


class TestList:
    async def test_each_party__lists_and_reads_its_own_claims_only(self, api: Api) -> None:
        """M16.2, P16.1: to anybody else there is no claim."""
        await api.write({Claim: [claim_row()]})
        seen = {}
        for actor in (ANN, BEN, CARL, HOSPITAL, CLINIC, INSURER, INSURER_2, AUDITOR):
            listed = (await api.get(actor, "/v1/claims")).json()["items"]
            single = await api.get(actor, f"/v1/claims/{CLAIM_ID}")
            assert single.status_code == 200 or single.json()["code"] == "ClaimUnknown"
            seen[actor.name] = (len(listed), single.status_code)
        # Whoever gave family money reads the claim that it paid for.
        assert seen == {
            "ANN": (1, 200), "BEN": (0, 200), "CARL": (0, 404), "HOSPITAL": (1, 200),
            "CLINIC": (0, 404), "INSURER": (1, 200), "INSURER_2": (0, 404), "AUDITOR": (1, 200),
        }  # fmt: skip

    async def test_claims_of_a_stranger__are_not_listed(self, sqlite_api: Api) -> None:
        """P16.1, P58.2: an error, and no empty list."""
        answer = await sqlite_api.get(BEN, f"/v1/claims?member_id={ANN.account}")
        assert (answer.status_code, answer.json()["code"]) == (403, "NotOwner")


class TestReversal:
    path = f"/v1/claims/{CLAIM_ID}/reversals/intents"

    async def write(self, api: Api, **changes: Any) -> None:
        first = claim_row() | {"state": "SETTLED", "evidence": b"\x01" * 32}
        later = {"claim_id": word("later"), "position": 2, "evidence": b"\x02" * 32, **changes}
        await api.write({Claim: [first, first | later]})

    def asked(self) -> dict[str, Any]:
        return {
            "actor_id": HOSPITAL.account,
            "reason_code": "WRONG_LINES",
            "with_claim_ids": [word("later")],
        }

    async def test_several_claims__are_undone_newest_first(self, sqlite_api: Api) -> None:
        """P29.2: whatever the order in which they are named."""
        await self.write(sqlite_api)
        answer = await sqlite_api.post(HOSPITAL, self.path, self.asked())
        evidence = answer.json()["intent"]["body"]["evidence"]
        assert evidence.endswith("02" * 32 + "01" * 32)

    async def test_claim_that_is_not_settled__is_refused(self, sqlite_api: Api) -> None:
        """P42.4, P29.2: what was undone is not undone again, alone or with others."""
        await self.write(sqlite_api, state="REVERSED")
        answer = await sqlite_api.post(HOSPITAL, self.path, self.asked())
        assert (answer.status_code, answer.json()["code"]) == (409, "ClaimNotSettled")


class TestLines:
    async def test_each_line__has_class_price_shares_and_all_its_reasons(
        self, sqlite_api: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """S03.1, S03.2, S03.3, S03.4, S03.5, P32.1, P32.2: as they were decided."""
        trace = explained(provider_bears_over_limit=True)

        async def explain(_traces: TracesService, _caller: Caller, _claim_id: str) -> ClaimTrace:
            return trace

        monkeypatch.setattr(TracesService, "explain", explain)
        body = (await sqlite_api.get(ANN, f"/v1/claims/{CLAIM_ID}/lines")).json()
        settlement = trace.adjudication.settlement
        found = body["lines"]
        for name, values in (
            ("item_class", ["A", "B", "C"]),
            ("quantity", [2, 2, 2]),
            ("unit_price_fen", [200_000, 26_000, 15_000]),
            ("gross_fen", [400_000, 52_000, 30_000]),
            ("provider_fen", [0, 5_000, 0]),
        ):
            assert [one[name] for one in found] == values
        assert sum(one["fund_fen"] for one in found) == body["fund_fen"] == settlement.fund_fen
        assert sum(one["self_fen"] for one in found) == settlement.member_fen
        refused: dict[str, int] = {}
        for one in found:
            assert one["fund_fen"] + one["provider_fen"] + one["self_fen"] == one["gross_fen"]
            assert sum(part["amount_fen"] for part in one["paid"]) == one["fund_fen"]
            unpaid_fen = sum(part["amount_fen"] for part in one["refused"])
            assert unpaid_fen == one["gross_fen"] - one["fund_fen"]
            for part in one["refused"]:
                refused[part["code"]] = refused.get(part["code"], 0) + part["amount_fen"]
        decided = trace.adjudication.trace.refused
        assert refused == {part.reason.value: part.amount_fen for part in decided}


class TestTrace:
    async def test_trace__is_verified_by_the_hash_of_the_chain_only(self, sqlite_api: Api) -> None:
        """P32.2: what does not hash to what was decided is shown as not proved."""
        contract = Contract(plan_with((100,)))
        visits = VisitsRepository(sqlite_api.gateway.kernel.sealer)
        traces = TracesService(
            sqlite_api.gateway.database,
            claims=service_of(sqlite_api, contract),
            visits=visits,
            facts=cast("Any", contract),
        )
        claim = claim_row() | {"state": "SETTLED", "evidence": b"\x01", "provider": CLINIC.account}
        await in_care(sqlite_api, line(1), line(2, revoked=True), claim_id=CLAIM_ID)
        caller = Caller(Role.MEMBER, ANN.account)
        await sqlite_api.write({Claim: [claim | {"trace_hash": word("another")}]})
        found = await traces.explain(caller, CLAIM_ID)
        assert (found.verified, [one.number for one in found.lines]) == (False, [1])
        shown = contract.trace_hash(found.adjudication.trace_words())
        await sqlite_api.write({Claim: [claim | {"trace_hash": shown}]})
        assert (await traces.explain(caller, CLAIM_ID)).verified
