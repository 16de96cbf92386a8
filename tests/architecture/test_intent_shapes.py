"""The description of an intent takes what the gateway takes, for every kind and field.

JSON Schema cannot say two things that the reader refuses: `1.0` for an integer, and a number as
text from 2^256 to its 78 digits.
"""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from pydantic import ValidationError

from node.api.schemas.intents import IntentDocument
from node.domain.errors import MalformedBody
from node.intents.messages import Intent, IntentKind
from node.intents.schema import Field, schema_of
from node.intents.typed_data import Domain, typed_data_json
from node.intents.wire import intent_from_json, intent_to_json
from scripts.solidity_texts import enums
from tests.fixtures.actors import ANN
from tests.fixtures.gateway.description import Document, document, schema_in
from tests.fixtures.intents.bodies import ALL_KINDS, intents, sample_body

__all__ = ["document"]

DOMAIN = Domain(chain_id=31337, verifying_contract="0x" + "c0" * 20)
FIELDS = [(kind, field) for kind in ALL_KINDS for field in schema_of(kind).fields]
LINE = schema_of(IntentKind.SETTLE_CLAIM).line
NO_TEXT = (None, 5, True, [], {})


def written(kind: IntentKind) -> Document:
    """Return an intent of a kind as clients send it."""
    return intent_to_json(Intent(kind, ANN.account, 7, 1_800_000_000, sample_body(kind)))


def hex_forms(size: int) -> tuple[list[Any], list[Any]]:
    """Return texts of exactly `size` bytes, and what is none."""
    whole = "0x" + "a1" * size
    near = [whole[2:], "0X" + whole[2:], whole[:-1], whole[:-2], whole + "a1", whole + "\n"]
    return [whole, "0x" + "00" * size], [*near, whole[:-1] + "A", whole[:-2] + " a", "", *NO_TEXT]


def forms(field: Field) -> tuple[list[Any], list[Any]]:
    """Return values at the edges of a field that are taken, and values that are refused."""
    kind = field.abi_type
    if kind == "bool":
        return [True, False], [None, 0, 1, "true", []]
    if kind == "bytes":
        return ["0x", "0x00", "0x" + "ab" * 999], [
            "",
            "ab",
            "0xa",
            "0xAB",
            "0x a",
            "0x00\n",
            *NO_TEXT,
        ]
    if kind == "uint256":
        return ["0", "007", str(2**256 - 1)], ["", "-1", "+1", "0x1", "٣", " 1", "1" * 79, *NO_TEXT]
    if kind == "tuple[]":
        return [[]], [None, {}, "0x", [None], [{}], [[]]]
    if kind == "address" or kind.startswith("bytes"):
        return hex_forms(20 if kind == "address" else int(kind.removeprefix("bytes")))
    bits = int(kind.lstrip("uint"))
    low, high = (0, 2**bits - 1) if kind[0] == "u" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    return [low, high, 0], [low - 1, high + 1, 10**30, 0.5, "1", True, None, []]


def with_value(kind: IntentKind, name: str, value: Any) -> Document:
    intent = written(kind)
    intent["body"][name] = value
    return intent


def refused_at(intent: Document) -> str | None:
    """Return where the gateway refuses an intent, None where it takes it."""
    try:
        IntentDocument.model_validate(copy.deepcopy(intent))
        intent_from_json(intent)
    except ValidationError as refusal:
        return "/intent/" + "/".join(map(str, refusal.errors()[0]["loc"]))
    except MalformedBody as refusal:
        return refusal.field
    return None


@pytest.fixture(scope="module")
def fits(document: Document) -> Callable[[Document], bool]:
    """Return whether an intent fits the description."""
    shape = {"$ref": "#/components/schemas/IntentDocument"}
    is_valid: Callable[[Document], bool] = schema_in(document, shape).is_valid
    return is_valid


class TestBody:
    @pytest.mark.parametrize("kind", ALL_KINDS, ids=lambda kind: kind.name)
    def test_example__fits(self, fits: Callable[[Document], bool], kind: IntentKind) -> None:
        assert refused_at(written(kind)) is None
        assert fits(written(kind))

    @pytest.mark.parametrize("kind", ALL_KINDS, ids=lambda kind: kind.name)
    def test_body_with_an_extra_field_or_of_another_form__is_refused_by_both(
        self, fits: Callable[[Document], bool], kind: IntentKind
    ) -> None:
        extra = with_value(kind, "memo", "for you")
        assert (refused_at(extra), fits(extra)) == ("/intent/body/memo", False)
        for body in (None, [], "0x", {}):
            other = written(kind) | {"body": body}
            assert (refused_at(other) is None, fits(other)) == (False, False), body

    @pytest.mark.parametrize(
        ("kind", "field"), FIELDS, ids=lambda one: getattr(one, "name", str(one))
    )
    def test_field__is_taken_and_refused_by_both(
        self, fits: Callable[[Document], bool], kind: IntentKind, field: Field
    ) -> None:
        """S62.1, P59.1: each bad field has its own reason; the description refuses it too."""
        missing = written(kind)
        del missing["body"][field.name]
        place = f"/intent/body/{field.name}"
        assert (refused_at(missing), fits(missing)) == (place, False)
        taken, refused = forms(field)
        for value in taken:
            intent = with_value(kind, field.name, value)
            assert (refused_at(intent), fits(intent)) == (None, True), value
        for value in refused:
            intent = with_value(kind, field.name, value)
            where = refused_at(intent)
            assert where is not None, value
            assert where.startswith(place), value
            assert not fits(intent), value

    @pytest.mark.parametrize("field", LINE, ids=lambda field: field.name)
    @pytest.mark.parametrize("kind", [IntentKind.SETTLE_CLAIM, IntentKind.SUBMIT_CLAIM])
    def test_field_of_a_claim_line__is_taken_and_refused_by_both(
        self, fits: Callable[[Document], bool], kind: IntentKind, field: Field
    ) -> None:
        first, second = written(kind)["body"]["lines"]
        place = f"/intent/body/lines/1/{field.name}"
        for value in forms(field)[0]:
            intent = with_value(kind, "lines", [first, second | {field.name: value}])
            assert (refused_at(intent), fits(intent)) == (None, True), value
        bad = [second | {field.name: value} for value in forms(field)[1]]
        bad.append({name: value for name, value in second.items() if name != field.name})
        for line in bad:
            intent = with_value(kind, "lines", [first, line])
            assert (refused_at(intent), fits(intent)) == (place, False), line
        extra = with_value(kind, "lines", [first, second | {"code": "A1"}])
        assert (refused_at(extra), fits(extra)) == ("/intent/body/lines/1/code", False)


