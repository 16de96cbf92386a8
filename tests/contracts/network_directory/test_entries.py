"""NetworkDirectory: entries with versions and code hashes; production delays announce changes."""

import asyncio
from dataclasses import replace

import pytest
from eth_hash.auto import keccak

from node.chain.deployment.deploy import DeployPlan, deploy, directory_name
from node.chain.deployment.roles import HOLDERS, ContractRole
from tests.fixtures.actors import OPERATOR, left
from tests.fixtures.evm.in_process import artifact
from tests.fixtures.evm.world import World

DIRECTORY, MANAGER = "NetworkDirectory", "NetworkAuthority"
NAME = directory_name("Something")
DELAY_S = 3 * 86_400


def code_hash(world: World, address: str) -> str:
    return "0x" + keccak(bytes(world.w3.eth.get_code(world.w3.to_checksum_address(address)))).hex()


class TestSet:
    def test_anybody_but_the_deployer__is_refused(self, world: World) -> None:
        with world.reverts("AccessManagedUnauthorized", world.keeper):
            target = world.address("WalletLedger")
            world.transact(DIRECTORY, "set", NAME, target, sender=world.keeper)

    def test_address_without_code__is_refused(self, world: World) -> None:
        with world.reverts("AddressUnknown", left("Something")):
            world.transact(DIRECTORY, "set", NAME, world.nobody)

    def test_each_entry__raises_the_version(self, world: World) -> None:
        for version, name in enumerate(("WalletLedger", "MemberRegistry"), 1):
            target = world.address(name)
            outcome = world.transact(DIRECTORY, "set", NAME, target)
            expected = [target, version, code_hash(world, target)]
            assert outcome.one("EntrySet").args == {
                "name": left("Something"),
                "target": target,
                "version": version,
                "codeHash": expected[2],
            }
            assert world.call(DIRECTORY, "entry", NAME) == expected
            assert world.call(DIRECTORY, "get", NAME) == target


class TestGet:
    def test_unknown_name__is_told(self, world: World) -> None:
        with world.reverts("AddressUnknown", left("Something")):
            world.call(DIRECTORY, "get", NAME)
        assert world.call(DIRECTORY, "entry", NAME) == ["0x" + "0" * 40, 0, "0x" + "0" * 64]


class TestDeployment:
    def test_every_contract__is_entered(self, world: World) -> None:
        for name, address in world.deployment.addresses.items():
            if name not in {MANAGER, DIRECTORY}:
                assert world.call(DIRECTORY, "get", directory_name(name)) == address.lower()

    def test_every_holder__has_its_roles_and_no_more(self, world: World) -> None:
        for name in world.deployment.addresses:
            for role in ContractRole:
                has, delay = world.call(MANAGER, "hasRole", int(role), world.address(name))
                assert has is (name in HOLDERS.get(role, ())), (name, role)
                assert delay == 0

    def test_second_run__changes_nothing(self, world: World) -> None:
        before = world.w3.eth.block_number
        again = asyncio.run(deploy(world.async_w3, deployer=world.deployer, plan=world.plan))
        assert again == world.deployment
        plan = replace(world.plan, directory=world.deployment.directory)
        again = asyncio.run(deploy(world.async_w3, deployer=world.deployer, plan=plan))
        assert again.addresses == world.deployment.addresses
        assert world.w3.eth.block_number == before

    def test_run_that_was_cut_short__is_finished_by_the_next(self) -> None:
        names = frozenset({"ProviderRegistry", "MemberRegistry"})
        half = World.deploy(frozenset({"ProviderRegistry"}), populate=False)
        plan = replace(half.plan, names=names)
        whole = asyncio.run(deploy(half.async_w3, deployer=half.deployer, plan=plan))
        assert set(whole.addresses) == {MANAGER, DIRECTORY, *names}
        for name, address in half.deployment.addresses.items():
            assert whole.addresses[name] == address

    def test_missing_contract__is_told(self) -> None:
        empty = World.deploy(frozenset(), populate=False)
        plan = DeployPlan(names=frozenset({"MemberRegistry"}), artifact=artifact)
        with pytest.raises(KeyError):
            asyncio.run(deploy(empty.async_w3, deployer=empty.deployer, plan=plan))
        assert OPERATOR.account not in str(empty.deployment)


@pytest.fixture(scope="module")
def delayed() -> World:
    """A deployment as in production: changes are announced and wait."""
    return World.deploy(frozenset({"ProviderRegistry"}), change_delay_s=DELAY_S)


class TestProductionDelay:
    def test_change__must_be_announced_and_waits(self, delayed: World) -> None:
        target = delayed.address("ProviderRegistry")
        with delayed.reverts("AccessManagerNotScheduled"):
            delayed.transact(DIRECTORY, "set", NAME, target)
        directory = delayed.contracts[DIRECTORY]
        data = directory.encode_abi("set", [NAME, delayed.w3.to_checksum_address(target)])
        schedule = (delayed.address(DIRECTORY), data, 0)
        announced = delayed.transact(MANAGER, "schedule", *schedule)
        delayed.travel(announced.timestamp + DELAY_S - 1)
        with delayed.reverts("AccessManagerNotReady"):
            delayed.transact(DIRECTORY, "set", NAME, target)
        outcome = delayed.transact(DIRECTORY, "set", NAME, target)
        assert outcome.timestamp == announced.timestamp + DELAY_S
        assert delayed.call(DIRECTORY, "get", NAME) == target
        with delayed.reverts("AccessManagerNotScheduled"):
            delayed.transact(DIRECTORY, "set", NAME, target)

    def test_roles__cannot_be_granted_at_once_either(self, delayed: World) -> None:
        grant = (int(ContractRole.DEPLOYER), delayed.nobody, 0)
        with delayed.reverts("AccessManagerNotScheduled"):
            delayed.transact(MANAGER, "grantRole", *grant)

    def test_second_run__changes_nothing(self, delayed: World) -> None:
        before = delayed.w3.eth.block_number
        asyncio.run(deploy(delayed.async_w3, deployer=delayed.deployer, plan=delayed.plan))
        assert delayed.w3.eth.block_number == before
