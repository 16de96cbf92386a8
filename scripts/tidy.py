#!/usr/bin/env python3
"""Check the house limits that no other tool checks; also run by tests/architecture/test_tidy.py.

Prints `path:line: what is wrong` for each finding and leaves with 1. Generated files are exempt.
"""

import ast
import io
import re
import subprocess
import sys
import tokenize
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

MAX_COLUMNS = 100
MAX_FUNCTION = 60
MAX_POSITIONAL = 4
# First match wins; a suffix without a row has no limit of lines.
MAX_LINES = (
    (re.compile(r"^tests/.*\.py$"), 500),
    (re.compile(r"\.py$"), 400),
    (re.compile(r"\.sol$"), 500),
    (re.compile(r"\.(html|jinja|j2)$"), 150),
)
# Prose and data have long lines by nature: tables, addresses, hashes.
NO_COLUMNS = {".md", ".json", ".lock", ".svg", ".txt", ".csv", ".proto", ".pem", ".snap", ".po"}
GENERATED = re.compile(
    r"^node/artifacts/|^tests/artifacts/|^node/validator/pb/|package-lock\.json$|\.lock$"
)
FORBIDDEN_NAMES = {"utils.py", "helpers.py", "common.py"}
WITHOUT_FLOATS = ("node/domain/", "node/intents/")

# A rule of import-linter that names a package is added with that package.
RULES_BY_PACKAGE = {
    "domain": "The domain is pure",
    "features": "Services never talk to the chain",
    "validator": "The validator depends on",
    "config": "Only composition roots read configuration",
}

# Written in pieces, so that this file passes its own check.
UNFINISHED = re.compile("|".join(rf"\b{a}{b}\b" for a, b in (("TO", "DO"), ("FIX", "ME"))))
HOSTS = (("registry", "npmjs"), ("pypi", "org"), ("pythonhosted", "org"), ("proxy", "golang"))
PLACES = re.compile(
    r"(?<![\w.~-])/(?:root|work|home/\w+|Users/\w+)/"
    + "".join(rf"|\b{a}\.{b}\b" for a, b in (*HOSTS, ("sum", "golang"), ("deb", "debian")))
)
DIVIDER = re.compile(r"^#+\s*([-=*#~_─═━])\1{2,}|([-=*#~_─═━])\2{3,}\s*$")


