"""network.md "Supervision, recovery": three processes live, fail and end as one unit (P24)."""

import asyncio
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from node.validator.unit.members import LogFile
from tests.fixtures.validator.fake_unit import QUICK, FakeUnit, fake_unit
from tests.fixtures.waiting import until

NERVOUS = replace(QUICK, hung_s=4.0)
MEMBERS = ("geth", "bridge", "comet")


@pytest.fixture
def unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeUnit]:
    """A validator with stand-ins, not running."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    with fake_unit(tmp_path) as found:
        yield found


async def _until_logged(logs: list[dict[str, object]], event: str) -> dict[str, object]:
    await until(lambda: any(one["event"] == event for one in logs), lambda: logs)
    return next(one for one in logs if one["event"] == event)


class TestStart:
    async def test_order__comet_waits_for_the_ports_of_the_others(self, unit: FakeUnit) -> None:
        async with unit.up():
            await unit.until_started()
        before_comet = []
        for event in unit.events():
            if (event.what, event.member) == ("start", "comet"):
                break
            before_comet.append((event.what, event.member))
        assert set(before_comet) == {
            ("start", "geth"), ("open", "geth"), ("start", "bridge"), ("open", "bridge"),
        }  # fmt: skip

    async def test_ready__is_told_once_geth_has_comets_height(self, unit: FakeUnit) -> None:
        with capture_logs() as logs:
            async with unit.up():
                ready = await _until_logged(logs, "ready")
        assert (ready["height"], ready["head"]) == (0, "0x" + "11" * 32)
        assert sum(one["event"] == "ready" for one in logs) == 1

    async def test_interrupted_init__begins_anew(self, unit: FakeUnit) -> None:
        """A half-made data folder would let geth start on another chain's genesis."""
        half = unit.home / "geth" / "data.new" / "geth" / "chaindata"
        half.mkdir(parents=True)
        (half / "torn").touch()
        async with unit.up():
            await unit.until_started()
        assert list((unit.home / "geth" / "data" / "geth" / "chaindata").iterdir()) == []
        assert not (unit.home / "geth" / "data.new").exists()

    async def test_member_that_never_answers__fails_the_start(self, unit: FakeUnit) -> None:
        unit.asked("bridge", "closed")
        with capture_logs() as logs:
            async with unit.up(replace(QUICK, start_s=2.0)):
                failed = await _until_logged(logs, "unit_failed")
        assert failed["reason"] == "bridge did not answer within 2 s"
        assert unit.starts("comet") == 0


class TestFailure:
    @pytest.mark.parametrize("member", MEMBERS)
    async def test_killed_member__takes_the_others_with_it(
        self, unit: FakeUnit, member: str
    ) -> None:
        with capture_logs() as logs:
            async with unit.up():
                await unit.until_started()
                before = unit.pids()
                os.kill(before[member], signal.SIGKILL)
                await unit.until_started(2)
                after = unit.pids()
        assert all(before[one] != after[one] for one in MEMBERS)
        failed = next(one for one in logs if one["event"] == "unit_failed")
        assert str(failed["reason"]).startswith(f"{member} ended with SIGKILL")

    @pytest.mark.parametrize("member", MEMBERS)
    async def test_stopped_member__is_found_and_all_start_again(
        self, unit: FakeUnit, member: str
    ) -> None:
        with capture_logs() as logs:
            async with unit.up(NERVOUS):
                await unit.until_started()
                await _until_logged(logs, "ready")
                os.kill(unit.pids()[member], signal.SIGSTOP)
                await unit.until_started(2)
        failed = next(one for one in logs if one["event"] == "unit_failed")
        assert failed["reason"] == f"{member} has shown no sign of life for 4 s"

    @pytest.mark.parametrize("how", ["closed", "silent"])
    async def test_bridge_without_answer__is_found(self, unit: FakeUnit, how: str) -> None:
        async with unit.up(NERVOUS):
            await unit.until_started()
            unit.asked("bridge", how)
            await until(lambda: unit.starts("bridge") >= 2, unit.events)
            unit.asked("bridge", "")
            await unit.until_started(2)

    async def test_failure_of_consensus__is_read_from_the_log(self, unit: FakeUnit) -> None:
        with capture_logs() as logs:
            async with unit.up():
                await unit.until_started()
                unit.asked("comet", "fatal")
                failed = await _until_logged(logs, "unit_failed")
                unit.asked("comet", "")
                await unit.until_started(2)
        assert str(failed["reason"]).startswith("consensus failed")

    async def test_line_that_quotes_the_failure__is_no_failure(self, unit: FakeUnit) -> None:
        """A peer may call itself what CometBFT writes when consensus fails."""
        with capture_logs() as logs:
            async with unit.up():
                await unit.until_started()
                unit.asked("comet", "quoted")
                log = unit.home / "logs" / "comet.log"
                await until(lambda: log.stat().st_size > 500, "a long log")
                await asyncio.sleep(4 * QUICK.check_every_s)
        assert not [one for one in logs if one["event"] == "unit_failed"]
        assert unit.starts("comet") == 1

    async def test_failing_starts__come_at_growing_distances(self, unit: FakeUnit) -> None:
        unit.asked("geth", "exit")
        async with unit.up():
            await until(lambda: unit.starts("geth") >= 4, unit.events)
            unit.asked("geth", "")
            await unit.until_started()


