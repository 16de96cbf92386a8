"""A whole validator network on one machine, for development, tests and drills.

Every validator is a process group of its own, as it would be a machine of its own: `kill` takes
all of it at once, `kill_member` one process of it. Who runs is read from the homes, so another
process, such as a later command, can stop or drill what this one started.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from node.chain.rpc.json_rpc import RpcClient, RpcError
from node.devnet.network.local import DevnetError
from node.domain.errors import ChainUnavailable
from node.validator.home import configuration as conf
from node.validator.home.ceremony import homes_of
from node.validator.home.install import installed
from node.validator.unit import running
from node.validator.unit.comet import ask_comet
from node.validator.unit.process import WITH_PARENT

START_S = 120.0
STOP_S = 60.0
ASK_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidatorStatus:
    """What one validator says of itself; None where it does not answer."""

    name: str
    running: bool
    height: int | None = None
    hash: str | None = None
    timestamp: int | None = None
    geth_peers: int | None = None
    comet_peers: int | None = None
    comet_height: int | None = None
    catching_up: bool | None = None

    def document(self) -> dict[str, Any]:
        """Return the status as JSON has it; `peers` is the smaller of both layers."""
        seen = [one for one in (self.geth_peers, self.comet_peers) if one is not None]
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return fields | {"peers": min(seen) if seen else None}


class LocalNetwork:
    """The validators under a folder, in the order of their names. Errors: CeremonyError."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.homes = folder, homes_of(folder)
        self.sites = [conf.load_site(home) for home in self.homes]

    def start(
        self,
        places: Iterable[int] | None = None,
        *,
        with_parent: bool = False,
        kept_files: tuple[int, ...] = (),
    ) -> None:
        """Start validators that do not run; `with_parent` ends them with this process.

        `kept_files` are open files that stay open in them.

        Errors: EngineMissingError.
        """
        installed()
        for place in self._places(places):
            home = self.homes[place]
            if self.pids(place).get("unit"):
                continue
            log = home / "logs" / "unit.log"
            log.parent.mkdir(exist_ok=True)
            words = [sys.executable, "-m", "node.validator.unit.process", str(home)]
            with log.open("ab") as out:
                subprocess.Popen(
                    words,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    start_new_session=True,
                    pass_fds=kept_files,
                    env=os.environ | ({WITH_PARENT: str(os.getpid())} if with_parent else {}),
                )

    async def stop(self, places: Iterable[int] | None = None) -> None:
        """End validators in order; kill what does not end in time."""
        chosen = self._places(places)
        for asked, limit_s in ((signal.SIGTERM, STOP_S), (signal.SIGKILL, STOP_S)):
            for place in chosen:
                self._signal(place, asked)
            deadline_at = time.monotonic() + limit_s
            while any(self.pids(place) for place in chosen):
                if time.monotonic() > deadline_at:
                    break
                await asyncio.sleep(0.1)
            else:
                return

    def kill(self, places: Iterable[int]) -> None:
        """Kill whole validators at once, as if their machines lost power."""
        chosen = list(places)
        for place in chosen:
            pids = self.pids(place)
            if "unit" in pids:
                with suppress(ProcessLookupError):
                    os.killpg(pids["unit"], signal.SIGKILL)
            for pid in pids.values():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        deadline_at = time.monotonic() + STOP_S
        # Until they are gone, a start right after this would find them running.
        while any(self.pids(place) for place in chosen) and time.monotonic() < deadline_at:
            time.sleep(0.01)

    def kill_member(self, place: int, member: str, asked: int = signal.SIGKILL) -> bool:
        """Send a signal to `geth`, `bridge` or `comet` of a validator; False if it does not run."""
        pid = self.pids(place).get(member)
        if pid is None:
            return False
        with suppress(ProcessLookupError):
            os.kill(pid, asked)
            return True
        return False

    def _signal(self, place: int, asked: int) -> None:
        pids = self.pids(place)
        targets = [pids["unit"]] if "unit" in pids and asked == signal.SIGTERM else pids.values()
        for pid in targets:
            with suppress(ProcessLookupError):
                os.kill(pid, asked)

    def pids(self, place: int) -> dict[str, int]:
        """Return member → process id of what runs of a validator."""
        return self.pids_of(self.homes[place])

    @staticmethod
    def pids_of(home: Path) -> dict[str, int]:
        """Return member → process id of what runs of a home."""
        return running.pids_of(home)

    async def status(self) -> list[ValidatorStatus]:
        """Return what every validator says of itself."""
        return list(await asyncio.gather(*(self._status(at) for at in range(len(self.homes)))))

    async def _status(self, place: int) -> ValidatorStatus:
        site = self.sites[place]
        running = bool(self.pids(place).get("unit"))
        head, peers = await _geth(site)
        comet, network = await asyncio.gather(
            ask_comet(site, "status", timeout_s=ASK_S),
            ask_comet(site, "net_info", timeout_s=ASK_S),
        )
        sync: Any = (comet or {}).get("sync_info") or {}
        return ValidatorStatus(
            name=site.name,
            running=running,
            height=int(head["number"], 16) if head else None,
            hash=head["hash"] if head else None,
            timestamp=int(head["timestamp"], 16) if head else None,
            geth_peers=peers,
            comet_peers=int(network["n_peers"]) if network else None,
            comet_height=int(sync["latest_block_height"]) if sync else None,
            catching_up=sync.get("catching_up"),
        )

    async def wait_height(
        self, height: int, *, places: Sequence[int] | None = None, limit_s: float = START_S
    ) -> None:
        """Wait until validators have a block. Errors: DevnetError with what each says."""
        deadline_at = time.monotonic() + limit_s
        chosen = self._places(places)
        while True:
            found = await self.status()
            if all((found[place].height or 0) >= height for place in chosen):
                return
            if time.monotonic() > deadline_at:
                told = ", ".join(f"{one.name} {one.height}" for one in found)
                raise DevnetError(
                    f"no block {height} within {limit_s:.0f} s ({told})",
                    f"look into {self.folder}/*/logs",
                )
            await asyncio.sleep(0.25)

    def _places(self, places: Iterable[int] | None) -> list[int]:
        return list(range(len(self.homes))) if places is None else list(places)


async def _geth(site: conf.Site) -> tuple[dict[str, Any] | None, int | None]:
    with suppress(ChainUnavailable, RpcError):
        async with RpcClient(site.rpc_url, timeout_s=ASK_S) as rpc:
            head, peers = await asyncio.gather(
                rpc.call("eth_getBlockByNumber", "latest", False), rpc.call("net_peerCount")
            )
            return head, int(peers, 16)
    return None, None
