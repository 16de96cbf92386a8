"""One unit per home; nothing of a killed unit lives on, and stale files mislead nobody (P24)."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest

from node.validator.home import condition
from node.validator.home import configuration as conf
from node.validator.unit import running
from node.validator.unit.running import CannotRunError
from tests.fixtures.validator.fake_unit import FakeUnit, fake_unit
from tests.fixtures.waiting import until


@pytest.fixture
def unit(tmp_path: Path) -> Iterator[FakeUnit]:
    """A validator with stand-ins, not running."""
    with fake_unit(tmp_path) as found:
        yield found


@contextmanager
def _supervisor(unit: FakeUnit) -> Iterator[subprocess.Popen[bytes]]:
    words = [sys.executable, "-m", "node.validator.unit.process", str(unit.home)]
    process = subprocess.Popen(words, env=unit.environment, stderr=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _end_of(process: subprocess.Popen[bytes]) -> tuple[int, list[dict[str, str]]]:
    _, errors = process.communicate(timeout=60)
    return process.returncode, [orjson.loads(line) for line in errors.splitlines()]


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class TestCommand:
    async def test_sigterm__ends_in_order_with_code_0(self, unit: FakeUnit) -> None:
        with _supervisor(unit) as process:
            await unit.until_started()
            process.terminate()
            code, lines = await asyncio.to_thread(_end_of, process)
        assert code == 0
        assert [one["event"] for one in lines][-1] == "unit_stopped"
        assert [one.member for one in unit.events("end")] == ["comet", "bridge", "geth"]

    async def test_taken_port__is_named_with_code_2(self, unit: FakeUnit) -> None:
        port = conf.load_site(unit.home).bridge_port
        with socket.socket() as other, _supervisor(unit) as process:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind(("127.0.0.1", port))
            other.listen()
            code, lines = await asyncio.to_thread(_end_of, process)
        assert code == 2
        reason = lines[-1]["reason"]
        assert f"cannot listen on 127.0.0.1:{port} (ABCI of the bridge)" in reason
        assert f"({os.getpid()})" in reason
        assert unit.events() == []

    @pytest.mark.parametrize(
        "missing",
        ["validator.toml", "network.toml", "geth/jwt.hex", "comet/config/genesis.json"],
    )
    async def test_home_that_is_not_whole__is_named_with_code_2(
        self, unit: FakeUnit, missing: str
    ) -> None:
        (unit.home / missing).unlink()
        with _supervisor(unit) as process:
            code, lines = await asyncio.to_thread(_end_of, process)
        assert code == 2
        assert missing in lines[-1]["reason"]
        assert unit.events() == []

    @pytest.mark.parametrize("lost", [condition.KEY_FILE, condition.STATE_FILE])
    async def test_lost_key_or_state__needs_the_operator_with_code_5(
        self, unit: FakeUnit, lost: Path
    ) -> None:
        (unit.home / lost).unlink()
        with _supervisor(unit) as process:
            code, lines = await asyncio.to_thread(_end_of, process)
        assert code == 5
        assert "yibao validator new-key" in lines[-1]["reason"]
        assert unit.events() == []


class TestOneUnit:
    async def test_second_unit__is_refused_and_the_first_goes_on(self, unit: FakeUnit) -> None:
        with _supervisor(unit) as first:
            await unit.until_started()
            before = unit.pids()
            with _supervisor(unit) as second:
                code, lines = await asyncio.to_thread(_end_of, second)
            assert code == 6
            assert lines[-1]["reason"] == (
                f"another unit runs {unit.home} (process {first.pid})"
            )  # fmt: skip
            assert unit.pids() == before


class TestKilledSupervisor:
    async def test_members__do_not_outlive_it(self, unit: FakeUnit) -> None:
        with _supervisor(unit) as process:
            await unit.until_started()
            members = {name: pid for name, pid in unit.pids().items() if name != "unit"}
            process.kill()
            await until(lambda: not any(map(_alive, members.values())), "they end")
        assert len(members) == 3

    async def test_next_unit__starts_at_once(self, unit: FakeUnit) -> None:
        with _supervisor(unit) as process:
            await unit.until_started()
            process.kill()
            process.wait()
            async with unit.up():
                await unit.until_started(2)

    def test_leftover__is_ended_before_the_next_start(self, unit: FakeUnit) -> None:
        """Where Linux does not end members with their unit, the next unit does."""
        left = subprocess.Popen(["sleep", "600"])
        running.note(unit.home, {"geth": left.pid})
        with running.claimed(unit.home):
            assert left.wait(10) == -signal.SIGKILL


class TestStaleFile:
    def test_id_that_another_program_got__says_nothing(self, unit: FakeUnit) -> None:
        running.note(unit.home, {"geth": os.getpid()})
        path = unit.home / running.RUN_FILE
        document = orjson.loads(path.read_bytes())
        document["processes"]["geth"][1] -= 1
        path.write_bytes(orjson.dumps(document))
        assert running.pids_of(unit.home) == {"unit": os.getpid()}

    def test_copy_of_a_home__does_not_speak_of_the_original(self, unit: FakeUnit) -> None:
        running.note(unit.home, {})
        copied = unit.home.with_name("copied")
        (copied / "run").mkdir(parents=True)
        (copied / running.RUN_FILE).write_bytes((unit.home / running.RUN_FILE).read_bytes())
        assert running.pids_of(unit.home) == {"unit": os.getpid()}
        assert running.pids_of(copied) == {}

    @pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"unit": 1}', b'{"home": 1}'])
    def test_file_that_is_not_whole__is_no_unit(self, unit: FakeUnit, content: bytes) -> None:
        path = unit.home / running.RUN_FILE
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        assert running.pids_of(unit.home) == {}
        with running.claimed(unit.home):
            pass

    def test_claim_twice__is_refused(self, unit: FakeUnit) -> None:
        with running.claimed(unit.home), pytest.raises(CannotRunError), running.claimed(unit.home):
            pass
