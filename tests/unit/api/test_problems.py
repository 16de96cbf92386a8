"""Problems: status, code, values and pointers of every failure (S62)."""

import json
from typing import Any

import pytest

from node.api.problems import MEDIA_TYPE, problem_body, problem_response
from node.domain import errors
from node.domain.errors import DomainError, InsufficientBalance, InvalidAmount, RateLimited

CATALOGUE = [
    found
    for name in errors.__all__
    if isinstance(found := getattr(errors, name), type) and issubclass(found, DomainError)
]


class TestBody:
    def test_values_and_place__are_in_the_body(self) -> None:
        body = problem_body(InvalidAmount(0, field="/amount_fen"))
        assert (body["status"], body["code"], body["values"]) == (
            422,
            "InvalidAmount",
            {"amount_fen": 0},
        )
        assert body["errors"] == [{"pointer": "/amount_fen", "code": "InvalidAmount"}]

    def test_missing_money__states_both_figures(self) -> None:
        body = problem_body(InsufficientBalance("0x1", "CASH", 5, 9))
        assert (body["values"]["available_fen"], body["values"]["needed_fen"]) == (5, 9)

    @pytest.mark.parametrize(("value", "shown"), [(2**53 - 1, 2**53 - 1), (2**53, str(2**53))])
    def test_wide_integers__travel_as_text(self, value: int, shown: Any) -> None:
        assert problem_body(InvalidAmount(value))["values"]["amount_fen"] == shown

    @pytest.mark.parametrize("error", CATALOGUE, ids=lambda one: str(one.__name__))
    def test_every_error__has_a_title_and_a_status(self, error: type[DomainError]) -> None:
        assert error.__doc__
        status = error.http_status or error.category.http_status
        assert 400 <= status < 600


class TestAnswer:
    def test_too_many__says_when_to_come_back(self) -> None:
        answer = problem_response(RateLimited(17))
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "17")
        assert answer.headers["content-type"] == MEDIA_TYPE
        assert json.loads(bytes(answer.body))["code"] == "RateLimited"
