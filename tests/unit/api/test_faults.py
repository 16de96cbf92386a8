"""Faults: what a refusal says of a value, and what it never repeats (S62, domain.md §10)."""

from typing import Any, Literal

import pytest
from pydantic import BaseModel, ValidationError

from node.api.deps import require_json
from node.api.faults import LONGEST_SHOWN, Fault, fault_of, shown
from node.api.schemas.base import Hash
from node.domain.errors import MalformedBody

NUMBER = "110101199003078515"


class Sample(BaseModel):
    care_type: Literal["OUTPATIENT", "INPATIENT"] = "OUTPATIENT"
    ref: Hash = "0x" + "00" * 32
    count: int = 1


def fault(source: str, name: str, value: Any) -> Fault:
    """Return the fault of one value as if it stood in a body, a path or a query."""
    with pytest.raises(ValidationError) as refused:
        Sample(**{name: value})
    (found,) = refused.value.errors()
    return fault_of({**found, "loc": (source, *found["loc"])})


class TestWords:
    def test_word_outside_a_closed_list__names_the_list(self) -> None:
        found = fault("body", "care_type", "GARDENING")
        assert found.pointer == "/care_type"
        assert found.allowed == ("OUTPATIENT", "INPATIENT")
        assert found.detail == '"GARDENING" should be one of OUTPATIENT, INPATIENT'

    @pytest.mark.parametrize("source", ["path", "query"])
    def test_value_of_an_address__is_repeated_with_what_it_should_be(self, source: str) -> None:
        found = fault(source, "ref", "0xAB")
        assert found.pointer == f"/{source}/ref"
        assert found.detail == '"0xAB" should be 0x and 64 lower-case hex digits'

    def test_value_of_a_body__is_not_repeated(self) -> None:
        found = fault("body", "ref", "Ann")
        assert found == Fault("/ref", "should be 0x and 64 lower-case hex digits")

    def test_number_in_a_query__says_that_a_number_is_wanted(self) -> None:
        detail = fault("query", "count", "many").detail
        assert detail.startswith('"many" should be a valid integer')

    @pytest.mark.parametrize(
        ("name", "part"),
        [
            ("a/b~c", "/a~1b~0c"), (NUMBER, "/…"), ("张三", "/…"), ("", "/…"),
            ("x" * 9_000, "/" + "x" * LONGEST_SHOWN + "…"),
        ],
    )  # fmt: skip
    def test_name_of_an_extra_field__is_escaped_cut_and_never_personal(
        self, name: str, part: str
    ) -> None:
        found = fault_of({"loc": ("body", name), "type": "extra_forbidden"})
        assert found.pointer == part


class TestShown:
    @pytest.mark.parametrize(
        "value",
        [
            *(NUMBER, NUMBER[:-1] + "X", "11010119900307851", "6222020200112233445", "13800138000"),
            *("138-0013-8000", "1101 0119 9003 0785 15", f"x{NUMBER}", f"{NUMBER}/balance"),
            *("张三", "１１０１０１１９９００３０７８５１５", "Ann Example", "ann@example.org"),
            *("a\0b", "a\nb"),
            *("\u202eabc", "١١٠١٠١١٩٩٠٠", " "),
        ],
    )  # fmt: skip
    def test_what_may_be_about_a_person__is_counted_and_not_repeated(self, value: str) -> None:
        assert shown(value) == f"the value given ({len(value)} characters)"

    @pytest.mark.parametrize("value", ["0x" + "1" * 64, "0xABCD", "GARDENING", "2026-13-01", "-1"])
    def test_plain_value__is_repeated(self, value: str) -> None:
        assert shown(value) == f'"{value}"'

    def test_long_value__is_cut(self) -> None:
        found = shown("a" * 100_000)
        assert found == '"' + "a" * LONGEST_SHOWN + '…"'

    def test_number_behind_the_cut__is_not_repeated_in_part(self) -> None:
        assert NUMBER[:4] not in shown("a" * (LONGEST_SHOWN - 5) + NUMBER)

    @pytest.mark.parametrize(
        ("value", "words"),
        [
            *(("", "an empty text"), (7, "a value that is a number")),
            *(([NUMBER], "a value that is a list"), (None, "a value that is null")),
            (True, "a value that is true or false"),
        ],
    )  # fmt: skip
    def test_other_kinds__are_named(self, value: object, words: str) -> None:
        assert shown(value) == words


class TestContentType:
    @pytest.mark.parametrize(
        "good", ["application/json", "Application/JSON; charset=utf-8", "application/fhir+json"]
    )
    def test_json__is_read_and_its_parent_is_not(self, good: str) -> None:
        require_json(good)
        with pytest.raises(MalformedBody):
            require_json(f"text/{good}")

    @pytest.mark.parametrize(
        ("bad", "words"),
        [
            (None, "Content-Type is missing"),
            ("", "Content-Type: an empty text"),
            ("text/plain", 'Content-Type: "text/plain"'),
            ("application/x-www-form-urlencoded", 'Content-Type: "application/x-www-form-url'),
            ("json", 'Content-Type: "json"'),
            ("application/jsonp", 'Content-Type: "application/jsonp"'),
            ("text/json, application/json", "Content-Type: the value given"),
        ],
    )
    def test_anything_else__is_named_with_what_is_wanted(self, bad: str | None, words: str) -> None:
        with pytest.raises(MalformedBody) as refused:
            require_json(bad)
        assert refused.value.field == "/header/Content-Type"
        assert refused.value.reason.startswith(words)
        assert refused.value.reason.endswith("should be application/json")
