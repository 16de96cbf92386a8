"""The ABCI handlers that have nothing to decide, and the guard of those that must not fail.

Votes carry no extensions, state is never synced from snapshots, and transactions enter through
geth; CometBFT asks all the same.
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, NoReturn, TypeVar, cast

import structlog

from node.validator.pb import abci_pb2 as pb
from node.validator.pb.abci_pb2_grpc import ABCIServicer

_Handler = TypeVar("_Handler", bound=Callable[..., Awaitable[Any]])
_log = structlog.get_logger(__name__)


class BridgeFailure(Exception):  # noqa: N818 - the end of the process, not an error to handle
    """The bridge cannot go on; the unit must start again."""


def give_up(reason: str) -> NoReturn:
    """End by an exception: what a bridge does that is no process of its own."""
    raise BridgeFailure(reason)


def vital(handler: _Handler) -> _Handler:
    """Let whatever a handler does not expect end the process.

    CometBFT stops for good on an error that it is answered, and stays up; a dead bridge is seen
    at once and the unit starts again.
    """

    @wraps(handler)
    async def run(bridge: Any, *arguments: Any, **named: Any) -> Any:
        try:
            return await handler(bridge, *arguments, **named)
        except BridgeFailure:
            raise
        except Exception as error:
            _log.exception("unexpected", step=handler.__name__)
            bridge.die(f"{handler.__name__}: {error!r}")

    return cast("_Handler", run)


class QuietHandlers(ABCIServicer):
    """What CometBFT asks and our chain has no use for."""

    async def Echo(self, request: pb.RequestEcho, context: object) -> pb.ResponseEcho:
        """Answer with what was sent: CometBFT asks whether we are here."""
        return pb.ResponseEcho(message=request.message)

    async def Flush(self, request: pb.RequestFlush, context: object) -> pb.ResponseFlush:
        """Answer; nothing is buffered."""
        return pb.ResponseFlush()

    async def CheckTx(self, request: pb.RequestCheckTx, context: object) -> pb.ResponseCheckTx:
        """Refuse: transactions enter through geth."""
        return pb.ResponseCheckTx(code=1, log="send transactions to the JSON-RPC of geth")

    async def ExtendVote(
        self, request: pb.RequestExtendVote, context: object
    ) -> pb.ResponseExtendVote:
        """Add nothing to a vote."""
        return pb.ResponseExtendVote()

    async def VerifyVoteExtension(
        self, request: pb.RequestVerifyVoteExtension, context: object
    ) -> pb.ResponseVerifyVoteExtension:
        """Accept the empty extension."""
        return pb.ResponseVerifyVoteExtension(status=pb.ResponseVerifyVoteExtension.ACCEPT)

    async def ListSnapshots(
        self, request: pb.RequestListSnapshots, context: object
    ) -> pb.ResponseListSnapshots:
        """Offer none."""
        return pb.ResponseListSnapshots()

    async def OfferSnapshot(
        self, request: pb.RequestOfferSnapshot, context: object
    ) -> pb.ResponseOfferSnapshot:
        """Take none."""
        return pb.ResponseOfferSnapshot(result=pb.ResponseOfferSnapshot.ABORT)

    async def LoadSnapshotChunk(
        self, request: pb.RequestLoadSnapshotChunk, context: object
    ) -> pb.ResponseLoadSnapshotChunk:
        """Have none."""
        return pb.ResponseLoadSnapshotChunk()

    async def ApplySnapshotChunk(
        self, request: pb.RequestApplySnapshotChunk, context: object
    ) -> pb.ResponseApplySnapshotChunk:
        """Take none."""
        return pb.ResponseApplySnapshotChunk(result=pb.ResponseApplySnapshotChunk.ABORT)
