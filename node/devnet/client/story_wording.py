"""What the story says in both languages: a title and a sentence for every step.

Sentences name amounts without their unit (`total_fen` is `{total}`) and facts by name. Codes
of the API are put in words by `node.domain.wording`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from node.devnet.client.story_figures import FUNDS
from node.domain.adjudication.trace import Reason
from node.domain.language import Language
from node.domain.money import yuan
from node.domain.wording import label_of, reason_text

Fact = str | int


class StepName(enum.StrEnum):
    """The steps in their order. The values are stable: programs look for them."""

    MEMBER_REGISTERED = "member_registered"
    WALLET_TOPPED_UP = "wallet_topped_up"
    MEMBER_ENROLLED = "member_enrolled"
    PREMIUM_QUOTED = "premium_quoted"
    PREMIUM_PAID = "premium_paid"
    VISIT_RECORDED = "visit_recorded"
    CLAIM_QUOTED = "claim_quoted"
    CLAIM_SETTLED = "claim_settled"
    REFUSALS_EXPLAINED = "refusals_explained"
    RECEIPT_ISSUED = "receipt_issued"
    BALANCE_READ = "balance_read"
    CLAIM_REVERSED = "claim_reversed"
    BALANCE_RESTORED = "balance_restored"


@dataclass(frozen=True)
class Step:
    """One told step: what happened, the figures in fen by name, and where to read more.

    `reasons` are code -> fen of what no fund pays.
    """

    name: StepName
    amounts: Mapping[str, int] = field(default_factory=dict)
    facts: Mapping[str, Fact] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)
    path: str = ""


class Text(NamedTuple):
    """A text in both languages."""

    zh: str
    en: str

    def of(self, language: Language) -> str:
        """Return the text in a language."""
        return self.zh if language is Language.ZH else self.en


class Wording(NamedTuple):
    """How a step is told."""

    title: Text
    sentence: Text


STEPS: dict[StepName, Wording] = {
    StepName.MEMBER_REGISTERED: Wording(
        Text("参保人已登记", "member registered"),
        Text("姓名和证件号在网关加密保存，链上只有加盐的散列值",
             "name and number are sealed at the gateway; the chain has a salted hash"),
    ),
    StepName.WALLET_TOPPED_UP: Wording(
        Text("钱包已开通并充值", "wallet opened and topped up"),
        Text("现金余额 {cash}", "cash {cash}"),
    ),
    StepName.MEMBER_ENROLLED: Wording(
        Text("已参保，保费账单已开出", "enrolled, premium bill issued"),
        Text("{scheme}，{year} 年度", "{scheme}, year {year}"),
    ),
    StepName.PREMIUM_QUOTED: Wording(
        Text("保费已核定", "premium quoted"),
        Text("应收 {gross} − 财政补贴 {subsidy} = 个人缴费 {payable}",
             "gross {gross} − subsidy {subsidy} = payable {payable}"),
    ),
    StepName.PREMIUM_PAID: Wording(
        Text("保费已缴，链上已终局", "premium paid, final on chain"),
        Text("{paid}，区块 {block_number}", "{paid}, block {block_number}"),
    ),
    StepName.VISIT_RECORDED: Wording(
        Text("就诊已登记，费用明细已上传", "visit recorded with its fee lines"),
        Text("{lines} 行，合计 {total}", "{lines} lines, total {total}"),
    ),
    StepName.CLAIM_QUOTED: Wording(
        Text("合约已试算费用", "claim quoted by the contract"),
        Text("总额 {total} = 基金支付 {funds} + 个人负担 {member}{provider_part}",
             "total {total} = funds {funds} + member {member}{provider_part}"),
    ),
    StepName.CLAIM_SETTLED: Wording(
        Text("双方签名，费用已结算", "claim settled with both signatures"),
        Text("区块 {block_number}", "block {block_number}"),
    ),
    StepName.REFUSALS_EXPLAINED: Wording(
        Text("基金未支付的每一分钱都有原因", "why no fund pays the rest, to the fen"),
        Text("合计 {unpaid} = 总额 {total} − 基金支付 {funds}；计算过程与链上散列值一致",
             "sum {unpaid} = total {total} − funds {funds}; the trace matches its hash on chain"),
    ),
    StepName.RECEIPT_ISSUED: Wording(
        Text("电子票据", "receipt"),
        Text("{number}，{amount}，{state}", "{number}, {amount}, {state}"),
    ),
    StepName.BALANCE_READ: Wording(
        Text("余额", "balance"),
        Text("充值 {topped_up} − 保费 {premium} − 就诊现金 {claim} = 现金余额 {cash}",
             "topped up {topped_up} − premium {premium} − claim {claim} = cash {cash}"),
    ),
    StepName.CLAIM_REVERSED: Wording(
        Text("医疗机构已撤销结算", "claim reversed by the clinic"),
        Text("状态：{state}", "state: {state}"),
    ),
    StepName.BALANCE_RESTORED: Wording(
        Text("余额已恢复", "balance restored"),
        Text("{before} + 退回 {returned} = 现金余额 {cash}",
             "{before} + returned {returned} = cash {cash}"),
    ),
}  # fmt: skip
"""In the order of the story. Every step shows the figures of its amounts."""

PROVIDER_PART = Text(" + 医疗机构承担 {provider}", " + provider {provider}")
HEADING = Text(
    "一位参保人的经历：每一步都有签名，都在链上，随时可查",
    "One member's story: every step is signed, on chain, and can be read again",
)
TOLD_IN = Text("用时 {seconds} 秒", "told in {seconds} s")
_GROUPS = {
    (StepName.MEMBER_ENROLLED, "scheme"): "Scheme",
    (StepName.RECEIPT_ISSUED, "state"): "ReceiptState",
    (StepName.CLAIM_REVERSED, "state"): "ClaimState",
}
"""Facts that are codes, and of which enumeration."""


def title_of(step: Step, language: Language) -> str:
    """Return what happened, in a few words."""
    return STEPS[step.name].title.of(language)


def sentence_of(step: Step, language: Language) -> str:
    """Return the figures of a step as people read them. Errors: KeyError for a figure missing."""
    values = {name.removesuffix("_fen"): yuan(fen) for name, fen in step.amounts.items()}
    for name, fact in step.facts.items():
        group = _GROUPS.get((step.name, name))
        values[name] = label_of(group, str(fact), language) if group else str(fact)
    if step.name is StepName.CLAIM_QUOTED:
        values["funds"] = yuan(sum(step.amounts[name] for name in FUNDS))
        part = PROVIDER_PART.of(language) if step.amounts["provider_fen"] else ""
        values["provider_part"] = part.format_map(values)
    return STEPS[step.name].sentence.of(language).format_map(values)


def reason_of(code: str, language: Language) -> str:
    """Return in words why a part is not paid by a fund; a code of later versions is shown bare."""
    try:
        return reason_text(Reason(code), language).label
    except ValueError:
        return code
