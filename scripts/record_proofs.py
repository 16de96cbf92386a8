#!/usr/bin/env python3
"""Record tests/data/proofs anew: proofs of a real network of four validators, about two minutes.

.venv/bin/python scripts/record_proofs.py

Needs the engines (`yibao network install-engines`). The tests read the numbers from facts.json;
the worked example of docs/proofs.md is written anew as well.
"""

import asyncio
import gzip
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("ETH_HASH_BACKEND", "pysha3")

from node.chain.contracts.validator_registry import ValidatorRegistry
from node.chain.proofs.comet_client import NotProvableYetError
from node.chain.proofs.ledger_words import balance_slot
from node.chain.proofs.source import ProofSource
from node.devnet.network.validators import LocalNetwork
from node.domain.kinds import Pocket
from node.validator.home.registry_state import ADDRESS as REGISTRY
from tests.fixtures.actors import ANN, BANK
from tests.fixtures.proofs import data
from tests.fixtures.proofs.example import PAGE, with_example
from tests.fixtures.proofs.story import NAMES, SENDER_ADDRESS, ProofStory
from tests.fixtures.validator.networks import EVM_CHAIN_ID, local_network

AMOUNT_FEN = 123_456
CROWD = 180
ATTEMPTS = 20


async def crowded_deposit(story: ProofStory) -> dict[str, Any]:
    """Return the receipt of a deposit behind more than 128 transactions of one block."""
    for _ in range(ATTEMPTS):
        await story.send_crowd(CROWD)
        receipt = await story.mined(await story.send(story.deposit(AMOUNT_FEN)))
        if int(receipt["transactionIndex"], 16) > 128:
            return receipt
    raise SystemExit("no block took the crowd and the deposit together: try on a quieter machine")


async def when_provable(work: Any) -> bytes:
    """Return a bundle as soon as it can be made."""
    while True:
        try:
            return bytes(await work())
        except NotProvableYetError:
            await asyncio.sleep(0.2)


async def record(network: LocalNetwork) -> None:
    """Live through the story and write the folder."""
    site = network.sites[0]
    answers: dict[str, Any] = {}
    rpc, comet = (
        data.RecordingRpc(site.rpc_url, {}),
        data.RecordingComet(site.comet_url, {}),
    )
    anchor = data.network_anchor(network)
    async with rpc, comet:
        story = ProofStory(network, rpc, ValidatorRegistry(rpc, REGISTRY), EVM_CHAIN_ID)
        source = ProofSource(rpc, comet, anchor=anchor, registry=REGISTRY)
        await story.deploy()
        receipt = await crowded_deposit(story)
        block, tx_hash = int(receipt["blockNumber"], 16), receipt["transactionHash"]
        ledger, slot = story.address("WalletLedger"), balance_slot(ANN.account, Pocket.CASH)
        block_hashes = (await rpc.call("eth_getBlockByNumber", hex(block), False))["transactions"]
        # From here on everything asked is kept: the tests ask it again.
        rpc.answers, comet.answers = answers, answers
        wanted = {"deposit": tx_hash, "first": block_hashes[0]}
        wanted |= {f"place-{place}": block_hashes[place] for place in (127, 128)}
        bundles = {
            name: await when_provable(lambda one=one: source.receipt(one))
            for name, one in wanted.items()
        }
        bundles["balance"] = await when_provable(lambda: source.storage(ledger, slot, block=block))
        rpc.answers = {}
        await network.wait_height(await story.change_set_thrice())
        later = await story.mined(await story.send(story.deposit(AMOUNT_FEN)))
        rpc.answers = answers
        bundles["changed"] = await when_provable(lambda: source.receipt(later["transactionHash"]))
    answers.pop(json.dumps(["genesis", 0]), None)
    facts = {
        "block": block,
        "transactions": len(block_hashes),
        "tx_hash": wanted | {"changed": later["transactionHash"]},
        "contracts": {name: story.address(name) for name in sorted(NAMES)},
        "account": ANN.account,
        "channel": BANK.account,
        "amount_fen": AMOUNT_FEN,
        "ledger": ledger,
        "slot": slot,
        "registry": REGISTRY,
    }
    write(network, facts, bundles, answers)


def write(
    network: LocalNetwork,
    facts: dict[str, Any],
    bundles: dict[str, bytes],
    answers: dict[str, Any],
) -> None:
    """Write the folder."""
    data.FOLDER.mkdir(parents=True, exist_ok=True)
    data.GENESIS.write_bytes((network.folder / "genesis.comet.json").read_bytes())
    data.FACTS.write_text(json.dumps(facts, indent=1) + "\n")
    for name in data.BUNDLES:
        (data.FOLDER / f"{name}.proof").write_bytes(bundles[name])
        print(f"{name}: {len(bundles[name])} bytes")
    packed = gzip.compress(json.dumps(answers, sort_keys=True).encode(), mtime=0)
    (data.FOLDER / data.ANSWERS).write_bytes(packed)
    print(f"answers: {len(answers)} in {len(packed)} bytes")


def main() -> int:
    """Run a network and record it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        local_network(Path(folder) / "net", senders=(SENDER_ADDRESS,)) as network,
    ):
        asyncio.run(record(network))
    # Made of the new files: the module reads them when it is asked.
    PAGE.write_text(with_example(PAGE.read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
