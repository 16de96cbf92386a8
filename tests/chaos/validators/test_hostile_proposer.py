"""network.md "What must be shown" 5: one validator of four forges whatever it proposes.

The other three reject each forgery for the right reason, and their chain goes on.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from node.devnet.network.validators import LocalNetwork
from node.validator.bridge.updates import address_of
from node.validator.home import ceremony
from node.validator.home import configuration as conf
from node.validator.home.keys import consensus_public
from node.validator.unit.comet import ask_comet
from tests.chaos.validators.forger import JOURNAL, MODE
from tests.chaos.validators.forgeries import FORGERIES
from tests.fixtures.validator.networks import FIRST_BLOCK_S, local_network
from tests.fixtures.waiting import until

pytestmark = [pytest.mark.validators, pytest.mark.timeout(900)]

HONEST, HOSTILE = (0, 1, 2), 3
EXPECTED = {one.name: str(one.rejection) for one in FORGERIES}
LIMIT_S = 600.0
PAUSE_MS = 200
"""Between blocks, so that the forger's turn comes often."""


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalNetwork]:
    """Four validators, the last one forging."""
    command = (sys.executable, "-m", "tests.chaos.validators.forger")
    folder = tmp_path_factory.mktemp("hostile")
    with local_network(folder, bridges={HOSTILE: command}, start=False) as found:
        shared = replace(conf.load_network(folder), commit_pause_ms=PAUSE_MS)
        ceremony.share(shared, folder, found.homes)
        found.start(with_parent=True)
        asyncio.run(found.wait_height(1, limit_s=FIRST_BLOCK_S))
        yield found


def lines(path: Path) -> list[dict[str, Any]]:
    """Return the whole JSON lines of a file that is being written."""
    content = path.read_bytes() if path.exists() else b""
    whole = content[: content.rfind(b"\n") + 1].splitlines()
    return [orjson.loads(one) for one in whole if one.startswith(b"{")]


def forged(network: LocalNetwork) -> list[dict[str, Any]]:
    """Return the journal of the forger."""
    return lines(network.homes[HOSTILE] / JOURNAL)


def rejections(network: LocalNetwork, place: int) -> list[dict[str, Any]]:
    """Return what an honest validator says of the forger's proposals."""
    hostile = address_of(consensus_public(network.homes[HOSTILE])).hex()
    entries = lines(network.homes[place] / "logs" / "bridge.log")
    return [one for one in entries if one.get("event") == "rejected" and one["proposer"] == hostile]


def answers(network: LocalNetwork) -> dict[str, set[int]]:
    """Return which honest validators rejected each forgery for its reason."""
    by_height: dict[int, set[str]] = {}
    for one in forged(network):
        by_height.setdefault(one["height"], set()).add(one["name"])
    found: dict[str, set[int]] = {name: set() for name in EXPECTED}
    for place in HONEST:
        for one in rejections(network, place):
            for name in by_height.get(one["height"], ()):
                if EXPECTED.get(name) == one["reason"]:
                    found[name].add(place)
    return found


async def metrics(site: conf.Site) -> dict[str, int]:
    """Return the rejected proposals by reason, as a validator's metrics have them."""
    async with aiohttp.ClientSession() as session, session.get(site.metrics_url) as reply:
        text = await reply.text()
    start = 'yibao_validator_rejected_total{reason="'
    found = (one.removeprefix(start) for one in text.splitlines() if one.startswith(start))
    return {one.partition('"')[0]: int(float(one.split()[-1])) for one in found}


async def honest_height(network: LocalNetwork) -> int:
    """Return the lowest head of the honest."""
    found = await network.status()
    return min(found[place].height or 0 for place in HONEST)


async def decided(network: LocalNetwork, height: int) -> tuple[list[str], str]:
    """Return the digests of a decided block's transactions, and the hash after the block."""
    block = await ask_comet(network.sites[0], f"block?height={height}")
    assert block is not None
    data = block["block"]["data"]["txs"]
    return [hashlib.sha256(base64.b64decode(one)).hexdigest() for one in data], block["block_id"][
        "hash"
    ]


async def test_every_forgery__is_rejected_for_its_reason_by_all_three(
    network: LocalNetwork,
) -> None:
    """M09: no rule of *Validity* can be broken by who proposes."""
    missing = lambda: {  # noqa: E731 - asked for again and again
        name: sorted(places) for name, places in answers(network).items() if len(places) < 3
    }
    await until(lambda: not missing(), missing, limit_s=LIMIT_S)
    journal = forged(network)
    assert not [one for one in journal if one["name"].startswith("cannot seal")]
    await network.wait_height(max(one["height"] for one in journal) + 2, places=HONEST)
    expected = {one["height"]: set() for one in journal}
    for one in journal:
        expected[one["height"]].add(EXPECTED.get(one["name"]))
    for place in HONEST:
        for one in rejections(network, place):
            assert one["reason"] in expected[one["height"]], one
    for one in journal:
        if "digests" in one:
            digests, _ = await decided(network, one["height"])
            assert len(digests) == 1
            assert digests != one["digests"], one
    told = Counter()
    for place in HONEST:
        seen = await metrics(network.sites[place])
        said = Counter(one["reason"] for one in rejections(network, place))
        assert all(seen[reason] >= count for reason, count in said.items())
        told += said
    blocks = await honest_height(network)
    print(
        f"counts: {blocks} blocks, {len(journal)} forged proposals of {len(FORGERIES)} kinds, "
        f"rejected by three: {dict(told.most_common())}"
    )


async def test_more_bytes_than_a_block_may_have__cost_the_forger_its_turn_only(
    network: LocalNetwork,
) -> None:
    """CometBFT does not take them from its bridge: nobody else ever sees them."""
    (network.homes[HOSTILE] / MODE).write_text("oversized")
    seen = lambda: [one for one in forged(network) if one["name"] == "oversized"]  # noqa: E731
    await until(seen, lambda: forged(network)[-3:], limit_s=LIMIT_S)
    start = await honest_height(network)
    await network.wait_height(start + 10, places=HONEST)
    digests, _ = await decided(network, seen()[0]["height"])
    assert len(digests) == 1
    print(f"counts: {len(seen())} oversized proposals, 10 blocks since the first")


async def test_another_result_of_a_block__leaves_the_liar_alone(network: LocalNetwork) -> None:
    """Who tells its CometBFT another hash stops; three agree on each block and go on."""
    (network.homes[HOSTILE] / MODE).write_text("lie")
    seen = lambda: [one for one in forged(network) if one["name"] == "lie"]  # noqa: E731
    await until(seen, lambda: forged(network)[-3:], limit_s=LIMIT_S)
    start = await honest_height(network)
    await network.wait_height(start + 10, places=HONEST)
    found = await network.status()
    assert (found[HOSTILE].height or 0) <= seen()[0]["height"]
    common = min(found[place].height or 0 for place in HONEST)
    hashes = set()
    for place in HONEST:
        header = await ask_comet(network.sites[place], f"block?height={common}")
        assert header is not None
        hashes.add(header["block_id"]["hash"])
    assert len(hashes) == 1
    print(f"counts: 1 lie, {common - seen()[0]['height']} blocks since, 1 hash at {common}")