@dataclass(frozen=True)
class Finding:
    """One place that breaks a rule."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


@dataclass(frozen=True)
class File:
    """One text file of the tree."""

    path: str
    text: str

    @property
    def suffix(self) -> str:
        """Return the end of the name; without one, .py or .sh for scripts and .txt for prose."""
        if suffix := PurePosixPath(self.path).suffix:
            return suffix
        first = self.text.partition("\n")[0]
        if not first.startswith("#!"):
            return ".txt"
        return ".py" if "python" in first else ".sh"

    def at(self, line: int, text: str) -> Finding:
        """Return a finding in this file."""
        return Finding(self.path, line, text)


def check_name(file: File) -> Iterator[Finding]:
    """A module is named after what it is about."""
    if PurePosixPath(file.path).name in FORBIDDEN_NAMES:
        yield file.at(1, "name the module after what it is about")


def check_lines(file: File) -> Iterator[Finding]:
    """Lines are short and files are small."""
    lines = file.text.splitlines()
    if file.suffix not in NO_COLUMNS:
        for number, line in enumerate(lines, 1):
            if len(line) > MAX_COLUMNS:
                yield file.at(number, f"{len(line)} columns, at most {MAX_COLUMNS}")
    for pattern, limit in MAX_LINES:
        if pattern.search(file.path):
            if len(lines) > limit:
                yield file.at(limit + 1, f"{len(lines)} lines, at most {limit}")
            break


def check_words(file: File) -> Iterator[Finding]:
    """Nothing unfinished and nothing about one machine is committed."""
    for number, line in enumerate(file.text.splitlines(), 1):
        if UNFINISHED.search(line):
            yield file.at(number, "unfinished work belongs in an issue")
        if found := PLACES.search(line):
            yield file.at(number, f"names a machine or a registry: {found[0]}")


def check_dividers(file: File) -> Iterator[Finding]:
    """A Python file that needs section dividers is two files."""
    if file.suffix != ".py":
        return
    for token in tokenize.generate_tokens(io.StringIO(file.text).readline):
        if token.type == tokenize.COMMENT and DIVIDER.search(token.string):
            yield file.at(token.start[0], "section divider: make it two files")


def check_functions(file: File) -> Iterator[Finding]:
    """Functions are short and have few positional parameters."""
    if file.suffix != ".py":
        return
    for node in ast.walk(ast.parse(file.text)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        length = (node.end_lineno or node.lineno) - node.lineno + 1
        if length > MAX_FUNCTION:
            yield file.at(node.lineno, f"{node.name}: {length} lines, at most {MAX_FUNCTION}")
        names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
        count = len(names) - (names[:1] in (["self"], ["cls"], ["mcs"]))
        # What the arguments of a test or a fixture are is decided by pytest: by name.
        fixture = any("fixture" in ast.unparse(one) for one in node.decorator_list)
        if count > MAX_POSITIONAL and not fixture and not node.name.startswith("test_"):
            yield file.at(
                node.lineno, f"{node.name}: {count} positional parameters, at most {MAX_POSITIONAL}"
            )


def check_floats(file: File) -> Iterator[Finding]:
    """Money is whole fen: nothing in the domain or in an intent is a float."""
    if not file.path.startswith(WITHOUT_FLOATS) or file.suffix != ".py":
        return
    for node in ast.walk(ast.parse(file.text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            yield file.at(node.lineno, f"float {node.value}")
        elif isinstance(node, ast.Name) and node.id == "float":
            yield file.at(node.lineno, "the type float")
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
            yield file.at(node.lineno, "a quotient is a float: use // or half_up")


CHECKS: tuple[Callable[[File], Iterator[Finding]], ...] = (
    *(check_name, check_lines, check_words, check_dividers, check_functions, check_floats),
)


def check_layers(root: Path) -> Iterator[Finding]:
    """The rows of import-linter, the packages there are and the table of node/README.md agree."""
    settings = tomllib.loads((root / "pyproject.toml").read_text())
    contracts = settings["tool"]["importlinter"]["contracts"]
    rows = next(one["layers"] for one in contracts if one["type"] == "layers")
    for name in re.findall(r"\((\w+)\)", " ".join(rows)):
        if has_package(root, name):
            yield Finding("pyproject.toml", 1, f"layer {name} exists: take its parentheses away")
    for name, rule in RULES_BY_PACKAGE.items():
        if has_package(root, name) and not any(
            str(contract.get("name", "")).startswith(rule) for contract in contracts
        ):
            yield Finding("pyproject.toml", 1, f"node.{name} exists: add its rule, `{rule} …`")
    readme = root / "node" / "README.md"
    if readme.exists():
        table = readme_layers(readme.read_text())
        expected = [set(re.findall(r"\w+", row)) for row in rows]
        if table != expected:
            yield Finding("node/README.md", 1, "the layer table differs from pyproject.toml")


def has_package(root: Path, name: str) -> bool:
    """Return whether node/ has this module or package."""
    module = root / "node" / name
    return module.with_suffix(".py").exists() or (module / "__init__.py").exists()


def readme_layers(text: str) -> list[set[str]]:
    """Return the names in backticks in the first column of the table under `## Layers`."""
    _, _, section = text.partition("\n## Layers\n")
    section = section.split("\n## ")[0]
    rows = (re.match(r"\|([^|]*)\|", line) for line in section.splitlines())
    names = (set(re.findall(r"`(\w+)`", row[1])) for row in rows if row)
    return [row for row in names if row]


def list_files(root: Path) -> list[str]:
    """Return what git tracks, and what it would track: new files count before their commit."""
    command = ["git", "-C", str(root), "ls-files", "-co", "--exclude-standard", "-z"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return sorted(path for path in done.stdout.split("\0") if (root / path).is_file())


def syntax_error(text: str) -> SyntaxError | None:
    """Return why a text is not Python, or None."""
    try:
        ast.parse(text)
    except SyntaxError as error:
        return error
    return None


def check_tree(root: Path, paths: list[str]) -> list[Finding]:
    """Return every finding in the given files, in order of path and line."""
    findings = list(check_layers(root)) if "pyproject.toml" in paths else []
    for path in paths:
        if GENERATED.search(path):
            continue
        try:
            file = File(path, (root / path).read_text())
        except UnicodeDecodeError:
            continue
        if file.suffix == ".py" and (error := syntax_error(file.text)):
            findings.append(file.at(error.lineno or 1, f"not Python: {error.msg}"))
            continue
        findings += [finding for check in CHECKS for finding in check(file)]
    return sorted(findings, key=lambda finding: (finding.path, finding.line))


def main() -> int:
    """Check the paths on the command line, or the whole tree, and return the exit code."""
    root = Path(__file__).resolve().parent.parent
    findings = check_tree(root, sys.argv[1:] or list_files(root))
    for finding in findings:
        print(finding)
    print(f"tidy: {len(findings)} findings", file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
