"""kill -9 exactly where a crash hurts most: inside FinalizeBlock and Commit (network.md point 3).

With the head moved in FinalizeBlock instead of Commit, the second window left geth one block
ahead of CometBFT for ever.
"""

import asyncio
import random
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from coincurve import PrivateKey

from node.chain.abi.transactions import address_of
from node.devnet.network.validators import LocalNetwork
from tests.chaos.validators.slow_bridge import HOLD, INSIDE
from tests.fixtures.validator.networks import local_network
from tests.fixtures.validator.recoveries import MEMBERS, Recoveries
from tests.fixtures.validator.transfers import Transfers, steady_transfers
from tests.fixtures.waiting import until

pytestmark = [pytest.mark.validators, pytest.mark.timeout(1500)]
KEY, OTHER_KEY = PrivateKey(b"\x07" * 32), PrivateKey(b"\x08" * 32)
BRIDGE = (sys.executable, str(Path(__file__).with_name("slow_bridge.py")))
WINDOWS = ("FinalizeBlock:before", "FinalizeBlock:after", "Commit:before", "Commit:after")
TARGETS = {"comet": ("comet",), "bridge": ("bridge",), "geth": ("geth",), "trio": MEMBERS}
STOPPED_S = 20.0
LIMIT_S = 300.0
TRIES, INSIDE_S = 10, 45.0


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalNetwork]:
    """Four validators whose bridges wait where a test says."""
    with local_network(
        tmp_path_factory.mktemp("aimed"),
        senders=[address_of(key.public_key) for key in (KEY, OTHER_KEY)],
        bridges=dict.fromkeys(range(4), BRIDGE),
    ) as made:
        yield made


async def _hold(recoveries: Recoveries, places: list[int], window: str) -> None:
    """Get validators inside a window at the same height; they stay there until `_release`.

    A height that none has begun: one that had left the window could not get on without the rest.
    Nor can one that lags by a block when the others stand still, so then all try again.
    """
    homes = [recoveries.network.homes[place] for place in places]
    for _ in range(TRIES):
        height = await recoveries.best() + 2
        for home in homes:
            (home / INSIDE).unlink(missing_ok=True)
            (home / HOLD).write_text(f"{window} {height}")
        if await _are_inside(homes):
            return
        _release(homes)
        await _until_level(recoveries)
    raise AssertionError(f"never all inside {window}")


async def _are_inside(homes: list[Path]) -> bool:
    """Wait a while for validators to be inside."""
    with suppress(AssertionError):
        return await until(
            lambda: all((home / INSIDE).exists() for home in homes), "inside", limit_s=INSIDE_S
        )
    return False


def _release(homes: list[Path]) -> None:
    for home in homes:
        (home / HOLD).unlink(missing_ok=True)


async def _kill_inside(recoveries: Recoveries, places: list[int], window: str, target: str) -> None:
    victims = [(place, member) for place in places for member in TARGETS[target]]
    kind = f"{target} in {window}" if len(places) == 1 else f"all twelve in {window}"
    try:
        await _hold(recoveries, places, window)
        killing = asyncio.create_task(recoveries.kill(kind, victims))
        await until(lambda: kind in recoveries.kills or killing.done(), kind)
    finally:
        _release([recoveries.network.homes[place] for place in places])
    await killing


async def test_killed_inside_a_handler__nothing_is_lost_and_all_come_back(
    network: LocalNetwork, rng: random.Random
) -> None:
    """P24: every member and the trio in every window; all twelve in the two worst ones."""
    recoveries = Recoveries(network)
    aims = [(window, target) for window in WINDOWS for target in TARGETS]
    rng.shuffle(aims)
    async with steady_transfers(network, KEY) as transfers:
        for number, (window, target) in enumerate(aims):
            await _kill_inside(recoveries, [number % 4], window, target)
        for window in ("FinalizeBlock:after", "Commit:after"):
            await _kill_inside(recoveries, [0, 1, 2, 3], window, "trio")
        await _told(recoveries, transfers)
    assert sum(recoveries.kills.values()) == 18


async def test_stopped_for_20_s__all_come_back(network: LocalNetwork) -> None:
    """P24: a bridge and a geth that hang for 20 s, and a CometBFT that would hang for ever."""
    recoveries = Recoveries(network)
    restarts = recoveries.restarts()
    async with steady_transfers(network, OTHER_KEY) as transfers:
        for place, member in ((0, "bridge"), (1, "geth")):
            pid = network.pids(place)[member]
            assert network.kill_member(place, member, signal.SIGSTOP)
            await asyncio.sleep(STOPPED_S)
            if network.pids(place).get(member) == pid:
                network.kill_member(place, member, signal.SIGCONT)
            await _until_level(recoveries)
        network.kill_member(2, "comet", signal.SIGSTOP)
        await until(lambda: recoveries.restarts() > restarts + 2, "three restarts")
        await _until_level(recoveries)
        proof = await transfers.proved()
    print(
        f"counts: stopped 3 (bridge and geth for {STOPPED_S:.0f} s, comet for ever),"
        f" unit restarts {recoveries.restarts() - restarts}, blocks {proof.blocks},"
        f" transfers {proof.accepted}, {proof.resent} resent"
    )


async def _until_level(recoveries: Recoveries) -> None:
    """Wait until all validators have a block that none has now."""
    goal = await recoveries.best() + 1
    await recoveries.network.wait_height(goal, limit_s=LIMIT_S)


async def _told(recoveries: Recoveries, transfers: Transfers) -> None:
    proof = await transfers.proved()
    print(
        f"counts: {recoveries.told()}, blocks {proof.blocks}, transfers {proof.accepted} each in"
        f" one block on all four, {proof.resent} resent"
    )
