"""Type-2 (EIP-1559) transactions: bytes, digest, signing. The relayer's raw transactions.

Written by hand because eth-account takes twelve times as long; the curve and the hash are not.
The access list is always empty. A property test compares every byte with eth-account.
"""

from dataclasses import dataclass

import rlp
from coincurve import PrivateKey, PublicKey

from node.chain.abi.rlp_items import Item, integer, rlp_encode
from node.wire.addresses import key_address
from node.wire.hashing import keccak
from node.wire.hexadecimal import from_hex, to_hex

TYPE = b"\x02"
LEAST_FEE_WEI = 10**9
"""Per gas. The base fee begins at 0 and comes and goes by a few wei: a cap near it gets stuck."""
LEAST_TIP_WEI = 1
"""Per gas. What every node's pool demands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """An unsigned transaction. Fees in wei per gas; `to` None creates a contract."""

    chain_id: int
    tx_nonce: int
    gas_limit: int
    to: str | None
    data: bytes = b""
    value: int = 0
    max_fee_per_gas: int = 0
    max_priority_fee_per_gas: int = 0

    def fields(self) -> list[Item]:
        """Return the nine fields that are signed."""
        return [
            integer(self.chain_id),
            integer(self.tx_nonce),
            integer(self.max_priority_fee_per_gas),
            integer(self.max_fee_per_gas),
            integer(self.gas_limit),
            b"" if self.to is None else from_hex(self.to),
            integer(self.value),
            self.data,
            [],
        ]


@dataclass(frozen=True, slots=True)
class SignedTransaction:
    """What is stored before it is sent: the raw bytes and their hash."""

    raw: bytes
    tx_hash: str


def fee_cap(base_fee: int) -> int:
    """Return a cap in wei per gas that survives ten full blocks after one with a base fee."""
    return max(LEAST_FEE_WEI, 4 * base_fee + LEAST_TIP_WEI)


def fees_of(raw: bytes) -> tuple[int, int]:
    """Return fee cap and tip of a signed transaction in wei per gas; zeros if it cannot be read."""
    try:
        _, _, tip, cap, *_ = rlp.decode(raw[1:])
        return int.from_bytes(cap), int.from_bytes(tip)
    except (rlp.DecodingError, ValueError, TypeError):
        return 0, 0


def digest_of(transaction: Transaction) -> bytes:
    """Return the 32 bytes that the sender signs."""
    return keccak(TYPE + rlp_encode(transaction.fields()))


def assemble(transaction: Transaction, signature: bytes) -> SignedTransaction:
    """Return the transaction with its signature r ‖ s ‖ v, v being 0, 1, 27 or 28.

    Errors: ValueError for another length or v. For signers that live elsewhere.
    """
    if len(signature) != 65 or signature[64] not in (0, 1, 27, 28):
        raise ValueError("a signature is r, s and v: 65 bytes, v in 0, 1, 27, 28")
    parity, r, s = signature[64] % 27, signature[:32], signature[32:64]
    tail: list[Item] = [integer(parity), r.lstrip(b"\0"), s.lstrip(b"\0")]
    raw = TYPE + rlp_encode([*transaction.fields(), *tail])
    return SignedTransaction(raw, to_hex(keccak(raw)))


def sign(transaction: Transaction, key: PrivateKey) -> SignedTransaction:
    """Return the transaction signed with a secp256k1 key (deterministic, low s)."""
    digest = digest_of(transaction)
    return assemble(transaction, key.sign_recoverable(digest, hasher=None))


def address_of(key: PublicKey) -> str:
    """Return the account address of a public key, lower-case 0x text."""
    return key_address(key.format(compressed=False))


def sender_of(transaction: Transaction, signature: bytes) -> str:
    """Return the address whose key made the signature. Errors: ValueError."""
    try:
        key = PublicKey.from_signature_and_message(
            signature[:64] + bytes((signature[64] % 27,)),
            digest_of(transaction),
            hasher=None,
        )
    except Exception as error:
        raise ValueError("the signature belongs to nobody") from error
    return address_of(key)
