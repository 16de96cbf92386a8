"""`sign`: what you see is what you sign, with the key of the account you sign for (M03)."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from node.devnet.seed.parties import member_party, organisation_party
from node.domain.parties import SignerKind
from node.intents.bodies import LinkFamily, PayPremium
from node.intents.messages import Intent, IntentKind
from node.intents.signing import P256Signer, Secp256k1Signer
from node.intents.typed_data import Domain, digest, typed_data_json
from node.intents.verify import signer_key
from node.intents.wire import intent_to_json, signatures_from_json
from tests.e2e.cli.conftest import Cli
from tests.fixtures.actors import ANN, BEN, CARL, word

DOMAIN = Domain(8_820, "0x" + "ab" * 20)
NETWORK = {"chain_id": 8_820, "router": "0x" + "ab" * 20}
OTHER_NETWORK = {"chainId": 1, "verifyingContract": DOMAIN.verifying_contract}
SECRET = bytes.fromhex("33" * 32)
PAYMENT = Intent(
    IntentKind.PAY_PREMIUM,
    ANN.account,
    7,
    2_000_000_000,
    PayPremium(word("bill"), 1, 0, 0, 41_000, 9),
)
LINK = Intent(IntentKind.LINK_FAMILY, ANN.account, 7, 2_000_000_000, LinkFamily(BEN.account, 1))
Files = Callable[..., Path]


def prepared(intent: Intent = PAYMENT) -> dict[str, Any]:
    """Return what a `…/intents` route answers."""
    return {
        "intent": intent_to_json(intent),
        "digest": digest(intent, DOMAIN),
        "typed_data": typed_data_json(intent, DOMAIN),
        "quote": {"amount_fen": 41_000},
    }


def key_document(account: str = ANN.account, kind: str = "SECP256K1") -> dict[str, str]:
    return {"account": account, "kind": kind, "secret": SECRET.hex()}


KEY = key_document()


@pytest.fixture
def key(tmp_path: Path) -> Files:
    """Write a key file of an account."""

    def write(document: object = KEY) -> Path:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.key"
        path.touch(mode=0o600)
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        return path

    return write


@pytest.fixture
def request_file(tmp_path: Path) -> Files:
    """Write a document to sign."""

    def write(document: object = None) -> Path:
        path = tmp_path / "prepared.json"
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        return path

    return write


class TestKeyFile:
    def test_key_that_others_can_read__is_refused(
        self, cli: Cli, key: Files, request_file: Files
    ) -> None:
        path = key()
        path.chmod(0o640)
        ran = cli("sign", request_file(prepared()), "--key", path)
        assert (ran.code, ran.out) == (2, "")
        assert "chmod 600" in ran.err

    @pytest.mark.parametrize(
        "document",
        [
            SECRET.hex(),
            key_document() | {"secret": "zz" * 32},
            key_document() | {"secret": "33" * 31},
            key_document() | {"secret": "00" * 32},
            key_document() | {"secret": "ff" * 32},
            key_document() | {"secret": 33},
            key_document() | {"account": "ANN"},
            key_document() | {"kind": "RSA"},
            key_document() | {"more": 1},
            {"account": ANN.account, "secret": SECRET.hex()},
            [],
        ],
        ids=str,
    )
    def test_key_of_another_form__is_refused_and_not_shown(
        self, cli: Cli, key: Files, request_file: Files, document: object
    ) -> None:
        """Bare digits too: they name no account."""
        ran = cli("sign", request_file(prepared()), "--key", key(document))
        assert (ran.code, ran.out) == (2, "")
        assert '{"account"' in ran.err
        assert SECRET.hex() not in ran.err

    def test_key_of_another_account__signs_nothing(
        self, cli: Cli, key: Files, request_file: Files
    ) -> None:
        ran = cli("sign", request_file(prepared()), "--key", key(key_document(BEN.account)))
        assert (ran.code, ran.out) == (3, "")
        assert "NotAParty" in ran.err
        assert BEN.account in ran.err

    def test_sandbox_party__gets_a_file_that_signs_for_it(
        self, cli: Cli, tmp_path: Path, request_file: Files
    ) -> None:
        ann = member_party("ANN")
        path = tmp_path / "ann.key"
        made = cli("keys", "sandbox", "ann", path)
        assert (made.code, path.stat().st_mode & 0o777) == (0, 0o600)
        assert ann.account in made.out
        assert ann.signer.secret.hex() not in made.out + made.err
        intent = Intent(PAYMENT.kind, ann.account, 7, 2_000_000_000, PAYMENT.body)
        ran = cli("sign", request_file(prepared(intent)), "--key", path)
        (signature,) = signatures_from_json(json.loads(ran.out)["signatures"])
        assert signer_key(digest(intent, DOMAIN), signature) == ann.signer.key

    def test_sandbox_name_nobody_has__is_refused_with_those_there_are(
        self, cli: Cli, tmp_path: Path
    ) -> None:
        ran = cli("keys", "sandbox", "ZOE", tmp_path / "zoe.key")
        assert (ran.code, "CLINIC" in ran.err, "ZOE" in ran.err) == (2, True, True)

    def test_key_file_that_is_there__is_not_overwritten(self, cli: Cli, key: Files) -> None:
        path = key()
        before = path.read_text()
        assert cli("keys", "sandbox", "CLINIC", path).code == 2
        assert path.read_text() == before


class TestSign:
    @pytest.mark.parametrize(
        ("name", "value"),
        [("digest", word("other")), ("typed_data", {"domain": prepared()["typed_data"]["domain"]})],
    )
    def test_what_came_along_of_another_intent__is_refused(
        self, cli: Cli, key: Files, request_file: Files, name: str, value: object
    ) -> None:
        """M03: a gateway cannot show one amount and have another one signed."""
        ran = cli("sign", request_file(prepared() | {name: value}), "--key", key())
        assert (ran.code, "SignatureInvalid" in ran.err, ran.out) == (3, True, "")
        assert f"/{name}" in ran.err

    def test_another_amount_in_the_typed_data__is_refused(
        self, cli: Cli, key: Files, request_file: Files
    ) -> None:
        document = prepared()
        document["typed_data"]["message"]["cashFen"] = 1
        ran = cli("sign", request_file(document), "--key", key())
        assert (ran.code, "SignatureInvalid" in ran.err, ran.out) == (3, True, "")

    @pytest.mark.parametrize("text", ["{", "[]", "\x00", "", "[" * 5_000])
    def test_file_of_another_form__is_malformed(
        self, cli: Cli, key: Files, request_file: Files, text: str
    ) -> None:
        ran = cli("sign", request_file(text), "--key", key())
        assert (ran.code, "MalformedBody" in ran.err) == (2, True)

    def test_document_without_its_network__is_malformed(
        self, cli: Cli, key: Files, request_file: Files
    ) -> None:
        ran = cli("sign", request_file({"intent": prepared()["intent"]}), "--key", key())
        assert (ran.code, "/typed_data" in ran.err) == (2, True)

    def test_intent__comes_back_signed_and_told(
        self, cli: Cli, key: Files, request_file: Files
    ) -> None:
        """M03: the signature is of the digest of exactly what stderr tells."""
        ran = cli("sign", request_file(prepared()), "--key", key(), "--lang", "en")
        document = json.loads(ran.out)
        (signature,) = signatures_from_json(document["signatures"])
        assert ran.code == 0
        assert set(document) == {"intent", "domain", "signatures"}
        assert (document["intent"], signature.account) == (intent_to_json(PAYMENT), ANN.account)
        assert document["domain"] == NETWORK
        assert signer_key(digest(PAYMENT, DOMAIN), signature) == Secp256k1Signer(SECRET).key
        assert ran.err.startswith(f"Pay ¥410.00 of premium bill {word('bill')}")
        assert "41000" in ran.err
        assert "complete" in ran.err
        assert SECRET.hex() not in ran.out + ran.err

    def test_p256_key__signs_too(self, cli: Cli, key: Files, request_file: Files) -> None:
        path = key(key_document(kind="P256"))
        ran = cli("sign", request_file(prepared()), "--key", path)
        (signature,) = signatures_from_json(json.loads(ran.out)["signatures"])
        assert signature.kind is SignerKind.P256
        wanted = P256Signer(int.from_bytes(SECRET)).key
        assert signer_key(digest(PAYMENT, DOMAIN), signature) == wanted

    @pytest.mark.parametrize(("locale", "word_of_it"), [("zh_CN.UTF-8", "支付"), ("C", "Pay ")])
    def test_locale__chooses_the_language(
        self, cli: Cli, key: Files, request_file: Files, *, locale: str, word_of_it: str
    ) -> None:
        os.environ["LC_ALL"] = locale
        assert word_of_it in cli("sign", request_file(prepared()), "--key", key()).err

    def test_servers_words__are_not_shown(self, cli: Cli, key: Files, request_file: Files) -> None:
        document = prepared() | {"quote": {"amount_fen": 1, "words": "free of charge"}}
        ran = cli("sign", request_file(document), "--key", key())
        assert (ran.code, "free of charge" in ran.err + ran.out) == (0, False)


class TestSecondParty:
    @pytest.mark.parametrize("order", [(ANN, BEN), (BEN, ANN)], ids=["actor first", "relative"])
    def test_second_party__signs_what_the_first_printed_in_any_order(
        self, cli: Cli, key: Files, request_file: Files, *, order: tuple[Any, Any]
    ) -> None:
        first, second = order
        half = cli("sign", request_file(prepared(LINK)), "--key", key(key_document(first.account)))
        assert second.account in half.err.splitlines()[-1]
        ran = cli("sign", request_file(half.out), "--key", key(key_document(second.account)))
        document = json.loads(ran.out)
        accounts = [one["account"] for one in document["signatures"]]
        assert (ran.code, accounts) == (0, [ANN.account, BEN.account])

    def test_party_that_has_signed__is_refused(
        self, cli: Cli, key: Files, request_file: Files
    ) -> None:
        half = cli("sign", request_file(prepared(LINK)), "--key", key())
        ran = cli("sign", request_file(half.out), "--key", key())
        assert (ran.code, ran.out, "signed already" in ran.err) == (2, "", True)

    def test_guardian__signs_for_the_ward_in_the_wards_place(
        self, cli: Cli, key: Files, request_file: Files
    ) -> None:
        guardian = key(key_document(CARL.account))
        refused = cli("sign", request_file(prepared(LINK)), "--key", guardian)
        assert (refused.code, refused.out) == (3, "")
        half = cli("sign", request_file(prepared(LINK)), "--key", guardian, "--ward", BEN.account)
        ran = cli("sign", request_file(half.out), "--key", key())
        accounts = [one["account"] for one in json.loads(ran.out)["signatures"]]
        assert accounts == [ANN.account, CARL.account]

    def test_ward_that_is_no_party__is_refused(
        self, cli: Cli, key: Files, request_file: Files
    ) -> None:
        words = ("sign", request_file(prepared(LINK)), "--key", key(), "--ward", CARL.account)
        ran = cli(*words)
        assert (ran.code, "NotAParty" in ran.err) == (3, True)


class TestStaffFile:
    employer = organisation_party("EMPLOYER").account

    def file(self) -> dict[str, Any]:
        intent = Intent(PAYMENT.kind, ANN.account, 7, 2_000_000_000, PAYMENT.body)
        part = {"intent": intent_to_json(intent), "digest": digest(intent, DOMAIN)}
        typed_data = typed_data_json(intent, DOMAIN)
        del typed_data["message"]
        return {"rows": [{"declare": part, "pay": part}], "typed_data": {"PAY_PREMIUM": typed_data}}

    def test_every_item__is_signed_and_told(
        self, cli: Cli, key: Files, request_file: Files
    ) -> None:
        ran = cli("sign", request_file(self.file()), "--key", key(), "--lang", "en")
        items = json.loads(ran.out)["items"]
        assert (ran.code, len(items), ran.err.count("Pay ¥410.00")) == (0, 2, 2)
        assert all(len(one["signatures"]) == 1 for one in items)

    @pytest.mark.parametrize("name", ["primaryType", "types", "domain"])
    def test_typed_data_of_something_else__is_refused(
        self, cli: Cli, key: Files, request_file: Files, name: str
    ) -> None:
        document = self.file()
        document["typed_data"]["PAY_PREMIUM"][name] = OTHER_NETWORK
        ran = cli("sign", request_file(document), "--key", key())
        assert (ran.code, ran.out) == (3, "")

    @pytest.mark.parametrize("rows", [[], {}, [1], [{"declare": 1}], [{"declare": {}}]], ids=str)
    def test_rows_of_another_form__are_malformed(
        self, cli: Cli, key: Files, request_file: Files, rows: object
    ) -> None:
        ran = cli("sign", request_file(self.file() | {"rows": rows}), "--key", key())
        assert (ran.code, ran.out) == (2, "")
