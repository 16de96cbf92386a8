"""Capital numerals on printed receipts (S53)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.domain.amounts_in_words import DIGITS, GROUPS, PLACES, amount_in_words

VALUES = {digit: value for value, digit in enumerate(DIGITS)}
WEIGHTS = {word: 10**place for place, word in enumerate(PLACES) if word}


def yuan_of(words: str) -> int:
    """Read a whole number of yuan back: what a clerk does."""
    total = group = digit = 0
    for word in words:
        if word in VALUES:
            digit = VALUES[word]
        elif word in WEIGHTS:
            group, digit = group + digit * WEIGHTS[word], 0
        else:
            total, group, digit = total + (group + digit) * 10_000 ** GROUPS.index(word), 0, 0
    return total + group + digit


class TestAmountInWords:
    @pytest.mark.parametrize(
        ("amount_fen", "words"),
        [
            (0, "零元整"),
            (1, "壹分"),
            (10, "壹角整"),
            (35, "叁角伍分"),
            (100, "壹元整"),
            (105, "壹元零伍分"),
            (1_050, "壹拾元伍角整"),
            (10_001, "壹佰元零壹分"),
            (100_500, "壹仟零伍元整"),
            (1_000_000, "壹万元整"),
            (10_000_500, "壹拾万零伍元整"),
            (2_163_972, "贰万壹仟陆佰叁拾玖元柒角贰分"),
            (10_000_000_000_100, "壹仟亿零壹元整"),
            (-2_050, "负贰拾元伍角整"),
        ],
    )
    def test_amount__is_written_out(self, amount_fen: int, words: str) -> None:
        assert amount_in_words(amount_fen) == words

    @given(st.integers(0, 10**15))
    def test_any_amount__can_be_read_back(self, amount_fen: int) -> None:
        words = amount_in_words(amount_fen)
        whole, _, rest = words.rpartition("元")
        jiao = re.search(r"(.)角", rest)
        fen = re.search(r"(.)分", rest)
        read = yuan_of(whole) * 100
        read += VALUES[jiao.group(1)] * 10 if jiao else 0
        read += VALUES[fen.group(1)] if fen else 0
        assert read == amount_fen
        assert "零零" not in words
