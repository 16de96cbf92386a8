#!/usr/bin/env python3
"""Write the bills of materials of a release to build/sbom: CycloneDX for Python and for npm.

Run by scripts/analysis/sbom, which brings the tools. What counts is in the locks: each package of
requirements/runtime.lock with its hashes, each package of contracts/package-lock.json. Licences and
the graph come from what is installed. Addresses of registries are left out: a file names its hash,
not where to fetch it. Leaves with 1 when a locked package is missing, has another version, has no
hash, or has no licence that the table of licences below knows.
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "build" / "sbom"
RUNTIME = ROOT / "requirements" / "runtime.lock"
CONTRACTS = ROOT / "contracts"
LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.M)
# Words of licences that the project may ship beside its own; LGPL libraries are not changed.
PERMITTED = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|LGPL|Lesser|OFL|CC0|CC-BY"
    r"|Python-2.0|Unlicense|Public Domain|BlueOak|0BSD|CNRI|Zlib"
)
# Where the lock is silent: an old form of package.json, programs of one maker for other platforms.
KNOWN_LICENCES = {"memorystream": "MIT", "@foundry-rs": "MIT OR Apache-2.0"}
Bom = dict[str, Any]


def run(*command: str, folder: Path = ROOT) -> Any:
    """Return the JSON that a command prints. Errors: CalledProcessError."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def canonical(name: str) -> str:
    """Return a Python package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked_python() -> dict[str, str]:
    """Return version by name of every package the lock names."""
    return {canonical(name): version for name, version in LOCKED.findall(RUNTIME.read_text())}


def locked_npm() -> dict[tuple[str, str], dict[str, Any]]:
    """Return the lock's entry of every npm package by name and version."""
    lock = json.loads((CONTRACTS / "package-lock.json").read_text())
    return {
        (path.rpartition("node_modules/")[2], entry["version"]): entry
        for path, entry in lock["packages"].items()
        if path
    }


def without_addresses(bom: Bom) -> Bom:
    """Drop every reference to a place on the network; hashes of files move to their component."""
    for component in [bom["metadata"]["component"], *bom["components"]]:
        hashes = list(component.get("hashes", []))
        for reference in component.pop("externalReferences", []):
            hashes.extend(reference.get("hashes", []))
        if hashes:
            component["hashes"] = hashes
    # Only the tools' own pages stand there.
    bom["metadata"].pop("tools", None)
    return bom


def python_bom(tools: Path) -> Bom:
    """Return the bill of what the gateway ships."""
    command = (str(tools / "cyclonedx-py"), "requirements", str(RUNTIME))
    options = ("--pyproject", "pyproject.toml", "--output-reproducible", "--of", "JSON")
    bom = without_addresses(run(*command, *options))
    environment = str(ROOT / ".venv" / "bin" / "python")
    installed = run(
        *(str(tools / "cyclonedx-py"), "environment", environment),
        *("--pyproject", "pyproject.toml", "--of", "JSON"),
    )
    licences = {
        canonical(row["Name"]): row["License"]
        for row in run(
            *(str(tools / "pip-licenses"), "--python", environment),
            *("--format", "json", "--with-system", "--from", "mixed"),
        )
    }
    refs = {canonical(one["name"]): one["purl"] for one in bom["components"]}
    for component in bom["components"]:
        name = canonical(component["name"])
        component["bom-ref"] = refs[name]
        component.pop("description", None)
        if (found := licences.get(name)) and found != "UNKNOWN":
            component["licenses"] = [{"license": {"name": found}}]
    bom["dependencies"] = graph(bom, installed, refs)
    return bom


def graph(bom: Bom, installed: Bom, refs: dict[str, str]) -> list[dict[str, Any]]:
    """Return which package needs which, of those in the bill."""
    root = bom["metadata"]["component"]["bom-ref"]
    names = {one["bom-ref"]: canonical(one["name"]) for one in installed["components"]}
    rows = []
    for row in installed["dependencies"]:
        ref = root if row["ref"] == "root-component" else refs.get(names.get(row["ref"], ""))
        needs = {refs.get(names.get(one, "")) for one in row.get("dependsOn", [])}
        if ref:
            rows.append({"ref": ref, "dependsOn": sorted(one for one in needs if one)})
    return rows


