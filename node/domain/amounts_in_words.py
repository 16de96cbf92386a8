"""Amounts in Chinese capital numerals, as printed documents must state them (大写金额).

Digits are in their long forms, which cannot be altered with a pen. Pure: strings of integers.
"""

from __future__ import annotations

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿", "兆")
GROUP_SIZE = 10_000
FEN_PER_YUAN = 100


def amount_in_words(amount_fen: int) -> str:
    """Return an amount in capital numerals; a negative one begins with 负.

    Range: below 10^16 yuan.
    """
    sign, amount_fen = ("负", -amount_fen) if amount_fen < 0 else ("", amount_fen)
    yuan, rest = divmod(amount_fen, FEN_PER_YUAN)
    jiao, fen = divmod(rest, 10)
    if rest == 0:
        return f"{sign}{_whole(yuan) or DIGITS[0]}元整"
    words = f"{_whole(yuan)}元" if yuan else ""
    if jiao:
        words += f"{DIGITS[jiao]}角"
    elif yuan:
        words += DIGITS[0]
    return sign + words + (f"{DIGITS[fen]}分" if fen else "整")


def _whole(number: int) -> str:
    """Return a whole number; one 零 stands for any run of zeros inside it."""
    words, skipped = "", False
    for place in reversed(range(len(GROUPS))):
        group = number // GROUP_SIZE**place % GROUP_SIZE
        if group == 0:
            skipped = bool(words)
            continue
        # A group that does not begin with thousands is read with a zero before it.
        if words and (skipped or group < GROUP_SIZE // 10):
            words += DIGITS[0]
        words += _group(group) + GROUPS[place]
        skipped = False
    return words


def _group(number: int) -> str:
    words, skipped = "", False
    for place in reversed(range(len(PLACES))):
        digit = number // 10**place % 10
        if digit == 0:
            skipped = bool(words)
            continue
        words += (DIGITS[0] if skipped else "") + DIGITS[digit] + PLACES[place]
        skipped = False
    return words
