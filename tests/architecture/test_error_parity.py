"""A custom error and the class that explains it to a person have one name in both languages."""

import re
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path

from node.domain.errors import CATALOGUE
from node.domain.errors.base import DomainError
from node.intents.schema import snake_case
from tests.architecture.solidity import error_values, read_sources
from tests.fixtures.tools import ROOT

HEADING = "Errors only contracts can meet"
Values = Mapping[str, tuple[str, ...]]


def exempt_names(readme: str) -> set[str]:
    """Return the names in backticks in the exempt section of contracts/README.md."""
    sections = re.split(r"^#+ +(.+?) *$", readme, flags=re.M)
    texts = dict(zip(sections[1::2], sections[2::2], strict=True))
    return set(re.findall(r"`([A-Z]\w*)(?:\([^`]*\))?`", texts.get(HEADING, "")))


def class_values(catalogue: Mapping[str, type[DomainError]]) -> Values:
    """Return the value names of each class, without those that only the gateway may add."""
    return {
        code: tuple(one.name for one in fields(error) if one.default is MISSING)
        for code, error in catalogue.items()
    }


def parity_problems(solidity: Values, *, python: Values, exempt: set[str]) -> list[str]:
    """Return errors without a class, other value names, and exemptions that are not needed."""
    missing = [
        f"{name}: no class in node/domain/errors"
        for name in solidity.keys() - python.keys() - exempt
    ]
    both = [f"{name}: exempt, but there is a class" for name in exempt & python.keys()]
    gone = [f"{name}: exempt, but there is no such error" for name in exempt - solidity.keys()]
    other = [
        f"{name}: {', '.join(wanted)} in Solidity, {', '.join(python[name])} in Python"
        for name, values in solidity.items()
        if name in python and python[name] != (wanted := tuple(map(snake_case, values)))
    ]
    return sorted(missing + both + gone + other)


class TestErrorParity:
    def test_our_errors__have_a_class_of_the_same_values_or_an_exemption(self) -> None:
        solidity = error_values(read_sources(ROOT / "contracts"))
        assert len(solidity) > len(CATALOGUE) // 2
        problems = parity_problems(
            solidity,
            python=class_values(CATALOGUE),
            exempt=exempt_names((ROOT / "contracts" / "README.md").read_text()),
        )
        assert problems == []

    def test_planted_differences__are_found(self) -> None:
        solidity = {"A": ("x",), "B": (), "D": ("amountFen",), "E": ("amountFen",), "F": ("y",)}
        readme = f"# Map\n\n`Z`\n\n## {HEADING}\n\n- `B()`: why\n- `D`, `Q`\n\n## Next\n\n`Y`\n"
        python = {"D": ("amount_fen",), "E": ("amount_fen",), "F": ("x",)}
        assert parity_problems(solidity, python=python, exempt=exempt_names(readme)) == [
            "A: no class in node/domain/errors",
            "D: exempt, but there is a class",
            "F: y in Solidity, x in Python",
            "Q: exempt, but there is no such error",
        ]

    def test_declarations__are_read_over_lines_and_without_comments(self, tmp_path: Path) -> None:
        source = tmp_path / "src" / "types" / "Errors.sol"
        source.parent.mkdir(parents=True)
        source.write_text(
            "error A(uint256 x);\n  error B();\n// error C();\nerror D(\n  uint256 y,\n"
            "  BillId billId\n);"
        )
        assert error_values(read_sources(tmp_path)) == {"A": ("x",), "B": (), "D": ("y", "billId")}