def npm_bom() -> Bom:
    """Return the bill of the contracts' library and tools."""
    command = ("npm", "sbom", "--sbom-format", "cyclonedx", "--package-lock-only")
    bom = without_addresses(run(*command, folder=CONTRACTS))
    # The same locks give the same bill.
    bom["metadata"].pop("timestamp", None)
    bom.pop("serialNumber", None)
    for component in bom["components"]:
        found = KNOWN_LICENCES.get(component["name"].split("/")[0])
        if found and not component.get("licenses"):
            component["licenses"] = [{"expression": found}]
    return bom


def licence_of(component: Bom) -> str:
    """Return a component's licence as one text."""
    parts = component.get("licenses", [])
    texts = (
        one.get("expression") or one["license"].get("id") or one["license"].get("name")
        for one in parts
    )
    return "; ".join(text for text in texts if text)


def problems_of(bom: Bom, *, installed: set[str] | None) -> list[str]:
    """Return what a bill says too little about; only what is installed has a known licence."""
    problems = []
    for component in bom["components"]:
        name = f"{component['name']} {component.get('version')}"
        if not component.get("purl"):
            problems.append(f"{name}: no package URL")
        licence = licence_of(component)
        known = installed is None or canonical(component["name"]) in installed
        if known and not PERMITTED.search(licence):
            problems.append(f"{name}: licence {licence or 'unknown'}")
    if found := re.findall(r"https?://[^\"\s]+", json.dumps({**bom, "$schema": ""})):
        problems.append(f"names an address: {found[0]}")
    return problems


def check_python(bom: Bom) -> list[str]:
    """Return what the Python bill lacks."""
    there = {canonical(one["name"]): one for one in bom["components"]}
    problems = [
        f"{name} {version}: not in the bill"
        for name, version in locked_python().items()
        if there.get(name, {}).get("version") != version
    ]
    problems += [f"{name}: no hash" for name, one in there.items() if not one.get("hashes")]
    # A package for another platform is locked and not installed here.
    absent = {name for name, one in there.items() if not licence_of(one)} & other_platforms()
    return problems + problems_of(bom, installed=there.keys() - absent)


def other_platforms() -> set[str]:
    """Return the names that the lock limits to some platform or version."""
    marked = re.findall(r"^([A-Za-z0-9._-]+)==[^ ;\\]+ ;", RUNTIME.read_text(), re.M)
    return {canonical(name) for name in marked}


def check_npm(bom: Bom) -> list[str]:
    """Return what the npm bill lacks."""
    there = {
        (f"{one['group']}/{one['name']}" if one.get("group") else one["name"], one["version"]): one
        for one in bom["components"]
    }
    problems = []
    for (name, version), entry in locked_npm().items():
        component = there.get((name, version))
        # A binary of a platform whose registry entry was out of reach has no hash in the lock.
        if component is None and "integrity" in entry:
            problems.append(f"{name} {version}: not in the bill")
        elif component and "integrity" in entry and not component.get("hashes"):
            problems.append(f"{name} {version}: no hash")
    return problems + problems_of(bom, installed=None)


def main() -> int:
    """Write both bills, check them, and return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("tools", type=Path, help="folder of cyclonedx-py and pip-licenses")
    tools = parser.parse_args().tools.resolve()
    TARGET.mkdir(parents=True, exist_ok=True)
    code = 0
    bills = (("python", python_bom(tools), check_python), ("npm", npm_bom(), check_npm))
    for name, bom, check in bills:
        path = TARGET / f"{name}.cdx.json"
        path.write_text(json.dumps(bom, indent=1, ensure_ascii=False) + "\n")
        counts: dict[str, int] = {}
        for component in bom["components"]:
            licence = licence_of(component) or "not installed here"
            counts[licence] = counts.get(licence, 0) + 1
        print(f"{path.relative_to(ROOT)}: {len(bom['components'])} packages")
        for licence, number in sorted(counts.items(), key=lambda row: (-row[1], row[0])):
            print(f"  {number:>4} {licence}")
        for problem in check(bom):
            print(f"  PROBLEM {problem}")
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main())
