"""The story in both languages: every step has both texts, and every figure is shown (S04)."""

import re
from string import Formatter

import pytest

from node.devnet.client import story_wording
from node.devnet.client.story_wording import (
    STEPS,
    Step,
    StepName,
    Text,
    reason_of,
    sentence_of,
    title_of,
)
from node.domain.adjudication.trace import Reason
from node.domain.language import Language

LATIN = re.compile(r"[A-Za-z]+")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
TEXTS = [text for wording in STEPS.values() for text in wording] + [
    one for one in vars(story_wording).values() if isinstance(one, Text)
]
CLAIM = Step(
    StepName.CLAIM_QUOTED,
    {
        "total_fen": 25_600,
        "pooled_fen": 6_000,
        "big_illness_fen": 783,
        "aid_fen": 0,
        "supplementary_fen": 0,
        "provider_fen": 0,
        "member_fen": 18_817,
    },
)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def bare(text: str) -> str:
    """Return a text without its placeholders."""
    return re.sub(r"\{\w+\}", "", text)


class TestTexts:
    def test_every_step__has_a_title_and_a_sentence(self) -> None:
        assert list(STEPS) == list(StepName)

    @pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.en)
    def test_each__is_whole_in_both_languages(self, text: Text) -> None:
        assert not LATIN.search(bare(text.zh))
        assert not CHINESE.search(text.en)
        assert text.en.strip()
        assert bare(text.zh).strip()
        assert fields(text.zh) == fields(text.en)

    def test_ids__are_the_published_ones(self) -> None:
        """Programs look for them."""
        assert [one.value for one in StepName] == [
            *("member_registered", "wallet_topped_up", "member_enrolled", "premium_quoted"),
            *("premium_paid", "visit_recorded", "claim_quoted", "claim_settled"),
            *("refusals_explained", "receipt_issued", "balance_read", "claim_reversed"),
            "balance_restored",
        ]


class TestSentence:
    def test_claim__names_all_funds_together(self) -> None:
        assert sentence_of(CLAIM, Language.EN) == "total ¥256.00 = funds ¥67.83 + member ¥188.17"

    def test_claim_with_a_share_of_the_provider__shows_it(self) -> None:
        amounts = {**CLAIM.amounts, "provider_fen": 1_500, "member_fen": 17_317}
        shared = Step(StepName.CLAIM_QUOTED, amounts)
        assert sentence_of(shared, Language.ZH) == (
            "总额 ¥256.00 = 基金支付 ¥67.83 + 个人负担 ¥173.17 + 医疗机构承担 ¥15.00"
        )

    def test_code_of_the_api__is_said_in_words(self) -> None:
        step = Step(StepName.CLAIM_REVERSED, facts={"state": "REVERSED"})
        assert title_of(step, Language.ZH) == "医疗机构已撤销结算"
        assert sentence_of(step, Language.ZH) == "状态：已撤销结算"
        assert sentence_of(step, Language.EN) == "state: Reversed"

    def test_missing_figure__is_an_error(self) -> None:
        with pytest.raises(KeyError):
            sentence_of(Step(StepName.WALLET_TOPPED_UP), Language.EN)


class TestReason:
    @pytest.mark.parametrize("reason", list(Reason))
    def test_each__has_words_in_both_languages(self, reason: Reason) -> None:
        assert CHINESE.search(reason_of(reason.value, Language.ZH))
        assert not CHINESE.search(reason_of(reason.value, Language.EN))

    def test_code_of_a_later_version__is_shown_bare(self) -> None:
        assert reason_of("moon-phase", Language.ZH) == "moon-phase"
