"""Four → five → four, live (S41, M10, network.md "What must be shown" 7): votes decide who signs.

One network for the module; the tests run in this order and each leaves five signing validators,
the last one four. Everything a participant does is done by the commands.
"""

import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from node.devnet.network.validators import LocalNetwork
from node.validator.home import ceremony, rotation
from node.validator.home import configuration as conf
from node.validator.home.condition import STATE_FILE
from tests.fixtures.validator.membership import Watch, decide, peers_of, run, yibao
from tests.fixtures.validator.networks import local_network

pytestmark = [pytest.mark.validators, pytest.mark.timeout(1_800)]

FIFTH = "node4"
DELAY = 3
"""Blocks from a transaction that changes the set to the first block of the changed set."""


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalNetwork]:
    """Four validators, with ports left for a fifth."""
    with local_network(tmp_path_factory.mktemp("membership")) as network:
        yield network


@pytest.fixture(scope="module")
def joined(four: LocalNetwork) -> Iterator[Watch]:
    """The same network with a fifth hospital that follows the chain and does not validate yet."""
    home = four.folder / FIFTH
    base_port = four.sites[0].comet_rpc_port - 2 + 4 * conf.SITE_PORTS
    ceremony.solo(home, name=FIFTH, host=conf.LOOPBACK, base_port=base_port)
    told = yibao(*peers_of(four, home / ceremony.ENTRY_FILE))
    assert told.code == 0, told
    told = yibao("network", "join", four.folder, "--home", home)
    assert told.code == 0, told
    five = LocalNetwork(four.folder)
    assert [path.name for path in five.homes][-1] == FIFTH
    yield Watch(five)
    five.kill([4])


async def restarted(watch: Watch, place: int) -> int:
    """Stop a validator in order, start it, wait until it has the others' head; return that."""
    await watch.network.stop([place])
    watch.network.start([place], with_parent=True)
    return await watch.has_same_chain(place)


def members(watch: Watch, *places: int) -> list[Path]:
    """Return homes by number."""
    return [watch.network.homes[place] for place in places]


async def changed_at(watch: Watch, *, number: int) -> int:
    """Return the block of the newest change after seeing how many there were."""
    found = await watch.changes()
    assert len(found) == number
    return found[-1]


async def test_fifth_hospital__joins_by_vote(joined: Watch) -> None:
    """M10.1, S41: peers first, while blocks go on; then the vote; then it signs."""
    begun = await joined.height()
    joined.eye = 1
    for place in range(4):
        joined.eye = (place + 1) % 4
        await restarted(joined, place)
        await joined.later(1)
    joined.eye = 0
    joined.network.start([4], with_parent=True)
    caught_up = await joined.has_same_chain(4)
    newcomer = joined.address(4)
    assert newcomer not in await joined.validators(caught_up)

    entry = joined.network.homes[4] / ceremony.ENTRY_FILE
    await decide(members(joined, 0, 1, 2), "add", "--entry", entry)

    block = await changed_at(joined, number=1)
    await joined.network.wait_height(block + DELAY + 1, places=[0, 4])
    assert newcomer not in await joined.validators(block + DELAY - 1)
    assert newcomer in await joined.validators(block + DELAY)
    last = await joined.header(block + DELAY - 1)
    assert last["next_validators_hash"] != last["validators_hash"]
    signed = await joined.signs(newcomer, since=block + DELAY - 1)
    print(
        f"counts: validators=5 blocks_before_vote={caught_up - begun} caught_up_blocks={caught_up}"
        f" change_block={block} in_set_at={block + DELAY} first_signature={signed}"
    )


async def test_one_participant_alone__decides_nothing(joined: Watch) -> None:
    """One vote neither adds nor removes, however often it is cast; who is none has no voice."""
    alone, victim = joined.network.homes[4], joined.network.homes[0]
    stranger = joined.network.folder.parent / "stranger"
    ceremony.solo(stranger, name="stranger", host=conf.LOOPBACK, base_port=31_990)
    before = await joined.validators(await joined.height())
    wanted = conf.load_network(victim).entry("node0").participant
    refused = 0
    for proposal in (
        ("remove", "--subject", wanted),
        ("add", "--entry", stranger / ceremony.ENTRY_FILE),
    ):
        told = await run("network", "propose", *proposal, "--home", alone)
        number = int(told.out)
        for words, error in (
            (("vote", number), "VoteAlreadyCast"),
            (("enact", number), "ThresholdNotReached"),
        ):
            told = await run("network", *words, "--home", alone, code=5)
            assert error in told.err, told
            refused += 1

    # The stranger asks a participant's geth: it has no voice there either.
    conf.save_network(conf.load_network(victim), stranger)
    own, near = conf.load_site(stranger), joined.network.sites[0]
    conf.save_site(replace(own, geth_http_port=near.geth_http_port), stranger)
    for unheard in (("vote", 2), ("propose", "remove", "--subject", wanted)):
        told = await run("network", *unheard, "--home", stranger, code=5)
        assert "OperatorUnknown" in told.err, told
        refused += 1

    head = await joined.later(DELAY + 1)
    assert await joined.validators(head) == before
    assert await changed_at(joined, number=1)
    print(f"counts: refused={refused} validators={len(before)} blocks={head}")


