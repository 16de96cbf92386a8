"""Problems: status, code, values and pointers of every failure (S62)."""

import dataclasses
import json
from typing import Any

import pytest

from node.api.problems import MEDIA_TYPE, problem_body, problem_response
from node.chain.rpc.errors import ContractRefusal
from node.domain import errors
from node.domain.errors import (
    DomainError,
    InsufficientBalance,
    InvalidAmount,
    InvalidPeriod,
    MalformedBody,
    RateLimited,
)
from node.domain.language import Language

CATALOGUE = [
    found
    for name in errors.__all__
    if isinstance(found := getattr(errors, name), type) and issubclass(found, DomainError)
]


class TestBody:
    def test_values_and_place__are_in_the_body(self) -> None:
        body = problem_body(InvalidAmount(0, field="/amount_fen"), Language.EN)
        assert (body["status"], body["code"], body["values"]) == (
            422,
            "InvalidAmount",
            {"amount_fen": 0},
        )
        assert body["errors"] == [{"pointer": "/amount_fen", "code": "InvalidAmount"}]

    @pytest.mark.parametrize("error", [MalformedBody("x" * 10**6), InvalidAmount("x" * 10**6)])
    def test_text_of_a_hostile_body__is_cut_wherever_it_stands(self, error: DomainError) -> None:
        error.field = "/document/" + "x" * 10**6
        assert len(json.dumps(problem_body(error, Language.EN))) < 8_000

    def test_missing_money__states_both_figures(self) -> None:
        body = problem_body(InsufficientBalance("0x1", "CASH", 5, 9), Language.EN)
        assert (body["values"]["available_fen"], body["values"]["needed_fen"]) == (5, 9)

    @pytest.mark.parametrize("error", CATALOGUE, ids=lambda one: str(one.__name__))
    def test_links__are_only_where_a_request_helps(self, error: type[DomainError]) -> None:
        names = [one.name for one in dataclasses.fields(error) if one.name != "field"]
        body = problem_body(error(*names), Language.EN)
        assert ("links" in body) is (error is InsufficientBalance)

    @pytest.mark.parametrize(("value", "shown"), [(2**53 - 1, 2**53 - 1), (2**53, str(2**53))])
    def test_wide_integers__travel_as_text(self, value: int, shown: Any) -> None:
        assert problem_body(InvalidAmount(value), Language.EN)["values"]["amount_fen"] == shown

    def test_texts__follow_the_language_and_code_and_values_do_not(self) -> None:
        error = InsufficientBalance("0x1", "MEDICAL", 12_300, 45_600)
        chinese, english = (problem_body(error, language) for language in Language)
        assert chinese["title"] == "余额不足"
        assert chinese["detail"] == "个人账户：可用 ¥123.00，需要 ¥456.00。"
        assert english["detail"] == "Medical account: ¥123.00 available, ¥456.00 needed."
        assert english["next_step"].startswith("Add money")
        same = ("type", "status", "code", "category", "values")
        assert [chinese[name] for name in same] == [english[name] for name in same]

    def test_days__are_iso_dates_in_values_too(self) -> None:
        body = problem_body(InvalidPeriod(20_454, 2**62), Language.EN)
        assert body["values"] == {"start_day": "2026-01-01", "end_day": "9999-12-31"}

    def test_refusal_that_only_contracts_know__leads_to_the_page_for_such(self) -> None:
        error = ContractRefusal("0xdeadbeef", {"data": "0x", "start_day": 20_454})
        body = problem_body(error, Language.EN)
        assert (body["type"], body["code"]) == ("/problems/ContractRefusal", "0xdeadbeef")
        assert body["values"]["details"]["start_day"] == "2026-01-01"

    @pytest.mark.parametrize("error", CATALOGUE, ids=lambda one: str(one.__name__))
    def test_every_error__has_a_title_and_a_status(self, error: type[DomainError]) -> None:
        assert error.__doc__
        status = error.http_status or error.category.http_status
        assert 400 <= status < 600


class TestAnswer:
    def test_too_many__says_when_to_come_back(self) -> None:
        answer = problem_response(RateLimited(17), Language.ZH)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "17")
        assert answer.headers["content-type"] == MEDIA_TYPE
        assert json.loads(bytes(answer.body))["code"] == "RateLimited"

    def test_answer__says_its_language_and_that_it_depends_on_it(self) -> None:
        for language in Language:
            answer = problem_response(RateLimited(17), language)
            assert answer.headers["Content-Language"] == language.value
            assert answer.headers["Vary"] == "Accept-Language"
