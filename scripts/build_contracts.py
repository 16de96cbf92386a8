#!/usr/bin/env python3
"""Compile contracts/src to node/artifacts and contracts/mocks to tests/artifacts.

Both folders are committed, so that running and testing need no compiler. Only contracts whose
sources or imports changed are generated again. Plain standard library: it runs before any install.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.abi_errors import Artifacts, with_called_errors  # noqa: E402
from scripts.generated import write_folder  # noqa: E402

CONTRACTS = ROOT / "contracts"
COMPILER = ROOT / "scripts" / "solc.js"
COMPILER_VERSION = "0.8.37"
OUTPUTS = {"src": ROOT / "node" / "artifacts", "mocks": ROOT / "tests" / "artifacts"}
REMAPPING = ("@openzeppelin/contracts/", "node_modules/@openzeppelin/contracts/")
RUNTIME_LIMIT = 22_000
FORMAT = 1
SETTINGS: dict[str, Any] = {
    # docs/adr/0014: a tenth less gas, a minute more for whoever compiles everything.
    "optimizer": {"enabled": True, "runs": 20_000},
    "evmVersion": "prague",
    "viaIR": True,
    "metadata": {"bytecodeHash": "none"},
    "remappings": ["=".join(REMAPPING)],
}
# Several times faster, for variants that are only tested.
QUICK: dict[str, Any] = {"optimizer": {"enabled": True, "runs": 200}, "viaIR": False}
SELECTION = [
    *("abi", "storageLayout", "evm.bytecode.object", "evm.bytecode.linkReferences"),
    *("evm.deployedBytecode.object", "evm.deployedBytecode.linkReferences"),
    "evm.deployedBytecode.immutableReferences",
]
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)
IMPORT = re.compile(r'^\s*import\s+(?:[^;"]*\s+from\s+)?"([^"]+)"', re.M)
DEFINITION = re.compile(r"^(?:abstract\s+)?(contract|library|interface)\s+(\w+)", re.M)


class BuildError(Exception):
    """The sources cannot be turned into artifacts; the text is for the person at the terminal."""


@dataclass(frozen=True)
class Target:
    """One contract, library or interface to compile."""

    name: str
    kind: str
    source: str
    source_hash: str

    @property
    def folder(self) -> Path:
        """Return the folder its artifact is written to."""
        return OUTPUTS[self.source.split("/")[0]]


@cache
def read_source(name: str) -> str:
    """Return the text of a source unit named relative to contracts/."""
    try:
        return (CONTRACTS / name).read_text()
    except FileNotFoundError:
        hint = " (run npm ci in contracts/)" if name.startswith("node_modules/") else ""
        raise BuildError(f"source not found: contracts/{name}{hint}") from None


@cache
def imports_of(name: str) -> tuple[str, ...]:
    """Return the source units that one unit imports directly."""
    found = []
    for path in IMPORT.findall(read_source(name)):
        if path.startswith("."):
            found.append(os.path.normpath(os.path.join(os.path.dirname(name), path)))
        else:
            found.append(path.replace(*REMAPPING, 1) if path.startswith(REMAPPING[0]) else path)
    return tuple(found)


@cache
def closure_of(name: str) -> frozenset[str]:
    """Return a source unit and everything it imports, directly or not."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        unit = waiting.pop()
        if unit not in seen:
            seen.add(unit)
            waiting.extend(imports_of(unit))
    return frozenset(seen)


@cache
def source_hash(name: str) -> str:
    """Return one hash over the text of a source unit, its imports and the compiler settings."""
    settings = json.dumps([FORMAT, COMPILER_VERSION, SETTINGS, SELECTION], sort_keys=True)
    digest = hashlib.sha256(settings.encode())
    for unit in sorted(closure_of(name)):
        # Hash each text first, so that moving a line between two files changes the result.
        text_hash = hashlib.sha256(read_source(unit).encode()).hexdigest()
        digest.update(f"{unit}\0{text_hash}\n".encode())
    return digest.hexdigest()


def find_targets(wanted: list[str]) -> dict[str, Target]:
    """Return what contracts/src and contracts/mocks define, or only the wanted names.

    Errors: BuildError for two definitions of one name and for an unknown wanted name.
    """
    targets: dict[str, Target] = {}
    for folder in OUTPUTS:
        for path in sorted((CONTRACTS / folder).rglob("*.sol")):
            name = path.relative_to(CONTRACTS).as_posix()
            for kind, contract in DEFINITION.findall(COMMENT.sub("", read_source(name))):
                if wanted and contract not in wanted:
                    continue
                if contract in targets:
                    raise BuildError(f"{contract}: in {targets[contract].source} and in {name}")
                targets[contract] = Target(contract, kind, name, source_hash(name))
    if unknown := sorted(set(wanted) - set(targets)):
        raise BuildError(f"no such contract: {', '.join(unknown)}")
    return targets


