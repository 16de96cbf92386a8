"""Identity numbers, digests and masks; made-up numbers only (domain.md §10)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.domain.errors import InvalidIdentityNumber, MalformedBody
from node.domain.kinds import category_mask
from node.domain.members import (
    check_character,
    identity_number,
    mask_name,
    to_eighteen,
)

STANDARD_EXAMPLE = "11010519491231002X"  # printed in GB 11643-1999 itself


class TestIdentityNumber:
    @pytest.mark.parametrize(
        "number",
        [
            "",
            "1234",
            "11010519491231002",
            "110105194912310021",
            "110105194913310028",
            "010105194912310028",
            "1101051949123100２X",
            "X10105194912310021",
        ],
    )
    def test_wrong_number__is_refused_without_being_repeated(self, number: str) -> None:
        with pytest.raises(InvalidIdentityNumber) as refused:
            identity_number(number)
        assert refused.value.values() == {}
        assert not number or number not in str(refused.value)

    def test_lower_case_and_blanks__are_normalised(self) -> None:
        assert identity_number(" 11010519491231002x ") == STANDARD_EXAMPLE

    def test_fifteen_digits__become_eighteen(self) -> None:
        assert identity_number("110105491231002") == STANDARD_EXAMPLE

    @given(st.integers(0, 999))
    def test_any_other_check_character__is_refused(self, order: int) -> None:
        first = f"11010519491231{order:03}"
        right = check_character(first)
        assert identity_number(first + right) == first + right
        for wrong in set("0123456789X") - {right}:
            with pytest.raises(InvalidIdentityNumber):
                identity_number(first + wrong)


class TestForm:
    def test_wrong_form__is_refused(self) -> None:
        with pytest.raises(InvalidIdentityNumber):
            to_eighteen("12")


class TestMasks:
    @pytest.mark.parametrize(
        ("name", "shown"), [("张三", "张**"), ("欧阳娜娜", "欧**"), ("", "**")]
    )
    def test_name__shows_its_first_character(self, name: str, shown: str) -> None:
        assert mask_name(name) == shown


class TestCategories:
    def test_names__become_bits(self) -> None:
        assert category_mask(["NEEDY_1", "NEEDY_3", "NEEDY_32"]) == 0b101 | 1 << 31
        assert category_mask([]) == 0

    @pytest.mark.parametrize("name", ["NEEDY_0", "NEEDY_33", "needy_1", "NEEDY_01", "RICH"])
    def test_other_name__is_refused(self, name: str) -> None:
        with pytest.raises(MalformedBody):
            category_mask([name])
