"""`sign`: what you see is what you sign (M03)."""

import json
from pathlib import Path
from typing import Any

import pytest

from node.intents.bodies import PayPremium
from node.intents.messages import Intent, IntentKind
from node.intents.signing import Secp256k1Signer
from node.intents.typed_data import Domain, digest, typed_data_json
from node.intents.verify import signer_key
from node.intents.wire import intent_to_json, signatures_from_json
from tests.e2e.cli.conftest import Cli
from tests.fixtures.actors import ANN, BEN, word

DOMAIN = Domain(8_820, "0x" + "ab" * 20)
SECRET = bytes.fromhex("33" * 32)


def intent() -> Intent:
    body = PayPremium(word("bill"), 1, 0, 0, 41_000, 9)
    return Intent(IntentKind.PAY_PREMIUM, ANN.account, 7, 2_000_000_000, body)


def prepared() -> dict[str, Any]:
    """Return what a `…/intents` route answers."""
    return {
        "intent": intent_to_json(intent()),
        "digest": digest(intent(), DOMAIN),
        "typed_data": typed_data_json(intent(), DOMAIN),
    }


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "member.key"
    path.touch(mode=0o600)
    path.write_text(SECRET.hex() + "\n")
    return path


@pytest.fixture
def request_file(tmp_path: Path) -> Path:
    path = tmp_path / "prepared.json"
    path.write_text(json.dumps(prepared()))
    return path


class TestSign:
    def test_key_that_others_can_read__is_refused(
        self, cli: Cli, key: Path, request_file: Path
    ) -> None:
        key.chmod(0o640)
        ran = cli("sign", request_file, "--key", key)
        assert (ran.code, ran.out) == (2, "")
        assert "chmod 600" in ran.err

    @pytest.mark.parametrize("text", ["", "zz" * 32, "11" * 31, "11" * 33])
    def test_key_of_another_form__is_refused_and_not_shown(
        self, cli: Cli, key: Path, request_file: Path, text: str
    ) -> None:
        key.write_text(text)
        ran = cli("sign", request_file, "--key", key)
        assert ran.code == 2
        assert not text or text not in ran.err

    def test_typed_data_of_another_intent__is_refused(
        self, cli: Cli, key: Path, request_file: Path
    ) -> None:
        """M03: a gateway cannot show one amount and have another one signed."""
        document = prepared()
        document["typed_data"]["message"]["cashFen"] = 1
        request_file.write_text(json.dumps(document))
        ran = cli("sign", request_file, "--key", key)
        assert (ran.code, "SignatureInvalid" in ran.err, ran.out) == (3, True, "")

    def test_file_that_is_no_json__is_malformed(
        self, cli: Cli, key: Path, request_file: Path
    ) -> None:
        request_file.write_text("{")
        assert cli("sign", request_file, "--key", key).code == 2

    def test_intent__comes_back_signed_and_shown(
        self, cli: Cli, key: Path, request_file: Path
    ) -> None:
        """M03: the signature is of the digest of exactly what stderr shows."""
        ran = cli("sign", request_file, "--key", key)
        document = json.loads(ran.out)
        (signature,) = signatures_from_json(document["signatures"])
        assert ran.code == 0
        assert (document["intent"], signature.account) == (intent_to_json(intent()), ANN.account)
        assert signer_key(digest(intent(), DOMAIN), signature) == Secp256k1Signer(SECRET).key
        assert "41000" in ran.err
        assert SECRET.hex() not in ran.out + ran.err

    def test_second_party__adds_its_signature_to_the_printed_document(
        self, cli: Cli, key: Path, request_file: Path
    ) -> None:
        request_file.write_text(cli("sign", request_file, "--key", key).out)
        ran = cli("sign", request_file, "--key", key, "--account", BEN.account)
        accounts = [one["account"] for one in json.loads(ran.out)["signatures"]]
        assert accounts == [ANN.account, BEN.account]