def make_request(
    targets: list[Target], *, changed: Mapping[str, str] | None = None, **settings: Any
) -> dict[str, Any]:
    """Return the compiler's standard JSON request for the targets and their imports.

    `changed` has other texts for some source units, with the same imports.
    """
    texts = changed or {}
    selection: dict[str, dict[str, list[str]]] = {}
    for target in targets:
        selection.setdefault(target.source, {})[target.name] = SELECTION
    units = sorted(frozenset().union(*(closure_of(target.source) for target in targets)))
    return {
        "language": "Solidity",
        "sources": {unit: {"content": texts.get(unit) or read_source(unit)} for unit in units},
        "settings": {**SETTINGS, **settings, "outputSelection": selection},
    }


def compile_request(request: dict[str, Any]) -> dict[str, Any]:
    """Run the compiler on a standard JSON request and return its answer. Errors: BuildError."""
    done = subprocess.run(
        ["node", str(COMPILER), "--standard-json"],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise BuildError(done.stderr.strip())
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def report_messages(answer: dict[str, Any]) -> int:
    """Print the messages; return the number of warnings in our sources. Errors: BuildError."""
    warnings = 0
    for message in answer.get("errors", []):
        place = message.get("sourceLocation", {}).get("file", "")
        if message["severity"] == "error" or not place.startswith("node_modules/"):
            print(message["formattedMessage"].rstrip(), file=sys.stderr)
            warnings += message["severity"] == "warning"
    if any(message["severity"] == "error" for message in answer.get("errors", [])):
        raise BuildError("the contracts do not compile")
    return warnings


def storage_rows(layout: dict[str, Any]) -> list[dict[str, Any]]:
    """Return slot, offset, label and type of each variable, without the compiler's node numbers.

    Those numbers change with every file added to the run; the layout itself does not.
    """
    types = layout.get("types") or {}
    return [
        {
            "slot": int(entry["slot"]),
            "offset": entry["offset"],
            "label": entry["label"],
            "type": types[entry["type"]]["label"],
            "bytes": int(types[entry["type"]]["numberOfBytes"]),
        }
        for entry in layout.get("storage", [])
    ]


def make_artifact(target: Target, output: dict[str, Any]) -> dict[str, Any]:
    """Return the artifact of one contract; byte strings carry the prefix 0x."""
    creation = output["evm"]["bytecode"]
    runtime = output["evm"]["deployedBytecode"]
    immutables = runtime.get("immutableReferences", {}).values()
    return {
        "contractName": target.name,
        "kind": target.kind,
        "sourceName": target.source,
        "sourceHash": target.source_hash,
        "abi": output["abi"],
        "bytecode": "0x" + creation["object"],
        "deployedBytecode": "0x" + runtime["object"],
        "linkReferences": creation.get("linkReferences", {}),
        "deployedLinkReferences": runtime.get("linkReferences", {}),
        "immutableReferences": sorted(
            (place for places in immutables for place in places), key=lambda place: place["start"]
        ),
        "storageLayout": storage_rows(output.get("storageLayout", {})),
    }


def runtime_size(artifact: dict[str, Any]) -> int:
    """Return the number of bytes a contract occupies on chain."""
    return (len(artifact["deployedBytecode"]) - 2) // 2


def render(value: dict[str, Any]) -> str:
    """Return the committed form of a JSON document."""
    return json.dumps(value, indent=1) + "\n"


def load_artifacts(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the artifacts a folder holds now, by contract name."""
    files = sorted(folder.glob("*.json"))
    return {file.stem: json.loads(file.read_text()) for file in files if file.stem != "manifest"}


def make_manifest(artifacts: Artifacts) -> dict[str, Any]:
    """Return compiler, settings, one hash of all sources, and hash and size per artifact."""
    entries = {
        name: {
            "sourceName": artifacts[name]["sourceName"],
            "sourceHash": artifacts[name]["sourceHash"],
            "artifactHash": hashlib.sha256(render(artifacts[name]).encode()).hexdigest(),
            "runtimeBytes": runtime_size(artifacts[name]),
        }
        for name in sorted(artifacts)
    }
    sources = "".join(f"{name}\0{entry['sourceHash']}\n" for name, entry in entries.items())
    return {
        "format": FORMAT,
        "compiler": COMPILER_VERSION,
        "settings": SETTINGS,
        "sourcesHash": hashlib.sha256(sources.encode()).hexdigest(),
        "contracts": entries,
    }


def build(targets: list[Target]) -> tuple[dict[str, dict[str, Any]], int]:
    """Compile the targets; return their artifacts by name and the number of warnings."""
    if not targets:
        return {}, 0
    answer = compile_request(make_request(targets))
    warnings = report_messages(answer)
    outputs = answer["contracts"]
    return {
        target.name: make_artifact(target, outputs[target.source][target.name])
        for target in targets
    }, warnings


def completed(artifacts: Artifacts) -> Artifacts:
    """Return artifacts of contracts/src whose ABIs have every error that a call can end in."""
    units = {name: closure_of(artifact["sourceName"]) for name, artifact in artifacts.items()}
    return with_called_errors(
        artifacts, {name: [read_source(unit) for unit in found] for name, found in units.items()}
    )


def expected_files(artifacts: Artifacts) -> dict[str, str]:
    """Return the text of every file one artifact folder must hold."""
    files = {f"{name}.json": render(artifact) for name, artifact in sorted(artifacts.items())}
    return {**files, "manifest.json": render(make_manifest(artifacts))} if files else {}


def update(targets: dict[str, Target], *, whole: bool) -> Artifacts:
    """Bring both folders up to date; a whole build also removes what has no contract."""
    present = {key: load_artifacts(folder) for key, folder in OUTPUTS.items()}
    known = {name: artifact for part in present.values() for name, artifact in part.items()}
    stale = [
        target
        for target in targets.values()
        if known.get(target.name, {}).get("sourceHash") != target.source_hash
        or not (target.folder / f"{target.name}.json").exists()
    ]
    started = time.monotonic()
    built, _ = build(stale)
    if stale:
        print(f"compiled {len(stale)} of {len(targets)} in {time.monotonic() - started:.1f} s")
    for key, folder in OUTPUTS.items():
        kept = {name: one for name, one in present[key].items() if not whole or name in targets}
        fresh = {name: one for name, one in built.items() if targets[name].folder == folder}
        present[key] = {**kept, **fresh}
        if key == "src":
            present[key] = dict(completed(present[key]))
        write_folder(folder, expected_files(present[key]))
    return present["src"]


def check(targets: dict[str, Target]) -> Artifacts:
    """Compile everything again and compare with the committed files; return the artifacts of src.

    Errors: BuildError naming each difference, also when our sources give compiler warnings.
    """
    built, warnings = build(list(targets.values()))
    different = []
    shipped: Artifacts = {}
    for key, folder in OUTPUTS.items():
        part: Artifacts = {name: built[name] for name in built if targets[name].folder == folder}
        if key == "src":
            part = shipped = completed(part)
        files = expected_files(part)
        committed = {path.name: path.read_text() for path in folder.glob("*.json")}
        different += [
            f"{folder.relative_to(ROOT)}/{name}"
            for name in sorted({*files, *committed})
            if files.get(name) != committed.get(name)
        ]
    if different:
        lines = "\n  ".join(different)
        raise BuildError(f"not what the sources give; run scripts/build_contracts.py:\n  {lines}")
    if warnings:
        raise BuildError(f"{warnings} compiler warnings")
    return shipped


def check_hashes(targets: dict[str, Target]) -> Artifacts:
    """Compare source hashes with the committed ones. Errors: BuildError naming what differs."""
    parts: list[Artifacts] = [load_artifacts(folder) for folder in OUTPUTS.values()]
    hashes = {name: one["sourceHash"] for part in parts for name, one in part.items()}
    expected = {name: target.source_hash for name, target in targets.items()}
    if old := sorted(name for name, _ in hashes.items() ^ expected.items()):
        raise BuildError(f"run scripts/build_contracts.py: {', '.join(dict.fromkeys(old))}")
    if completed(parts[0]) != parts[0]:
        raise BuildError("run scripts/build_contracts.py: an ABI has not the errors of its calls")
    return parts[0]


def report_sizes(artifacts: Artifacts) -> None:
    """Print the size of every deployable contract. Errors: BuildError over the limit."""
    sizes = {name: runtime_size(artifact) for name, artifact in artifacts.items()}
    print(f"{'contract':<32} {'runtime':>8} {'of limit':>9}")
    for name, size in sorted(sizes.items(), key=lambda item: (-item[1], item[0])):
        # A library of internal functions leaves a stub of less than 100 bytes that nobody deploys.
        if size >= 100:
            print(f"{name:<32} {size:>8,} {size / RUNTIME_LIMIT:>8.0%}")
    if large := [name for name, size in sizes.items() if size > RUNTIME_LIMIT]:
        raise BuildError(f"over {RUNTIME_LIMIT:,} bytes: {', '.join(sorted(large))}")


def parse_arguments() -> argparse.Namespace:
    """Return the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("names", nargs="*", help="only these contracts (their imports included)")
    parser.add_argument("--check", action="store_true", help="rebuild and compare, write nothing")
    parser.add_argument("--quick", action="store_true", help="with --check: compare hashes only")
    return parser.parse_args()


def run(options: argparse.Namespace) -> Artifacts:
    """Do what the command line asks and return the artifacts of contracts/src."""
    targets = find_targets(options.names)
    if not options.check:
        return update(targets, whole=not options.names)
    if options.names:
        raise BuildError("--check is for the whole tree: give no names")
    return check_hashes(targets) if options.quick else check(targets)


def main() -> int:
    """Run the command line and return the exit code."""
    try:
        report_sizes(run(parse_arguments()))
    except BuildError as error:
        print(f"build_contracts: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
