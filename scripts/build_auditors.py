#!/usr/bin/env python3
"""Write the parts of docs/auditors.md that follow from the contracts; `--check` compares instead.

    .venv/bin/python scripts/build_auditors.py [--check]

A part stands between `<!-- generated: NAME -->` and `<!-- end -->`. What it says of packed words
and derived accounts is read from the Solidity sources; examples are made with the sandbox's names.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from eth_abi.abi import encode  # noqa: E402

from node import artifacts  # noqa: E402
from node.chain import accounts  # noqa: E402
from node.chain.deployment.deploy import CONSTRUCTORS  # noqa: E402
from node.devnet.seed.parties import organisation_party  # noqa: E402
from node.intents.schema import snake_case  # noqa: E402
from node.wire.hashing import keccak  # noqa: E402
from node.wire.labels import label_bytes  # noqa: E402
from scripts import solidity_texts as solidity  # noqa: E402
from scripts.generated import write_text  # noqa: E402

PAGE = ROOT / "docs" / "auditors.md"
PART = re.compile(r"(<!-- generated: (\w+) -->\n)(.*?)(<!-- end -->)", re.S)
# What examples are made with: a sandbox's region and members of enums; parties by their names.
SAMPLES = {"Region": "110000", "Scheme": "RESIDENT", "FundKind": "POOLED"}
PARTIES = {"provider": "HOSPITAL", "insurer": "INSURER", "channel": "BANK"}


def names() -> str:
    """Return what the directory names: contracts and the libraries they are linked to."""
    links = [artifacts.load(name)["linkReferences"].values() for name in CONSTRUCTORS]
    linked = {library for units in links for unit in units for library in unit}
    listed = ", ".join(f"`{name}`" for name in sorted({*CONSTRUCTORS, *linked}))
    return f"{listed}.\n\n`WalletLedger` is `0x{label_bytes('WalletLedger', 32).hex()}`.\n"


def words() -> str:
    """Return the value types and how each is made."""
    rows = [f"| `{name}` | `{abi}` | {text} |" for name, (abi, text) in
            sorted(solidity.described_types().items())]  # fmt: skip
    return "\n".join(["| type | in the ABI | what it is |", "|---|---|---|", *rows]) + "\n"


def derived_accounts() -> str:
    """Return how the ids of funds and technical accounts are made, with an example each."""
    derived = solidity.digits()["DERIVED"]
    rows = []
    used: dict[str, list[str]] = {}
    for one in solidity.derivations():
        values = "".join(f", {solidity.abi_type(kind)} {name}" for name, kind in one.values)
        given = ", ".join(_sample(name, kind)[0] for name, kind in one.values)
        used |= {kind: solidity.enums()[kind] for _, kind in one.values if kind in
                 solidity.enums()}  # fmt: skip
        rows.append(f'| {one.function} | `"{one.word}"{values}` | {given} | `{_derived(one)}` |')
    numbers = [
        f"- `{name}`: " + ", ".join(f"{member} {at}" for at, member in enumerate(members))
        for name, members in sorted(used.items())
    ]
    return "\n".join([
        f"`0x{derived:x}` and the last 39 hex digits of `keccak256(abi.encode(…))` of:",
        "",
        "| account of | encoded | in the sandbox | is |",
        "|---|---|---|---|",
        *rows,
        "",
        "Numbers of the words:",
        "",
        *numbers,
        "",
    ])  # fmt: skip


def _sample(name: str, kind: str) -> tuple[str, Any, Any]:
    """Return a value for an example: as text, for the encoder, and for node/chain/accounts.py."""
    if kind in solidity.enums():
        number = solidity.enums()[kind].index(SAMPLES[kind])
        return SAMPLES[kind], number, number
    if kind in SAMPLES:
        size = int(solidity.abi_type(kind).removeprefix("bytes"))
        word = label_bytes(SAMPLES[kind], size)
        return SAMPLES[kind], word, "0x" + word.hex()
    party = PARTIES[name]
    return party, organisation_party(party).account, organisation_party(party).account


def _derived(one: solidity.Derivation) -> str:
    """Return an example's account. Errors: UnknownForm if the gateway derives it otherwise."""
    samples = [_sample(name, kind) for name, kind in one.values]
    types = ["string", *(solidity.abi_type(kind) for _, kind in one.values)]
    hashed = keccak(encode(types, [one.word, *(sample[1] for sample in samples)]))
    account = f"0x{solidity.digits()['DERIVED']:x}{hashed.hex()[-39:]}"
    mirror: Callable[..., str] = getattr(accounts, snake_case(one.function))
    if mirror(*(sample[2] for sample in samples)) != account:
        raise solidity.UnknownForm(f"node/chain/accounts.py derives {one.function} otherwise")
    return account


