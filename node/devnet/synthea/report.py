"""What a Synthea run shows: lines equal and different, and totals per payer against the file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from node.devnet.synthea.folder import Unsettled
from node.devnet.synthea.run import ComparedLine


@dataclass
class PayerTotals:
    """Sums over the lines of one primary payer, in cents."""

    name: str
    lines: int = 0
    equal: int = 0
    charges: int = 0
    primary_in_file: int = 0
    primary_on_chain: int = 0
    secondary_in_file: int = 0
    secondary_on_chain: int = 0


@dataclass(frozen=True)
class Difference:
    """One line that is not equal; amounts in cents, None = not settled."""

    charge_id: int
    expected: tuple[int, int, int, int]
    settled: tuple[int, int, int, int] | None


@dataclass(frozen=True)
class SyntheaReport:
    """The outcome of a run. Figures are (charge, primary, secondary, member)."""

    payers: list[PayerTotals]
    differences: list[Difference] = field(default_factory=list)
    unsettled: list[Unsettled] = field(default_factory=list)

    @property
    def lines(self) -> int:
        """All insurer-paid lines."""
        return sum(payer.lines for payer in self.payers) + len(self.unsettled)

    @property
    def equal(self) -> int:
        """Lines equal to the cent."""
        return sum(payer.equal for payer in self.payers)

    @property
    def different(self) -> int:
        """Lines that differ or were not settled."""
        return self.lines - self.equal

    def document(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            "lines": self.lines,
            "equal": self.equal,
            "different": self.different,
            "payers": [asdict(payer) for payer in self.payers],
            "differences": [asdict(one) for one in self.differences],
            "unsettled": [asdict(one) for one in self.unsettled],
        }


def report_of(
    compared: Sequence[ComparedLine], unsettled: Sequence[Unsettled], *, names: Mapping[str, str]
) -> SyntheaReport:
    """Sum up compared lines beside those not settled; `names`: payer id → name."""
    totals: dict[str, PayerTotals] = defaultdict(lambda: PayerTotals(""))
    differences = []
    for one in compared:
        expected = one.expected
        payer = totals[expected.line.payer]
        payer.name = names[expected.line.payer]
        payer.lines += 1
        payer.equal += one.is_equal
        payer.charges += expected.line.charge
        payer.primary_in_file += expected.primary
        payer.secondary_in_file += expected.secondary
        if one.settled is not None:
            payer.primary_on_chain += one.settled.primary
            payer.secondary_on_chain += one.settled.secondary
        if not one.is_equal:
            differences.append(_difference(one))
    payers = sorted(totals.values(), key=lambda payer: payer.name)
    return SyntheaReport(payers, differences, sorted(unsettled, key=lambda one: one.key))


def _difference(one: ComparedLine) -> Difference:
    expected, settled = one.expected, one.settled
    found = None
    if settled is not None:
        found = (settled.total, settled.primary, settled.secondary, settled.member)
    wanted = (expected.line.charge, expected.primary, expected.secondary, expected.member)
    return Difference(expected.line.charge_id, wanted, found)
