"""The two languages people are spoken to in, and which one somebody prefers.

Every text for people exists in both. Codes, names of fields and amounts are the same in both.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping

LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""In the order POSIX asks them: the first one that is set decides."""

_WEIGHT = re.compile(r"([01])(?:\.(\d{0,3}))?")


class Language(enum.StrEnum):
    """A language of the product."""

    ZH = "zh"
    EN = "en"


def accepted_language(header: str | None, *, default: Language = Language.EN) -> Language:
    """Return the language an `Accept-Language` header prefers; ties go to the first one named.

    A language that is not ours, or that is refused with `q=0`, is passed over. What cannot be read
    never fails: it is passed over too. Source: RFC 9110 §12.5.4.
    """
    best, weight = default, 0
    for part in (header or "").split(","):
        name, _, parameter = part.strip().partition(";")
        language = _language(name)
        quality = _thousandths(parameter)
        if language is not None and quality > weight:
            best, weight = language, quality
    return best


def locale_language(environment: Mapping[str, str]) -> Language:
    """Return the language of a shell's locale: Chinese for `zh…`, else English."""
    chosen = next((environment[name] for name in LOCALE_VARIABLES if environment.get(name)), "")
    return _language(chosen.replace("_", "-")) or Language.EN


def _language(tag: str) -> Language | None:
    primary = tag.strip().lower().partition("-")[0].partition(".")[0]
    return next((one for one in Language if one.value == primary), None)


def _thousandths(parameter: str) -> int:
    """Return a weight in thousandths: 1,000 where none is named, 0 for what cannot be read."""
    if not parameter.strip().lower().startswith("q="):
        return 1_000
    read = _WEIGHT.fullmatch(parameter.strip()[2:])
    return int(read[1]) * 1_000 + int((read[2] or "").ljust(3, "0")) if read else 0
