"""The bridge: CometBFT's questions in ABCI 2.0, answered by geth through the Engine API.

CometBFT height == EVM block number and app_hash == EVM block hash. The bridge keeps no state of
its own: geth's head is the application state, moved in Commit only, and after a crash CometBFT
replays exactly the blocks that geth lacks. An error answered to CometBFT stops it for good, so
hostile bytes get an empty list or REJECT, and a fault of our own ends the process, after which the
three processes of the validator start again together.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeVar

import orjson
import structlog

from node.validator.bridge.builder import PayloadBuilder
from node.validator.bridge.engine import Engine, EngineError, Judgement, Verdict
from node.validator.bridge.facts import NetworkFacts
from node.validator.bridge.metrics import BridgeMetrics, timed
from node.validator.bridge.payload import Payload, encode_within
from node.validator.bridge.quiet import QuietHandlers, give_up, vital
from node.validator.bridge.updates import Registry, Update
from node.validator.bridge.validity import (
    Head,
    RejectedProposalError,
    Rejection,
    require_valid,
    single,
    window_of,
)
from node.validator.pb import abci_pb2 as pb

VERSION = "1"
JUDGE_S = 1.0
RETRY_S = 5.0
PAUSE_S = 0.05
_KEPT_PROPOSERS = 100

_Answer = TypeVar("_Answer")
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Progress:
    """What this process has seen; lost with it, and not needed after."""

    head: Head | None = None
    valid: Payload | None = None
    decided: Payload | None = None
    validators: int = 0
    proposers: dict[int, bytes] = field(default_factory=dict)


class Bridge(QuietHandlers):
    """The handlers. `address` is this validator's, 20 bytes; `die` ends the process."""

    def __init__(
        self,
        engine: Engine,
        network: NetworkFacts,
        *,
        address: bytes,
        metrics: BridgeMetrics,
        die: Callable[[str], NoReturn] = give_up,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.engine, self.network, self.address = engine, network, address
        self.metrics, self.die = metrics, die
        self.builder = PayloadBuilder(engine, now=now, longest_wait_s=network.longest_wait_s)
        self.registry = Registry(engine, network.registry)
        self._seen = _Progress()

    @vital
    async def Info(self, request: pb.RequestInfo, context: object) -> pb.ResponseInfo:
        """Tell CometBFT what geth has: it replays the rest."""
        head = await self._retried("info", lambda: self.engine.block("latest"))
        if self._seen.head is None:
            # geth takes transactions from its peers only after it was told its head once.
            await self._retried("info", lambda: self._move_head(head))
        # Anybody may ask at any time; while geth answered, a commit may have gone further.
        if self._seen.head is None or self._seen.head.number < head.number:
            self._seen.head = head
        self.metrics.height.set(head.number)
        _log.info("info", height=head.number, head=head.hash.hex())
        return pb.ResponseInfo(
            data="yibao",
            version=VERSION,
            app_version=self.network.app_version,
            last_block_height=head.number,
            last_block_app_hash=head.hash if head.number else b"",
        )

    async def Query(self, request: pb.RequestQuery, context: object) -> pb.ResponseQuery:
        """Answer an operator: `head`, `validators` (the registry's, at the head) or `version`."""
        answers = {"head": self._head, "validators": self._validators, "version": self._version}
        if request.path not in answers:
            return pb.ResponseQuery(code=1, log=f"ask for one of {', '.join(answers)}")
        try:
            answer = await answers[request.path]()
        except EngineError as error:
            return pb.ResponseQuery(code=1, log=str(error))
        return pb.ResponseQuery(value=orjson.dumps(answer))

    async def _version(self) -> dict[str, Any]:
        return {"version": VERSION, "app": self.network.app_version}

    async def _head(self) -> dict[str, Any]:
        head = self._seen.head
        if head is None:
            raise EngineError("head", "not known yet")
        return {"height": head.number, "hash": head.hash.hex()}

    async def _validators(self) -> dict[str, Any]:
        answer = await self._head()
        found = await self.registry.validators(at=bytes.fromhex(answer["hash"]))
        return answer | {"validators": found}

    @vital
    async def InitChain(
        self, request: pb.RequestInitChain, context: object
    ) -> pb.ResponseInitChain:
        """Make sure that both layers start from the same genesis."""
        if request.chain_id != self.network.chain_id:
            self.die(f"CometBFT's chain is {request.chain_id}, not {self.network.chain_id}")
        if orjson.loads(request.app_state_bytes) != orjson.loads(self.network.app_state):
            self.die("CometBFT's genesis has another app_state than the network file")
        named = {
            one["consensus_key"]
            for one in orjson.loads(self.network.app_state).get("participants", ())
        }
        if request.initial_height != 1 or named != {
            one.pub_key.ed25519.hex() for one in request.validators
        }:
            self.die("CometBFT's genesis has other validators or another first height")
        first = await self._retried("init_chain", lambda: self.engine.block("0x0"))
        if first.hash != self.network.genesis_hash:
            self.die(f"geth's block 0 is {first.hash.hex()}")
        return pb.ResponseInitChain(app_hash=first.hash)

    @timed("propose")
    async def PrepareProposal(
        self, request: pb.RequestPrepareProposal, context: object
    ) -> pb.ResponsePrepareProposal:
        """Propose what geth has built; an empty list when there is nothing valid to propose."""
        started = time.perf_counter()
        try:
            transactions = await self.propose(request)
        except EngineError as error:
            self.metrics.engine_errors.labels(error.call).inc()
            _log.warning("no_proposal", height=request.height, reason=str(error))
            transactions = []
        except Exception:
            # Whatever it was, the others go on with the next proposer; an error would stop us.
            _log.exception("no_proposal", height=request.height)
            transactions = []
        self.metrics.build_seconds.observe(time.perf_counter() - started)
        return pb.ResponsePrepareProposal(txs=transactions)

    async def propose(self, request: pb.RequestPrepareProposal) -> list[bytes]:
        """Return the transactions to propose. Errors: EngineError."""
        head = self._seen.head
        if head is None or head.number + 1 != request.height:
            _log.warning("no_proposal", height=request.height, reason="not on the head")
            return []
        window = window_of(head.timestamp, request.time.seconds)
        payload = await self.builder.take(head, window)
        transaction = encode_within(payload, max_bytes=request.max_tx_bytes)
        if transaction is None:
            # A block without transactions is better than none: the chain, and with it the price
            # of gas and the votes on limits, goes on.
            self.metrics.oversized.inc()
            _log.error("payload_too_large", height=request.height, most=request.max_tx_bytes)
            payload = await self.builder.take_smallest(head, window, instead_of=payload)
            transaction = encode_within(payload, max_bytes=request.max_tx_bytes)
        if transaction is None:
            _log.warning("no_proposal", height=request.height, reason="too many bytes")
            return []
        self.metrics.proposed.inc()
        return [transaction]

    @timed("process")
    async def ProcessProposal(
        self, request: pb.RequestProcessProposal, context: object
    ) -> pb.ResponseProcessProposal:
        """Accept a proposal that keeps every rule; reject any other."""
        try:
            await self._guarded(request)
        except RejectedProposalError as error:
            self.metrics.rejected.labels(error.rejection).inc()
            _log.warning(
                "rejected",
                height=request.height,
                reason=str(error.rejection),
                detail=error.detail,
                proposer=request.proposer_address.hex(),
            )
            return pb.ResponseProcessProposal(status=pb.ResponseProcessProposal.REJECT)
        return pb.ResponseProcessProposal(status=pb.ResponseProcessProposal.ACCEPT)

    async def _guarded(self, request: pb.RequestProcessProposal) -> None:
        """Make sure that a proposal is acceptable; what we cannot judge is not."""
        try:
            await self._require_acceptable(request)
        except RejectedProposalError:
            raise
        except Exception as error:
            _log.exception("not_judged", height=request.height)
            raise RejectedProposalError(Rejection.FAULT, repr(error)) from error

    async def _require_acceptable(self, request: pb.RequestProcessProposal) -> None:
        head = self._seen.head
        if head is None:
            raise RejectedProposalError(Rejection.ENGINE, "no head is known")
        payload = require_valid(
            request.txs,
            head=head,
            height=request.height,
            block_time_s=request.time.seconds,
            gas_limit=self.network.gas_limit,
        )
        try:
            judgement = await self._judged(payload, limit_s=JUDGE_S)
        except EngineError as error:
            self.metrics.engine_errors.labels(error.call).inc()
            raise RejectedProposalError(Rejection.ENGINE, str(error)) from error
        if judgement.verdict is not Verdict.VALID:
            detail = f"{judgement.verdict} {judgement.reason}"
            raise RejectedProposalError(Rejection.EXECUTION, detail)
        self._seen.valid = payload

    @timed("finalize")
    @vital
    async def FinalizeBlock(
        self, request: pb.RequestFinalizeBlock, context: object
    ) -> pb.ResponseFinalizeBlock:
        """Let geth import the decided block; its head moves in Commit."""
        try:
            payload = single(request.txs)
        except RejectedProposalError as error:
            self.die(f"block {request.height} was decided but is no payload: {error}")
        self._require_next(payload, request.height)
        # What geth called valid as a proposal it has imported; it would only say so again.
        if payload != self._seen.valid:
            await self._import_decided(payload)
        updates = await self._retried("finalize_block", lambda: self._updates(request, payload))
        self._note(request, payload)
        return pb.ResponseFinalizeBlock(
            app_hash=payload.block_hash,
            tx_results=[pb.ExecTxResult(code=0)],
            validator_updates=[
                pb.ValidatorUpdate(pub_key=pb.PublicKey(ed25519=one.key), power=one.power)
                for one in updates
            ],
        )

    async def _import_decided(self, payload: Payload) -> None:
        """Let geth execute a decided block; the process ends unless it is valid."""
        judgement = await self._retried(
            "finalize_block", lambda: self._judged(payload, limit_s=RETRY_S)
        )
        if judgement.verdict is not Verdict.VALID:
            self.die(f"geth calls decided block {payload.block_number} {judgement}")

    def _require_next(self, payload: Payload, height: int) -> None:
        """End unless a decided block stands on our head: anything else is a fork."""
        head = self._seen.head
        if head is None or (payload.parent_hash, payload.block_number) != (head.hash, height):
            self.die(f"block {height} was decided on {payload.parent_hash.hex()}, not on {head}")

    async def _updates(
        self, request: pb.RequestFinalizeBlock, payload: Payload
    ) -> tuple[Update, ...]:
        """Return the validator updates of a block. Errors: EngineError."""
        updates, drop = await self.registry.updates(
            height=request.height,
            parent=payload.parent_hash,
            signers=frozenset(
                bytes(vote.validator.address) for vote in request.decided_last_commit.votes
            ),
        )
        if drop is not None:
            self.metrics.dropped.labels(drop).inc()
            _log.error("update_dropped", height=request.height, reason=str(drop))
        for update in updates:
            _log.info("update", height=request.height, public=update.key.hex(), power=update.power)
        return updates

    def _note(self, request: pb.RequestFinalizeBlock, payload: Payload) -> None:
        """Remember what Commit and the next proposal need."""
        seen = self._seen
        seen.decided = payload
        seen.validators = len(request.decided_last_commit.votes)
        seen.proposers[request.height] = request.proposer_address
        seen.proposers.pop(request.height - _KEPT_PROPOSERS, None)
        self.metrics.round.set(request.decided_last_commit.round)
        self.metrics.payload_bytes.observe(sum(map(len, request.txs)))
        for one in request.misbehavior:
            self.metrics.evidence.inc()
            _log.error(
                "misbehaviour", height=one.height, validator=one.validator.address.hex(),
                kind=pb.MisbehaviorType.Name(one.type),
            )  # fmt: skip

    @timed("commit")
    @vital
    async def Commit(self, request: pb.RequestCommit, context: object) -> pb.ResponseCommit:
        """Move geth's head to the decided block, and begin a payload if the next is ours."""
        decided = self._seen.decided
        if decided is None:
            self.die("Commit without a decided block")
        head = Head(decided.block_number, decided.block_hash, decided.timestamp)
        await self._retried("commit", lambda: self._move_head(head))
        self._seen.head, self._seen.valid, self._seen.decided = head, None, None
        self.metrics.height.set(head.number)
        await self._prepare_next(head)
        return pb.ResponseCommit(retain_height=0)

    async def _move_head(self, head: Head) -> None:
        verdict = await self.engine.set_head(head.hash)
        if verdict is not Verdict.VALID:
            raise EngineError("engine_forkchoiceUpdatedV3", f"{verdict} for {head.hash.hex()}")

    async def _prepare_next(self, head: Head) -> None:
        await self.builder.discard()
        if not self._is_ours(head.number + 1):
            return
        try:
            await self.builder.start(head)
        except EngineError as error:
            # The proposal can still be built when it is asked for.
            self.metrics.engine_errors.labels(error.call).inc()
            _log.warning("not_building", height=head.number + 1, reason=str(error))

    def _is_ours(self, height: int) -> bool:
        """Guess whether we propose at a height: validators of equal power take turns.

        A wrong guess costs time only; without knowledge the guess is yes.
        """
        seen = self._seen
        return seen.proposers.get(height - seen.validators, self.address) == self.address

    async def _judged(self, payload: Payload, *, limit_s: float) -> Judgement:
        """Return geth's verdict, asked again while it is pending. Errors: EngineError."""
        started = time.perf_counter()
        deadline_at = started + limit_s
        judgement = await self.engine.judge(payload)
        while judgement.verdict.is_pending and time.perf_counter() < deadline_at:
            await asyncio.sleep(PAUSE_S)
            judgement = await self.engine.judge(payload)
        self.metrics.import_seconds.observe(time.perf_counter() - started)
        return judgement

    async def _retried(self, step: str, ask: Callable[[], Awaitable[_Answer]]) -> _Answer:
        """Return an answer geth must give; without it the process ends."""
        deadline_at = time.perf_counter() + RETRY_S
        while True:
            try:
                return await ask()
            except EngineError as error:
                self.metrics.engine_errors.labels(error.call).inc()
                if time.perf_counter() >= deadline_at:
                    self.die(f"{step}: {error}")
                _log.warning("engine_error", step=step, reason=str(error))
                await asyncio.sleep(PAUSE_S)
