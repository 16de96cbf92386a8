"""One sentence per kind of intent, in Chinese and in English: what its signer agrees to.

Words in braces are fields of the body, `{actor}` and sums that node/intents/words.py adds; each is
shown by its meaning. Every party and every amount of a body stands in its sentence.
"""

from __future__ import annotations

from typing import NamedTuple

from node.intents.messages import IntentKind


class Sentence(NamedTuple):
    """What one kind says in both languages."""

    zh: str
    en: str


_ROTATE = Sentence(
    "{actor} 启用 {new_kind} 新密钥 {new_key}；旧密钥 {old_key} 于 {old_valid_until} 失效",
    "Let {actor} sign with the new {new_kind} key {new_key}; the old key {old_key} ends at "
    "{old_valid_until}",
)
_CLAIM = Sentence(
    "结算参保人 {member} 在 {actor} 的医疗费用（{service_start} 至 {service_end}）："
    "总额 {total_fen}，基金支付 {expected_fund_fen}，个人账户 {expected_medical_fen}，"
    "家庭共济 {expected_family_fen}（账户人 {family_holder}），"
    "现金 {expected_cash_fen}（{cash_mode}）；"
    "替换结算 {replaces}",
    "Settle care of member {member} at {actor} from {service_start} to {service_end}: total "
    "{total_fen}; funds pay {expected_fund_fen}, the MEDICAL pocket {expected_medical_fen}, the "
    "family account of {family_holder} {expected_family_fen}, cash {expected_cash_fen} "
    "({cash_mode}); replaces claim {replaces}",
)
_K = IntentKind

