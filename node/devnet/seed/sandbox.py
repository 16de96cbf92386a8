"""A sandbox network ready for use: chain, contracts, roles, and a relayer key for seeding.

`running(manifest)` starts an anvil of its own and ends it, `running_validators` a validator
network; `attached(manifest, url)` joins what runs already. All deploy what is missing, so any may
come first.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from eth_account import Account

from node.chain.client import ChainClient, ContractBook
from node.chain.deployment.deploy import Deployment, DeployPlan, deploy_at
from node.chain.deployment.roles import ContractRole
from node.chain.finality import Finality
from node.chain.rpc.endpoints import RpcPool
from node.devnet.network.consortium import Consortium
from node.devnet.network.local import Anvil
from node.devnet.network.manifest import Manifest
from node.devnet.seed.batch_sender import BatchSender
from node.devnet.seed.instructions import organisation_body
from node.devnet.seed.parties import Party, organisation_party
from node.domain.parties import OrganisationKind
from node.intents.encoding import short_text
from node.intents.typed_data import Domain

GATEWAY_RELAYER, SEED_RELAYER = 0, -1
"""Places in the manifest's list of relayer keys: one writer per key."""
PATIENCE_S = 120.0
"""How long a chain on a busy machine may be silent: nobody waits for a seed but its starter."""


@dataclass(frozen=True)
class Sandbox:
    """A deployed sandbox network and what seeding needs of it."""

    manifest: Manifest
    rpc: RpcPool
    client: ChainClient
    book: ContractBook
    domain: Domain
    sender: BatchSender

    @property
    def urls(self) -> tuple[str, ...]:
        """The endpoints of the chain, the first one to be the gateway's own."""
        return tuple(one.url for one in self.rpc.each)

    @property
    def directory(self) -> str:
        """The one address a node is configured with."""
        return self.book.addresses["NetworkDirectory"]

    def party(self, kind: OrganisationKind) -> Party:
        """Return the first organisation of a kind. Errors: LookupError."""
        return organisation_party(self.manifest.organisation(kind).name)


@asynccontextmanager
async def running(
    manifest: Manifest, folder: Path, *, port: int | None = None, kept_files: tuple[int, ...] = ()
) -> AsyncIterator[Sandbox]:
    """Start an anvil with its state in a folder, deploy to it, and end it afterwards.

    `kept_files` are open files that stay open as long as the chain lives.

    Errors: DevnetError, DeploymentFailed.
    """
    options = manifest.anvil_options(folder, port=port, kept_files=kept_files)
    async with Anvil(options) as chain, attached(manifest, chain.url) as sandbox:
        yield sandbox


@asynccontextmanager
async def running_validators(
    manifest: Manifest, folder: Path, *, kept_files: tuple[int, ...] = ()
) -> AsyncIterator[Sandbox]:
    """Start the validator network of a folder, made if it is not there, and end it afterwards.

    `kept_files` are open files that stay open as long as a validator lives.

    Errors: DevnetError, DeploymentFailed.
    """
    options = manifest.consortium_options(folder, kept_files=kept_files)
    async with Consortium(options) as chain, attached(manifest, *chain.urls) as sandbox:
        yield sandbox


@asynccontextmanager
async def attached(manifest: Manifest, url: str, *others: str) -> AsyncIterator[Sandbox]:
    """Join a chain that runs, deploying what is missing. Errors: DeploymentFailed."""
    deployment = await _deployed(manifest, url)
    async with RpcPool((url, *others), timeout_s=PATIENCE_S) as rpc:
        client = ChainClient(rpc, Finality(manifest.chain.finality_depth))
        book = await ContractBook.open(rpc, deployment.directory, block="latest")
        domain = Domain(deployment.chain_id, book.router.address.lower())
        secret = manifest.chain.keys.secret(manifest.chain.keys.relayers[SEED_RELAYER])
        sender = BatchSender(client, book.router, domain=domain, secret=secret)
        yield Sandbox(manifest, rpc, client, book, domain, sender)


async def _deployed(manifest: Manifest, url: str) -> Deployment:
    """Bring the contracts of the chain to what the manifest says; a second run changes nothing."""
    keys = manifest.chain.keys
    relayers = tuple(Account.from_key(keys.secret(index)).address for index in keys.relayers)
    operator = manifest.organisation(OrganisationKind.OPERATOR)
    plan = DeployPlan(
        accounts={ContractRole.RELAYER: relayers},
        operator=organisation_body(
            organisation_party(operator.name),
            OrganisationKind.OPERATOR,
            region=short_text(operator.region, 12),
        ),
    )
    return await deploy_at(url, secret=keys.secret(keys.deployer), plan=plan)
