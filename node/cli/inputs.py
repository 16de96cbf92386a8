"""Paths that commands take: whatever is wrong with one is a line that names it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from node.domain.errors import DomainError, MalformedBody

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


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let what is wrong with the content of a file name the file too."""
    try:
        yield
    except DomainError as error:
        raise error.knowing(file=str(path)) from error


def folder_to_make(path: Path | None) -> Path | None:
    """Return where a folder can be made. Errors: BadParameter where a file is in the way."""
    if path is not None:
        nearest = next((one for one in (path, *path.parents) if one.exists()), path)
        if not nearest.is_dir():
            raise typer.BadParameter(f"{nearest} is no folder")
    return path


def file_to_write(path: Path) -> Path:
    """Return where a file can be written. Errors: BadParameter without a folder to hold it."""
    if not path.parent.is_dir():
        raise typer.BadParameter(f"{path.parent} is no folder")
    return path
