"""Every code that people see has a text in both languages, in the words of the field."""

from __future__ import annotations

import enum
import re
from dataclasses import fields
from string import Formatter
from typing import Any, get_args

import pytest

from node.chain.abi.kinds import Purpose
from node.chain.rpc.errors import ContractRefusal, reverts
from node.db.errors import StorageUnavailable
from node.domain.adjudication.trace import Payer, Reason
from node.domain.claims import ClaimState
from node.domain.coverage import CoverageStatus
from node.domain.errors import (
    CATALOGUE,
    BillStateInvalid,
    Category,
    DomainError,
    InsufficientBalance,
    InvalidPeriod,
    MalformedBody,
    NotOwner,
    QuoteExpired,
    RequiredRelation,
    TransferClosedHours,
)
from node.domain.kinds import (
    CareScope,
    CashMode,
    FundKind,
    ItemClass,
    LayerKind,
    MemberKind,
    Pocket,
    Proration,
    ProviderType,
    Relation,
    Scheme,
)
from node.domain.language import Language
from node.domain.premiums import BillState, RefundReason
from node.domain.roles import Role
from node.domain.transactions import RejectionReason, TxStatus
from node.domain.visits import VisitState
from node.domain.wording import (
    DAY_VALUES,
    care_type_label,
    code_text,
    detail,
    error_text,
    explained_codes,
    label_of,
    reason_text,
    state_text,
    value_label,
)
from node.domain.wording.tables import table
from node.features.receipts.schemas import KindName, SourceName, StateName

ENUMS: tuple[type[enum.Enum], ...] = (
    *(Reason, Payer, BillState, ClaimState, VisitState, TxStatus, CoverageStatus, RefundReason),
    *(Pocket, Scheme, MemberKind, Relation, ProviderType, FundKind, ItemClass, CashMode),
    *(CareScope, LayerKind, Proration, Role, RequiredRelation, Purpose),
)
GATEWAY_CODES = {
    *("RouteUnknown", "MethodNotAllowed", "HttpError", "InternalError", "StorageUnavailable"),
}
OTHER_CODES = {"ContractRefusal", "Panic", "Error", "Empty", "IntentCancelled"}
EXPECTED = (
    CATALOGUE.keys()
    | GATEWAY_CODES
    | OTHER_CODES
    | {spec.name for spec in reverts().values()}
    | {reason.value for reason in RejectionReason}
)
# Units, names of headers and formats, and the codes of fields: Latin in Chinese sentences.
LATIN = {
    *("CNY", "UUID", "Idempotency-Key", "Authorization", "Bearer", "bp", "x-request-id"),
}
WORD = re.compile(r"[A-Za-z][A-Za-z-]*")
PLACEHOLDER = re.compile(r"\{[a-z_]*\}")
# The left column of the vocabulary, by code: (group, code, word).
VOCABULARY = [
    *(("Reason", "DEDUCTIBLE", "起付线"), ("Reason", "PRE_SELF_PAY", "先行自付")),
    *(("Reason", "OVER_LIMIT", "超限价"), ("Reason", "OWN_PAY", "全自费")),
    *(("Reason", "ABOVE_FUND_CAP", "封顶线"), ("Payer", "POOLED", "统筹基金")),
    *(("Payer", "BIG_ILLNESS", "大病保险"), ("Payer", "AID", "医疗救助")),
    *(("Pocket", "MEDICAL", "个人账户"), ("Role", "MEMBER", "参保人")),
    *(("Role", "PROVIDER", "定点医药机构"), ("Role", "INSURER", "经办机构")),
    *(("ItemClass", "A", "甲类"), ("ItemClass", "B", "乙类"), ("ItemClass", "C", "丙类")),
    *(("CareScope", "CHRONIC", "门诊慢特病"), ("ClaimState", "REVERSED", "撤销结算")),
    *(("Scheme", "EMPLOYEE", "职工"), ("Scheme", "RESIDENT", "居民")),
    ("Source", "FAMILY", "家庭共济"),
]  # fmt: skip
STRAY = {
    Language.ZH: "患者|病人|保险公司|投保人|受益人|用户|客户|理赔|门槛费|被保险人",
    Language.EN: r"(?i)\b(patient|customer|user|client|policyholder|wish|beneficiary)s?\b",
}  # fmt: skip
PERSONAL = re.compile(r"(?i)\{(name_?of|identity|phone|address|person)\w*\}|\d{15,}|1[3-9]\d{9}")