def claim_settled() -> str:
    """Return how `ClaimSettled` is packed: its topic, its words, and what is inside them."""
    abi = artifacts.load("IClaimSettlement")["abi"]
    event = next(part for part in abi if part.get("name") == "ClaimSettled")
    text = f"ClaimSettled({','.join(map(_type, event['inputs']))})"
    slices = [*solidity.terms_slices(), *solidity.amount_slices(), *solidity.year_slices()]
    rows = []
    for place, (word, kind) in enumerate(_flat(event["inputs"][-1]["components"])):
        inside = [one for one in slices if one.word == word.rpartition(".")[2]]
        told = "; ".join(
            f"{one.first_bit}–{one.first_bit + one.bits - 1} {one.field}" for one in inside
        )
        rows.append(f"| {place} | `{word}` | `{kind}` | {told} |")
    return "\n".join([
        f"`topics[0]` is `0x{keccak(text.encode()).hex()}`, the hash of",
        "",
        f"    {text}",
        "",
        "`topics[1]` is the digest, `topics[2]` the claim. The data are these words, with bits",
        "counted from the lowest:",
        "",
        "| word | field | type | bits inside |",
        "|---|---|---|---|",
        *rows,
        "",
    ])  # fmt: skip


def _type(part: dict[str, Any]) -> str:
    inner = ",".join(map(_type, part.get("components", ())))
    return str(part["type"]).replace("tuple", f"({inner})")


def _flat(parts: list[dict[str, Any]], before: str = "") -> list[tuple[str, str]]:
    """Return the words of a static struct with their names and types."""
    found: list[tuple[str, str]] = []
    for part in parts:
        name, size = before + part["name"], re.search(r"\[(\d+)\]$", part["type"])
        if part["type"] == "tuple":
            found += _flat(part["components"], f"{name}.")
        elif size:
            kind = part["type"].removesuffix(size[0])
            found += [(f"{name}[{place}]", kind) for place in range(int(size[1]))]
        else:
            found.append((name, part["type"]))
    return found


PARTS: dict[str, Callable[[], str]] = {
    "names": names,
    "words": words,
    "accounts": derived_accounts,
    "claim": claim_settled,
}


def rendered(page: str) -> str:
    """Return the page with every part made anew. Errors: KeyError for a part of another name."""
    return PART.sub(lambda found: f"{found[1]}{PARTS[found[2]]()}{found[4]}", page)


def main() -> int:
    """Write or compare the page and return the exit code."""
    page = PAGE.read_text()
    missing = PARTS.keys() - {name for _, name, _, _ in PART.findall(page)}
    if missing:
        print(f"build_auditors: {PAGE.name} has no part {', '.join(sorted(missing))}")
        return 1
    made = rendered(page)
    if "--check" not in sys.argv[1:]:
        write_text(PAGE, made)
        return 0
    if made != page:
        print(f"stale: {PAGE.name} - run scripts/build_auditors.py")
    return int(made != page)


if __name__ == "__main__":
    sys.exit(main())
