"""Reads the text files of the package, once per process."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from node.domain.language import Language


@cache
def table(name: str, language: Language) -> dict[str, Any]:
    """Return one file of texts, `errors` or `words`, by code or by group and code."""
    place = files("node.domain.wording").joinpath(language.value, f"{name}.toml")
    return tomllib.loads(place.read_text(encoding="utf-8"))
