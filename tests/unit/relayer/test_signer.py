"""Keys from secret files: hexadecimal or keystore; errors say nothing of the content."""

import json
from pathlib import Path

import pytest
from eth_account import Account

from node.chain.abi.transactions import Transaction
from node.relayer.signer import KeySigner, load_signer

SECRET = bytes(range(1, 33))


class TestLoadSigner:
    def test_text_that_is_no_key__is_refused_without_its_content(self, tmp_path: Path):
        path = tmp_path / "key"
        for content in ("not a key", "0x1234"):
            path.write_text(content)
            with pytest.raises(ValueError, match="key holds no") as caught:
                load_signer(path)
            assert content not in str(caught.value)

    def test_keystore_with_a_wrong_password__is_refused(self, tmp_path: Path):
        path = tmp_path / "keystore.json"
        path.write_text(json.dumps(Account.encrypt(SECRET, "right", iterations=2)))
        with pytest.raises(ValueError, match="password"):
            load_signer(path, password="wrong")
        with pytest.raises(ValueError, match="password"):
            load_signer(path)
        assert load_signer(path, password="right").address == KeySigner(SECRET).address

    def test_hexadecimal_file__gives_the_account_of_the_key(self, tmp_path: Path):
        path = tmp_path / "key"
        path.write_text("0x" + SECRET.hex() + "\n")
        signer = load_signer(path)
        assert signer.address == Account.from_key(SECRET).address.lower()
        assert SECRET.hex() not in repr(signer)

    def test_same_transaction__is_signed_to_the_same_bytes(self):
        transaction = Transaction(chain_id=1, tx_nonce=2, gas_limit=3, to="0x" + "11" * 20)
        assert KeySigner(SECRET).sign(transaction) == KeySigner(SECRET).sign(transaction)
