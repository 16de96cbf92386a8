"""The devnet on a validator network: made once in the devnet's home, taken up again after that.

`async with Consortium(options) as chain:` gives four validators that make blocks, with coin for the
devnet's own accounts; they end with the process that started them, and the folder keeps the chain.
Time here is real: nobody can set the clock of a chain that several validators agree on.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from node import artifacts
from node.devnet.network.local import DevnetError, require_free_port
from node.devnet.network.validators import START_S, LocalNetwork
from node.validator.home import ceremony
from node.validator.home import configuration as conf
from node.validator.home.install import EngineMissingError, installed
from node.validator.home.keys import CeremonyError

FOLDER = "validators"
POLL_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsortiumOptions:
    """What to make where. `base_port` is the first of ten ports per validator.

    `senders` are the accounts that get coin in the genesis: deployer and relayers; `kept_files` are
    open files that stay open in every validator.
    """

    folder: Path
    chain_id: int
    validators: int
    base_port: int
    senders: tuple[str, ...]
    kept_files: tuple[int, ...] = ()


def has_network(home: Path) -> bool:
    """Whether an earlier run made a network in a home."""
    return (home / FOLDER / conf.NETWORK_FILE).exists()


class Consortium:
    """A running validator network of a devnet."""

    def __init__(self, options: ConsortiumOptions) -> None:
        self.options = options
        self._network: LocalNetwork | None = None

    @property
    def network(self) -> LocalNetwork:
        """The network, once it is started. Errors: RuntimeError."""
        if self._network is None:
            raise RuntimeError("the network is not started")
        return self._network

    @property
    def urls(self) -> tuple[str, ...]:
        """The JSON-RPC addresses of all validators."""
        return tuple(site.rpc_url for site in self.network.sites)

    async def __aenter__(self) -> Self:
        """Make the network if it is not there, start it, and wait until it makes blocks.

        Errors: DevnetError.
        """
        self._network = await self._made()
        try:
            self._network.start(with_parent=True, kept_files=self.options.kept_files)
            await self._until_it_moves(self._network)
        except BaseException:
            await self._network.stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop all validators in order."""
        await self.network.stop()

    async def _made(self) -> LocalNetwork:
        options = self.options
        try:
            installed()
            if not (options.folder / conf.NETWORK_FILE).exists():
                self._make()
            network = LocalNetwork(options.folder)
            known = conf.load_network(options.folder).evm_chain_id
        except EngineMissingError as error:
            raise DevnetError(str(error), "run yibao network install-engines") from error
        except CeremonyError as error:
            step = "begin anew with yibao devnet up --fresh"
            raise DevnetError(f"the network cannot be used: {error}", step) from error
        if known != options.chain_id:
            step = "set that chain id in the devnet file, or begin anew with --fresh"
            raise DevnetError(f"the network of this home has chain id {known}", step)
        for site in network.sites:
            await require_free_port(site.geth_http_port)
            await require_free_port(site.bridge_port)
        return network

    def _make(self) -> None:
        ceremony.local_network(
            self.options.folder,
            validators=self.options.validators,
            registry_code=artifacts.deployed_code("ValidatorRegistry"),
            base_port=self.options.base_port,
            chain_id=f"yibao-{self.options.chain_id}",
            evm_chain_id=self.options.chain_id,
            senders=self.options.senders,
        )

    async def _until_it_moves(self, network: LocalNetwork) -> None:
        """Wait until every validator has a block that is new. Errors: DevnetError."""
        deadline_at = time.monotonic() + START_S
        while time.monotonic() < deadline_at:
            found = await network.status()
            heights = [one.height for one in found]
            if None not in heights:
                highest = max(height or 0 for height in heights)
                left_s = max(1.0, deadline_at - time.monotonic())
                return await network.wait_height(highest + 1, limit_s=left_s)
            await asyncio.sleep(POLL_S)
        raise DevnetError("the validators do not start", f"look into {network.folder}/*/logs")
