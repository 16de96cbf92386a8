"""What stands in a cell of a story: yuan, ratios, days and periods, each in one way of writing."""

import re

from node.domain.days import parse_day

YUAN = re.compile(r"-?[0-9]+\.[0-9]{2}")
RATIO = re.compile(r"([0-9]+)(?:\.([0-9]{1,2}))?%")


def fen(cell: str) -> int:
    """Return `400.03` yuan as 40,003 fen. Errors: ValueError for any other way of writing."""
    if not YUAN.fullmatch(cell):
        raise ValueError(f"{cell!r} is not yuan with two digits")
    return int(cell.replace(".", ""))


def yuan(amount_fen: int) -> str:
    """Return fen as a story writes them."""
    sign, amount_fen = "-" * (amount_fen < 0), abs(amount_fen)
    return f"{sign}{amount_fen // 100}.{amount_fen % 100:02}"


def ratio_bp(cell: str) -> int:
    """Return `9.5%` as 950 bp. Errors: ValueError."""
    found = RATIO.fullmatch(cell)
    if not found:
        raise ValueError(f"{cell!r} is not a ratio such as 9.5%")
    return int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))


def day(cell: str) -> int:
    """Return an ISO date as a policy day. Errors: ValueError."""
    return int(parse_day(cell))


def days(cell: str) -> tuple[int, int]:
    """Return `2026-03-01..2026-03-04` as two days, one date as both. Errors: ValueError."""
    first, _, last = cell.partition("..")
    return day(first), day(last or first)


def yes(cell: str) -> bool:
    """Return whether a cell says yes. Errors: ValueError unless it says yes or no."""
    if cell not in {"yes", "no"}:
        raise ValueError(f"{cell!r} is neither yes nor no")
    return cell == "yes"
