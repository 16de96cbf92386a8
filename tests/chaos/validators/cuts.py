"""A network whose p2p connections all go through proxies of the test, which it can cut.

Every validator knows its peers by the ports of proxies, one per pair, direction and layer. A cut
either loses what is sent (`silent`: connections stay, nothing arrives, as when a cable is out) or
closes connections and refuses new ones. What was under way arrives after healing, or never.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from node.devnet.network.validators import LocalNetwork
from node.validator.home import configuration as conf
from tests.fixtures.validator.networks import local_network

FIRST_PROXY = 50
"""Offset from a network's first port; its validators use those below."""
CHUNK = 65_536


@dataclass(eq=False)
class Link:
    """One proxy: from a validator that dials to one that listens."""

    dialler: int
    listener: int
    port: int
    target: int
    passes: asyncio.Event = field(default_factory=asyncio.Event)
    refuses: bool = False
    writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def serve(self) -> asyncio.Server:
        """Listen."""
        self.passes.set()
        return await asyncio.start_server(self._accept, conf.LOOPBACK, self.port)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # What ends with its test is no fault; asyncio would log a cancelled connection as one.
        with suppress(asyncio.CancelledError):
            await self._carry(reader, writer)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refuses:
            writer.transport.abort()
            return
        try:
            await self.passes.wait()
            far_reader, far_writer = await asyncio.open_connection(conf.LOOPBACK, self.target)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, far_writer}
        self.writers |= both
        try:
            await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))
        finally:
            self.writers -= both
            for one in both:
                one.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                await self.passes.wait()
                writer.write(data)
                await writer.drain()
        writer.transport.abort()

    def cut(self, *, silent: bool) -> None:
        """Let nothing through."""
        if silent:
            self.passes.clear()
            return
        self.refuses = True
        for writer in list(self.writers):
            writer.transport.abort()

    def heal(self) -> None:
        """Let everything through."""
        self.refuses = False
        self.passes.set()


class Cuts:
    """All proxies of a network, in a thread of their own."""

    def __init__(self, links: list[Link]) -> None:
        self.links = links
        self._servers: list[asyncio.Server] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def start(self) -> None:
        """Listen on every port."""
        self._thread.start()
        for link in self.links:
            server = asyncio.run_coroutine_threadsafe(link.serve(), self._loop).result(10)
            self._servers.append(server)

    def stop(self) -> None:
        """End all connections and the thread."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def split(self, *sides: Iterable[int], silent: bool) -> int:
        """Cut every link between two sides and return how many."""
        side = {place: number for number, places in enumerate(sides) for place in places}
        between = [one for one in self.links if side[one.dialler] != side[one.listener]]
        self._all(between, lambda link: link.cut(silent=silent))
        return len(between)

    def heal(self) -> None:
        """Mend every link."""
        self._all(self.links, Link.heal)

    def _all(self, links: Iterable[Link], step: Callable[[Link], None]) -> None:
        async def run() -> None:
            for link in links:
                step(link)

        asyncio.run_coroutine_threadsafe(run(), self._loop).result(10)


@contextmanager
def cuttable_network(folder: Path, *, senders: list[str]) -> Iterator[tuple[LocalNetwork, Cuts]]:
    """Yield four validators that do not run yet, and the cuts between them."""
    with local_network(folder, senders=senders, start=False) as network:
        links = _through_proxies(network)
        cuts = Cuts(links)
        cuts.start()
        try:
            yield network, cuts
        finally:
            cuts.stop()


def _through_proxies(network: LocalNetwork) -> list[Link]:
    """Give each home the ports of its own proxies for its peers."""
    links: list[Link] = []
    port = network.sites[0].comet_rpc_port - 2 + FIRST_PROXY
    for dialler, home in enumerate(network.homes):
        shared = conf.load_network(home)
        entries = list(shared.validators)
        for listener, entry in enumerate(shared.validators):
            if listener == dialler:
                continue
            for target in (entry.comet_port, entry.geth_port):
                links.append(Link(dialler, listener, port, target))
                port += 1
            entries[listener] = replace(entry, comet_port=port - 2, geth_port=port - 1)
        conf.save_network(replace(shared, validators=tuple(entries)), home)
    return links
