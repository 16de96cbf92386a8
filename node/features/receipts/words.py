"""The words on receipts in both languages, for the printed page and for the page that checks it.

Labels of codes come from `domain.wording`; only what stands on the paper alone is here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from node.domain.kinds import ItemClass, Scheme
from node.domain.language import Language
from node.domain.wording import label_of


class Words(NamedTuple):
    """One text in both languages."""

    zh: str
    en: str


TITLES = {
    "PREMIUM": Words("医疗保险费电子凭证", "Medical insurance premium receipt"),
    "PREMIUM_REFUND": Words("医疗保险费退款凭证", "Medical insurance premium refund"),
    "CLAIM": Words("医疗费用结算电子凭证", "Medical care receipt"),
    "CLAIM_REVERSAL": Words("医疗费用结算冲正凭证", "Reversal of a medical care receipt"),
}
KINDS = tuple(TITLES)
STATES = ("ISSUED", "VOIDED")
SOURCES = (
    *("POOLED", "BIG_ILLNESS", "AID", "SUPPLEMENTARY", "PROVIDER"),
    *("MEDICAL", "FAMILY", "CASH", "EMPLOYEE", "LATE_FEE"),
)
NEGATIVE = Words("红字", "Negative")
"""The state shown of a receipt that takes another receipt back; it is never plain `ISSUED`."""
LABELS = {
    "network": Words("医保链", "Yibao"),
    "sandbox": Words(
        "测试网络：非真实凭证，不得报销", "Test network: not a real receipt, test money only"
    ),
    "void_notice": Words(
        "本凭证已作废，不得作为报销依据。冲销凭证编号：",
        "This receipt is void and proves no payment. It is taken back by receipt ",
    ),
    "negative_notice": Words("红字凭证，冲销凭证编号：", "Negative receipt: takes back receipt "),
    "number": Words("凭证编号", "Receipt number"),
    "time": Words("日期时间", "Date and time"),
    "zone": Words("北京时间", "UTC+8"),
    "payer": Words("交款人", "Payer"),
    "member": Words("参保人", "Insured person"),
    "patient": Words("患者", "Patient"),
    "family_holder": Words("共济账户持有人", "Family account of"),
    "scheme": Words("险种", "Scheme"),
    "covered": Words("参保期间", "Period covered"),
    "care_days": Words("就诊期间", "Period of care"),
    "part": Words("分期", "Instalment"),
    "provider": Words("医疗机构", "Provider"),
    "insurer": Words("保险机构", "Insurer"),
    "scan": Words("扫码核验", "Scan to check"),
    "amounts": Words("金额构成", "Amounts by source"),
    "source": Words("来源", "Source"),
    "amount": Words("金额", "Amount"),
    "total": Words("合计", "Total"),
    "in_words": Words("人民币（大写）", ""),
    "subsidy": Words(
        "另由财政补助，不计入本凭证：", "The state adds a subsidy, not part of this receipt: "
    ),
    "subsidy_back": Words(
        "财政补助另行退回，不计入本凭证：",
        "The state's subsidy goes back too, not part of this receipt: ",
    ),
    "lines": Words("费用明细", "Items"),
    "item": Words("项目", "Item"),
    "class": Words("类别", "Class"),
    "quantity": Words("数量", "Quantity"),
    "price": Words("单价", "Unit price"),
    "gross": Words("金额", "Amount"),
    "fund": Words("基金支付", "Covered"),
    "refused": Words("未报销", "Not covered"),
    "why": Words("未报销原因", "Why the funds did not pay the rest"),
    "reason": Words("原因", "Reason"),
    "deductible": Words("本次起付线", "Deductible of this claim"),
    "nothing_refused": Words("基金全额支付", "The funds paid everything"),
    "chain": Words("链上记录", "Record on the chain"),
    "claim": Words("结算编号", "Claim"),
    "bill": Words("账单编号", "Bill"),
    "tx_hash": Words("交易哈希", "Transaction"),
    "block": Words("区块", "Block"),
    "chain_id": Words("链号", "Chain id"),
    "footer": Words(
        "本凭证由区块链记录生成，以链上记录为准。扫描二维码，无需登录即可核对编号、金额与状态。",
        "The record on the chain decides. Scan the code to check number, amounts and state: no"
        " sign-in, nothing about a person.",
    ),
    "page": Words("第 {page} 页，共 {pages} 页", "Page {page} of {pages}"),
}


def words(language: Language) -> dict[str, dict[str, str]]:
    """Return all words in one language, by group and code."""
    place = Words._fields.index(language.value)
    return {
        "titles": {kind: text[place] for kind, text in TITLES.items()},
        "states": _labels("ReceiptState", STATES, language) | {"NEGATIVE": NEGATIVE[place]},
        "sources": _labels("Source", SOURCES, language),
        "schemes": _labels("Scheme", [one.name for one in Scheme if one], language),
        "classes": _labels("ItemClass", [one.name for one in ItemClass], language),
        "labels": {name: text[place] for name, text in LABELS.items()},
    }


def _labels(group: str, codes: Iterable[str], language: Language) -> dict[str, str]:
    return {code: label_of(group, code, language) for code in codes}
