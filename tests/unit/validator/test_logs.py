"""Logs of three programs with three shapes of lines, merged by time."""

from collections.abc import Mapping
from pathlib import Path

import orjson
import pytest

from node.validator.unit import logs


def write(path: Path, *lines: Mapping[str, object] | str) -> None:
    """Append lines to a log, as JSON or as they are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as log:
        for line in lines:
            log.write((line.encode() if isinstance(line, str) else orjson.dumps(line)) + b"\n")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home whose three programs have said something."""
    folder = tmp_path / "logs"
    write(folder / "geth.log",
          {"t": "2026-11-22T12:00:01.5Z", "lvl": "warn", "msg": "second", "number": 7})  # fmt: skip
    write(folder / "comet.log",
          {"_msg": "first", "level": "info", "ts": "2026-11-22T12:00:01.000000002Z"},
          "goroutine 7 [running]:",
          {"_msg": "fourth", "level": "error", "ts": "2026-11-22T12:00:03Z"})  # fmt: skip
    third = {"event": "third", "level": "info", "timestamp": "2026-11-22T14:00:02+02:00"}
    write(folder / "bridge.log", third)
    return tmp_path


class TestMerged:
    def test_three_shapes__are_in_the_order_of_time(self, home: Path) -> None:
        found = logs.merged(logs.sources([("north", home)]), 10)
        assert [one.text for one in found] == [
            *("first", "goroutine 7 [running]:", "second", "third", "fourth")
        ]
        assert [one.level for one in found] == ["info", "", "warn", "info", "error"]
        assert found[2].fields == {"number": 7}

    def test_stack__has_the_time_of_the_line_before(self, home: Path) -> None:
        found = logs.merged(logs.sources([("north", home)], ["comet"]), 10)
        assert found[1].at == found[0].at

    @pytest.mark.parametrize("count", [0, 1, 2])
    def test_last_lines__are_counted_over_all_logs(self, home: Path, count: int) -> None:
        found = logs.merged(logs.sources([("north", home)]), count)
        assert [one.text for one in found] == ["third", "fourth"][2 - count :]


class TestFollow:
    def test_new_lines__come_once_and_whole(self, home: Path) -> None:
        (source,) = logs.sources([("north", home)], ["geth"])
        source.last(1)
        path = home / "logs" / "geth.log"
        assert source.more() == []
        with path.open("ab") as log:
            log.write(b'{"msg": "ha')
        assert source.more() == []
        write(path, 'lf", "lvl": "info", "t": "2026-11-22T12:00:09Z"}')
        assert [one.text for one in source.more()] == ["half"]
        assert source.more() == []

    def test_replaced_file__is_read_from_its_start(self, home: Path) -> None:
        (source,) = logs.sources([("north", home)], ["geth"])
        source.last(1)
        path = home / "logs" / "geth.log"
        path.rename(path.with_suffix(".log.1"))
        write(path, {"msg": "anew", "lvl": "info", "t": "2026-11-22T12:00:09Z"})
        assert [one.text for one in source.more()] == ["anew"]
