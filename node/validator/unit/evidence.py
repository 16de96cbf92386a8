"""Evidence of misbehaviour: from decided blocks to an event of ValidatorRegistry.

CometBFT puts evidence into a block; every bridge logs and counts it. Each validator also reports it
with the relayer account of its home. All of them do: the registry tells it once, and whoever is
away is not missed. Nothing is kept: after a start the last blocks are looked through again.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

import structlog

from node.chain.contracts.validator_registry import TransactionFailedError, ValidatorRegistry
from node.chain.rpc.errors import revert_of
from node.chain.rpc.json_rpc import RpcClient, RpcError
from node.domain.errors import ChainUnavailable, DomainError
from node.validator.home import configuration as conf
from node.validator.home import keys as keyring
from node.validator.unit.comet import ask_comet

EVERY_S = 3.0
LOOK_BACK = 1_000
_AT_ONCE = 20  # headers that CometBFT gives in one answer
_NO_EVIDENCE = hashlib.sha256(b"").hexdigest()

_log = structlog.get_logger(__name__)


class Kind(IntEnum):
    """What somebody did, numbered as in ABCI."""

    DUPLICATE_VOTE = 1
    LIGHT_CLIENT_ATTACK = 2


@dataclass(frozen=True, slots=True)
class Misbehaviour:
    """One piece of evidence: who (20 bytes as 0x text), at which height, what."""

    validator: str
    height: int
    kind: Kind


class NoAnswerError(Exception):
    """CometBFT does not answer: it replays, or it is away."""


def parse(evidence: Any) -> list[Misbehaviour]:
    """Return what one piece of evidence of a block says. Errors: KeyError, ValueError."""
    kind, value = evidence["type"].rpartition("/")[2], evidence["value"]
    if kind == "DuplicateVoteEvidence":
        vote = value["vote_a"]
        return [_one(vote["validator_address"], vote["height"], Kind.DUPLICATE_VOTE)]
    if kind == "LightClientAttackEvidence":
        height = value["CommonHeight"]
        return [
            _one(one["address"], height, Kind.LIGHT_CLIENT_ATTACK)
            for one in value["ByzantineValidators"]
        ]
    raise ValueError(f"evidence of an unknown kind {kind}")


def _one(address: str, height: str, kind: Kind) -> Misbehaviour:
    return Misbehaviour("0x" + address.lower(), int(height), kind)


async def heights(site: conf.Site) -> tuple[int, int]:
    """Return the first and the last height that CometBFT has. Errors: NoAnswerError."""
    found = await ask_comet(site, "status")
    if found is None:
        raise NoAnswerError("status")
    known = found["sync_info"]
    return int(known["earliest_block_height"]), int(known["latest_block_height"])


async def evidence_between(
    site: conf.Site, first: int, last: int
) -> AsyncIterator[tuple[int, list[Misbehaviour]]]:
    """Yield a height up to which all is read, and what was new up to it. Errors: NoAnswerError."""
    for start in range(first, last + 1, _AT_ONCE):
        end = min(start + _AT_ONCE - 1, last)
        answer = await ask_comet(site, f"blockchain?minHeight={start}&maxHeight={end}")
        if answer is None:
            raise NoAnswerError(f"headers {start} to {end}")
        headers = [meta["header"] for meta in answer["block_metas"]]
        holders = [int(one["height"]) for one in headers
                   if one["evidence_hash"].lower() not in {"", _NO_EVIDENCE}]  # fmt: skip
        yield end, [one for height in sorted(holders) for one in await _evidence_of(site, height)]


async def _evidence_of(site: conf.Site, height: int) -> list[Misbehaviour]:
    answer = await ask_comet(site, f"block?height={height}")
    if answer is None:
        raise NoAnswerError(f"block {height}")
    pieces = answer["block"]["evidence"]["evidence"]
    return [one for piece in pieces for one in parse(piece)]


class EvidenceReporter:
    """Follows one validator's blocks and reports what it finds, from its home's relayer."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._next: int | None = None

    async def run(self) -> None:
        """Follow for ever; trouble is logged and tried again, and never ends the validator."""
        while True:
            try:
                await self.follow()
            except (NoAnswerError, ChainUnavailable, TimeoutError):
                pass  # still starting, or away: `status` and the logs of the unit tell it
            except (RpcError, TransactionFailedError, OSError, ValueError, KeyError) as error:
                _log.warning("evidence_not_reported", reason=f"{type(error).__name__} {error}")
            await asyncio.sleep(EVERY_S)

    async def follow(self) -> None:
        """Report what came since the last call. Errors: as `report_since`."""
        earliest, last = await heights(conf.load_site(self.home))
        first = self._next or max(earliest, last - LOOK_BACK, 1)
        async for read_to, _ in self.report(first, last):
            self._next = read_to + 1

    async def report(
        self, first: int, last: int
    ) -> AsyncIterator[tuple[int, list[tuple[Misbehaviour, bool]]]]:
        """Report the evidence of blocks and yield what was found, and whether it was new.

        Errors: NoAnswerError, ChainUnavailable, RpcError, TransactionFailedError, TimeoutError,
        OSError without the relayer's key.
        """
        site, network = conf.load_site(self.home), conf.load_network(self.home)
        async with RpcClient(site.rpc_url) as rpc:
            registry = ValidatorRegistry(rpc, network.registry)
            async for read_to, found in evidence_between(site, first, last):
                yield read_to, [(one, await self._told(registry, one)) for one in found]

    async def _told(self, registry: ValidatorRegistry, one: Misbehaviour) -> bool:
        """Report one piece unless it is known; return whether it was sent."""
        told = {"validator": one.validator, "height": one.height, "kind": one.kind.name}
        if await registry.is_reported(one.validator, one.height, int(one.kind)):
            return False
        secret = keyring.account_secret(self.home, "relayer")
        try:
            await registry.report(secret, one.validator, one.height, int(one.kind))
        except RpcError as error:
            refusal: DomainError | None = revert_of(error)
            if refusal is None:
                raise
            # Who does not validate yet, or no more, has no voice; the others report.
            _log.warning("report_refused", reason=str(refusal), **told)
            return False
        _log.info("evidence_reported", **told)
        return True
