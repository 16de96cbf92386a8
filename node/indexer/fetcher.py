"""Blocks and logs of one range, checked against each other before anything is believed."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from node.chain.events import SPECS, LogEntry, UnknownEventError, decode_entry
from node.chain.rpc.json_rpc import RpcError
from node.indexer.errors import InconsistentEndpointError
from node.wire.errors import PackingError

# Whose events they are is decided in order of blocks, when it is known what the directory names.
TOPICS = sorted({topic for topic, _ in SPECS})


class Rpc(Protocol):
    """The part of `chain.rpc.RpcClient` that the indexer uses."""

    async def call(self, method: str, *params: Any, timeout_s: float | None = None) -> Any:
        """Return the result of one call. Errors: RpcError, ChainUnavailable."""

    async def batch(
        self, calls: Sequence[tuple[str, Sequence[Any]]], *, timeout_s: float | None = None
    ) -> list[Any]:
        """Return one result per call in order; a failed item's result is its RpcError."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the indexer keeps of a block."""

    number: int
    hash: str
    parent_hash: str
    timestamp: int


@dataclass(frozen=True, slots=True)
class BlockRange:
    """Consecutive blocks and the events of our contracts in them, in order."""

    headers: tuple[Header, ...]
    entries: tuple[LogEntry, ...]

    @property
    def last(self) -> Header:
        """The highest block."""
        return self.headers[-1]


class Fetcher:
    """Reads headers and logs of the network's contracts."""

    def __init__(self, rpc: Rpc, *, timeout_s: float = 30.0) -> None:
        self._rpc, self._timeout_s = rpc, timeout_s

    async def chain_id(self) -> int:
        """Return the chain's id."""
        return int(await self._rpc.call("eth_chainId"), 16)

    async def head(self) -> Header:
        """Return the latest block."""
        return _header(await self._rpc.call("eth_getBlockByNumber", "latest", False))

    async def genesis_hash(self) -> str:
        """Return the hash of the first block, as the second one names it.

        A devnet that was restarted makes a new block 0 and keeps all that follow it.
        Errors: InconsistentEndpointError.
        """
        second = await self.header(1)
        if second is not None:
            return second.parent_hash
        first = await self.header(0)
        if first is None:
            raise InconsistentEndpointError("no genesis block")
        return first.hash

    async def header(self, number: int) -> Header | None:
        """Return a block's header, None if the chain is not that high."""
        found = await self._rpc.call("eth_getBlockByNumber", hex(number), False)
        return None if found is None else _header(found)

    async def headers(self, first: int, last: int) -> tuple[Header, ...]:
        """Return consecutive headers. Errors: InconsistentEndpointError if they do not link."""
        calls = [("eth_getBlockByNumber", (hex(n), False)) for n in range(first, last + 1)]
        found = await self._rpc.batch(calls, timeout_s=self._timeout_s)
        for one in found:
            if isinstance(one, RpcError):
                raise one
            if one is None:
                raise InconsistentEndpointError("a block below the head is missing")
        headers = tuple(_header(one) for one in found)
        for expected, header in enumerate(headers, first):
            if header.number != expected:
                raise InconsistentEndpointError(f"asked for block {expected}")
        for parent, child in itertools.pairwise(headers):
            if child.parent_hash != parent.hash:
                raise InconsistentEndpointError(f"block {child.number} does not follow its parent")
        return headers

    async def fetch(self, first: int, last: int) -> BlockRange:
        """Return a range whose logs lie in exactly the blocks of its headers.

        Errors: InconsistentEndpointError, RpcError, ChainUnavailable.
        """
        query = {"fromBlock": hex(first), "toBlock": hex(last), "topics": [TOPICS]}
        logs = await self._rpc.call("eth_getLogs", query, timeout_s=self._timeout_s)
        # Headers after the logs: a block swapped in between shows as a hash that does not fit.
        headers = await self.headers(first, last)
        hashes = {header.number: header.hash for header in headers}
        entries = [entry for log in logs if (entry := _entry(log)) is not None]
        for entry in entries:
            if hashes.get(entry.block_number) != entry.block_hash:
                raise InconsistentEndpointError(f"a log names another block {entry.block_number}")
        entries.sort(key=lambda entry: (entry.block_number, entry.log_index))
        return BlockRange(headers, tuple(entries))


def _header(block: dict[str, Any]) -> Header:
    return Header(
        number=int(block["number"], 16),
        hash=block["hash"],
        parent_hash=block["parentHash"],
        timestamp=int(block["timestamp"], 16),
    )


def _entry(log: dict[str, Any]) -> LogEntry | None:
    """Return the event of a log; None for events that are not ours, such as AccessManager's."""
    if log.get("removed"):
        raise InconsistentEndpointError("a removed log in an answer about the present")
    try:
        return decode_entry(log)
    except UnknownEventError:
        return None
    except PackingError as error:
        raise InconsistentEndpointError(str(error)) from error
