"""A bridge that stops inside a handler when a test says so: `slow_bridge.py HOME`.

HOME/run/hold names the step to wait in: `FinalizeBlock:before`, `FinalizeBlock:after` (its work is
done, its answer not given) or the same of `Commit`. The bridge writes HOME/run/inside once it is
there and goes on when the file `hold` is gone.
"""

import asyncio
import sys
from pathlib import Path

from node.validator import serve
from node.validator.app import Bridge
from node.validator.pb import abci_pb2 as pb

LOOK_S = 0.02
HOLD, INSIDE = Path("run") / "hold", Path("run") / "inside"


class SlowBridge(Bridge):
    """The ordinary bridge, with a place to wait before and after what moves the chain."""

    async def FinalizeBlock(
        self, request: pb.RequestFinalizeBlock, context: object
    ) -> pb.ResponseFinalizeBlock:
        await _hold("FinalizeBlock:before")
        answer = await super().FinalizeBlock(request, context)
        await _hold("FinalizeBlock:after")
        return answer

    async def Commit(self, request: pb.RequestCommit, context: object) -> pb.ResponseCommit:
        await _hold("Commit:before")
        answer = await super().Commit(request, context)
        await _hold("Commit:after")
        return answer


async def _hold(step: str) -> None:
    home = Path(sys.argv[1])
    while _wish(home) == step:
        (home / INSIDE).write_text(step)
        await asyncio.sleep(LOOK_S)


def _wish(home: Path) -> str:
    try:
        return (home / HOLD).read_text()
    except FileNotFoundError:
        return ""


if __name__ == "__main__":
    serve.main(SlowBridge)
