"""Signatures that are good, and every way in which they are not."""

import pytest

from node.domain.errors import SignatureExpired, SignatureInvalid
from node.domain.parties import SignerKind
from node.intents.bodies import OpenWallet
from node.intents.messages import Intent, IntentKind, Signature
from node.intents.signing import P256Signer
from node.intents.verify import (
    P256_ORDER,
    SECP256K1_ORDER,
    address_key,
    require_deadline,
    require_signatures,
    signer_key,
)
from tests.fixtures.actors import ANN, BEN, word
from tests.fixtures.intents.bodies import sample_body

DIGEST = word("digest")
PASSKEY = P256Signer(0xA11CE)


def number(value: int) -> bytes:
    return value.to_bytes(32, "big")


def bad(data: bytes, kind: SignerKind = SignerKind.SECP256K1) -> None:
    with pytest.raises(SignatureInvalid):
        signer_key(DIGEST, Signature(ANN.account, kind, data))


class TestSecp256k1:
    def test_signature__names_the_key_that_made_it(self) -> None:
        signature = ANN.signer.sign(DIGEST, ANN.account)
        assert signer_key(DIGEST, signature) == ANN.signer.key == address_key(ANN.signer.address)

    def test_another_digest__names_another_key(self) -> None:
        signature = ANN.signer.sign(DIGEST, ANN.account)
        assert signer_key(word("other"), signature) != ANN.signer.key

    def test_high_s__is_refused(self) -> None:
        data = ANN.signer.sign(DIGEST, ANN.account).data
        s = SECP256K1_ORDER - int.from_bytes(data[32:64], "big")
        bad(data[:32] + number(s) + bytes([55 - data[64]]))

    @pytest.mark.parametrize("v", [0, 1, 26, 29, 255])
    def test_other_v__is_refused(self, v: int) -> None:
        bad(ANN.signer.sign(DIGEST, ANN.account).data[:64] + bytes([v]))

    def test_other_length__is_refused(self) -> None:
        data = ANN.signer.sign(DIGEST, ANN.account).data
        for other in (b"", data[:64], data + b"\0"):
            bad(other)

    def test_numbers_off_the_curve__are_refused(self) -> None:
        bad(number(0) + number(1) + b"\x1b")
        bad(number(SECP256K1_ORDER) + number(1) + b"\x1b")


class TestP256:
    def test_signature__names_the_key_that_made_it(self) -> None:
        """M04: a passkey signs."""
        assert signer_key(DIGEST, PASSKEY.sign(DIGEST, ANN.account)) == PASSKEY.key

    def test_signatures__always_have_a_low_s(self) -> None:
        for text in "abcdefgh":
            data = PASSKEY.sign(word(text), ANN.account).data
            assert int.from_bytes(data[32:64], "big") <= P256_ORDER // 2

    def test_another_digest__is_refused(self) -> None:
        with pytest.raises(SignatureInvalid):
            signer_key(word("other"), PASSKEY.sign(DIGEST, ANN.account))

    def test_high_s__is_refused(self) -> None:
        data = PASSKEY.sign(DIGEST, ANN.account).data
        s = P256_ORDER - int.from_bytes(data[32:64], "big")
        bad(data[:32] + number(s) + data[64:], SignerKind.P256)

    def test_point_off_the_curve__is_refused(self) -> None:
        data = PASSKEY.sign(DIGEST, ANN.account).data
        bad(data[:127] + bytes([data[127] ^ 1]), SignerKind.P256)

    def test_other_length__is_refused(self) -> None:
        data = PASSKEY.sign(DIGEST, ANN.account).data
        for other in (b"", data[:127], data + b"\0"):
            bad(other, SignerKind.P256)

    def test_bytes_of_the_other_curve__are_refused(self) -> None:
        bad(PASSKEY.sign(DIGEST, ANN.account).data)
        bad(ANN.signer.sign(DIGEST, ANN.account).data, SignerKind.P256)


class TestIntentChecks:
    intent = Intent(IntentKind.OPEN_WALLET, ANN.account, 0, 1_000, OpenWallet(word("terms")))

    def test_deadline__is_the_last_second(self) -> None:
        require_deadline(self.intent, 1_000)
        with pytest.raises(SignatureExpired) as caught:
            require_deadline(self.intent, 1_001)
        assert caught.value.deadline == 1_000

    def test_number_of_signatures__is_that_of_the_kind(self) -> None:
        one = ANN.signer.sign(DIGEST, ANN.account)
        two = BEN.signer.sign(DIGEST, BEN.account)
        link = Intent(
            IntentKind.LINK_FAMILY, ANN.account, 0, 1, sample_body(IntentKind.LINK_FAMILY)
        )
        require_signatures(self.intent, (one,))
        require_signatures(link, (one, two))
        assert link.counterparty == BEN.account
        for intent, signatures in ((self.intent, (one, two)), (self.intent, ()), (link, (one,))):
            with pytest.raises(SignatureInvalid):
                require_signatures(intent, signatures)