class TestEnvelope:
    def test_kinds__are_those_of_the_table(self, document: Document) -> None:
        shape = document["components"]["schemas"]["IntentDocument"]
        assert shape["discriminator"]["propertyName"] == "kind"
        assert set(shape["discriminator"]["mapping"]) == {kind.name for kind in ALL_KINDS}
        assert len(shape["oneOf"]) == len(ALL_KINDS)
        for kind, reference in shape["discriminator"]["mapping"].items():
            form = document["components"]["schemas"][reference.rsplit("/", 1)[1]]
            assert form["properties"]["kind"]["const"] == kind

    def test_body_of_another_kind__is_refused_by_both(
        self, fits: Callable[[Document], bool]
    ) -> None:
        for kind in ALL_KINDS:
            for other in ALL_KINDS:
                intent = written(kind) | {"kind": other.name}
                same = written(kind)["body"].keys() == written(other)["body"].keys()
                assert (refused_at(intent) is None, fits(intent)) == (same, same), (kind, other)

    @pytest.mark.parametrize(
        ("name", "value", "is_taken"),
        [
            *(("kind", value, False) for value in ("NONE", "PAY", "pay_premium", "", 2, None)),
            *(("actor", value, True) for value in hex_forms(20)[0]),
            *(("actor", value, False) for value in hex_forms(20)[1]),
            *(("nonce", value, True) for value in ("0", str(2**256 - 1))),
            *(("nonce", value, False) for value in ("007", "", "-1", "٣", "1" * 79, *NO_TEXT)),
            *(("deadline", value, True) for value in (0, 2**63 - 1)),
            *(("deadline", value, False) for value in (-1, 2**63, "10", True, None)),
            ("memo", "for you", False),
        ],
    )
    def test_field__is_taken_and_refused_by_both(
        self, fits: Callable[[Document], bool], name: str, value: Any, is_taken: bool
    ) -> None:
        intent = written(IntentKind.PAY_PREMIUM) | {name: value}
        assert (refused_at(intent) is None, fits(intent)) == (is_taken, is_taken)

    @pytest.mark.parametrize("name", ["kind", "actor", "nonce", "deadline", "body"])
    def test_missing_field__is_refused_by_both(
        self, fits: Callable[[Document], bool], name: str
    ) -> None:
        intent = written(IntentKind.PAY_PREMIUM)
        del intent[name]
        assert (refused_at(intent), fits(intent)) == (f"/intent/{name}", False)

    @given(intent=intents())
    def test_any_intent__fits(self, fits: Callable[[Document], bool], intent: Intent) -> None:
        shown = intent_to_json(intent)
        assert fits(shown) is (intent.deadline < 2**63)


class TestWords:
    def test_numbers_of_words__are_described_with_those_of_solidity(
        self, document: Document
    ) -> None:
        shapes = document["components"]["schemas"]
        used = {field.solidity_type for kind, field in FIELDS} | {one.solidity_type for one in LINE}
        found = used & enums().keys()
        assert len(found) >= 10
        for name in found:
            numbered = ", ".join(f"{at} {word}" for at, word in enumerate(enums()[name]))
            assert shapes[f"{name}Number"]["description"] == f"{numbered}.", name


class TestTypedData:
    @pytest.mark.parametrize("kind", ALL_KINDS, ids=lambda kind: kind.name)
    def test_document_to_sign__fits(self, document: Document, kind: IntentKind) -> None:
        shape = schema_in(document, {"$ref": "#/components/schemas/TypedData"})
        intent = Intent(kind, ANN.account, 2**256 - 1, 1_800_000_000, sample_body(kind))
        shown = typed_data_json(intent, DOMAIN)
        assert shape.is_valid(shown)
        for less in _without_a_part(shown):
            assert not shape.is_valid(less)
        assert not shape.is_valid(shown | {"primaryType": "Mail"})


def _without_a_part(shown: Document) -> Iterator[Document]:
    for name in shown:
        yield {other: value for other, value in shown.items() if other != name}
    for part, names in (("domain", shown["domain"]), ("message", ("actor", "nonce", "deadline"))):
        for name in names:
            less = copy.deepcopy(shown)
            del less[part][name]
            yield less
