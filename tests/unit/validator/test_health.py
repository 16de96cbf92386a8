"""When a member counts as hung, and when a clock counts as wrong (network.md "Supervision")."""

from dataclasses import dataclass

from node.validator.unit.health import CLOCK_BLOCKS, CLOCK_S, MISSES, ClockWatch, Limits, Pulse, Tip

LIMITS = Limits(hung_s=15, start_s=60)


@dataclass
class Clock:
    """A clock that a test moves."""

    time_s: float = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.time_s


def _silent_for(pulse: Pulse, clock: Clock, seconds: float, *, asked: int) -> bool:
    for _ in range(asked):
        clock.time_s += seconds / asked
        pulse.miss()
    return pulse.is_hung


class TestPulse:
    def test_before_the_first_sign__a_member_has_longer(self) -> None:
        clock = Clock()
        pulse = Pulse(LIMITS, clock)
        assert not _silent_for(pulse, clock, 60, asked=60)
        assert _silent_for(pulse, clock, 1, asked=1)

    def test_after_a_sign__silence_is_short(self) -> None:
        clock = Clock()
        pulse = Pulse(LIMITS, clock)
        pulse.beat()
        assert not _silent_for(pulse, clock, 15, asked=15)
        assert _silent_for(pulse, clock, 1, asked=1)

    def test_sign_in_between__begins_anew(self) -> None:
        clock = Clock()
        pulse = Pulse(LIMITS, clock)
        pulse.beat()
        assert not _silent_for(pulse, clock, 14, asked=14)
        pulse.beat()
        assert not _silent_for(pulse, clock, 14, asked=14)

    def test_one_long_stall_of_the_machine__hangs_nobody(self) -> None:
        """The supervisor sleeps as well: one unanswered question an hour later says nothing."""
        clock = Clock()
        pulse = Pulse(LIMITS, clock)
        pulse.beat()
        assert not _silent_for(pulse, clock, 3600, asked=MISSES - 1)
        assert _silent_for(pulse, clock, 1, asked=1)

    def test_reason_to_be_silent__gives_the_time_it_names(self) -> None:
        clock = Clock()
        pulse = Pulse(LIMITS, clock)
        pulse.beat()
        pulse.wait(100)
        assert not _silent_for(pulse, clock, 100, asked=100)
        assert _silent_for(pulse, clock, 1, asked=1)


class TestClockWatch:
    def _told(self, ahead_s: list[int]) -> list[int | None]:
        watch = ClockWatch(now=lambda: 10_000.5)
        return [
            watch.wrong_by_s(Tip(number, "0x", 10_000 - ahead))
            for number, ahead in enumerate(ahead_s, start=1)
        ]

    def test_wrong_clock__is_told_once_per_several_blocks(self) -> None:
        wrong = CLOCK_S + 1
        told = self._told([wrong] * 2 * CLOCK_BLOCKS)
        assert told == ([None] * (CLOCK_BLOCKS - 1) + [wrong]) * 2
        assert self._told([-wrong] * CLOCK_BLOCKS)[-1] == -wrong

    def test_right_clock__is_not_told(self) -> None:
        assert set(self._told([CLOCK_S, -CLOCK_S, 0, 1] * 5)) == {None}

    def test_old_block_after_a_halt__is_not_told(self) -> None:
        assert set(self._told([500] * (CLOCK_BLOCKS - 1) + [1] + [500])) == {None}

    def test_same_block_again__counts_once(self) -> None:
        watch = ClockWatch(now=lambda: 10_000.0)
        assert [watch.wrong_by_s(Tip(7, "0x", 0)) for _ in range(20)] == [None] * 20
