"""Say whether what a long suite looks at is as it was when the suite last passed in full.

    python -m scripts.unchanged SUITE            leaves with 0 when unchanged, with 1 else
    python -m scripts.unchanged --record SUITE   after it passed in full: writes .ci/passed.json,
                                                 and keeps in .ci what it proved

The record names the digest of the suite's inputs, no commit: whoever changes an input, in whatever
way, has the suite run in full by `.ci/run`. YIBAO_WHOLE=1 says "changed" for every suite.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from node.cli import checkout

ROOT = Path(__file__).resolve().parent.parent
RECORD = ".ci/passed.json"
WHOLE = "YIBAO_WHOLE"
_CONTRACTS = ("contracts/src", "contracts/package-lock.json", "contracts/foundry.toml")
_EVM_TESTS = ("tests/contracts", "tests/fixtures", "tests/factories", "tests/conftest.py")
# Whole folders: a dependency that nobody thought of is inside one of them.
INPUTS: dict[str, tuple[str, ...]] = {
    "mutants": (
        *(*_CONTRACTS, *_EVM_TESTS, "tests/invariants", "scripts/mutants", "scripts/mutants.py"),
        *("scripts/build_contracts.py", "requirements/dev.lock"),
    ),
    "halmos": (*_CONTRACTS, "contracts/proofs", "scripts/analysis", "scripts/solc.js"),
    "validators": (
        *("node/validator", "node/chain", "node/devnet", "node/relayer", "node/indexer"),
        *("node/outbox", "node/intents", "node/domain", "node/artifacts", "node/config.py"),
        *("node/cli", "node/bootstrap.py", "tests/chaos/validators", "tests/fixtures"),
        *("tests/factories", "tests/conftest.py", "tests/plugins", "docs/operators.md"),
        *("requirements/dev.lock", "hardhat-free-devnet.toml"),
    ),
    # It runs on request only; `yibao features` asks whether its results still hold.
    "long": (
        *(*_CONTRACTS, "node/domain", "node/chain", "node/intents", "node/artifacts"),
        *("tests/invariants", "tests/fixtures", "tests/factories", "tests/artifacts"),
        *("tests/conftest.py", "tests/plugins", "requirements/dev.lock"),
    ),
}


def digest_of(root: Path, suite: str) -> str:
    """Return the digest of names and contents of a suite's inputs."""
    return checkout.digest_of(root, INPUTS[suite])


def read_record(root: Path) -> dict[str, str]:
    """Return the digest by suite at which it passed in full."""
    path = root / RECORD
    record: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return record


def is_unchanged(root: Path, suite: str) -> bool:
    """Return whether a suite may run in its short form."""
    if os.environ.get(WHOLE) == "1":
        return False
    return read_record(root).get(suite) == digest_of(root, suite)


def record(root: Path, suite: str) -> None:
    """Write down that a suite passed in full on the inputs as they are."""
    known = {**read_record(root), suite: digest_of(root, suite)}
    (root / RECORD).write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
    keep_results(root, suite)


def keep_results(root: Path, suite: str) -> None:
    """Keep in .ci which clauses of features a suite's last run proved, without the single tests."""
    name = f"results-{suite}.json"
    written = root / "build" / "test-results" / name
    if written.exists():
        document = json.loads(written.read_text())
        del document["tests"]
        (root / ".ci" / name).write_text(json.dumps(document, indent=1) + "\n")


def main() -> int:
    """Answer for one suite and return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("suite", choices=sorted(INPUTS))
    parser.add_argument("--record", action="store_true", help="it has just passed in full")
    arguments = parser.parse_args()
    if arguments.record:
        record(ROOT, arguments.suite)
        return 0
    unchanged = is_unchanged(ROOT, arguments.suite)
    word = "as when it last passed in full" if unchanged else "changed: it runs in full"
    print(f"{arguments.suite}: what it looks at is {word}")
    return 0 if unchanged else 1


if __name__ == "__main__":
    sys.exit(main())
