"""What time a restarted chain begins at, so that stories do not fail at night.

Wallet transfers are closed from 22:00 to 06:00 Shanghai time. A chain with a clock start keeps the
wall clock by day and pretends a morning of the same policy day at night. Block times never fall,
not even over restarts: anvil itself would let them.
"""

from node.domain.days import SECONDS_PER_DAY, day_of, day_start, second_of_day

DAY_BEGINS_S = 6 * 3600
DAY_ENDS_S = 20 * 3600  # two hours of stories before transfers close


def chain_time(now: int, *, clock_start_s: int | None, last: int | None) -> int | None:
    """Return the time of the first new block in Unix seconds, None for the wall clock.

    `last` is the time of the newest saved block. Range: clock_start_s within the day.
    """
    wanted = now
    if clock_start_s is not None and not _is_day(now):
        wanted = day_start(day_of(now)) + clock_start_s
    if last is None or wanted > last:
        return None if wanted == now else wanted
    if clock_start_s is None or _is_day(last):
        return last + 1
    following = day_start(day_of(last)) + clock_start_s
    return following if following > last else following + SECONDS_PER_DAY


def _is_day(timestamp: int) -> bool:
    return DAY_BEGINS_S <= second_of_day(timestamp) < DAY_ENDS_S


def parse_clock(text: str) -> int:
    """Return the second of the day of a time such as "10:00". Errors: ValueError."""
    hours, _, minutes = text.partition(":")
    second = int(hours) * 3600 + int(minutes) * 60
    if len(text) != 5 or not 0 <= second < SECONDS_PER_DAY or not 0 <= int(minutes) < 60:
        raise ValueError("a time of day looks like 10:00")
    return second