def names_in(form: str) -> set[str]:
    """Return the names of values in a text."""
    return {name for _, name, _, _ in Formatter().parse(form) if name}


def sentences(language: Language) -> list[str]:
    """Return every text there is in a language."""

    def leaves(found: Any) -> list[str]:
        if isinstance(found, str):
            return [found]
        rows = found.values() if isinstance(found, dict) else found
        return [text for row in rows for text in leaves(row)]

    return [*leaves(table("errors", language)), *leaves(table("words", language))]


def value_names(error: type[DomainError]) -> set[str]:
    """Return the names of the values of a class."""
    return {one.name for one in fields(error)} - {"field"}


class TestErrorText:
    def test_the_codes__are_those_of_catalogue_contracts_and_gateway(self) -> None:
        assert set(explained_codes()) == EXPECTED
        assert table("errors", Language.ZH).keys() == EXPECTED

    @pytest.mark.parametrize("code", sorted(EXPECTED))
    def test_each_code__says_what_why_and_what_next_in_both_languages(self, code: str) -> None:
        texts = [error_text(code, language) for language in Language]
        for text in texts:
            parts = [text.title, text.explanation, text.next_step]
            assert all(part.strip() and part != code for part in parts)
            assert not any(names_in(part) for part in parts)
        forms = [names_in(text.detail_form) for text in texts]
        assert forms[0] == forms[1]
        if code in CATALOGUE:
            assert forms[0] <= value_names(CATALOGUE[code])
        assert texts[0] != texts[1]

    def test_each_class_of_failure__has_a_text_of_its_own(self) -> None:
        def kinds(error: type[DomainError]) -> set[type[DomainError]]:
            below = error.__subclasses__()
            return set().union(*map(kinds, below)) if below else {error}

        # A refusal of the chain has the code that the contract gave.
        assert {one.__name__ for one in kinds(DomainError) - {ContractRefusal}} <= EXPECTED
        assert StorageUnavailable in kinds(DomainError)

    def test_unknown_code__gets_the_general_text(self) -> None:
        assert error_text("0xdeadbeef", Language.EN) == error_text("ContractRefusal", Language.EN)

    def test_each_value_of_the_catalogue__has_a_meaning_in_both_languages(self) -> None:
        names = set().union(*(value_names(error) for error in CATALOGUE.values()))
        for language in Language:
            assert table("words", language)["Value"].keys() == names
            assert value_label("amount_fen", language) != "amount_fen"
        assert value_label("no_such", Language.EN) == "no_such"

    def test_each_day_of_the_catalogue__is_known_as_one(self) -> None:
        names = set().union(*(value_names(error) for error in CATALOGUE.values()))
        days = {name for name in names if name == "day" or name.endswith("_day")}
        assert days - {"second_of_day"} == DAY_VALUES


