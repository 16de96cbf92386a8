"""Files that commands read: whatever is wrong with a path is one line that names the argument."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from node.domain.errors import MalformedBody

STDIN = Path("-")


def read_text(path: Path, *, place: str) -> str:
    """Return the text of a file, or of stdin for `-`; `place` is the argument that named it.

    Errors: MalformedBody for what cannot be read or is no text.
    """
    try:
        return sys.stdin.read() if path == STDIN else path.read_text(encoding="utf-8")
    except OSError as error:
        raise MalformedBody(f"{path}: {error.strerror or error}", field=place) from error
    except UnicodeDecodeError as error:
        raise MalformedBody(f"{path}: this is no text", field=place) from error


def read_object(path: Path, *, place: str) -> dict[str, Any]:
    """Return the JSON object of a file. Errors: MalformedBody."""
    try:
        document = json.loads(read_text(path, place=place))
    except (ValueError, RecursionError) as error:
        raise MalformedBody(f"{path}: this is no JSON ({error})", field=place) from error
    if not isinstance(document, dict):
        raise MalformedBody(f"{path}: a JSON object is wanted", field=place)
    return document
