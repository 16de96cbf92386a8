"""Saves a local chain while it runs: after transactions, never at rest, always as a whole file.

anvil can do so itself, but it writes everything every few seconds, changed or not, and in place: a
kill in that moment leaves half a file, and a chain that rests wears out a disk.
"""

from __future__ import annotations

import asyncio
import gzip
import threading

import structlog

from node.chain.rpc.json_rpc import RpcClient, RpcError
from node.devnet.network.chain_files import ChainFiles
from node.domain.errors import ChainUnavailable

log = structlog.get_logger(__name__)
DUMP_TIMEOUT_S = 20.0


class ChainKeeper:
    """Saves a chain every `interval_s` in which a transaction came.

    It is a thread with a loop of its own: a chain may outlive the loop that started it.
    """

    def __init__(self, url: str, files: ChainFiles, *, interval_s: float) -> None:
        self._url, self._files, self._interval_s = url, files, interval_s
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, name="chain keeper", daemon=True)
        self._saved_block = -1

    def start(self, *, saved_block: int) -> None:
        """Begin; everything up to a block is saved already."""
        self._saved_block = saved_block
        self._thread.start()

    def stop(self) -> None:
        """End after the save at work; nothing is written afterwards."""
        self._ends.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ends.wait(self._interval_s):
            try:
                asyncio.run(self._save_if_changed())
            except (ChainUnavailable, RpcError, OSError) as error:
                # It is tried again; a chain that has ended saved itself.
                log.warning("chain_not_saved", error=str(error))

    async def _save_if_changed(self) -> None:
        async with RpcClient(self._url, timeout_s=DUMP_TIMEOUT_S) as rpc:
            head = int(await rpc.call("eth_blockNumber"), 16)
            if await self._has_transactions(rpc, head):
                dumped: str = await rpc.call("anvil_dumpState")
                self._files.replace(gzip.decompress(bytes.fromhex(dumped.removeprefix("0x"))))
            # What came between the question for the head and the state is looked at once more.
            self._saved_block = head

    async def _has_transactions(self, rpc: RpcClient, head: int) -> bool:
        blocks = range(head, self._saved_block, -1)
        for number in blocks:
            count = await rpc.call("eth_getBlockTransactionCountByNumber", hex(number))
            if int(count, 16):
                return True
        return False
