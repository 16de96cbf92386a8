"""Where WalletLedger stores balances and how a stored word reads, for proofs of storage.

Mirrors the storage comment of contracts/src/ledger/LedgerReads.sol and the layout of
contracts/src/types/LedgerWords.sol; tests compare both with the deployed contract.
"""

from __future__ import annotations

from dataclasses import dataclass

from node.domain.kinds import Pocket
from node.wire.hashing import keccak
from node.wire.hexadecimal import from_hex
from node.wire.words import uint

_BALANCES_SLOT = 1
_POINTS_KEY = 1 << 161
_BALANCE_BITS = 56
_MEDICAL_SHIFT = 112
_COUNTER_BITS = 112
_COUNTER, _FROZEN = 1 << 224, 1 << 225
_MASK = (1 << _BALANCE_BITS) - 1


def balance_slot(account: str, pocket: Pocket) -> int:
    """Return the slot of a pocket's balance; CASH and MEDICAL of an account share one."""
    key = int.from_bytes(from_hex(account)) | (_POINTS_KEY if pocket is Pocket.POINTS else 0)
    return int.from_bytes(keccak(uint(key) + uint(_BALANCES_SLOT)))


@dataclass(frozen=True, slots=True)
class BalanceWord:
    """A stored word of balances, as `balance_slot` places it."""

    word: int

    def available_fen(self, pocket: Pocket) -> int:
        """Return the available money of a pocket; 0 for counters."""
        return 0 if self.is_counter else self.word >> self._shift(pocket) & _MASK

    def held_fen(self, pocket: Pocket) -> int:
        """Return the held money of a pocket; 0 for counters."""
        shifted = self.word >> self._shift(pocket) >> _BALANCE_BITS
        return 0 if self.is_counter else shifted & _MASK

    @property
    def counter_fen(self) -> int:
        """Return the value of a signed counter; 0 for other accounts."""
        if not self.is_counter:
            return 0
        value = self.word & ((1 << _COUNTER_BITS) - 1)
        return value - (1 << _COUNTER_BITS) if value >> (_COUNTER_BITS - 1) else value

    @property
    def is_counter(self) -> bool:
        """Tell whether the account counts what comes from outside."""
        return bool(self.word & _COUNTER)

    @property
    def is_frozen(self) -> bool:
        """Tell whether the account can receive and not spend."""
        return bool(self.word & _FROZEN)

    @staticmethod
    def _shift(pocket: Pocket) -> int:
        return _MEDICAL_SHIFT if pocket is Pocket.MEDICAL else 0
