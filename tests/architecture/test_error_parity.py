"""A custom error and the class that explains it to a person have one name in both languages."""

import ast
import re
from pathlib import Path

from tests.architecture.solidity import error_names, read_sources
from tests.fixtures.tools import ROOT

HEADING = "Errors only contracts can meet"


def exempt_names(readme: str) -> set[str]:
    """Return the names in backticks in the exempt section of contracts/README.md."""
    sections = re.split(r"^#+ +(.+?) *$", readme, flags=re.M)
    texts = dict(zip(sections[1::2], sections[2::2], strict=True))
    return set(re.findall(r"`([A-Z]\w*)(?:\([^`]*\))?`", texts.get(HEADING, "")))


def class_names(module: str) -> set[str]:
    """Return the classes a Python module defines."""
    return {node.name for node in ast.walk(ast.parse(module)) if isinstance(node, ast.ClassDef)}


def parity_problems(solidity: set[str], *, python: set[str], exempt: set[str]) -> list[str]:
    """Return errors without a class, and exemptions that are not needed."""
    missing = [f"{name}: no class in node/domain/errors.py" for name in solidity - python - exempt]
    both = [f"{name}: exempt, but there is a class" for name in exempt & python]
    return sorted(missing + both)


def read_if_there(path: Path) -> str:
    return path.read_text() if path.exists() else ""


class TestErrorParity:
    def test_our_errors__have_a_class_or_an_exemption(self) -> None:
        errors = ROOT / "node" / "domain" / "errors.py"
        solidity = error_names(read_sources(ROOT / "contracts")) if errors.exists() else set()
        problems = parity_problems(
            solidity,
            python=class_names(read_if_there(errors)),
            exempt=exempt_names(read_if_there(ROOT / "contracts" / "README.md")),
        )
        assert problems == []

    def test_planted_differences__are_found(self, tmp_path: Path) -> None:
        source = tmp_path / "src" / "types" / "Errors.sol"
        source.parent.mkdir(parents=True)
        source.write_text(
            "error A(uint256 x);\n  error B();\n// error C();\nerror D(\n  uint256 y\n);"
        )
        readme = f"# Map\n\n`Z`\n\n## {HEADING}\n\n- `B()`: why\n- `D`\n\n## Next\n\n`Y`\n"
        python = class_names("class Failure(Exception): ...\nclass D(Failure): ...\n")
        assert parity_problems(
            error_names(read_sources(tmp_path)), python=python, exempt=exempt_names(readme)
        ) == ["A: no class in node/domain/errors.py", "D: exempt, but there is a class"]
