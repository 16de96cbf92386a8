#!/usr/bin/env python3
"""Audit a Yibao network from raw events: no gateway, no word of anybody taken.

    python examples/audit.py --rpc http://127.0.0.1:8545 --directory 0x… --abi node/artifacts

Needs web3 and nothing of this repository but its ABIs. Prints one JSON document: every balance
rebuilt from events and compared with the contract, the sums, the funds, one claim traced to its
lines, and why intents were refused. Leaves with 1 if anything does not add up.
examples/audit.mjs prints the same document with ethers.
"""

import argparse
import json
import sys
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Any

from web3 import Web3
from web3.contract import Contract
from web3.exceptions import ContractLogicError
from web3.logs import DISCARD

WINDOW = 5_000
"""Blocks asked for at once: nodes limit the answer."""
NOBODY = "0x" + "00" * 20
POCKETS = ("CASH", "MEDICAL", "POINTS")
SCHEMES = ("NONE", "EMPLOYEE", "RESIDENT", "FLEXIBLE")
FUNDS = ("POOLED", "BIG_ILLNESS", "AID", "SUBSIDY", "CAMPAIGN")
CLASSES = ("A", "B", "C")
FIGURES = (
    *("total", "own", "over", "preSelf", "inScope", "deductible", "pooled", "bigIllness"),
    *("aid", "supplementary", "provider", "member", "medical", "family", "cash"),
)
CLAIM_KINDS = (11, 12)
"""Intents that carry the lines of a claim: SETTLE_CLAIM and SUBMIT_CLAIM."""
STATES = {4: "SETTLED", 5: "REVERSED"}


class Network:
    """The contracts behind one directory, read at one block."""

    def __init__(self, rpc: str, directory: str, abi_folder: Path, *, block: int | None) -> None:
        self.w3 = Web3(Web3.HTTPProvider(rpc))
        self.block = self.w3.eth.get_block("finalized" if block is None else block)["number"]
        self._folder = abi_folder
        self.directory = self._contract("NetworkDirectory", directory)
        self.addresses: dict[str, list[str]] = {}
        for event in self._events(self.directory, "EntrySet"):
            name = event["args"]["name"].rstrip(b"\0").decode()
            self.addresses.setdefault(name, []).append(event["args"]["target"])
        self._errors = self._selectors()

    def contract(self, name: str) -> Contract:
        """Return the contract that a name of the directory leads to now."""
        return self._contract(name, self.addresses[name][-1])

    def read(self, name: str, function: str, *values: Any) -> Any:
        """Call a view at the audited block."""
        called = self.contract(name).functions[function](*values)
        return called.call(block_identifier=self.block)

    def events_of(self, name: str, *events: str) -> list[Any]:
        """Return events of all contracts a name has led to: rules are replaced, history stays."""
        contracts = [self._contract(name, address) for address in self.addresses[name]]
        found = [one for contract in contracts for one in self._events(contract, *events)]
        return sorted(found, key=lambda one: (one["blockNumber"], one["logIndex"]))

    def _events(self, contract: Contract, *events: str) -> list[Any]:
        return [
            found
            for start in range(0, self.block + 1, WINDOW)
            for event in events
            for found in contract.events[event].get_logs(
                from_block=start, to_block=min(start + WINDOW - 1, self.block)
            )
        ]

    def explained(self, data: bytes) -> str:
        """Return revert data as `Name(value=…)`, by the errors in the ABIs."""
        if not data:
            return "out of gas"
        error = self._errors.get(data[:4])
        if error is None:
            return "0x" + data.hex()
        values = self.w3.codec.decode([one["type"] for one in error["inputs"]], data[4:])
        pairs = zip((one["name"] for one in error["inputs"]), map(plain, values), strict=True)
        return f"{error['name']}({', '.join(f'{name}={value}' for name, value in pairs)})"

    def refused(self, contract: Contract, function: str, *values: Any) -> str:
        """Call what must fail and return why it did."""
        try:
            contract.functions[function](*values).call(block_identifier=self.block)
        except ContractLogicError as error:
            return self.explained(bytes.fromhex(str(error.data)[2:]))
        return "not refused"

    def _contract(self, name: str, address: str) -> Contract:
        abi = json.loads((self._folder / f"{name}.json").read_text())["abi"]
        return self.w3.eth.contract(Web3.to_checksum_address(address), abi=abi)

    def _selectors(self) -> dict[bytes, Any]:
        """The router hands on whatever a rule raises, so its ABI has the errors of all of them."""
        errors = [one for one in self.contract("IntentRouter").abi if one["type"] == "error"]
        texts = (f"{one['name']}({','.join(map(type_of, one['inputs']))})" for one in errors)
        return {Web3.keccak(text=text)[:4]: one for text, one in zip(texts, errors, strict=True)}


