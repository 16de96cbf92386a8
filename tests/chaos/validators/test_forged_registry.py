"""A registry that records impossible changes: each is dropped on every node, and blocks go on."""

from collections.abc import Iterator

import pytest
from eth_abi.abi import encode

from node.chain.contracts.validator_registry import ValidatorRegistry
from node.chain.rpc.json_rpc import RpcClient
from node.devnet.network.validators import LocalNetwork
from node.validator.home import keys as keyring
from node.validator.home.registry_state import ADDRESS
from node.wire.hashing import selector
from tests.fixtures.evm.in_process import artifact
from tests.fixtures.validator.membership import Watch
from tests.fixtures.validator.networks import local_network
from tests.fixtures.waiting import until

pytestmark = [pytest.mark.validators, pytest.mark.timeout(1_800)]
NONE, UNKNOWN = bytes(32), b"\x07" * 32
DROPPED = "yibao_validator_dropped_updates_total"


@pytest.fixture(scope="module")
def forged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalNetwork]:
    """Four validators whose genesis holds a registry without any check."""
    code = bytes.fromhex(artifact("ForgedRegistry")["deployedBytecode"][2:])
    with local_network(tmp_path_factory.mktemp("forged"), code=code) as network:
        yield network


async def test_impossible_changes__are_dropped_by_everybody(forged: LocalNetwork) -> None:
    """network.md "Who validates": one of these passed on would stop every node for good."""
    watch = Watch(forged)
    first, second = (keyring.consensus_public(home) for home in forged.homes[:2])
    secret = keyring.account_secret(forged.homes[0], "operator")
    before = await watch.validators(await watch.height())
    told = 0
    for removed, added, reason in (
        (UNKNOWN, NONE, "absent"),
        (NONE, first, "present"),
        (first, first, "duplicate"),
        (first, NONE, "too_few"),
        (UNKNOWN, b"\x08" * 32, "absent"),
        (first, second, "present"),
    ):
        seen = [await watch.metric(DROPPED, place, reason=reason) for place in range(4)]
        await _forge(watch, secret, removed, added)

        async def everywhere(reason: str = reason, seen: list[float] = seen) -> bool:
            found = [await watch.metric(DROPPED, place, reason=reason) for place in range(4)]
            return found == [one + 1 for one in seen]

        await until(everywhere, f"every node drops {reason}")
        told += 4
    head = await watch.later(4)
    await forged.wait_height(head)
    lines = [len(watch.logged(place, "bridge", "update_dropped")) for place in range(4)]
    assert lines == [6] * 4
    assert await watch.validators(head) == before
    assert len({one.hash for one in await forged.status() if one.height == head}) <= 1
    print(f"counts: bad_updates=6 dropped={told} validators={len(before)} blocks={head}")


async def _forge(watch: Watch, secret: bytes, removed: bytes, added: bytes) -> None:
    call = selector("forge(bytes32,bytes32)") + encode(["bytes32", "bytes32"], [removed, added])
    async with RpcClient(watch.network.sites[0].rpc_url) as rpc:
        await ValidatorRegistry(rpc, ADDRESS).send(secret, call)
