#!/usr/bin/env python3
"""A hospital's first day with Yibao: registered, contracted, a visit settled, the receipt in hand.

    .venv/bin/python examples/hospital.py --tokens .devnet/tokens.json

Needs httpx and eth-account, and of this repository one command: the gateway's operator issues the
new hospital's token at a terminal. The program speaks for four parties. Keys of the sandbox are
public, they follow from the parties' names; in a real network each party has a program and a key of
its own, and `Party.sign` is the only part that touches the key.
"""

import argparse
import json
import secrets
import subprocess
import sys
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

WAIT_S = 20
SHANGHAI = timezone(timedelta(hours=8))
PATIENT = "ANN"
LINES = [
    {"item_code": "110200001", "quantity": 1, "unit_price_fen": 5_000},
    {"item_code": "XA02BC", "quantity": 6, "unit_price_fen": 2_600},
]


class Party:
    """Somebody with an account id, a key, and perhaps a token of this gateway."""

    def __init__(self, account: str, key: LocalAccount, *, api: str, token: str = "") -> None:
        self.account, self.key = account, key
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.http = httpx.Client(base_url=api, headers=headers, timeout=WAIT_S + 10)

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """Return a resource."""
        return answer_of(self.http.get(path, params=query))

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Post what moves no money."""
        return answer_of(self.http.post(path, json=body))

    def sign(self, prepared: dict[str, Any]) -> dict[str, str]:
        """Sign a prepared intent, after recomputing its digest from the document."""
        document = encode_typed_data(full_message=prepared["typed_data"])
        signed = self.key.sign_message(document)
        if "0x" + signed.message_hash.hex().removeprefix("0x") != prepared["digest"]:
            raise SystemExit("the digest is not that of the document: nothing is signed")
        data = "0x" + signed.signature.hex().removeprefix("0x")
        return {"account": self.account, "kind": "SECP256K1", "data": data}

    def hand_in(
        self, path: str, prepared: dict[str, Any], *others: "Party", **more: Any
    ) -> dict[str, Any]:
        """Sign, post, and wait until it is final. The same key again is the same request."""
        body = {
            "intent": prepared["intent"],
            "signatures": [one.sign(prepared) for one in (self, *others)],
            **more,
        }
        headers = {"Idempotency-Key": str(uuid.uuid4()), "Prefer": f"wait={WAIT_S}"}
        while True:
            found = answer_of(self.http.post(path, json=body, headers=headers))
            if found["state"] == "FINAL":
                return found
            if found["state"] in {"REFUSED", "REJECTED"}:
                raise SystemExit(f"{path}: {found['state']} {found.get('reason')}")


def answer_of(response: httpx.Response) -> dict[str, Any]:
    """Return the document of an answer; a problem ends the program with its code and text."""
    if response.is_error:
        raise SystemExit(f"{response.request.url}: {response.status_code} {response.text}")
    document: dict[str, Any] = response.json()
    return document


def told(step: str, **figures: object) -> None:
    """Print a step with what it found, one JSON line."""
    print(json.dumps({"step": step, **figures}, ensure_ascii=False), flush=True)


class Sandbox:
    """The parties of the sandbox: accounts and tokens from its file, keys from their names."""

    def __init__(self, tokens_file: Path, api: str | None) -> None:
        access = json.loads(tokens_file.read_text())
        self.api, self._holders = api or access["api"], access["holders"]
        self._settings = tokens_file.with_name("gateway.env")

    def party(self, name: str) -> Party:
        """Return a party of the sandbox. Such a key protects nothing: everybody can compute it."""
        holder = self._holders[name]
        key = Account.from_key(keccak(text=f"sandbox key {name}"))
        return Party(holder["account"], key, api=self.api, token=holder["token"])

    def token_for(self, account: str) -> str:
        """Have the gateway's operator issue a token: at the gateway's machine, not over HTTP."""
        yibao = [sys.executable, "-m", "node", "--env-file", str(self._settings)]
        words = ["tokens", "issue", "--role", "PROVIDER", "--account", account, "--json"]
        done = subprocess.run([*yibao, *words], capture_output=True, text=True, check=True)
        return str(json.loads(done.stdout)["token"])


def register(sandbox: Sandbox) -> Party:
    """Make a key, have the operator register the hospital under it, and get a token."""
    operator, key = sandbox.party("OPERATOR"), Account.create()
    asked = {
        "actor_id": operator.account,
        "kind": "PROVIDER",
        "provider_type": "HOSPITAL",
        "level": "3",
        "region": "110000",
        # The registry knows a key by its address, padded to 32 bytes.
        "signer": {"key": "0x" + key.address[2:].lower().zfill(64), "kind": "SECP256K1"},
    }
    prepared = operator.post("/v1/providers/intents", asked)
    operator.hand_in("/v1/providers", prepared)
    account = prepared["intent"]["body"]["organisation"]
    told("registered", account=account)
    return Party(account, key, api=sandbox.api, token=sandbox.token_for(account))


def contract(sandbox: Sandbox, hospital: Party) -> None:
    """Have the insurer contract the hospital: from now on its claims are paid."""
    insurer = sandbox.party("INSURER")
    asked = {"actor_id": insurer.account, "provider_id": hospital.account, "contracted": True}
    insurer.hand_in("/v1/providers", insurer.post("/v1/providers/intents", asked))
    found = hospital.get(f"/v1/providers/{hospital.account}")
    told("contracted", insurer_ids=found["insurer_ids"])


def pay_premium(patient: Party) -> None:
    """Pay what the patient owes, so that the coverage is active."""
    for bill in patient.get("/v1/premiums/bills")["items"]:
        if bill["state"] in {"OPEN", "PARTLY_PAID", "OVERDUE"}:
            asked = {"bill_id": bill["bill_id"]}
            prepared = patient.post("/v1/premiums/payments/intents", asked)
            paid = patient.hand_in("/v1/premiums/payments", prepared)
            told("premium paid", bill_id=bill["bill_id"], block=paid["block_number"])


def visit(hospital: Party, patient: Party) -> dict[str, Any]:
    """Register a visit of today and send its fee lines."""
    asked = {
        "member_id": patient.account,
        "care_type": "OUTPATIENT",
        "start": datetime.now(SHANGHAI).date().isoformat(),
    }
    found = hospital.post("/v1/visits", asked)
    found = hospital.post(f"/v1/visits/{found['visit_id']}/lines", {"lines": LINES})
    told("visit", visit_id=found["visit_id"], total_fen=found["total_fen"])
    return found


def settle(hospital: Party, patient: Party, visit_id: str) -> str:
    """Quote, sign by both, settle; return the claim's id."""
    number = f"{datetime.now(SHANGHAI):%Y}-{secrets.token_hex(4)}"
    prepared = hospital.post("/v1/claims/intents", {"visit_id": visit_id, "claim_number": number})
    figures = prepared["quote"]["settlement"]
    told("quoted", **figures)
    if prepared["typed_data"]["message"]["totalFen"] != figures["total_fen"]:
        raise SystemExit("what is to be signed is not what was quoted")
    # At the counter the patient sees the figures on the phone, and signs there.
    settled = hospital.hand_in("/v1/claims", prepared, patient, visit_id=visit_id)
    told("settled", digest=settled["digest"], block=settled["block_number"])
    return str(prepared["quote"]["claim_id"])


def receipt(hospital: Party, claim_id: str) -> None:
    """Read the receipt of the claim."""
    claim = hospital.get(f"/v1/claims/{claim_id}")
    found = hospital.get(f"/v1/receipts/{claim['receipt_number']}")
    told("receipt", claim_id=claim_id, number=found["number"], state=found["state"])


def main() -> None:
    """Read the command line and run the day."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tokens", type=Path, default=Path(".devnet/tokens.json"),
                        help="the sandbox's file of accounts and tokens")  # fmt: skip
    parser.add_argument("--api", help="address of the gateway; default: that of the file")
    options = parser.parse_args()
    try:
        run(Sandbox(options.tokens, options.api))
    except (OSError, httpx.TransportError) as error:
        raise SystemExit(f"is the sandbox up? {error}") from error


def run(sandbox: Sandbox) -> None:
    """From registration to the receipt."""
    hospital, patient = register(sandbox), sandbox.party(PATIENT)
    contract(sandbox, hospital)
    pay_premium(patient)
    found = visit(hospital, patient)
    receipt(hospital, settle(hospital, patient, found["visit_id"]))


if __name__ == "__main__":
    main()
