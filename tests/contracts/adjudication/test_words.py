"""Words of a line that its types cannot hold: refused by name, never cut to their width (P28)."""

from collections.abc import Iterator

import pytest
from eth_abi.abi import encode

from node.chain.abi.plans import encode_benefit_plan
from node.domain.kinds import CareScope
from node.domain.money import UNLIMITED
from node.domain.plans.plan import Band, BenefitPlan, LevelRule
from node.wire.hashing import selector
from tests.contracts.adjudication.harness import Harness
from tests.fixtures.evm.in_process import reverts

LEVELS = (LevelRule("", (0,), (Band(UNLIMITED, 9_000),)),)
PLAN = encode_benefit_plan(BenefitPlan(scope=CareScope.OUTPATIENT, levels=LEVELS))
CONTEXT = "(bytes16,bytes16,uint16,uint32,uint64,uint64,(uint256,uint256,uint256))"
KNOWN = (b"CARE", b"", 0, 0, 0, 0, (0, 0, 0))
QUOTE_ONE = selector(f"quoteOne((bytes,(uint8,uint64,uint64,uint16,bytes32)[],{CONTEXT}))")
CLASS, GROSS, OVER, RATIO = range(4)
LINE = (1, 100_000, 0, 1_000)


@pytest.fixture(scope="module")
def harness() -> Iterator[Harness]:
    return Harness()


def decide(harness: Harness, line: tuple[int, ...]) -> None:
    """Decide about one line of plain words. Errors: Revert."""
    case = (PLAN, [(*line, bytes(32))], KNOWN)
    words = encode([f"(bytes,(uint256,uint256,uint256,uint256,bytes32)[],{CONTEXT})"], [case])
    data = "0x" + (QUOTE_ONE + words).hex()
    harness.chain.send_data("AdjudicationHarness", data, sender=harness.chain.accounts[0])


class TestLineWords:
    def test_words_of_their_width__are_decided(self, harness: Harness) -> None:
        decide(harness, LINE)

    @pytest.mark.parametrize(
        ("field", "width", "error"),
        [
            (CLASS, 8, "KindUnknown"),
            (GROSS, 64, "InvalidAmount"),
            (OVER, 64, "InvalidAmount"),
            (RATIO, 16, "InvalidRatio"),
        ],
    )
    def test_word_wider_than_its_field__refused_whole(
        self, harness: Harness, field: int, width: int, error: str
    ) -> None:
        for bit in (width, 255):
            wide = LINE[field] + (1 << bit)
            with reverts(error, wide):
                decide(harness, (*LINE[:field], wide, *LINE[field + 1 :]))

    @pytest.mark.parametrize("unknown", [3, 255])
    def test_class_beyond_c__refused(self, harness: Harness, unknown: int) -> None:
        with reverts("KindUnknown", unknown):
            decide(harness, (unknown, *LINE[1:]))
