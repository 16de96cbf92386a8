"""The logs of validators, merged by time: each process writes JSON lines of its own shape."""

import heapq
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from node.validator.unit.running import MEMBERS

POLL_S = 0.3
_BLOCK = 1 << 16
_TIMES = ("timestamp", "ts", "t")
_LEVELS = ("level", "lvl")
_TEXTS = ("event", "_msg", "msg")


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """One line. `at` is ISO 8601 in UTC; a line without a time has that of the one before."""

    at: str
    validator: str
    member: str
    level: str = field(compare=False)
    text: str = field(compare=False)
    fields: dict[str, Any] = field(compare=False, default_factory=dict)


@dataclass(slots=True)
class Source:
    """The log file of one process of a validator."""

    path: Path
    validator: str
    member: str
    _read_to: int = 0
    _file_id: int = 0
    _at: str = ""

    def last(self, count: int) -> list[Line]:
        """Return the last lines; from here on `more` continues."""
        with suppress(OSError), self.path.open("rb") as log:
            end = log.seek(0, os.SEEK_END)
            self._file_id, start, text = os.fstat(log.fileno()).st_ino, end, b""
            while start and text.count(b"\n") <= count:
                start = max(0, start - _BLOCK)
                log.seek(start)
                text = log.read(end - start)
            whole = text[: text.rfind(b"\n") + 1]
            self._read_to = start + len(whole)
            return list(self._lines(whole.splitlines()[-count:] if count else []))
        return []

    def more(self) -> list[Line]:
        """Return the lines written since; a file put in place of the old one is read anew."""
        with suppress(OSError), self.path.open("rb") as log:
            status = os.fstat(log.fileno())
            if status.st_ino != self._file_id or status.st_size < self._read_to:
                self._file_id, self._read_to = status.st_ino, 0
            log.seek(self._read_to)
            text = log.read()
            whole = text[: text.rfind(b"\n") + 1]
            self._read_to += len(whole)
            return list(self._lines(whole.splitlines()))
        return []

    def _lines(self, raw: Iterable[bytes]) -> Iterator[Line]:
        for one in raw:
            line = parse(one, self.validator, self.member, after=self._at)
            self._at = line.at
            yield line


def sources(homes: Sequence[tuple[str, Path]], members: Sequence[str] = ()) -> list[Source]:
    """Return the logs of validators, given as name and home."""
    return [
        Source(home / "logs" / f"{member}.log", name, member)
        for name, home in homes
        for member in members or MEMBERS
    ]


def merged(found: Iterable[Source], count: int) -> list[Line]:
    """Return the last lines of all logs together, by time."""
    lines = list(heapq.merge(*(sorted(one.last(count)) for one in found)))
    return lines[max(0, len(lines) - count) :]


def follow(found: Sequence[Source]) -> Iterator[Line]:
    """Yield lines as they are written, without end."""
    while True:
        yield from heapq.merge(*(sorted(one.more()) for one in found))
        time.sleep(POLL_S)


def parse(raw: bytes, validator: str, member: str, *, after: str = "") -> Line:
    """Return a line of a log; what is no JSON, such as a stack, is text."""
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError:
        document = None
    if not isinstance(document, dict):
        return Line(after, validator, member, "", raw.decode(errors="replace"))
    at = _take(document, _TIMES)
    level = _take(document, _LEVELS).lower()
    texts = [text for name in _TEXTS if (text := document.pop(name, None))]
    # CometBFT writes a short and a long text; the long one says the same in other words.
    text = str(texts[0]) if texts else ""
    return Line(_precise(at) or after, validator, member, level, text, document)


def _take(document: dict[str, Any], names: Iterable[str]) -> str:
    for name in names:
        if name in document:
            return str(document.pop(name))
    return ""


def _precise(text: str) -> str:
    """Return a time with microseconds in UTC, so that times sort as texts."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return ""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
