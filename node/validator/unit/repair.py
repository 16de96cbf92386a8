"""Rewinding geth when it has blocks that CometBFT has not, as after a restored backup.

geth goes back one block at a time until CometBFT's handshake succeeds; CometBFT replays the rest
from its own store or gets it from the others at the next start. Both are cut off from all peers
meanwhile, so nothing is signed. What the consensus key has signed stays as it is: no step here
touches priv_validator_state.json.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from node.chain.rpc.json_rpc import RpcClient
from node.validator.home import condition
from node.validator.home.install import Engines
from node.validator.unit.comet import ask_comet
from node.validator.unit.process import Unit

POLL_S = 0.2
MOVE_S = 30.0


class CannotRepairError(Exception):
    """CometBFT refuses to start for another reason; the text says which log tells it."""


class RepairUnit(Unit):
    """A unit without peers whose geth can be rewound over its JSON-RPC on loopback."""

    def __init__(self, home: Path, engines: Engines, told: Callable[[str], None]) -> None:
        super().__init__(home, engines)
        self.told = told

    async def repair(self) -> int:
        """Rewind until the handshake succeeds and return by how many blocks; then stop all.

        Errors: CannotRepairError, UnitFailedError, OperatorNeededError, RpcError,
        ChainUnavailable.
        """
        rewound = 0
        try:
            await self.start()
            while ahead := await self._blocks_ahead():
                for _ in range(ahead):
                    await self._rewind_one()
                    rewound += 1
                await self._spawn_comet()
        finally:
            await self.end(self.limits.stop_s)
        return rewound

    def _read_files(self) -> None:
        super()._read_files()
        own = self.network.entry(self.site.name)
        self.network = replace(self.network, validators=(own,))

    def _geth_arguments(self) -> list[str]:
        words = super()._geth_arguments()
        return [f"{word},debug" if word.startswith("--http.api=") else word for word in words]

    async def _blocks_ahead(self) -> int:
        """Wait for CometBFT's handshake; return 0 if it succeeds, else how far geth is ahead."""
        comet = self._members["comet"]
        while await ask_comet(self.site, "status") is None:
            for member in self._members.values():
                if member is not comet:
                    member.require_alive()
            if comet.process.returncode is None:
                await asyncio.sleep(POLL_S)
            elif ahead := condition.blocks_ahead(
                condition.tail_of(comet.log.path, comet.log.begun_at)
            ):
                return ahead
            else:
                raise CannotRepairError(f"CometBFT fails for another reason: see {comet.log.path}")
        return 0

    async def _rewind_one(self) -> None:
        async with RpcClient(self.site.rpc_url) as rpc:
            head = int(await rpc.call("eth_blockNumber"), 16)
            if head == 0:
                raise CannotRepairError("geth is at its first block already")
            await rpc.call("debug_setHead", hex(head - 1))
            deadline_at = time.monotonic() + MOVE_S
            while int(await rpc.call("eth_blockNumber"), 16) >= head:
                if time.monotonic() > deadline_at:
                    raise CannotRepairError(f"geth does not leave block {head}")
                await asyncio.sleep(POLL_S)
        self.told(f"geth went back from block {head} to {head - 1}")
