"""Import contracts of pyproject.toml: a line planted against one is reported by it and no other.

A contract that names a module which nobody imports any more would be kept for ever.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.fixtures.tools import ROOT

LAYERS = "Layers: a package imports only from the rows below it"
FEATURE = "Every feature is read downwards: what it serves, how it is shown, what it decides"
FEATURES = "Features know only those below them"
DOMAIN = "The domain is pure: no web, database, chain or wire library"
SERVICES = "Services never talk to the chain: they write to the outbox"
VALIDATOR = "The validator depends on config, observability, wire, domain and chain only"
CONFIG = "Only composition roots read configuration"
HOMES = "Each outside library has one home: SQL, web3, gRPC"
CYCLES = "No cycles between sibling modules"

VERDICT = re.compile(r"^(.+) (KEPT|BROKEN)\b", re.MULTILINE)

PLANTED = [
    (LAYERS, "node/readmodels/claims.py", "import node.outbox.queue"),
    (LAYERS, "node/newcomer.py", "import node.domain.money"),
    (FEATURE, "node/features/plans/service.py", "import node.features.plans.schemas"),
    (FEATURE, "node/features/plans/newcomer.py", "import node.domain.money"),
    (FEATURES, "node/features/plans/service.py", "import node.features.coverages.service"),
    (DOMAIN, "node/domain/money.py", "import pydantic"),
    (SERVICES, "node/features/premiums/service.py", "import node.chain.client"),
    (VALIDATOR, "node/validator/home/genesis.py", "import node.db.pages"),
    (CONFIG, "node/relayer/loop.py", "import node.config"),
    (HOMES, "node/relayer/loop.py", "import sqlalchemy"),
    (HOMES, "node/indexer/loop.py", "import web3"),
    (HOMES, "node/cli/main.py", "import grpc"),
    (CYCLES, "node/domain/money.py", "import node.domain.premiums"),
]


class Tree:
    """A copy of the gateway's sources in which a line may be planted."""

    def __init__(self, root: Path) -> None:
        self._root = root
        for path in (ROOT / "node").rglob("*.py"):
            copy = root / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        shutil.copyfile(ROOT / "pyproject.toml", root / "pyproject.toml")

    @contextmanager
    def planted(self, path: str, line: str) -> Iterator[None]:
        """Let a line stand at the end of a file, a new one if need be."""
        file = self._root / path
        before = file.read_text() if file.exists() else None
        file.write_text(f"{before or ''}\n{line}\n")
        try:
            yield
        finally:
            if before is None:
                file.unlink()
            else:
                file.write_text(before)

    def judged(self) -> dict[str, str]:
        """Return what import-linter says of each contract: KEPT or BROKEN."""
        command = [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"]
        wide = os.environ | {"COLUMNS": "400"}
        done = subprocess.run(
            command, cwd=self._root, env=wide, capture_output=True, text=True, check=False
        )
        assert done.returncode in (0, 1), done.stderr
        return dict(VERDICT.findall(done.stdout))


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """Return a copy that keeps every contract as long as nothing is planted."""
    return Tree(tmp_path_factory.mktemp("imports"))


def contracts() -> list[str]:
    """Return the names of all contracts."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return [one["name"] for one in settings["tool"]["importlinter"]["contracts"]]


class TestContracts:
    def test_nothing_planted__all_are_kept(self, tree: Tree) -> None:
        assert tree.judged() == dict.fromkeys(contracts(), "KEPT")

    def test_every_contract__has_a_line_that_breaks_it(self) -> None:
        assert {name for name, _, _ in PLANTED} == set(contracts())

    @pytest.mark.parametrize(
        ("broken", "path", "line"), PLANTED, ids=[f"{path}: {line}" for _, path, line in PLANTED]
    )
    def test_line_planted__breaks_its_contract_and_no_other(
        self, tree: Tree, broken: str, path: str, line: str
    ) -> None:
        with tree.planted(path, line):
            judged = tree.judged()
        assert [name for name, word in judged.items() if word == "BROKEN"] == [broken]