def type_of(part: Any) -> str:
    """Return the ABI type of a value, tuples written out."""
    inner = ",".join(map(type_of, part.get("components", ())))
    return str(part["type"]).replace("tuple", f"({inner})")


def plain(value: Any) -> Any:
    """Return bytes and addresses as lower-case hex, the rest as it is."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return value.lower() if isinstance(value, str) else value


def codes(network: Network) -> dict[str, bool]:
    """Return for each name whether the code at its address is what was entered."""
    same = {}
    for name in sorted(network.addresses):
        entry = network.directory.functions.entry(name.encode().ljust(32, b"\0"))
        target, _, code_hash = entry.call(block_identifier=network.block)
        code = network.w3.eth.get_code(target, block_identifier=network.block)
        same[name] = Web3.keccak(code) == code_hash
    return same


class Balances:
    """What every account has, from Transfer, HoldPlaced, HoldFinished and nothing else."""

    def __init__(self, network: Network) -> None:
        self.available: Counter[tuple[str, int]] = Counter()
        self.held: Counter[tuple[str, int]] = Counter()
        self.received: Counter[str] = Counter()
        self.paid: Counter[str] = Counter()
        self._holds: dict[bytes, tuple[tuple[str, int], int]] = {}
        self._network = network
        for event in network.events_of("WalletLedger", "Transfer", "HoldPlaced", "HoldFinished"):
            self._add(event["event"], event["args"])
        self.accounts = sorted({account for account, _ in self.available})

    def _add(self, event: str, values: Any) -> None:
        if event == "Transfer":
            amount, pocket = values["amount"], values["id"]
            if (payer := plain(values["sender"])) != NOBODY:
                self.available[payer, pocket] -= amount
                self.paid[payer] += amount
            if (receiver := plain(values["receiver"])) != NOBODY:
                self.available[receiver, pocket] += amount
                self.received[receiver] += amount
        elif event == "HoldPlaced":
            place, amount = (plain(values["account"]), values["pocket"]), values["amountFen"]
            self.available[place] -= amount
            self.held[place] += amount
            self._holds[values["holdId"]] = (place, amount)
        else:
            # What was posted out of the hold has left by a Transfer of its own.
            place, amount = self._holds.pop(values["holdId"])
            self.held[place] -= amount
            self.available[place] += amount

    def different(self) -> list[str]:
        """Return the accounts for which the contract says something else."""
        return [one for one in self.accounts if not self._agrees(one)]

    def _agrees(self, account: str) -> bool:
        address = Web3.to_checksum_address(account)
        rebuilt = [[one[account, pocket] for pocket in range(3)]
                   for one in (self.available, self.held)]  # fmt: skip
        if self._network.read("WalletLedger", "isCounter", address):
            # The mirror of a bank, or the issuer of points: one signed number.
            counter = self._network.read("WalletLedger", "counterOf", address)
            return [counter, 0] == [sum(one) for one in rebuilt]
        stored = self._network.read("WalletLedger", "balancesOf", address)
        return [list(one) for one in stored] == rebuilt

    def sum_of(self, *pockets: int) -> int:
        """Return everything in some pockets, counters included: it must be zero."""
        both = (self.available, self.held)
        return sum(fen for one in both for (_, pocket), fen in one.items() if pocket in pockets)


def derived(network: Network, types: list[str], *values: Any) -> str:
    """Return an account that follows from words: the end of a hash behind the digit f."""
    return "0xf" + Web3.keccak(network.w3.codec.encode(types, values)).hex()[-39:]


def funds(network: Network, balances: Balances) -> list[dict[str, Any]]:
    """Return what each fund received, paid and has."""
    registered = network.events_of("ProviderRegistry", "OrganisationRegistered")
    regions = sorted({one["args"]["region"] for one in registered})
    found = []
    for region, scheme, kind in product(regions, range(len(SCHEMES)), range(len(FUNDS))):
        types = ["string", "bytes12", "uint8", "uint8"]
        account = derived(network, types, "FUND", region, scheme, kind)
        if (account, 0) in balances.available:
            found.append({
                "region": region.rstrip(b"\0").decode(),
                "scheme": SCHEMES[scheme],
                "kind": FUNDS[kind],
                "account": account,
                "received_fen": balances.received[account],
                "paid_fen": balances.paid[account],
                "balance_fen": balances.available[account, 0] + balances.held[account, 0],
            })  # fmt: skip
    return found


def claim(network: Network, wanted: str | None) -> dict[str, Any] | None:
    """Trace a settled claim, the last one by default: event, figures, movements, signed lines."""
    settled = network.events_of("ClaimSettlement", "ClaimSettled")
    chosen = [one for one in settled if wanted in (None, plain(one["args"]["claimId"]))]
    if not chosen:
        return sys.exit(f"no claim {wanted} was settled") if wanted else None
    event = chosen[-1]
    evidence = event["args"]["evidence"]
    found = {
        "claim_id": plain(event["args"]["claimId"]),
        "digest": plain(event["args"]["digest"]),
        "block": event["blockNumber"],
        "state": STATES[network.read("ClaimRegistry", "stateOf", event["args"]["claimId"])],
        "provider": plain(evidence["provider"]),
        "insurer": plain(evidence["insurer"]),
        "terms": terms(bytes(evidence["terms"])),
        "figures_fen": unpacked(evidence["amounts"]),
        "lines": signed_lines(network, event),
        "movements": movements(network, event),
    }
    return {**found, "checks": checks(network, event, found)}


def checks(network: Network, event: Any, found: dict[str, Any]) -> dict[str, bool | None]:
    """Return what must hold of a claim, and whether it does; None where nothing is left to see."""
    fen, parties = found["figures_fen"], ["string", "address", "address"]
    sides = [event["args"]["evidence"][one] for one in ("provider", "insurer")]
    receivable = derived(network, parties, "RECEIVABLE", *sides)
    # What the provider owed from an earlier reversal goes back to the fund: not part of the claim.
    own = [one for one in found["movements"] if one["from"] not in (NOBODY, receivable)]
    # Notes paid at the counter are recorded and never posted.
    notes = fen["cash"] if found["terms"]["cash_mode"] == "COUNTER" else 0
    funds_fen = fen["pooled"] + fen["bigIllness"] + fen["aid"] + fen["supplementary"]
    scopes_fen = fen["own"] + fen["over"] + fen["preSelf"] + fen["inScope"]
    sources_fen = fen["medical"] + fen["family"] + fen["cash"]
    moved_fen = sum(one["amount_fen"] for one in own)
    return {
        "total = in and out of scope": fen["total"] == scopes_fen,
        "total = provider + funds + member":
            fen["total"] == fen["provider"] + funds_fen + fen["member"],
        "total = lines": fen["total"] == sum(one["gross_fen"] for one in found["lines"]),
        "member = medical + family + cash": fen["member"] == sources_fen,
        "funds + member = movements": funds_fen + fen["member"] - notes == moved_fen,
        "evidence = what the contract keeps": is_committed(network, event, found["state"]),
    }  # fmt: skip


def unpacked(words: list[int]) -> dict[str, int]:
    """Return the fifteen amounts: 64 bits each, four to a word, low bits first."""
    low = 2**64 - 1
    return {name: words[place // 4] >> 64 * (place % 4) & low for place, name in enumerate(FIGURES)}


def terms(word: bytes) -> dict[str, Any]:
    """Return what the packed word of a claim's terms says."""
    return {
        "region": word[:12].rstrip(b"\0").decode(),
        "scheme": SCHEMES[word[12]],
        "cash_mode": ("WALLET", "COUNTER")[word[13]],
        "policy_year": int.from_bytes(word[14:16]),
        "plan_version": int.from_bytes(word[16:20]),
        "month": word[20],
        "fingerprint": "0x" + word[24:].hex(),
    }


