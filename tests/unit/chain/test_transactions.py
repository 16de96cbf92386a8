"""Type-2 transactions against eth-account: every byte."""

import pytest
import rlp
from coincurve import PrivateKey
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from node.chain.abi.rlp_items import rlp_encode
from node.chain.abi.transactions import (
    Transaction,
    address_of,
    assemble,
    digest_of,
    sender_of,
    sign,
)

CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
KEYS = st.integers(1, CURVE_ORDER - 1).map(lambda number: number.to_bytes(32))
WEI = st.one_of(st.sampled_from([0, 1, 127, 128, 255, 256]), st.integers(0, 2**96))
ADDRESSES = st.binary(min_size=20, max_size=20).map(lambda data: "0x" + data.hex())
TRANSACTIONS = st.builds(
    Transaction,
    chain_id=st.integers(1, 2**32),
    tx_nonce=st.integers(0, 2**32),
    gas_limit=st.integers(21_000, 2**32),
    to=st.one_of(st.none(), ADDRESSES),
    data=st.one_of(st.binary(max_size=80), st.sampled_from([b"\x7f", b"\x80", bytes(60_000)])),
    value=WEI,
    max_fee_per_gas=WEI,
    max_priority_fee_per_gas=WEI,
)


def reference(transaction: Transaction) -> dict[str, object]:
    fields: dict[str, object] = {
        "type": 2,
        "chainId": transaction.chain_id,
        "nonce": transaction.tx_nonce,
        "gas": transaction.gas_limit,
        "value": transaction.value,
        "data": transaction.data,
        "maxFeePerGas": transaction.max_fee_per_gas,
        "maxPriorityFeePerGas": transaction.max_priority_fee_per_gas,
    }
    if transaction.to is not None:
        fields["to"] = bytes.fromhex(transaction.to[2:])
    return fields


class TestSign:
    @given(TRANSACTIONS, KEYS)
    def test_any_transaction__is_byte_for_byte_that_of_eth_account(
        self, transaction: Transaction, secret: bytes
    ) -> None:
        expected = Account.sign_transaction(reference(transaction), secret)
        signed = sign(transaction, PrivateKey(secret))
        assert signed.raw == bytes(expected.raw_transaction)
        assert signed.tx_hash == "0x" + bytes(expected.hash).hex()

    @given(TRANSACTIONS, KEYS)
    def test_signature__leads_back_to_the_sender(
        self, transaction: Transaction, secret: bytes
    ) -> None:
        key = PrivateKey(secret)
        signature = key.sign_recoverable(digest_of(transaction), hasher=None)
        account = Account.from_key(secret).address.lower()
        assert address_of(key.public_key) == account
        assert sender_of(transaction, signature) == account

    def test_v_of_27_or_28__means_the_same_as_0_or_1(self) -> None:
        transaction = Transaction(chain_id=1, tx_nonce=0, gas_limit=21_000, to="0x" + "11" * 20)
        signature = PrivateKey(b"\1" * 32).sign_recoverable(digest_of(transaction), hasher=None)
        other = signature[:64] + bytes((signature[64] + 27,))
        assert assemble(transaction, signature) == assemble(transaction, other)

    @pytest.mark.parametrize("signature", [b"", bytes(64), bytes(64) + b"\2", bytes(66)])
    def test_signature_of_another_form__is_refused(self, signature: bytes) -> None:
        transaction = Transaction(chain_id=1, tx_nonce=0, gas_limit=21_000, to=None)
        with pytest.raises(ValueError, match="65 bytes"):
            assemble(transaction, signature)

    def test_signature_of_nobody__is_refused(self) -> None:
        transaction = Transaction(chain_id=1, tx_nonce=0, gas_limit=21_000, to=None)
        with pytest.raises(ValueError, match="nobody"):
            sender_of(transaction, bytes(65))


class TestRlp:
    @given(
        st.recursive(
            st.one_of(st.binary(max_size=70), st.sampled_from([b"", b"\0", b"\x7f", b"\x80"])),
            lambda item: st.lists(item, max_size=6),
            max_leaves=30,
        )
    )
    def test_any_item__is_encoded_as_by_rlp(self, item: object) -> None:
        assert rlp_encode(item) == rlp.encode(item)  # type: ignore[arg-type]
