"""A lost disk under money: the node restored from its backup has everybody's balances again."""

import shutil
from pathlib import Path

import pytest

from node.chain.abi.records import Balances
from node.chain.client import ContractBook
from node.chain.rpc.json_rpc import RpcClient
from node.devnet.network.manifest import load_manifest
from node.devnet.network.validators import LocalNetwork
from node.devnet.seed.demo import DemoSeed
from node.devnet.seed.instructions import SeedWriter
from node.devnet.seed.parties import Party, member_party
from node.devnet.seed.sandbox import Sandbox, attached
from node.domain.kinds import Pocket
from node.domain.parties import OrganisationKind
from node.validator.home.condition import STATE_FILE
from tests.fixtures.validator.membership import Watch, run

pytestmark = [pytest.mark.validators, pytest.mark.timeout(1_200)]
EYE, PLACE = 0, 3
AFTER_BACKUP_FEN = 12_345


async def test_lost_disk__shows_the_balances_of_the_others(
    funded: LocalNetwork, tmp_path: Path
) -> None:
    """P26.2: those from before the backup, and what came in while the node was away."""
    watch, home = Watch(funded, eye=EYE), funded.homes[PLACE]
    state, copy = tmp_path / "state.json", tmp_path / "backup"
    async with attached(load_manifest(), funded.sites[EYE].rpc_url) as sandbox:
        members = [member_party(one.name) for one in sandbox.manifest.members]
        accounts = [one.account for one in members]
        await sandbox.sender.send(DemoSeed(sandbox.manifest, domain=sandbox.domain).intents())
        await watch.has_same_chain(PLACE)
        await funded.stop([PLACE])
        await run("network", "backup", "--home", home, "--out", copy)
        before = await balances(funded, EYE, sandbox, accounts, block=await watch.height())
        await pay_in(sandbox, members)
        # The key's own memory is saved; the disk with the chain is lost.
        shutil.copyfile(home / STATE_FILE, state)
        shutil.rmtree(home)
        await run("network", "restore", copy, "--home", home, "--state", state)
        funded.start([PLACE], with_parent=True)
        block = await watch.has_same_chain(PLACE)
        others, own = [
            await balances(funded, place, sandbox, accounts, block=block) for place in (EYE, PLACE)
        ]
    assert own == others
    gained = {one: own[one].available[Pocket.CASH] - before[one].available[Pocket.CASH]
              for one in accounts}  # fmt: skip
    assert gained == dict.fromkeys(accounts, AFTER_BACKUP_FEN)
    print(f"counts: restores=1 accounts={len(accounts)} block={block}")


async def pay_in(sandbox: Sandbox, members: list[Party]) -> None:
    """Deposit the same sum for every member."""
    channel = sandbox.party(OrganisationKind.CHANNEL)
    writer = SeedWriter(sandbox.domain)
    await sandbox.sender.send([
        writer.deposit(
            channel, account=one.account, pocket=Pocket.CASH,
            amount_fen=AFTER_BACKUP_FEN, notice=f"after the backup {one.name}",
        )
        for one in members
    ])  # fmt: skip


async def balances(
    network: LocalNetwork, place: int, sandbox: Sandbox, accounts: list[str], *, block: int
) -> dict[str, Balances]:
    """Return what one validator's own geth says of all accounts at a block."""
    async with RpcClient(network.sites[place].rpc_url) as rpc:
        book = await ContractBook.open(rpc, sandbox.directory, block=block)
        return await book.ledger.balances_of_many(accounts, block=block)
