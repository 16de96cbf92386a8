"""Files of worked cases: every form is read and met, every fault is named with its place (P28)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from node.domain.cases.case import CaseRun, compare, python_engine, run_all
from node.domain.cases.documents import read_cases
from node.domain.errors import DomainError, InvalidAmount, InvalidBands, InvalidRatio, MalformedBody

DATA = Path(__file__).parents[2] / "data"


def runs_of(name: str) -> list[CaseRun]:
    """Return the runs of a committed cases file."""
    return read_cases((DATA / f"{name}.cases.json").read_bytes())


def one_case(**changes: Any) -> dict[str, Any]:
    """Return a file with one case, with members replaced; None drops a member."""
    case: dict[str, Any] = {
        "id": "X",
        "plan": {"deductible": 100, "bands": [[None, 5_000]]},
        "input": {"eligible": 1_100},
        "expect": {"fund": 500},
    }
    case.update(changes)
    return {"cases": [{key: value for key, value in case.items() if value is not None}]}


class TestShippedFile:
    RUNS = runs_of("adjudication")

    @pytest.mark.parametrize("run", RUNS, ids=lambda run: run.label)
    def test_every_published_case__is_met_to_the_fen_p28(self, run: CaseRun) -> None:
        settlement = python_engine(run.claim) if run.claim is not None else None
        assert compare(run, settlement).mismatches == ()

    def test_file__has_fifteen_cases_and_twenty_eight_runs(self) -> None:
        assert len({run.case_id for run in self.RUNS}) == 15
        assert len(self.RUNS) == 28


class TestEveryForm:
    @pytest.mark.parametrize("run", runs_of("every-form"), ids=lambda run: run.label)
    def test_every_documented_form__is_met(self, run: CaseRun) -> None:
        settlement = python_engine(run.claim) if run.claim is not None else None
        assert compare(run, settlement).mismatches == ()


class TestMisses:
    def test_one_wrong_expectation__is_found_with_both_figures_and_place(self) -> None:
        right, wrong = run_all(runs_of("wrong-expectation"))
        assert right.passed
        assert not wrong.passed
        miss = wrong.mismatches[0]
        assert (miss.measure, miss.expected, miss.actual) == ("fund", 501, 500)
        assert miss.pointer == "/cases/1/expect/fund"

    @pytest.mark.parametrize("identity", ["a + b = 6", "1 + 1 = 2; b = a", "a = 2 = 3"])
    def test_identity_in_words_that_fails__is_a_miss(self, identity: str) -> None:
        document = one_case(plan={}, input={"a": 2, "b": 3}, expect={"identity": identity})
        assert not all(result.passed for result in run_all(read_cases(document)))

    def test_identity_in_words_that_holds__is_no_miss(self) -> None:
        words = "a + b = fund 5; b = 1 + 2; a = 2 = two 2"
        document = one_case(plan={}, input={"a": 2, "b": 3}, expect={"identity": words})
        assert all(result.passed for result in run_all(read_cases(document)))

    @pytest.mark.parametrize("expect", [{"wechat_cash": 42_001}, {"total": 202_001}])
    def test_mixed_order_with_a_wrong_sum__is_a_miss(self, expect: dict[str, int]) -> None:
        order = {"gov": 100_000, "self": 45_000, "other": 5_000, "med_cash": 50_000}
        document = one_case(plan={}, input={**order, "add": 2_000, "reduce": 10_000}, expect=expect)
        assert not run_all(read_cases(document))[0].passed

    def test_every_alternative_left_open__is_compared(self) -> None:
        plan = {"ratio_by_level_bp": {"1": 5_000, "2": 5_001}}
        results = run_all(
            read_cases(one_case(plan=plan, input={"eligible": 10_000}, expect={"fund": 5_000}))
        )
        assert [result.passed for result in results] == [True, False]

    @pytest.mark.parametrize(
        ("stay", "passed"), [(None, True), (1, True), ("first", True), ("later", False), (9, False)]
    )
    def test_stay_of_the_input__chooses_the_ladder(
        self, stay: int | str | None, passed: bool
    ) -> None:
        plan = {"deductible_by_stay": {"first": 100, "later": 50}, "bands": [[None, 5_000]]}
        inputs = {"eligible": 1_100, **({} if stay is None else {"stay": stay})}
        assert run_all(read_cases(one_case(plan=plan, input=inputs)))[0].passed is passed


class TestEngines:
    def test_any_callable__is_an_engine_and_sees_claims_only(self) -> None:
        seen = []

        def engine(claim: Any, /) -> Any:
            seen.append(claim)
            return python_engine(claim)

        run_all(runs_of("adjudication"), engine)
        assert len(seen) == 26
        # What a chain must prepare is the number of earlier stays; nothing else is used up.
        assert all(not any(claim.context.before.words()[:-1]) for claim in seen)


class TestMalformedFile:
    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("", "not JSON"),
            ("{", "not JSON"),
            ('{"cases": [1,]}', "not JSON"),
            ('{"a": 1, "a": 2}', "repeated"),
            ('{"cases": NaN}', "not a number"),
            (b"\xff\xfe{}", "UTF-8"),
            ("[" * 100_000, "nested"),
        ],
    )
    def test_text_that_is_not_json__says_why(self, text: str | bytes, reason: str) -> None:
        with pytest.raises(MalformedBody) as refused:
            read_cases(text)
        assert reason in refused.value.reason

    @pytest.mark.parametrize(
        ("document", "pointer"),
        [
            ([], ""),
            ({}, ""),
            ({"cases": []}, "/cases"),
            ({"cases": [5]}, "/cases/0"),
            ({"cases": [], "more": 1}, "/more"),
            (one_case(id=None), "/cases/0"),
            (one_case(id=7), "/cases/0/id"),
            (one_case(plan=None), "/cases/0"),
            (one_case(input=None), "/cases/0"),
            (one_case(expect={}), "/cases/0/expect"),
            (one_case(typo=1), "/cases/0/typo"),
            (
                one_case(plan={"bands": [[None, 5_000]], "deductable": 1}),
                "/cases/0/plan/deductable",
            ),
            (one_case(plan={"deductible": 5}), "/cases/0/plan"),
            (one_case(plan={"bands": 5}), "/cases/0/plan/bands"),
            (one_case(plan={"bands": [[None]]}), "/cases/0/plan/bands/0"),
            (one_case(plan={"by_level": {"1": [5]}}), "/cases/0/plan/by_level/1"),
            (one_case(plan={"bands": [[None, 1]], "copay": 5}), "/cases/0/plan/bands"),
            (one_case(plan={"layer": "aid"}), "/cases/0/plan/layer"),
            (one_case(input={"elegible": 5}), "/cases/0/input/elegible"),
            (one_case(input={}), "/cases/0/input"),
            (one_case(input={"eligible": 0}), "/cases/0/input"),
            (one_case(input={"eligible": 9, "total": 8}), "/cases/0/input/total"),
            (one_case(input={"eligible": 9, "billed": 10}), "/cases/0/input/billed"),
            (one_case(input={"allowed": 9, "billed": 8}), "/cases/0/input/billed"),
            (one_case(input={"eligible": 9, "allowed": 8}), "/cases/0/input"),
            (one_case(input={"eligible": [1, 2], "total": [3]}), "/cases/0/input"),
            (one_case(input={"eligible": 9, "level": "1"}), "/cases/0/input/level"),
            (one_case(expect={"found": 5}), "/cases/0/expect/found"),
            (one_case(expect={"fund_by_moon": 5}), "/cases/0/expect/fund_by_moon"),
            (one_case(expect={"fund": {}}), "/cases/0/expect/fund"),
            (one_case(expect={"fund": {"nowhere": 5}}), "/cases/0/expect/fund"),
            (one_case(expect={"fund": [1, 2]}), "/cases/0/expect/fund"),
            (one_case(expect={"identity": "a + b"}), "/cases/0/expect/identity"),
            (one_case(expect={"identity": "eligible"}), "/cases/0/expect/identity"),
            (one_case(expect={"identity": "a = 1"}), "/cases/0/expect/identity"),
            (one_case(expect={"identity": "eligible - 1 = 1"}), "/cases/0/expect/identity"),
            (one_case(expect={"identity": "eligible 5 = 5"}), "/cases/0/expect/identity"),
            (one_case(plan={"by_level": {"1": [5, 5]}, "deductible": 5}), "/cases/0/plan"),
            (one_case(plan={"deductible_by_stay": [5], "deductible": 5}), "/cases/0/plan"),
        ],
        ids=str,
    )
    def test_fault__is_named_with_its_place(self, document: Any, pointer: str) -> None:
        with pytest.raises(MalformedBody) as refused:
            read_cases(json.dumps(document))
        assert refused.value.field == pointer
        assert refused.value.reason

    @pytest.mark.parametrize(
        ("changes", "error", "pointer"),
        [
            ({"input": {"eligible": -1}}, InvalidAmount, "/cases/0/input/eligible"),
            ({"input": {"eligible": "5"}}, InvalidAmount, "/cases/0/input/eligible"),
            ({"input": {"eligible": True}}, InvalidAmount, "/cases/0/input/eligible"),
            ({"input": {"eligible": 10**13 + 1}}, InvalidAmount, "/cases/0/input/eligible"),
            ({"expect": {"fund": None}}, InvalidAmount, "/cases/0/expect/fund"),
            (
                {"plan": {"ratio_by_level_bp": {"1": 10_001}}},
                InvalidRatio,
                "/cases/0/plan/ratio_by_level_bp/1",
            ),
            (
                {"plan": {"bands": [[5, 1], [4, 1], [None, 1]]}},
                InvalidBands,
                "/cases/0/plan/bands/1",
            ),
            ({"plan": {"bands": [[5, 1]]}}, InvalidBands, "/cases/0/plan/bands"),
            ({"plan": {"bands": [[None, 1], [None, 1]]}}, InvalidBands, "/cases/0/plan/bands/1"),
        ],
    )
    def test_value_out_of_range__is_named_with_its_place(
        self, changes: dict[str, Any], error: type[DomainError], pointer: str
    ) -> None:
        with pytest.raises(error) as refused:
            read_cases(one_case(**changes))
        assert refused.value.field == pointer

    def test_number_with_a_fraction__is_refused_s55(self) -> None:
        text = json.dumps(one_case()).replace("1100", "1100.0")
        with pytest.raises(InvalidAmount) as refused:
            read_cases(text)
        assert refused.value.amount_fen == "1100.0"

    def test_repeated_case_id__is_refused(self) -> None:
        document = one_case()
        document["cases"] *= 2
        with pytest.raises(MalformedBody) as refused:
            read_cases(document)
        assert refused.value.field == "/cases/1/id"
