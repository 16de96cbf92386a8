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
    @pytest.mark.parametrize(
        ("rule", "age_s", "refused"),
        [
            (HaltRule(AFTER_S, refuses=True), 31, True),
            (HaltRule(AFTER_S, refuses=True), AFTER_S, False),
            (HaltRule(AFTER_S), 31, False),
        ],
        ids=["halted", "not halted", "not refusing"],
    )
    def test_halted_and_refusing__is_lagging(
        self, rule: HaltRule, age_s: int, refused: bool
    ) -> None:
        told = None
        try:
            rule.require_open(NEWEST_S, now_s=NEWEST_S + age_s)
        except ChainLagging as refusal:
            told = refusal
        assert (told is not None) is refused