SENTENCES: dict[IntentKind, Sentence] = {
    _K.OPEN_WALLET: Sentence(
        "{actor} 开通钱包，并接受条款 {terms_hash}",
        "Open the wallet of {actor} and accept the terms {terms_hash}",
    ),
    _K.PAY_PREMIUM: Sentence(
        "由 {actor} 支付保费账单 {bill_id} 第 {part} 期 {total_fen}："
        "个人账户 {medical_fen}，现金 {cash_fen}",
        "Pay {total_fen} of premium bill {bill_id} for its part {part}, from {actor}: "
        "{medical_fen} MEDICAL and {cash_fen} CASH",
    ),
    _K.TRANSFER_MEDICAL: Sentence(
        "{actor} 从个人账户转给近亲属 {receiver} {amount_fen}",
        "Send {amount_fen} of MEDICAL money from {actor} to the near relative {receiver}",
    ),
    _K.ACCEPT_TRANSFER: Sentence(
        "{actor} 接收近亲属 {sender} 转来的 {amount_fen}",
        "Accept {amount_fen} of MEDICAL money that {sender} sent to {actor}",
    ),
    _K.WITHDRAW: Sentence(
        "{actor} 经渠道 {channel} 提取现金 {amount_fen}，收款账户摘要 {destination_hash}",
        "Withdraw {amount_fen} of CASH of {actor} through {channel} to the bank account with hash "
        "{destination_hash}",
    ),
    _K.LINK_FAMILY: Sentence(
        "{actor} 与近亲属 {relative}（{relation}）建立家庭共济，"
        "其医疗费用可由 {actor} 的个人账户支付",
        "Let care of {relative} ({relation}) be paid from the MEDICAL pocket of {actor}",
    ),
    _K.END_FAMILY_LINK: Sentence(
        "{actor} 立即终止与 {relative} 的家庭共济",
        "End the family link of {actor} with {relative} at once",
    ),
    _K.ROTATE_MEMBER_SIGNER: _ROTATE,
    _K.CONFIRM_CLAIM: Sentence(
        "{actor} 确认结算 {claim_id}，个人承担 {member_fen}",
        "Confirm claim {claim_id}: {actor} bears {member_fen}",
    ),
    _K.CANCEL_INTENT: Sentence(
        "{actor} 作废未使用的指令编号 {cancelled_nonce}",
        "Give up the unused nonce {cancelled_nonce} of {actor}",
    ),
    _K.SETTLE_CLAIM: _CLAIM,
    _K.SUBMIT_CLAIM: Sentence(f"提交待审：{_CLAIM.zh}", f"Submit for review: {_CLAIM.en}"),
    _K.CANCEL_CLAIM: Sentence(
        "{actor} 撤回编号摘要为 {claim_number_hash} 的结算申请",
        "Take back the claim of {actor} whose number has the hash {claim_number_hash}",
    ),
    _K.REVERSE_CLAIMS: Sentence(
        "{actor} 撤销已结算费用，原因 {reason_code}；凭据 {evidence}",
        "Reverse settled claims by {actor}, reason {reason_code}; their evidence {evidence}",
    ),
    _K.DEPOSIT: Sentence(
        "渠道 {actor} 向 {account} 的 {pocket} 存入 {amount_fen}，通知摘要 {notice_hash}",
        "Deposit {amount_fen} to {account} ({pocket}) by the channel {actor}, notice {notice_hash}",
    ),
    _K.TRANSFER_FUND: Sentence(
        "{actor} 从 {region} {scheme} 的 {from_kind} 基金划转 {amount_fen} 至 {to_kind}"
        "（参保人 {member}），原因 {reason_code}",
        "Move {amount_fen} from fund {from_kind} to {to_kind} of {region} {scheme} by {actor} "
        "(member {member}), reason {reason_code}",
    ),
    _K.OPEN_MEMBER: Sentence(
        "{actor} 登记参保人 {account}，{signer_kind} 密钥 {signer_key}",
        "Register member {account} by {actor}, with the {signer_kind} key {signer_key}",
    ),
    _K.ASSIGN_GUARDIAN: Sentence(
        "{actor} 指定 {guardian} 为 {member} 的监护人，至 {until_day} 止",
        "Name {guardian} guardian of {member} until {until_day}, by {actor}",
    ),
    _K.FREEZE_ACCOUNT: Sentence(
        "{actor} 将账户 {account} 的冻结状态设为：{frozen}，原因 {reason_code}",
        "Set account {account} frozen: {frozen}, by {actor}, reason {reason_code}",
    ),
    _K.ENROL: Sentence(
        "{actor} 为 {member} 登记参保：{scheme} {member_kind}，地区 {region}，"
        "{start_day} 起至 {end_day}（不含），账单 {bill_id}",
        "Enrol {member} in {scheme} as {member_kind} in region {region} from {start_day} up to "
        "{end_day}, bill {bill_id}, by {actor}",
    ),
    _K.END_COVERAGE: Sentence(
        "{actor} 将 {member} 自 {start_day} 开始的 {scheme} 参保终止于 {end_day}，"
        "原因 {reason_code}",
        "End the {scheme} coverage of {member} that began on {start_day} at {end_day}, by {actor}, "
        "reason {reason_code}",
    ),
    _K.ISSUE_BILL: Sentence(
        "{actor} 为 {member} 开具保费账单 {bill_id}：{scheme} {member_kind}，地区 {region}，"
        "{period_start} 至 {period_end}（不含），分 {parts} 期，{due_day} 前缴纳",
        "Issue premium bill {bill_id} for {member}: {scheme} as {member_kind} in region {region}, "
        "{period_start} up to {period_end}, in {parts} part(s), due {due_day}, by {actor}",
    ),
    _K.CANCEL_BILL: Sentence(
        "{actor} 作废未缴保费账单 {bill_id}",
        "Cancel the unpaid premium bill {bill_id}, by {actor}",
    ),
    _K.REFUND_PREMIUM: Sentence(
        "{actor} 将保费账单 {bill_id} 原路退回，原因 {reason}",
        "Pay premium bill {bill_id} back to the pockets that paid, by {actor}, reason {reason}",
    ),
    _K.DECLARE_WAGE: Sentence(
        "{actor} 申报职工 {member} {period_start} 至 {period_end}（不含）"
        "工资 {wage_fen}，地区 {region}",
        "Declare the wage {wage_fen} of {member} from {period_start} up to {period_end} in region "
        "{region}, by the employer {actor}",
    ),
    _K.PAY_DECLARED: Sentence(
        "单位 {actor} 全额缴纳申报账单 {bill_id}：{amount_fen}",
        "Pay {amount_fen}, the whole declared bill {bill_id}, by the employer {actor}",
    ),
    _K.REGISTER_ORGANISATION: Sentence(
        "{actor} 登记机构 {organisation}：{kind} {provider_type} {level}，地区 {region}，"
        "结算账户 {settlement_account}，{signer_kind} 密钥 {signer_key}",
        "Register organisation {organisation} by {actor}: {kind} {provider_type} {level} in region "
        "{region}, settlement account {settlement_account}, with the {signer_kind} key "
        "{signer_key}",
    ),
    _K.CONTRACT_PROVIDER: Sentence(
        "{actor} 将医药机构 {provider} 的定点状态设为：{contracted}",
        "Set provider {provider} contracted by {actor}: {contracted}",
    ),
    _K.REGISTER_OFFICER: Sentence(
        "{actor} 登记经办人 {officer}，职权 {roles}，{signer_kind} 密钥 {signer_key}",
        "Register officer {officer} of {actor} with the powers {roles} and the {signer_kind} key "
        "{signer_key}",
    ),
    _K.ROTATE_ORGANISATION_SIGNER: _ROTATE,
    _K.PUBLISH_PLAN: Sentence(
        "{actor} 提议待遇政策 {plan_id} 第 {version} 版（{scheme} {member_kind}，地区 {region}），"
        "{valid_from} 起至 {valid_until}；文件摘要 {source_hash}，规则 {plan}",
        "Propose version {version} of plan {plan_id} ({scheme}, {member_kind}, region {region}) "
        "from {valid_from} until {valid_until} by {actor}; source {source_hash}, rules {plan}",
    ),
    _K.APPROVE_PLAN: Sentence(
        "{actor} 批准待遇政策 {plan_id} 第 {version} 版，内容摘要 {body_hash}",
        "Approve version {version} of plan {plan_id} with the content {body_hash}, by {actor}",
    ),
    _K.PROPOSE_ACTION: Sentence(
        "{actor} 提议操作 {action}，内容 {payload}",
        "Propose the action {action} by {actor}, content {payload}",
    ),
    _K.APPROVE_ACTION: Sentence(
        "{actor} 批准操作 {action_id}，内容 {payload}",
        "Approve the action {action_id} by {actor}, content {payload}",
    ),
}