def movements(network: Network, event: Any) -> list[dict[str, Any]]:
    """Return the Transfers of the claim's digest: groups that end with a Moved naming it.

    Money that changes pocket is a Transfer to nobody and another one from nobody.
    """
    ledger = network.contract("WalletLedger")
    receipt = network.w3.eth.get_transaction_receipt(event["transactionHash"])
    both = (ledger.events.Transfer(), ledger.events.Moved())
    events = [one for kind in both for one in kind.process_receipt(receipt, errors=DISCARD)]
    found: list[Any] = []
    group: list[Any] = []
    for one in sorted(events, key=lambda one: one["logIndex"]):
        if one["address"] != ledger.address:
            continue
        if one["event"] == "Transfer":
            group.append(one["args"])
            continue
        found += group if one["args"]["ref"] == event["args"]["digest"] else []
        group = []
    return [
        {"from": plain(one["sender"]), "to": plain(one["receiver"]),
         "pocket": POCKETS[one["id"]], "amount_fen": one["amount"]}
        for one in found
    ]  # fmt: skip


def signed_lines(network: Network, settled: Any) -> list[dict[str, Any]]:
    """Return the claim's lines as they were signed, from the transaction that brought them."""
    wanted = settled["args"]["claimId"]
    submitted = network.events_of("ClaimSettlement", "ClaimSubmitted")
    event = next((one for one in submitted if one["args"]["claimId"] == wanted), settled)
    router, codec = network.contract("IntentRouter"), network.w3.codec
    settle = network.contract("ClaimSettlement").get_function_by_name("settle").abi
    fields = settle["inputs"][2]["components"]
    data = network.w3.eth.get_transaction(event["transactionHash"])["input"]
    for item in router.decode_function_input(data)[1]["items"]:
        if item["kind"] not in CLAIM_KINDS:
            continue
        values = codec.decode([type_of(one) for one in fields], item["body"])
        body = dict(zip((one["name"] for one in fields), values, strict=True))
        owner = [item["actor"], body["claimNumberHash"]]
        if Web3.keccak(codec.encode(["address", "bytes32"], owner))[:23] == wanted[:23]:
            names = ("class", "gross_fen", "over_fen", "self_pay_bp", "line_hash")
            lines = [dict(zip(names, map(plain, line), strict=True)) for line in body["lines"]]
            return [{**line, "class": CLASSES[line["class"]]} for line in lines]
    return []


