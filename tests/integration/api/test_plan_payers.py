"""Who may be named as payer of a supplementary layer, told before anything is signed (S16)."""

import json
from typing import Any

import pytest

from node.chain import accounts
from node.domain.kinds import FundKind, Scheme
from tests.fixtures.actors import (
    ANN,
    HOSPITAL,
    INSURER,
    INSURER_2,
    OFFICER_A,
    OPERATOR,
    PHARMACY,
    REGION,
)
from tests.fixtures.gateway.in_process import Api
from tests.fixtures.tools import ROOT

FAR = "0x" + b"310000".hex().ljust(24, "0")
OUTPATIENT = json.loads((ROOT / "node/devnet/plans/resident-adult-outpatient.json").read_text())


def own(kind: FundKind) -> str:
    return accounts.fund(REGION, Scheme.RESIDENT, kind)


def asked(*payers: str) -> dict[str, Any]:
    """Return the proposal of a plan with a supplementary layer for each payer."""
    layers = [{"layer": "supplementary", "ratio_bp": 500, "payer": payer} for payer in payers]
    selector = {"plan_id": "new", "care_type": "CHRONIC"}
    return {
        "officer_id": OFFICER_A.account,
        "document": {**OUTPATIENT, **selector, "layers": layers},
    }


class TestPayers:
    @pytest.mark.parametrize("kind", [FundKind.BIG_ILLNESS, FundKind.SUBSIDY, FundKind.CAMPAIGN])
    async def test_fund_of_the_insurer__is_taken(self, api: Api, kind: FundKind) -> None:
        answer = await api.post(INSURER, "/v1/plans/intents", asked(own(kind)))
        assert answer.status_code == 200, answer.text

    @pytest.mark.parametrize(
        "payer",
        [
            *(own(FundKind.POOLED), own(FundKind.AID)),
            accounts.fund(REGION, Scheme.EMPLOYEE, FundKind.CAMPAIGN),
            accounts.fund(FAR, Scheme.RESIDENT, FundKind.CAMPAIGN),
            accounts.receivable(HOSPITAL.account, INSURER.account),
            *(ANN.account, INSURER.account, INSURER_2.account),
        ],
    )
    async def test_account_of_somebody_else__is_refused_at_its_place(
        self, api: Api, payer: str
    ) -> None:
        answer = await api.post(INSURER, "/v1/plans/intents", asked(payer))
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (403, "NotOwner"), answer.text
        assert problem["errors"][0]["pointer"] == "/document/layers/0/payer"

    async def test_two_payers__are_refused(self, api: Api) -> None:
        document = asked(own(FundKind.CAMPAIGN), own(FundKind.SUBSIDY))
        problem = (await api.post(INSURER, "/v1/plans/intents", document)).json()
        assert problem["code"] == "InvalidBands"
        assert problem["errors"][0]["pointer"] == "/document/layers/1/payer"


class TestSettlementAccount:
    @pytest.mark.parametrize("account", [ANN.account, own(FundKind.POOLED)])
    async def test_account_of_no_organisation__is_refused(self, api: Api, account: str) -> None:
        """A reversal takes from it, and its money is shown to the organisation."""
        signer = {"key": HOSPITAL.signer.key[:-1] + "0", "kind": "SECP256K1"}
        body = {"actor_id": OPERATOR.account, "kind": "PROVIDER", "provider_type": "CLINIC",
                "level": "1", "region": "110000", "signer": signer,
                "settlement_account_id": account}  # fmt: skip
        problem = (await api.post(OPERATOR, "/v1/providers/intents", body)).json()
        assert problem["code"] == "MalformedBody"
        assert problem["errors"][0]["pointer"] == "/settlement_account_id"


class TestPharmacy:
    async def test_inpatient_care__is_not_its_own(self, api: Api) -> None:
        """domain.md §2: a pharmacy admits nobody, whatever the visit is called."""
        visit = {"member_id": ANN.account, "care_type": "INPATIENT", "inpatient": False,
                 "start": "2026-01-02"}  # fmt: skip
        problem = (await api.post(PHARMACY, "/v1/visits", visit)).json()
        assert problem["code"] == "CareTypeNotCovered"
        assert problem["errors"][0]["pointer"] == "/care_type"
