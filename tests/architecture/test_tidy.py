"""The house limits hold in our tree, and each check finds a planted violation."""

import subprocess
from pathlib import Path

import pytest

from scripts import tidy
from tests.fixtures.tools import ROOT

LONG_FUNCTION = "def f():\n" + "    x = 1\n" * 60
WORD = "TO" + "DO"
LAYERS = """
[[tool.importlinter.contracts]]
type = "layers"
layers = ["cli", "(api) | web", "domain"]
"""
TABLE = "# Node\n\n## Layers\n\n| Package | For |\n|---|---|\n| `cli` | `x` |\n| {row} | y |\n"


def findings(root: Path, path: str, text: str) -> list[str]:
    """Write one file and return what tidy says about it."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return [found.text for found in tidy.check_tree(root, [path])]


class TestOurTree:
    def test_every_file__is_within_the_limits(self) -> None:
        assert [str(found) for found in tidy.check_tree(ROOT, tidy.list_files(ROOT))] == []


class TestPlantedViolations:
    @pytest.mark.parametrize(
        ("path", "text", "message"),
        [
            ("node/utils.py", "", "name the module"),
            ("node/a.py", f"x = '{'x' * 100}'\n", "columns"),
            ("contracts/src/A.sol", "x\n" * 501, "501 lines"),
            ("node/a.py", "x = 1\n" * 401, "401 lines"),
            ("tests/unit/test_a.py", "x = 1\n" * 501, "501 lines"),
            ("node/web/templates/a.html", "x\n" * 151, "151 lines"),
            ("node/a.py", LONG_FUNCTION, "61 lines"),
            ("node/a.py", "def f(a, b, c, d, e): ...\n", "5 positional"),
            ("node/a.py", "class A:\n    def f(self, a, b, c, d, e): ...\n", "5 positional"),
            ("node/domain/a.py", "x = 1.5\n", "float 1.5"),
            ("node/intents/a.py", "def f(x: float): ...\n", "type float"),
            ("node/domain/a.py", "x = 3 / 2\n", "quotient"),
            ("docs/a.md", f"{WORD}: more\n", "unfinished"),
            ("docs/a.md", "cd " + "/ro" + "ot/yibao\n", "names a machine"),
            ("docs/a.md", "from " + "pypi" + ".org\n", "names a machine"),
            ("node/a.py", "# ----- part two -----\n", "divider"),
            ("node/a.py", "# part two ======\n", "divider"),
            ("node/a.py", "def f(:\n", "not Python"),
            ("scripts/run", "#!/usr/bin/env python3\ndef f(a, b, c, d, e): ...\n", "5 positional"),
        ],
    )
    def test_one_violation__is_found_once(
        self, tmp_path: Path, path: str, text: str, message: str
    ) -> None:
        found = findings(tmp_path, path, text)
        assert [message in line for line in found] == [True], found

    @pytest.mark.parametrize(
        ("path", "text"),
        [
            ("node/a.py", "x = 1.5 / 2\n# A comment -- with dashes.\n"),
            ("node/a.py", "class A:\n    def f(self, a, b, c, d, *, e): ...\n"),
            ("node/domain/a.py", 'path = "a/b"  # 1.5 in words\nx = 3 // 2\n'),
            ("docs/a.md", "x" * 200 + "\n"),
            ("NOTICE", "x" * 200 + "\n"),
            ("node/artifacts/A.json", "x" * 200 + "\n"),
            ("node/validator/pb/types_pb2.py", "x = 1\n" * 500),
            ("tests/unit/test_a.py", "def test_a(a, b, c, d, e): ...\n"),
            ("docs/a.md", "GET /v1/home/x and /var/lib/yibao/ro" + "ot/x\n"),
        ],
    )
    def test_what_is_allowed__is_not_found(self, tmp_path: Path, path: str, text: str) -> None:
        assert findings(tmp_path, path, text) == []


class TestLayers:
    def planted(self, root: Path, *, row: str) -> list[str]:
        (root / "pyproject.toml").write_text(LAYERS)
        (root / "node").mkdir()
        (root / "node" / "README.md").write_text(TABLE.format(row=row) + "| `domain` | z |\n")
        return [found.text for found in tidy.check_layers(root)]

    def test_equal_table__is_accepted(self, tmp_path: Path) -> None:
        assert self.planted(tmp_path, row="`api`, `web`") == []

    def test_other_table__is_found(self, tmp_path: Path) -> None:
        assert self.planted(tmp_path, row="`api`") == [
            "the layer table differs from pyproject.toml"
        ]

    def test_parentheses_around_a_package_that_exists__are_found(self, tmp_path: Path) -> None:
        (tmp_path / "node" / "api").mkdir(parents=True)
        (tmp_path / "node" / "api" / "__init__.py").write_text("")
        (tmp_path / "pyproject.toml").write_text(LAYERS)
        found = [finding.text for finding in tidy.check_layers(tmp_path)]
        assert found == ["layer api exists: take its parentheses away"]

    def test_package_without_its_rule__is_found(self, tmp_path: Path) -> None:
        (tmp_path / "node").mkdir()
        (tmp_path / "node" / "config.py").write_text("")
        (tmp_path / "pyproject.toml").write_text(LAYERS)
        found = [finding.text for finding in tidy.check_layers(tmp_path)]
        assert [line.startswith("node.config exists: add its rule") for line in found] == [True]


class TestListing:
    def test_new_files__count_and_ignored_ones_do_not(self, tmp_path: Path) -> None:
        subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
        (tmp_path / ".gitignore").write_text("b\n")
        (tmp_path / "a").write_text("")
        (tmp_path / "b").write_text("")
        assert tidy.list_files(tmp_path) == [".gitignore", "a"]