async def test_running_validator__gets_another_key(joined: Watch) -> None:
    """A key is replaced by vote; the old one is never used again, and blocks go on."""
    home, old = joined.network.homes[1], joined.address(1)
    begun = await joined.height()
    await run("validator", "new-key", "--home", home)
    await decide(members(joined, 1, 0, 2, 3), "rotate", "--entry", home / rotation.NEXT_ENTRY)
    block = await changed_at(joined, number=2)
    await joined.network.wait_height(block + DELAY, places=[0])
    told = await run("validator", "use-key", "--home", home, code=2)
    assert "running" in told.err

    await joined.network.stop([1])
    await run("validator", "use-key", "--home", home)
    new = joined.address(1)
    joined.network.start([1], with_parent=True)
    await joined.has_same_chain(1)

    signed = await joined.signs(new, since=block + DELAY - 1)
    in_force = await joined.validators(block + DELAY)
    assert new in in_force
    assert old not in in_force
    assert old not in await joined.signers(signed)
    retired = home / rotation.RETIRED
    assert {path.name.split(".", 1)[1] for path in retired.iterdir()} == {"key.json", "state.json"}
    blocks = await joined.height() - begun
    print(f"counts: change_block={block} first_signature={signed} blocks_meanwhile={blocks}")


async def test_lost_execution_data__is_replayed_across_changes(joined: Watch) -> None:
    """A node without geth's data gets it from its own CometBFT, changes of the set included."""
    home, own = joined.network.homes[2], joined.address(2)
    await joined.network.stop([2])
    shutil.rmtree(home / "geth" / "data")
    started = time.monotonic()
    joined.network.start([2], with_parent=True)
    head = await joined.has_same_chain(2)
    seconds = time.monotonic() - started
    signed = await joined.signs(own, since=head)
    changes = len(await joined.changes())
    print(
        f"counts: replayed={head} changes_within={changes} seconds={seconds:.1f}"
        f" next_signature={signed}"
    )


async def test_lost_data_of_both_layers__comes_back_across_changes(joined: Watch) -> None:
    """A node with nothing but its keys and its signing state comes back and signs again."""
    home, own = joined.network.homes[3], joined.address(3)
    await joined.network.stop([3])
    kept = (home / STATE_FILE).read_bytes()
    for lost in (home / "geth" / "data", home / STATE_FILE.parent, home / "logs"):
        shutil.rmtree(lost)
    (home / STATE_FILE).parent.mkdir(mode=0o700)
    (home / STATE_FILE).write_bytes(kept)
    started = time.monotonic()
    joined.network.start([3], with_parent=True)
    head = await joined.has_same_chain(3)
    seconds = time.monotonic() - started
    signed = await joined.signs(own, since=head)
    print(f"counts: synchronised={head} seconds={seconds:.1f} next_signature={signed}")


async def test_lost_signing_state__means_another_key_by_vote(joined: Watch) -> None:
    """Without the state file nothing starts; a new key, voted for by the others, does."""
    home, old = joined.network.homes[4], joined.address(4)
    await joined.network.stop([4])
    for lost in (home / "geth" / "data", home / STATE_FILE.parent):
        shutil.rmtree(lost)
    told = await run("validator", "run", "--home", home, code=5)
    assert "new-key" in told.err
    assert not (home / STATE_FILE).exists()

    await run("validator", "new-key", "--home", home)
    await decide(members(joined, 0, 1, 2, 3), "rotate", "--entry", home / rotation.NEXT_ENTRY)
    block = await changed_at(joined, number=3)
    await run("validator", "use-key", "--home", home)
    new = joined.address(4)
    joined.network.start([4], with_parent=True)
    head = await joined.has_same_chain(4)
    signed = await joined.signs(new, since=max(head, block + DELAY - 1))
    assert old not in await joined.signers(signed)
    print(f"counts: change_block={block} synchronised={head} first_signature={signed}")


async def test_one_hospital__leaves_by_vote(joined: Watch) -> None:
    """M10.1, S41: with its removal four are left; a fourth that would leave is kept."""
    network, gone = joined.network, joined.address(4)
    entry = network.homes[4] / ceremony.ENTRY_FILE
    leaver = conf.load_network(network.homes[4]).entry(FIFTH).participant
    await decide(members(joined, 4, 0, 1, 2), "remove", "--subject", leaver)

    block = await changed_at(joined, number=4)
    await network.wait_height(block + DELAY + 1, places=[0, 4])
    assert gone in await joined.validators(block + DELAY - 1)
    assert gone not in await joined.validators(block + DELAY)
    assert gone not in await joined.signers(block + DELAY)
    told = await run("network", "vote", 2, "--home", network.homes[4], code=5)
    assert "OperatorUnknown" in told.err
    left = conf.load_network(network.homes[3]).entry("node3").participant
    told = await run("network", "propose", "remove", "--subject", left, "--home", network.homes[0],
                     code=5)  # fmt: skip
    assert "TooFewValidators" in told.err

    await network.stop([4])
    await run(*peers_of(network, entry), "--remove")
    head = await joined.later(DELAY)
    found = (await network.status())[:4]
    assert all((one.height or 0) >= block + DELAY for one in found)
    assert len(await joined.validators(head)) == 4
    told = await run("network", "validators", "--json", "--home", network.homes[0])
    assert told.out.count('"consensus_key"') >= 4
    print(f"counts: validators=4 change_block={block} changes=4 blocks={head}")
