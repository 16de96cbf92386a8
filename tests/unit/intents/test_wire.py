"""JSON form of intents: round trip, and strict reading (S62)."""

from typing import Any

import pytest

from node.domain.errors import MalformedBody
from node.domain.parties import SignerKind
from node.intents.bodies import ClaimLine, PayPremium, SettleClaim
from node.intents.messages import Intent, IntentKind, Signature
from node.intents.wire import (
    intent_from_json,
    intent_to_json,
    signatures_from_json,
    signatures_to_json,
)

ANN = "0x" + "a1" * 20
HASH = "0x" + "0b" * 32
WIDEST = 2**256 - 1


def payment(**changes: Any) -> Intent:
    body = PayPremium(
        bill_id=HASH, part=1, revision=0, medical_fen=0, cash_fen=100, quote_expires_at=9
    )
    values = {"actor": ANN, "nonce": WIDEST, "deadline": 10, "body": body} | changes
    return Intent(kind=IntentKind.PAY_PREMIUM, **values)


def claim() -> Intent:
    fields = dict.fromkeys(SettleClaim.__dataclass_fields__, 0)
    texts = {
        "member": ANN,
        "claim_number_hash": HASH,
        "plan_id": HASH,
        "family_holder": "0x" + "00" * 20,
        "accumulators_hash": HASH,
        "replaces": "0x" + "00" * 32,
    }
    lines = (ClaimLine(1, 100, 0, 500, HASH),)
    body = SettleClaim(**(fields | texts | {"lines": lines, "coverage_start": -5}))
    return Intent(IntentKind.SETTLE_CLAIM, ANN, 1, 10, body)


class TestRoundTrip:
    @pytest.mark.parametrize("intent", [payment(), claim()])
    def test_intent__comes_back_equal(self, intent: Intent) -> None:
        """S62: what is sent is what was meant, to the last digit."""
        assert intent_from_json(intent_to_json(intent)) == intent

    def test_signatures__come_back_equal(self) -> None:
        signatures = (Signature(ANN, SignerKind.P256, b"\x01" * 128),)
        assert signatures_from_json(signatures_to_json(signatures)) == signatures


class TestRefusals:
    @pytest.mark.parametrize(
        ("path", "value"),
        [
            ("kind", "NONE"),
            ("kind", "PAY"),
            ("kind", 2),
            ("actor", ANN.upper()),
            ("actor", ANN[:-2]),
            ("actor", "0x" + "a1" * 19 + " a1"),
            ("nonce", 5),
            ("nonce", "-1"),
            ("nonce", "٣"),
            ("nonce", str(WIDEST + 1)),
            ("deadline", "10"),
            ("deadline", True),
            ("deadline", 1.0),
            ("deadline", 2**64),
            ("body/part", 256),
            ("body/cash_fen", -1),
            ("body/cash_fen", 100.0),
            ("body/bill_id", "0x0b"),
        ],
    )
    def test_bad_value__is_refused_at_its_place(self, path: str, value: Any) -> None:
        """S62: each bad field has its own reason."""
        document = intent_to_json(payment())
        place = document["body"] if path.startswith("body/") else document
        place[path.removeprefix("body/")] = value
        with pytest.raises(MalformedBody) as refusal:
            intent_from_json(document)
        assert refusal.value.field == f"/intent/{path}"

    def test_missing_and_unknown_fields__are_named(self) -> None:
        document = intent_to_json(payment())
        del document["body"]["part"]
        with pytest.raises(MalformedBody) as missing:
            intent_from_json(document)
        assert missing.value.field == "/intent/body/part"
        document = intent_to_json(payment()) | {"memo": "for you"}
        with pytest.raises(MalformedBody) as unknown:
            intent_from_json(document)
        assert unknown.value.field == "/intent/memo"

    def test_three_signatures__are_refused(self) -> None:
        one = signatures_to_json((Signature(ANN, SignerKind.SECP256K1, b"\0" * 65),))
        with pytest.raises(MalformedBody):
            signatures_from_json(one * 3)
