"""Bodies as bytes, against eth-abi; values and bytes that must be refused."""

from dataclasses import astuple, replace
from typing import Any

import pytest
from eth_abi.abi import encode
from hypothesis import given

from node.domain.errors import MalformedBody
from node.intents.bodies import CancelIntent, ClaimLine, OpenWallet, ProposeAction, SettleClaim
from node.intents.encoding import decode_body, encode_body, short_text
from node.intents.messages import Intent, IntentKind
from node.intents.schema import Shape, schema_of
from tests.fixtures.actors import word
from tests.fixtures.intents.bodies import ALL_KINDS, intents, sample_body

SETTLE = IntentKind.SETTLE_CLAIM
PROPOSE = IntentKind.PROPOSE_ACTION


def reference(intent: Intent) -> bytes:
    """Return eth-abi's encoding of the struct, without the offset in front of a dynamic one."""
    schema = schema_of(intent.kind)
    line = f"({','.join(field.abi_type for field in schema.line)})[]"
    types = [line if f.abi_type == "tuple[]" else f.abi_type for f in schema.fields]
    packed = encode([f"({','.join(types)})"], [raw(astuple(intent.body))])
    return packed if schema.shape is Shape.STATIC else packed[32:]


def raw(value: Any) -> Any:
    """Return 0x texts longer than an address, and shorter ones, as bytes for eth-abi."""
    if isinstance(value, tuple):
        return tuple(raw(item) for item in value)
    if isinstance(value, str) and len(value) != 42:
        return bytes.fromhex(value[2:])
    return value


class TestEncodeBody:
    @given(intent=intents())
    def test_any_body__equals_eth_abi_and_reads_back(self, intent: Intent) -> None:
        packed = encode_body(intent.kind, intent.body)
        assert packed == reference(intent)
        assert decode_body(intent.kind, packed) == intent.body

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ({"gross_fen": 1 << 64}, "gross_fen"),
            ({"gross_fen": -1}, "gross_fen"),
            ({"gross_fen": 1.0}, "gross_fen"),
            ({"gross_fen": True}, "gross_fen"),
            ({"item_class": 256}, "item_class"),
            ({"self_pay_bp": 1 << 16}, "self_pay_bp"),
            ({"line_hash": "0x" + "00" * 31}, "line_hash"),
            ({"line_hash": "0x" + "AA" * 32}, "line_hash"),
            ({"line_hash": "00" * 32}, "line_hash"),
            ({"line_hash": b"\0" * 32}, "line_hash"),
        ],
    )
    def test_value_out_of_range__is_refused(self, line: dict[str, Any], reason: str) -> None:
        body = sample_body(SETTLE)
        assert isinstance(body, SettleClaim)
        bad = replace(body, lines=(replace(body.lines[0], **line),))
        with pytest.raises(MalformedBody, match=reason):
            encode_body(SETTLE, bad)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("service_start", 1 << 31),
            ("service_start", -(1 << 31) - 1),
            ("member", "0x" + "00" * 19),
            ("plan_version", None),
        ],
    )
    def test_static_field_out_of_range__is_refused(self, field: str, value: Any) -> None:
        with pytest.raises(MalformedBody, match=field):
            encode_body(SETTLE, replace(sample_body(SETTLE), **{field: value}))

    def test_flag_that_is_no_flag__is_refused(self) -> None:
        kind = IntentKind.CONTRACT_PROVIDER
        with pytest.raises(MalformedBody, match="contracted"):
            encode_body(kind, replace(sample_body(kind), contracted=1))

    def test_body_of_another_kind__is_refused(self) -> None:
        with pytest.raises(TypeError, match="OpenWallet"):
            encode_body(IntentKind.OPEN_WALLET, CancelIntent(1))


class TestDecodeBody:
    @pytest.mark.parametrize("kind", ALL_KINDS)
    def test_other_lengths__are_refused(self, kind: IntentKind) -> None:
        packed = encode_body(kind, sample_body(kind))
        for other in (b"", packed[:-1], packed[:-32], packed + b"\0", packed + b"\0" * 32):
            with pytest.raises(MalformedBody):
                decode_body(kind, other)

    def test_dirty_padding_of_a_word__is_refused(self) -> None:
        kind = IntentKind.TRANSFER_MEDICAL
        packed = encode_body(kind, sample_body(kind))
        with pytest.raises(MalformedBody, match="canonical"):
            decode_body(kind, b"\1" + packed[1:])

    def test_dirty_padding_of_bytes__is_refused(self) -> None:
        packed = encode_body(PROPOSE, ProposeAction(1, b"x"))
        with pytest.raises(MalformedBody, match="canonical"):
            decode_body(PROPOSE, packed[:-1] + b"\1")

    def test_another_offset__is_refused(self) -> None:
        packed = encode_body(PROPOSE, ProposeAction(1, b""))
        with pytest.raises(MalformedBody, match="canonical"):
            decode_body(PROPOSE, packed[:63] + b"\x60" + packed[64:])

    def test_number_of_lines_that_are_not_there__is_refused(self) -> None:
        packed = encode_body(SETTLE, sample_body(SETTLE, items=1))
        count = 32 * 20 - 1
        with pytest.raises(MalformedBody, match="number of lines"):
            decode_body(SETTLE, packed[:count] + b"\2" + packed[count + 1 :])


class TestShortText:
    def test_text__is_aligned_left(self) -> None:
        assert short_text("110000", 12) == "0x313130303030" + "00" * 6

    def test_long_text__is_refused(self) -> None:
        with pytest.raises(MalformedBody):
            short_text("1234567890123", 12)


class TestBodies:
    def test_bodies__cannot_be_changed(self) -> None:
        with pytest.raises(AttributeError):
            OpenWallet(word("terms")).terms_hash = word("others")  # type: ignore[misc]
        assert ClaimLine(0, 1, 0, 0, word("line")) == ClaimLine(0, 1, 0, 0, word("line"))
