"""A bridge with less room than CometBFT gives it: `python -m tests.chaos.validators.tight HOME`.

HOME/most holds how many bytes a proposal may have, once a test has written it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from node.validator.bridge.app import Bridge
from node.validator.pb import abci_pb2 as pb
from node.validator.unit.serve import main

MOST = "most"


class Tight(Bridge):
    """Honest, in a network whose blocks hold fewer bytes than its gas limit makes."""

    async def propose(self, request: pb.RequestPrepareProposal) -> list[bytes]:
        """Propose within the smaller room."""
        path = Path(sys.argv[1]) / MOST
        if path.exists():
            request.max_tx_bytes = min(request.max_tx_bytes, int(path.read_text()))
        return await super().propose(request)


if __name__ == "__main__":
    main(Tight)
