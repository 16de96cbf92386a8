#!/usr/bin/env python3
"""Reads and sends per second through node/chain/rpc/json_rpc.py and through web3.py, on one anvil.

    .venv/bin/python scripts/bench/rpc_calls.py [--calls 20000] [--web3-calls 600] [--json]

Transactions are signed before the clock starts. anvil has no consensus and no peers: the figures
bound the gateway, never the network. Compare ratios, not absolute values.
"""

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from coincurve import PrivateKey
from web3 import AsyncHTTPProvider, AsyncWeb3

from node.chain.abi.transactions import Transaction, address_of, sign
from node.chain.rpc.json_rpc import RpcClient
from node.devnet.network.local import Anvil, AnvilOptions, free_port
from node.devnet.network.manifest import Manifest, load_manifest
from node.wire.hexadecimal import to_hex

RECEIVER = "0x" + "77" * 20


def signed(manifest: Manifest, count: int, *, key_index: int) -> list[bytes]:
    """Return raw transfers of one account with rising nonces."""
    key = PrivateKey(manifest.chain.keys.secret(key_index))
    return [
        sign(
            Transaction(
                chain_id=manifest.chain.chain_id, tx_nonce=nonce, gas_limit=21_000, to=RECEIVER
            ),
            key,
        ).raw
        for nonce in range(count)
    ]


async def ours(url: str, manifest: Manifest, calls: int) -> dict[str, float]:
    """Return reads and sends per second of the hot client."""
    account = address_of(PrivateKey(manifest.chain.keys.secret(1)).public_key)
    raws = signed(manifest, calls // 4, key_index=1)
    async with RpcClient(url, timeout_s=120) as rpc:
        await rpc.call("eth_chainId")
        started = time.perf_counter()
        await rpc.batch([("eth_getBalance", (account, "latest"))] * calls)
        batched = time.perf_counter()
        await asyncio.gather(*(rpc.call("eth_getBalance", account, "latest") for _ in range(calls)))
        gathered = time.perf_counter()
        await rpc.batch([("eth_sendRawTransaction", (to_hex(raw),)) for raw in raws])
        sent = time.perf_counter()
    return {
        "reads, batch()": calls / (batched - started),
        "reads, call() coalesced": calls / (gathered - batched),
        "sends": len(raws) / (sent - gathered),
    }


async def reference(url: str, manifest: Manifest, calls: int) -> dict[str, float]:
    """Return reads and sends per second of web3.py, one after the other and 16 at once."""
    w3: AsyncWeb3[Any] = AsyncWeb3(AsyncHTTPProvider(url))
    account = AsyncWeb3.to_checksum_address(
        address_of(PrivateKey(manifest.chain.keys.secret(2)).public_key)
    )
    raws = signed(manifest, calls, key_index=2)
    started = time.perf_counter()
    for _ in range(calls):
        await w3.eth.get_balance(account)
    one_by_one = time.perf_counter()
    for first in range(0, calls, 16):
        await asyncio.gather(*(w3.eth.get_balance(account) for _ in range(first, first + 16)))
    together = time.perf_counter()
    for raw in raws:
        await w3.eth.send_raw_transaction(raw)
    sent = time.perf_counter()
    await w3.provider.disconnect()
    return {
        "reads, one by one": calls / (one_by_one - started),
        "reads, 16 at once": calls / (together - one_by_one),
        "sends": calls / (sent - together),
    }


async def main(options: argparse.Namespace) -> None:
    """Start a chain, measure both clients, print the figures."""
    manifest = load_manifest()
    chain = AnvilOptions(
        chain_id=manifest.chain.chain_id, port=free_port(), mnemonic=manifest.chain.keys.mnemonic
    )
    async with Anvil(chain) as anvil:
        found = {
            "node/chain/rpc/json_rpc.py": await ours(anvil.url, manifest, options.calls),
            "web3.py": await reference(anvil.url, manifest, options.web3_calls),
        }
    if options.json:
        print(json.dumps(found, indent=1))
        return
    for client, figures in found.items():
        for what, rate in figures.items():
            print(f"{client:<20} {what:<26} {rate:>10,.0f} /s")
    hot, cold = found.values()
    print(f"ratio of reads: {hot['reads, batch()'] / cold['reads, one by one']:.0f}")
    print(f"ratio of sends: {hot['sends'] / cold['sends']:.0f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--calls", type=int, default=20_000, help="reads of the hot client")
    parser.add_argument("--web3-calls", type=int, default=600, help="reads and sends of web3.py")
    parser.add_argument("--json", action="store_true")
    asyncio.run(main(parser.parse_args()))
