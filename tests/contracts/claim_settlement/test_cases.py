"""P28: every shared case gives its expected amounts through PlanRegistry and a quote."""

from dataclasses import replace
from typing import Any

import pytest

from node.chain.abi.plans import plan_id_hash
from node.domain.adjudication.settlement import Settlement
from node.domain.cases.case import CaseRun, Claim, compare
from node.domain.cases.documents import read_cases
from node.domain.ids import AccountId
from node.domain.kinds import CashMode, ItemClass, LayerKind, ProviderType
from node.intents.bodies import ContractProvider
from tests.fixtures.actors import INSURER, OPERATOR, Organisation
from tests.fixtures.evm.claims import CAMPAIGN, DORA, TODAY, YEAR_END, YEAR_START, Claims, fee_line
from tests.fixtures.tools import ROOT

CASES = ROOT / "tests" / "data" / "adjudication.cases.json"
RUNS = read_cases(CASES.read_bytes())


def quote(claims: Claims, claim: Claim) -> Settlement:
    """Publish the plan of a case, make a provider of its level, and ask the contract."""
    layers = tuple(
        replace(layer, payer=AccountId(CAMPAIGN))
        if layer.kind is LayerKind.SUPPLEMENTARY
        else layer
        for layer in claim.plan.layers
    )
    claims.publish("case", replace(claim.plan, layers=layers))
    provider = Organisation("CASE", provider_type=ProviderType.HOSPITAL, level=claim.context.level)
    world = claims.world
    world.handle("ProviderRegistry", "register", OPERATOR, provider.registration)
    contract = ContractProvider(provider.account, True)
    world.handle("ProviderRegistry", "contractProvider", INSURER, contract)
    claims.enrol(DORA, start_day=YEAR_START, end_day=YEAR_END)
    common: dict[str, Any] = {
        "member": DORA.account,
        "plan_id": plan_id_hash("case"),
        "cash_mode": int(CashMode.COUNTER),
        "service_end": TODAY,
    }
    for stay in range(claim.context.before.stays):
        fee = fee_line(1, ItemClass.C, name=f"earlier stay {stay}")
        claims.settle(claims.body(fee, **common), provider=provider)
    lines = [
        fee_line(
            line.gross_fen,
            line.item_class,
            over_fen=line.over_fen,
            self_pay_bp=line.self_pay_bp,
            name=f"line {place}",
        )
        for place, line in enumerate(claim.lines)
    ]
    decision = claims.quote(claims.body(*lines, **common), provider=provider)
    return Settlement(*decision["settlement"].values())


class TestSharedCases:
    """15 of 15, to the fen."""

    @pytest.mark.parametrize("run", RUNS, ids=lambda run: run.label)
    def test_case__equals_what_its_source_says(self, claims: Claims, run: CaseRun) -> None:
        settlement = quote(claims, run.claim) if run.claim is not None else None
        result = compare(run, settlement)
        assert result.passed, result.mismatches

    def test_all_cases__are_run(self) -> None:
        assert len({run.case_id for run in RUNS}) == 15

    def test_other_expectation__is_found(self, claims: Claims) -> None:
        run = next(run for run in RUNS if run.case_id == "CN-13")
        assert run.claim is not None
        expected = tuple(replace(one, amount_fen=one.amount_fen + 1) for one in run.expected)
        wrong = replace(run, expected=expected)
        found = compare(wrong, quote(claims, run.claim)).mismatches
        assert len(found) == len(run.expected)
