"""Plain and token transfers through four validators, beside Besu's published figure."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from eth_abi.abi import encode

from node.chain.abi.transactions import Transaction, sign
from node.chain.rpc.json_rpc import RpcClient
from node.devnet.network.local import ROOT
from node.devnet.network.validators import LocalNetwork
from node.wire.hashing import keccak, selector
from node.wire.hexadecimal import to_hex
from node.wire.words import uint
from scripts.bench.validators.heads import latencies, percentile, rate_of, until_mined, watching
from scripts.bench.validators.network import (
    EVM_CHAIN_ID,
    Usage,
    bench_account,
    bench_key,
    per_call,
    stage_totals,
)
from scripts.bench.validators.sender import LoadPlan, send_elsewhere

BESU_PER_SECOND = (520, 645)
"""Hyperledger Besu with QBFT, four validators, ERC-20 transfers: the published figures."""

SENDERS = 64
CHUNK = 20
WINDOW = 120
"""Transfers of a sender without a block: some blocks' worth of all senders."""
MAX_FEE_WEI = 10**9
PLAIN_GAS, TOKEN_GAS, DEPLOY_GAS = 21_000, 60_000, 8_000_000
TRANSFER = selector("transfer(address,uint256)")
TOKEN = ROOT / "tests" / "artifacts" / "PlainToken.json"
HELD = 10**12


def senders() -> list[str]:
    """Return the accounts that need coin in the genesis."""
    return [bench_account(number) for number in range(SENDERS + 1)]


async def measure(
    network: LocalNetwork, folder: Path, *, seconds: float, expected: int
) -> dict[str, Any]:
    """Send plain transfers, then token transfers, as many as the validators take."""
    urls = [site.rpc_url for site in network.sites]
    async with RpcClient(urls[0], timeout_s=60.0) as rpc:
        token = await deploy_token(rpc)
        count = int(seconds * expected) // SENDERS
        found: dict[str, Any] = {"besu_published": BESU_PER_SECOND}
        for name, target in (("plain", None), ("token", token)):
            plan = await _plan(rpc, urls, count=count, token=target, seconds=seconds)
            found[name] = await _run(network, rpc, plan, folder)
    return found


async def deploy_token(rpc: RpcClient) -> str:
    """Deploy the token, given to every sender, and return its address."""
    code = bytes.fromhex(json.loads(TOKEN.read_text())["bytecode"][2:])
    holders = [bench_account(number) for number in range(SENDERS)]
    account = bench_account(SENDERS)
    tx_nonce = int(await rpc.call("eth_getTransactionCount", account, "latest"), 16)
    transaction = Transaction(
        chain_id=EVM_CHAIN_ID,
        tx_nonce=tx_nonce,
        gas_limit=DEPLOY_GAS,
        to=None,
        data=code + encode(["address[]", "uint256"], [holders, HELD]),
        max_fee_per_gas=MAX_FEE_WEI,
        max_priority_fee_per_gas=1,
    )
    signed = sign(transaction, bench_key(SENDERS))
    await rpc.call("eth_sendRawTransaction", to_hex(signed.raw))
    receipt = (await until_mined(rpc, [signed.tx_hash]))[signed.tx_hash]
    if receipt["status"] != "0x1":
        raise RuntimeError("the token was not deployed")
    return str(receipt["contractAddress"])


async def _plan(
    rpc: RpcClient, urls: list[str], *, count: int, token: str | None, seconds: float
) -> LoadPlan:
    """Sign `count` transfers of every sender, each to a receiver of its own."""
    accounts = [bench_account(number) for number in range(SENDERS)]
    calls = [("eth_getTransactionCount", (one, "latest")) for one in accounts]
    first = [int(one, 16) for one in await rpc.batch(calls)]
    return LoadPlan(
        urls=urls,
        accounts=accounts,
        streams=[transfers(place, first[place], count, token) for place in range(SENDERS)],
        window=WINDOW,
        chunk=CHUNK,
        limit_s=seconds,
    )


def transfers(place: int, first: int, count: int, token: str | None) -> list[tuple[str, str]]:
    """Return hash and raw bytes of a sender's transfers: of coin, or of a token."""
    key, made = bench_key(place), []
    for tx_nonce in range(first, first + count):
        receiver = keccak(b"bench receiver %d %d" % (place, tx_nonce))[12:]
        transaction = Transaction(
            chain_id=EVM_CHAIN_ID,
            tx_nonce=tx_nonce,
            gas_limit=PLAIN_GAS if token is None else TOKEN_GAS,
            to=token or to_hex(receiver),
            data=b"" if token is None else TRANSFER + bytes(12) + receiver + uint(1),
            value=int(token is None),
            max_fee_per_gas=MAX_FEE_WEI,
            max_priority_fee_per_gas=1,
        )
        signed = sign(transaction, key)
        made.append((signed.tx_hash, to_hex(signed.raw)))
    return made


async def _run(
    network: LocalNetwork, rpc: RpcClient, plan: LoadPlan, folder: Path
) -> dict[str, Any]:
    stages, usage = await stage_totals(network), Usage(network)
    async with watching(plan.urls[0]) as heads:
        answer = await send_elsewhere(plan, folder)
        lasts = [[name for name, _ in one if name in answer.sent_at][-1:] for one in plan.streams]
        await until_mined(rpc, [name for one in lasts for name in one])
        used = usage.seconds()
        await asyncio.sleep(0.2)
        blocks = await heads.blocks()
    if answer.refused:
        raise RuntimeError(f"{answer.refused} transactions refused, such as: {answer.example}")
    sent = sorted(answer.sent_at.values())
    rate = rate_of(blocks, dict.fromkeys(answer.sent_at, 1), from_s=sent[0], to_s=sent[-1])
    waited = latencies(blocks, answer.sent_at)
    return {
        "transfers": len(answer.sent_at),
        "rate": asdict(rate),
        "times_besu": round(rate.per_second / BESU_PER_SECOND[1], 2),
        "p50_s": percentile(waited, 0.5),
        "p99_s": percentile(waited, 0.99),
        "stage_ms": per_call(stages, await stage_totals(network)),
        "engine_cpu_s": used,
        "engine_cpu_ms_each": round(sum(used.values()) / max(1, len(answer.sent_at)) * 1000, 3),
        "sender_cpu_s": answer.cpu_s,
        "restarted_processes": usage.restarts,
    }