class TestDetail:
    MEMBER = "0x1d2c3b4a5968778695a4b3c2d1e0f00112233445"

    def said(self, error: DomainError, language: Language) -> str:
        return detail(error.code, error.values(), language)

    def test_amounts__are_yuan(self) -> None:
        error = InsufficientBalance(self.MEMBER, "MEDICAL", 12_345_678, 98_765_400)
        english = "Medical account: ¥123,456.78 available, ¥987,654.00 needed."
        assert self.said(error, Language.EN) == english
        assert self.said(error, Language.ZH) == "个人账户：可用 ¥123,456.78，需要 ¥987,654.00。"

    def test_days__are_dates_also_beyond_the_calendar(self) -> None:
        assert "2026-01-01 to 2027-01-01" in self.said(InvalidPeriod(20_454, 20_819), Language.EN)
        assert "0001-01-01 至 9999-12-31" in self.said(InvalidPeriod(-(2**70), 2**70), Language.ZH)

    def test_moments_and_hours__are_those_of_shanghai(self) -> None:
        assert "2026-03-02 10:00:00 UTC+8" in self.said(QuoteExpired(1_772_416_800), Language.EN)
        assert "06:00:01" in self.said(TransferClosedHours(21_601), Language.ZH)

    def test_codes__are_words_and_ids_are_short(self) -> None:
        relation = RequiredRelation.HOLDER_OR_GUARDIAN
        english = self.said(NotOwner(self.MEMBER, self.MEMBER, relation), Language.EN)
        assert "is not the account holder or guardian of 0x1d2c…3445." in english
        assert "「已缴清」" in self.said(BillStateInvalid(self.MEMBER, "PAID"), Language.ZH)

    def test_text_of_a_request__is_never_a_form(self) -> None:
        assert "{reason.__class__}" in self.said(MalformedBody("{reason.__class__}"), Language.EN)

    def test_missing_values__leave_the_explanation(self) -> None:
        assert (
            detail("NonceUsed", {}, Language.EN) == error_text("NonceUsed", Language.EN).explanation
        )

    def test_large_numbers_as_text__are_shown_as_they_are(self) -> None:
        values = {"amount_fen": str(2**64), "limit_fen": 200_000}
        assert str(2**64) in detail("TransferTooLarge", values, Language.EN)


class TestCodeText:
    @pytest.mark.parametrize("kind", ENUMS, ids=lambda kind: kind.__name__)
    def test_each_member__has_a_label_in_both_languages_and_none_is_left_over(
        self, kind: type[enum.Enum]
    ) -> None:
        for language in Language:
            assert list(table("words", language)[kind.__name__]) == list(kind.__members__)
            for code in kind:
                text = code_text(code, language)
                assert text.label.strip()
                assert text.meaning.strip()
                assert text.label not in (code.name, code.value)
                assert text.meaning not in (code.name, code.value)

    def test_groups_of_texts__are_the_same_in_both_languages(self) -> None:
        shapes = [
            {group: {code: type(row) for code, row in rows.items()} for group, rows in one.items()}
            for one in (table("words", language) for language in Language)
        ]
        assert shapes[0] == shapes[1]

    def test_codes_that_are_only_text__have_labels(self) -> None:
        groups = {
            "ReceiptKind": get_args(KindName),
            "ReceiptState": get_args(StateName),
            "Source": get_args(SourceName),
            "Category": [category.word for category in Category],
        }
        for group, codes in groups.items():
            assert set(table("words", Language.EN)[group]) == set(codes)
        assert label_of("Source", "FAMILY", Language.ZH) == "家庭共济"
        assert label_of("Source", "NEW", Language.ZH) == "NEW"

    def test_reasons_and_states__say_what_they_mean(self) -> None:
        assert reason_text(Reason.DEDUCTIBLE, Language.ZH).label == "起付线"
        assert state_text(BillState.OVERDUE, Language.EN).meaning.startswith("The due day")

    def test_care_type_of_a_region__stands_for_itself(self) -> None:
        assert care_type_label("INPATIENT", Language.ZH) == "住院"
        assert care_type_label("DENTAL", Language.ZH) == "DENTAL"


class TestWording:
    def test_chinese__has_no_latin_words_but_units_and_names_of_headers(self) -> None:
        stray = {
            word
            for text in sentences(Language.ZH)
            for word in WORD.findall(PLACEHOLDER.sub("", text))
        }
        assert stray - LATIN == set()

    def test_english__has_no_chinese(self) -> None:
        assert not [text for text in sentences(Language.EN) if re.search("[\u3000-\u9fff]", text)]

    def test_chinese__says_it_in_chinese(self) -> None:
        assert not [
            text for text in sentences(Language.ZH) if not re.search("[\u4e00-\u9fff]", text)
        ]

    @pytest.mark.parametrize(("group", "code", "word"), VOCABULARY)
    def test_words_of_the_field__are_used(self, group: str, code: str, word: str) -> None:
        assert word in label_of(group, code, Language.ZH)

    @pytest.mark.parametrize("language", Language)
    def test_words_that_are_not_ours__and_personal_data__are_absent(
        self, language: Language
    ) -> None:
        texts = sentences(language)
        assert not [text for text in texts if re.search(STRAY[language], text)]
        assert not [text for text in texts if PERSONAL.search(text)]
