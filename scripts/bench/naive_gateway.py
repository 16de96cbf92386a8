"""The gateway a hurried team would write: synchronous, web3.py, one transaction per payment.

It verifies nothing, stores nothing and waits for the receipt in the request. It exists to be
measured beside ours, in the same run, on the same chain.
"""

from __future__ import annotations

import os
import threading
from typing import Any

import uvicorn
from eth_account import Account
from fastapi import FastAPI
from web3 import HTTPProvider, Web3
from web3.types import TxParams, Wei

from node.artifacts import load
from node.intents.encoding import encode_body
from node.intents.messages import SignedIntent
from node.intents.wire import intent_from_json, signatures_from_json

app = FastAPI()
w3 = Web3(HTTPProvider(os.environ["NAIVE_RPC"]))
account = Account.from_key(os.environ["NAIVE_KEY"])
router = w3.eth.contract(
    address=Web3.to_checksum_address(os.environ["NAIVE_ROUTER"]), abi=load("IntentRouter")["abi"]
)
nonce_lock = threading.Lock()


@app.post("/v1/premiums/payments")
def pay(document: dict[str, Any]) -> dict[str, Any]:
    """Send one payment in a transaction of its own and wait until it is mined."""
    signed = SignedIntent(
        intent_from_json(document["intent"]), signatures_from_json(document["signatures"])
    )
    intent = signed.intent
    item = (
        int(intent.kind),
        Web3.to_checksum_address(intent.actor),
        intent.nonce,
        intent.deadline,
        encode_body(intent.kind, intent.body),
        [(Web3.to_checksum_address(s.account), int(s.kind), s.data) for s in signed.signatures],
    )
    with nonce_lock:
        params: TxParams = {
            "from": account.address,
            "nonce": w3.eth.get_transaction_count(account.address, "pending"),
            "gas": 1_000_000,
            "maxFeePerGas": Wei(10**9),
            "maxPriorityFeePerGas": Wei(1),
        }
        transaction = router.functions.execute([item]).build_transaction(params)
        raw = account.sign_transaction(transaction).raw_transaction
        tx_hash = w3.eth.send_raw_transaction(raw)
    receipt = w3.eth.wait_for_transaction_receipt(tx_hash, timeout=60, poll_latency=0.05)
    return {"state": "FINAL" if receipt["status"] == 1 else "FAILED"}


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["NAIVE_PORT"]), log_level="error")
