"""Codes of receipts: what the QR code on paper holds, so that whoever has the paper may check it.

A code is 128 bits of a keyed hash of chain and number. It needs no table, so rebuilding the read
models keeps every paper valid, and a wrong code costs no look-up: whether a number exists cannot
be learned from the answer or its time (ADR 0011).
"""

from __future__ import annotations

import base64
import hmac

from node.db.sealing import Sealer

PURPOSE = "receipt code"
CODE_BYTES = 16


class ReceiptCodes:
    """Makes codes with the look-up key of now and accepts those of earlier ones too."""

    def __init__(self, sealer: Sealer, *, chain_id: int) -> None:
        self._sealer = sealer
        self.chain_id = chain_id

    def code(self, number: str) -> str:
        """Return the code of a receipt's number: 26 characters of a-z and 2-7."""
        return self._codes(number)[0]

    def opens(self, number: str, code: str) -> bool:
        """Whether a code belongs to a number; it takes the same time whatever is wrong."""
        given = code.lower().encode()
        same = [hmac.compare_digest(known.encode(), given) for known in self._codes(number)]
        return any(same)

    def _codes(self, number: str) -> list[str]:
        found = self._sealer.keyed_hashes(PURPOSE, f"{self.chain_id}/{number}")
        return [base64.b32encode(one[:CODE_BYTES]).decode().rstrip("=").lower() for one in found]
