#!/usr/bin/env python3
"""Operations per second of the hand-packed ABI beside the reference libraries, in one process.

.venv/bin/python scripts/bench/decode.py [--seconds 1] [--json]
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from coincurve import PrivateKey
from eth_abi.abi import decode, encode
from eth_account import Account
from web3 import Web3

from node import artifacts
from node.chain.abi.packing import PackedIntent, PackedSignature, WordLayout, pack_intent
from node.chain.abi.transactions import Transaction, sign
from node.chain.events import SPECS, ClaimSettled, PremiumPaid, decode_log, topic_of

ANN = "0x" + "1a" * 20
FIVE = ["address", "uint64", "uint64", "bytes32", "uint8"]


def rate(operation: Callable[[], Any], seconds: float) -> float:
    """Return how often an operation runs per second."""
    operation()
    count, started = 0, time.perf_counter()
    while (spent := time.perf_counter() - started) < seconds:
        for _ in range(20):
            operation()
        count += 20
    return count / spent


def log_of(event: type[Any], words: int, topics: int) -> dict[str, Any]:
    """Return a log of small numbers as JSON-RPC gives it."""
    word = "00" * 31 + "01"
    return {
        "topics": [topic_of(event), *["0x" + word] * topics],
        "data": "0x" + word * words,
        "address": "0x" + "aB" * 20,
        "blockHash": "0x" + "0b" * 32,
        "transactionHash": "0x" + "0c" * 32,
        "blockNumber": "0x1",
        "transactionIndex": "0x0",
        "logIndex": "0x0",
    }


def measure(seconds: float) -> dict[str, tuple[float, float]]:
    """Return ours and the reference's rate by operation."""
    layout = WordLayout(FIVE)
    values = [ANN, 5, 2**64 - 1, "0x" + "12" * 32, 1]
    raw = [ANN, 5, 2**64 - 1, b"\x12" * 32, 1]
    data = encode(FIVE, raw)
    paid = SPECS[topic_of(PremiumPaid), 4]
    log = log_of(PremiumPaid, paid._layout.size // 32 - 3, 3)
    settled = SPECS[topic_of(ClaimSettled), 3]
    claim = log_of(ClaimSettled, settled._layout.size // 32 - 2, 2)
    w3 = Web3()
    premium_events = w3.eth.contract(abi=artifacts.load("IPremiumCollector")["abi"]).events
    claim_events = w3.eth.contract(abi=artifacts.load("IClaimSettlement")["abi"]).events
    web3_log: Any = {**log, "topics": [bytes.fromhex(t[2:]) for t in log["topics"]]}
    web3_claim: Any = {**claim, "topics": [bytes.fromhex(t[2:]) for t in claim["topics"]]}
    item = PackedIntent(2, ANN, 7, 8, bytes(192), (PackedSignature(ANN, 0, bytes(65)),))
    intent = "(uint8,address,uint256,uint64,bytes,(address,uint8,bytes)[])"
    key = PrivateKey(b"\1" * 32)
    transaction = Transaction(chain_id=8820, tx_nonce=1, gas_limit=21_000, to=ANN)
    fields: dict[str, Any] = {
        "type": 2, "chainId": 8820, "nonce": 1, "gas": 21_000, "value": 0,
        "to": bytes.fromhex(ANN[2:]), "maxFeePerGas": 0, "maxPriorityFeePerGas": 0,
    }  # fmt: skip
    pairs: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
        "encode 5 words": (lambda: layout.pack(values), lambda: encode(FIVE, raw)),
        "decode 5 words": (lambda: layout.unpack(data), lambda: decode(FIVE, data)),
        "pack one intent": (lambda: pack_intent(item), lambda: encode([intent], [item])),
        "decode PremiumPaid": (
            lambda: decode_log(log),
            lambda: premium_events.PremiumPaid().process_log(web3_log),
        ),
        "decode ClaimSettled": (
            lambda: decode_log(claim),
            lambda: claim_events.ClaimSettled().process_log(web3_claim),
        ),
        "sign a transaction": (
            lambda: sign(transaction, key),
            lambda: Account.sign_transaction(fields, b"\1" * 32),
        ),
    }
    return {name: (rate(a, seconds), rate(b, seconds)) for name, (a, b) in pairs.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seconds", type=float, default=1.0, help="per operation and library")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = measure(options.seconds)
    if options.json:
        print(json.dumps(found, indent=1))
        return
    for name, (fast, slow) in found.items():
        print(f"{name:<22} {fast:>10,.0f} /s {slow:>10,.0f} /s {fast / slow:>7.1f} ×")


if __name__ == "__main__":
    main()
