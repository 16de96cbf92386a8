"""Intents in words: every kind, both languages, and no party or amount left out (M03)."""

import string
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from node.domain.language import Language
from node.intents.bodies import PayPremium, TransferMedical
from node.intents.messages import Intent, IntentKind
from node.intents.schema import Field, Shape, schema_of
from node.intents.sentences import SENTENCES
from node.intents.words import moment, words_of
from tests.fixtures.actors import ANN, BEN, CARL, word
from tests.fixtures.intents.bodies import ALL_KINDS, intents, sample_body

CONTENTS = [
    kind
    for kind in ALL_KINDS
    # The evidence of a confirmation repeats the claim, which the sentence names.
    if schema_of(kind).shape is Shape.BYTES and kind is not IntentKind.CONFIRM_CLAIM
]
KINDS_AND_LANGUAGES = [(kind, language) for kind in ALL_KINDS for language in Language]


def intent(kind: IntentKind) -> Intent:
    return Intent(kind, ANN.account, 7, 2_000_000_000, sample_body(kind))


def told(kind: IntentKind) -> set[str]:
    """Return the words in braces of a kind's sentence, which are the same in both languages."""
    found = [
        {name for _, name, _, _ in string.Formatter().parse(text) if name}
        for text in SENTENCES[kind]
    ]
    assert found[0] == found[1]
    return found[0]


def is_weighty(field: Field) -> bool:
    """Tell whether a field is an amount, an account, a day or a choice between two."""
    return field.name.endswith("_fen") or field.abi_type in {"address", "bool"}


def weighty_fields() -> list[tuple[IntentKind, str]]:
    return [
        (kind, field.name)
        for kind in ALL_KINDS
        for field in schema_of(kind).words
        if is_weighty(field) and (kind, field.name) not in SILENT
    ]


SILENT = {(IntentKind.ENROL, "newborn"), (IntentKind.ENROL, "late")}
"""They choose how long care must wait, and stand in the message."""


def other(value: Any) -> Any:
    return not value if isinstance(value, bool) else CARL.account if value != 1 else 98_765


class TestWords:
    @pytest.mark.parametrize(("kind", "language"), KINDS_AND_LANGUAGES)
    def test_every_kind__has_words(self, kind: IntentKind, language: Language) -> None:
        said = words_of(intent(kind), language)
        assert ANN.account in said
        assert "{" not in said
        assert any("一" <= letter <= "龥" for letter in said) == (language is Language.ZH)

    @pytest.mark.parametrize("kind", ALL_KINDS)
    def test_another_actor__changes_the_words(self, kind: IntentKind) -> None:
        for language in Language:
            before = words_of(intent(kind), language)
            assert words_of(replace(intent(kind), actor=CARL.account), language) != before

    @pytest.mark.parametrize(("kind", "name"), weighty_fields())
    def test_another_amount_party_or_choice__changes_the_words(
        self, kind: IntentKind, name: str
    ) -> None:
        before = intent(kind)
        body = replace(before.body, **{name: other(getattr(before.body, name))})
        for language in Language:
            assert words_of(replace(before, body=body), language) != words_of(before, language)

    @pytest.mark.parametrize("kind", ALL_KINDS)
    def test_sentences__say_the_same_in_both_languages(self, kind: IntentKind) -> None:
        assert "actor" in told(kind)

    @pytest.mark.parametrize("kind", CONTENTS)
    def test_other_trailing_bytes__change_the_words(self, kind: IntentKind) -> None:
        longer = replace(intent(kind), body=sample_body(kind, items=3))
        assert words_of(longer, Language.EN) != words_of(intent(kind), Language.EN)

    @given(intents())
    def test_any_intent__can_be_read_in_one_line(self, one: Intent) -> None:
        """Also what no contract takes: days out of the calendar, numbers out of their lists."""
        for language in Language:
            said = words_of(one, language)
            assert said.isprintable()

    def test_payment__names_yuan_bill_and_payer(self) -> None:
        body = PayPremium(word("bill"), 1, 0, 15_000, 25_000, 9)
        paid = Intent(IntentKind.PAY_PREMIUM, ANN.account, 7, 9, body)
        said = words_of(paid, Language.EN)
        assert said == (
            f"Pay ¥400.00 of premium bill {word('bill')} for its part 1, from {ANN.account}: "
            "¥150.00 MEDICAL and ¥250.00 CASH"
        )
        assert "¥400.00" in words_of(paid, Language.ZH)

    def test_text_of_a_field_that_could_move_the_cursor__is_shown_as_hex(self) -> None:
        level = "0x" + b"\x1b[2Jgood".ljust(16, b"\0").hex()
        kind = IntentKind.REGISTER_ORGANISATION
        said = words_of(
            replace(intent(kind), body=replace(sample_body(kind), level=level)), Language.EN
        )
        assert level in said

    def test_transfer__says_the_same_for_the_same(self) -> None:
        body = TransferMedical(BEN.account, 12_345)
        sent = Intent(IntentKind.TRANSFER_MEDICAL, ANN.account, 7, 9, body)
        assert "¥123.45" in words_of(sent, Language.EN)


class TestMoment:
    def test_second__is_shanghai_time(self) -> None:
        assert moment(0) == "1970-01-01 08:00:00 UTC+8"

    def test_second_out_of_the_calendar__stays_a_number(self) -> None:
        assert moment(2**64 - 1) == str(2**64 - 1)
