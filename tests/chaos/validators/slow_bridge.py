"""A bridge that stops inside a handler when a test says so: `slow_bridge.py HOME`.

HOME/run/hold has the step to wait in and the first height to do so: `FinalizeBlock:before`,
`FinalizeBlock:after` (its work is done, its answer not given) or the same of `Commit`. The bridge
writes HOME/run/inside once it is there and goes on when the file `hold` is gone.
"""

import asyncio
import sys
from pathlib import Path

from node.validator.bridge.app import Bridge
from node.validator.pb import abci_pb2 as pb
from node.validator.unit import serve

LOOK_S = 0.02
HOLD, INSIDE = Path("run") / "hold", Path("run") / "inside"


class SlowBridge(Bridge):
    """The ordinary bridge, with a place to wait before and after what moves the chain."""

    height = 0
    """Of the block in hand."""

    async def FinalizeBlock(
        self, request: pb.RequestFinalizeBlock, context: object
    ) -> pb.ResponseFinalizeBlock:
        self.height = request.height
        await self._hold("FinalizeBlock:before")
        answer = await super().FinalizeBlock(request, context)
        await self._hold("FinalizeBlock:after")
        return answer

    async def Commit(self, request: pb.RequestCommit, context: object) -> pb.ResponseCommit:
        await self._hold("Commit:before")
        answer = await super().Commit(request, context)
        await self._hold("Commit:after")
        return answer

    async def _hold(self, step: str) -> None:
        home = Path(sys.argv[1])
        while self._is_wished(home, step):
            (home / INSIDE).write_text(step)
            await asyncio.sleep(LOOK_S)

    def _is_wished(self, home: Path, step: str) -> bool:
        try:
            asked, height = (home / HOLD).read_text().split()
        except (FileNotFoundError, ValueError):  # none, or not yet written whole
            return False
        return asked == step and self.height >= int(height)


if __name__ == "__main__":
    serve.main(SlowBridge)
