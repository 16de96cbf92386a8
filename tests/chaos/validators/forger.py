"""A bridge that forges when it proposes: `python -m tests.chaos.validators.forger HOME`.

It plays the honest validator in everything else, and accepts what it proposes itself. HOME/mode
tells what it does at its turn: `forge` (the next forgery), `oversized` (more bytes than CometBFT
takes), `lie` (from now on it tells its own CometBFT another result of a block).
HOME/forged.jsonl is its journal.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import Any

import orjson

from node.validator.bridge.app import Bridge
from node.validator.bridge.engine import EngineError
from node.validator.bridge.payload import decode
from node.validator.bridge.validity import window_of
from node.validator.pb import abci_pb2 as pb
from node.validator.unit.serve import main
from tests.chaos.validators.forgeries import FORGERIES, Occasion, hash_of

MODE, JOURNAL = "mode", "forged.jsonl"
FIRST_HEIGHT = 4


class Forger(Bridge):
    """Honest until it is asked to propose."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.home, self.turn, self.former = Path(sys.argv[1]), 0, b""

    @property
    def mode(self) -> str:
        """Return what the test wants now."""
        path = self.home / MODE
        return path.read_text() if path.exists() else "forge"

    async def propose(self, request: pb.RequestPrepareProposal) -> list[bytes]:
        """Return forged transactions."""
        honest = await super().propose(request)
        head = self._seen.head
        if len(honest) != 1 or request.height < FIRST_HEIGHT or head is None:
            return honest
        if self.mode == "oversized":
            self.note(height=request.height, name="oversized")
            return [os.urandom(request.max_tx_bytes + 1)]
        if self.mode != "forge":
            return honest
        forgery = FORGERIES[self.turn % len(FORGERIES)]
        payload = decode(honest[0])
        if hash_of(payload) != payload.block_hash:
            # Then what we forge would fall for its hash, and the test would show nothing.
            self.note(height=request.height, name="cannot seal")
            return honest
        window = window_of(head.timestamp, request.time.seconds)
        occasion = Occasion(self.engine, payload, head, window, self.former)
        try:
            forged = await forgery.forge(occasion)
        except EngineError as error:
            self.note(height=request.height, name="cannot build", why=str(error))
            return honest
        self.turn += 1
        self.note(
            height=request.height,
            name=forgery.name,
            digests=[hashlib.sha256(one).hexdigest() for one in forged],
        )
        return forged

    def note(self, **entry: Any) -> None:
        """Add to the journal."""
        with (self.home / JOURNAL).open("ab") as journal:
            journal.write(orjson.dumps(entry) + b"\n")

    async def ProcessProposal(
        self, request: pb.RequestProcessProposal, context: object
    ) -> pb.ResponseProcessProposal:
        """Accept anything."""
        return pb.ResponseProcessProposal(status=pb.ResponseProcessProposal.ACCEPT)

    async def FinalizeBlock(
        self, request: pb.RequestFinalizeBlock, context: object
    ) -> pb.ResponseFinalizeBlock:
        """Answer rightly, unless a lie is wanted."""
        answer = await super().FinalizeBlock(request, context)
        self.former = self.former or request.txs[0]
        if self.mode == "lie":
            self.note(height=request.height, name="lie")
            answer.app_hash = b"\x35" * 32
        return answer


if __name__ == "__main__":
    main(Forger)
