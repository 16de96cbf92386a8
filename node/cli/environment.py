"""The settings of a command: from the environment, or from a file that `--env-file` names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from node.cli.inputs import read_text

if TYPE_CHECKING:
    from node.config import Settings


class SettingsWrong(Exception):  # noqa: N818
    """A setting cannot be used; the text says which and why, never its value."""


def read_env_file(path: Path) -> None:
    """Take `NAME=value` lines into the environment; what is already set wins.

    Errors: MalformedBody for a file that cannot be read, SettingsWrong for a line that is no
    assignment.
    """
    from node.config import PREFIX

    for number, line in enumerate(read_text(path, place="--env-file").splitlines(), start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        name, sign, value = text.partition("=")
        if not sign or not name.startswith(PREFIX):
            raise SettingsWrong(f"{path}, line {number}: {PREFIX}NAME=value is wanted")
        os.environ.setdefault(name, value)


def load_settings() -> Settings:
    """Return the settings. Errors: SettingsWrong."""
    from pydantic import ValidationError

    from node.config import PREFIX, Settings

    try:
        return _with_known_database(Settings())
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsWrong(f"{PREFIX}{place}: {first['msg']}" if place else first["msg"]) from None
    except OSError as error:
        raise SettingsWrong(f"{error.filename}: {error.strerror}") from error


def _with_known_database(settings: Settings) -> Settings:
    from node.db.connect import parse_url

    try:
        parse_url(settings.database_url)
    except ValueError as error:
        raise SettingsWrong(f"YIBAO_DATABASE_URL: {error}") from None
    return settings
