"""kill -9 of processes, trios and everything at random times, under load (network.md point 3)."""

import asyncio
import random
from collections.abc import Iterator

import pytest
from coincurve import PrivateKey

from node.chain.abi.transactions import address_of
from node.devnet.network.validators import LocalNetwork
from tests.fixtures.validator.networks import local_network
from tests.fixtures.validator.recoveries import MEMBERS, Recoveries
from tests.fixtures.validator.transfers import steady_transfers

pytestmark = [pytest.mark.validators, pytest.mark.timeout(1500)]
KEY = PrivateKey(b"\x07" * 32)
ROUNDS = 10
EVERYTHING_AFTER = {3, 6, 9}
LONGEST_CALM_S = 2.0


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalNetwork]:
    """Four validators and a sender with coin."""
    sender = address_of(KEY.public_key)
    with local_network(tmp_path_factory.mktemp("kills"), senders=[sender]) as made:
        yield made


async def test_killed_at_random__nothing_is_lost_and_all_come_back(
    network: LocalNetwork, rng: random.Random
) -> None:
    """P24: single processes and trios in rotation, now and then all twelve processes.

    Two validators recover at one time, so that now and then the chain halts, too.
    """
    recoveries = Recoveries(network)
    async with steady_transfers(network, KEY) as transfers:
        for turn in range(ROUNDS):
            places = rng.sample(range(4), 4)
            for pair in (places[:2], places[2:]):
                await asyncio.gather(*(_one(recoveries, place, rng) for place in pair))
            if turn in EVERYTHING_AFTER:
                everything = [(place, member) for place in range(4) for member in MEMBERS]
                await recoveries.kill("all twelve", everything)
        proof = await transfers.proved()
    assert sum(recoveries.kills.values()) >= 43
    print(
        f"counts: {recoveries.told()}, blocks {proof.blocks}, transfers {proof.accepted} each in"
        f" one block on all four, {proof.resent} resent"
    )


async def _one(recoveries: Recoveries, place: int, rng: random.Random) -> None:
    kind = rng.choice([*MEMBERS, "trio"])
    await asyncio.sleep(rng.uniform(0, LONGEST_CALM_S))
    members = MEMBERS if kind == "trio" else (kind,)
    await recoveries.kill(kind, [(place, member) for member in members])
