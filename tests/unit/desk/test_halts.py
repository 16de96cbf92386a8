"""When a chain counts as halted, and who refuses meanwhile (P24)."""

import pytest

from node.desk.halts import HaltRule
from node.domain.errors import ChainLagging

NEWEST_S, AFTER_S = 1_000, 30


class TestIsHalted:
    @pytest.mark.parametrize(("age_s", "halted"), [(0, False), (AFTER_S, False), (31, True)])
    def test_newest_block__halts_when_it_is_older_than_the_rule(
        self, age_s: int, halted: bool
    ) -> None:
        rule = HaltRule(AFTER_S)
        assert rule.is_halted(NEWEST_S, now_s=NEWEST_S + age_s) is halted

    def test_rule_of_zero__never_halts(self) -> None:
        assert not HaltRule().is_halted(NEWEST_S, now_s=NEWEST_S + 1_000_000)


class TestRequireOpen:
    def test_halted_and_refusing__is_lagging(self) -> None:
        with pytest.raises(ChainLagging):
            HaltRule(AFTER_S, refuses=True).require_open(NEWEST_S, now_s=NEWEST_S + 31)

    def test_not_halted_or_not_refusing__is_open(self) -> None:
        HaltRule(AFTER_S, refuses=True).require_open(NEWEST_S, now_s=NEWEST_S + AFTER_S)
        HaltRule(AFTER_S).require_open(NEWEST_S, now_s=NEWEST_S + 31)