def is_committed(network: Network, event: Any, state: str) -> bool | None:
    """Return whether ClaimRegistry keeps the hash of the event; None once a reversal cleared it."""
    if state == "REVERSED":
        return None
    receipt = network.w3.eth.get_transaction_receipt(event["transactionHash"])
    data = next(one["data"] for one in receipt["logs"] if one["logIndex"] == event["logIndex"])
    stored = network.read("ClaimRegistry", "commitmentOf", event["args"]["claimId"])
    return bool(stored == Web3.keccak(data)[:31] + bytes(1))


def refusals(network: Network) -> dict[str, list[Any]]:
    """Return why intents were refused, and three calls that must be: each by another contract."""
    nobody = Web3.to_checksum_address("0x1" + "00" * 19 + "1")
    settlement, ledger = network.contract("ClaimSettlement"), network.contract("WalletLedger")
    provider = network.events_of("ProviderRegistry", "ProviderContracted")[-1]["args"]["provider"]
    fields = settlement.get_function_by_name("quote").abi["inputs"][1]["components"]
    claimed = {one["name"]: blank_of(one["type"]) for one in fields}
    claimed |= {"member": nobody, "scheme": 2, "coverageStart": 1, "serviceStart": 1,
                "serviceEnd": 1, "totalFen": 1, "quoteExpiresAt": 2**63,
                "lines": [(0, 1, 0, 0, bytes(32))]}  # fmt: skip
    refused = network.events_of("IntentRouter", "IntentRefused")
    return {
        "intents": [
            {"digest": plain(one["digest"]), "why": network.explained(one["reason"])}
            for one in (event["args"] for event in refused)
        ],
        "calls": [
            network.refused(network.directory, "get", b"Nothing".ljust(32, b"\0")),
            network.refused(ledger, "transfer", nobody, 0, 1),
            network.refused(settlement, "quote", provider, tuple(claimed.values())),
        ],
    }


def blank_of(kind: str) -> Any:
    """Return the zero of an ABI type."""
    zero = bytes(int(kind[5:])) if kind.startswith("bytes") else 0
    return NOBODY if kind == "address" else zero


def main() -> int:
    """Print the report and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rpc", required=True, help="JSON-RPC of a node you trust")
    parser.add_argument("--directory", required=True, help="address of NetworkDirectory")
    parser.add_argument("--abi", required=True, type=Path, help="folder with <Contract>.json")
    parser.add_argument("--block", type=int, help="audit at this block; default: the last final")
    parser.add_argument("--claim", help="id of the claim to trace; default: the last settled")
    options = parser.parse_args()
    network = Network(options.rpc, options.directory, options.abi, block=options.block)
    balances = Balances(network)
    same, traced = codes(network), claim(network, options.claim)
    report = {
        "chain_id": network.w3.eth.chain_id,
        "block": network.block,
        "codes": same,
        "accounts": len(balances.accounts),
        "different": balances.different(),
        "sum_of_money_fen": balances.sum_of(0, 1),
        "sum_of_points": balances.sum_of(2),
        "funds": funds(network, balances),
        "claim": traced,
        "refusals": refusals(network),
    }
    print(json.dumps(report, indent=1))
    sums = (report["sum_of_money_fen"], report["sum_of_points"])
    sound = not report["different"] and sums == (0, 0) and all(same.values())
    return 0 if sound and (traced is None or False not in traced["checks"].values()) else 1


if __name__ == "__main__":
    sys.exit(main())
