"""Members' personal data: checks and masks. Nothing here ever reaches the chain (domain.md §10).

Identity numbers follow GB 11643-1999: 17 digits and a check character. Failures carry no values,
so that no number reaches a log.
"""

from __future__ import annotations

import datetime
import re

from node.domain.errors import InvalidIdentityNumber

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_EIGHTEEN = re.compile(r"[1-9][0-9]{16}[0-9X]")
_FIFTEEN = re.compile(r"[1-9][0-9]{14}")


def check_character(first_17: str) -> str:
    """Return the check character of 17 digits (GB 11643): 0 to 9 or X."""
    total = sum(int(digit) * weight for digit, weight in zip(first_17, _WEIGHTS, strict=True))
    return _CHECKS[total % 11]


def to_eighteen(number: str) -> str:
    """Return the 18-character form: upper case, and a 15-digit number with century and check.

    The check character of an 18-character input is kept as it is. Errors: InvalidIdentityNumber.
    """
    text = number.strip().upper()
    if _FIFTEEN.fullmatch(text):
        first_17 = f"{text[:6]}19{text[6:]}"
        return first_17 + check_character(first_17)
    if not _EIGHTEEN.fullmatch(text):
        raise InvalidIdentityNumber
    return text


def identity_number(number: str) -> str:
    """Return the 18-character form of a valid number.

    Errors: InvalidIdentityNumber for a wrong form, an impossible birth date or check character.
    """
    text = to_eighteen(number)
    try:
        datetime.date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        raise InvalidIdentityNumber from None
    if text[17] != check_character(text[:17]):
        raise InvalidIdentityNumber
    return text


def mask_name(name: str) -> str:
    """Return a name as shown in answers and logs: the first character and two stars."""
    return f"{name[:1]}**"