class TestReplay:
    async def test_closed_rpc_while_the_head_advances__is_no_hang(self, unit: FakeUnit) -> None:
        unit.asked("comet", "closed")
        with capture_logs() as logs:
            async with unit.up(replace(QUICK, replay_s=8.0)):
                await unit.until_started()
                for height in range(1, 50):
                    unit.asked("height", str(height))
                    await asyncio.sleep(0.3)
                assert unit.starts("comet") == 1
                # The head stands still, and the RPC stays closed.
                failed = await _until_logged(logs, "unit_failed")
        assert failed["reason"] == "comet has shown no sign of life for 8 s"

    async def test_genesis_in_the_future__is_waited_for(self, unit: FakeUnit) -> None:
        genesis = unit.home / "comet" / "config" / "genesis.json"
        text = genesis.read_text()
        at = text.index('"genesis_time"')
        genesis.write_text(text[:at] + '"genesis_time": "2999-01-01T00:00:00Z"'
                           + text[text.index(",", at):])  # fmt: skip
        unit.asked("comet", "closed")
        with capture_logs() as logs:
            async with unit.up(replace(QUICK, replay_s=0.5)):
                waiting = await _until_logged(logs, "waiting_for_genesis")
                await asyncio.sleep(1.5)
        assert int(str(waiting["wait_s"])) > 10**9
        assert not [one for one in logs if one["event"] == "unit_failed"]


class TestEnd:
    async def test_stop__ends_comet_then_bridge_then_geth(self, unit: FakeUnit) -> None:
        async with unit.up():
            await unit.until_started()
        assert [one.member for one in unit.events("end")] == ["comet", "bridge", "geth"]
        assert unit.pids() == {}
        assert not (unit.home / "run" / "unit.json").exists()

    async def test_member_that_does_not_end__is_killed(self, unit: FakeUnit) -> None:
        unit.asked("geth", "stubborn")
        async with unit.up(replace(QUICK, stop_s=0.5)):
            await unit.until_started()
        assert [one.member for one in unit.events("end")] == ["comet", "bridge"]
        assert unit.pids() == {}

    @pytest.mark.parametrize("member", ["geth", "bridge"])
    async def test_stop_while_starting__ends_what_runs(self, unit: FakeUnit, member: str) -> None:
        unit.asked(member, "silent")
        with capture_logs() as logs:
            async with unit.up(replace(QUICK, ask_s=30.0)):
                await until(lambda: unit.starts(member) == 1, unit.events)
        assert unit.pids() == {}
        assert unit.starts("comet") == 0
        assert not [one for one in logs if one["event"] == "unit_failed"]


class TestLogs:
    async def test_full_log__is_rotated_while_the_member_writes(self, unit: FakeUnit) -> None:
        unit.asked("comet", "chatty")
        log = unit.home / "logs" / "comet.log"
        async with unit.up(replace(QUICK, log_bytes=50_000)):
            await unit.until_started()
            await until(lambda: log.with_name("comet.log.3").exists(), "a third old log")
            assert unit.starts("comet") == 1
            unit.asked("comet", "fatal")
            # The member still writes into the same file, and it is still read.
            await until(lambda: unit.starts("comet") == 2, unit.events)
            unit.asked("comet", "")
        assert sorted(one.name for one in log.parent.glob("comet.log*")) == [
            "comet.log", "comet.log.1", "comet.log.2", "comet.log.3",
        ]  # fmt: skip


class TestLogFile:
    def test_half_a_line__waits_for_its_end(self, tmp_path: Path) -> None:
        log = LogFile(tmp_path / "comet.log")
        with log.path.open("ab", buffering=0) as out:
            out.write(b"one\ntw")
            assert log.new_lines() == [b"one"]
            out.write(b"o\n")
            assert log.new_lines() == [b"two"]
            assert log.new_lines() == []

    def test_rotation__loses_nothing_that_was_not_read(self, tmp_path: Path) -> None:
        log = LogFile(tmp_path / "comet.log")
        with log.path.open("ab", buffering=0) as out:
            out.write(b"one\n")
            log.new_lines()
            out.write(b"two\n")
            log.rotate()
            out.write(b"three\n")
            assert log.new_lines() == [b"two", b"three"]
        assert log.path.read_bytes() == b"two\nthree\n"
        assert log.path.with_name("comet.log.1").read_bytes() == b"one\ntwo\n"
