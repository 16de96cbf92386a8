"""Read what the architecture tests need from Solidity sources, without a compiler."""

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from scripts.build_contracts import COMMENT, IMPORT

# A folder imports from folders with a lower number and from itself.
ROWS = {
    "types": 0,
    "interfaces": 1,
    "access": 2,
    "libraries": 2,
    "registry": 3,
    "ledger": 4,
    "rules": 5,
    "intents": 6,
}
PACKAGE = "@openzeppelin/contracts/"
CONTRACT = re.compile(r"^contract\s+(\w+)", re.M)
ERROR = re.compile(r"^\s*error\s+(\w+)\s*\(([^)]*)\)", re.M)
FUNCTION = re.compile(r"^\s*function\s+(\w+)\s*\(")


@dataclass(frozen=True)
class Source:
    """One Solidity file: its path below contracts/ and its text."""

    path: str
    text: str

    @property
    def code(self) -> str:
        """Return the text without comments."""
        return COMMENT.sub("", self.text)

    @property
    def folder(self) -> str:
        """Return the folder below src/, such as ledger."""
        parts = PurePosixPath(self.path).parts
        return parts[1] if len(parts) > 2 else ""

    @property
    def imports(self) -> list[str]:
        """Return the imported paths, our own ones relative to contracts/."""
        found = []
        for path in IMPORT.findall(self.code):
            if not path.startswith("."):
                found.append(path)
                continue
            parts: list[str] = list(PurePosixPath(self.path).parent.parts)
            for part in PurePosixPath(path).parts:
                if part == "..":
                    parts.pop()
                elif part != ".":
                    parts.append(part)
            found.append("/".join(parts))
        return found


def read_sources(contracts: Path) -> dict[str, Source]:
    """Return the files of contracts/src by path."""
    files = sorted((contracts / "src").rglob("*.sol"))
    paths = [(file.relative_to(contracts).as_posix(), file) for file in files]
    return {path: Source(path, file.read_text()) for path, file in paths}


def wrong_imports(sources: dict[str, Source]) -> list[str]:
    """Return each import that breaks the direction or reaches an implementation."""
    findings = []
    for source in sources.values():
        if source.folder not in ROWS:
            findings.append(f"{source.path}: a folder without a row")
            continue
        problems = ((path, import_problem(source, path, sources)) for path in source.imports)
        findings += [f"{source.path}: {problem} {path}" for path, problem in problems if problem]
    return findings


def import_problem(source: Source, path: str, sources: dict[str, Source]) -> str | None:
    """Return what is wrong with one import, or None."""
    if path.startswith(PACKAGE):
        return None
    target = sources.get(path)
    if target is None:
        return "imports something outside src/:"
    if source.folder != target.folder and ROWS[source.folder] <= ROWS.get(target.folder, 99):
        return "imports from its own row or above:"
    # An abstract contract or a library is shared code; a contract is reached by its interface.
    if CONTRACT.search(target.code):
        return "imports an implementation instead of its interface:"
    return None


def functions_without_natspec(sources: dict[str, Source]) -> list[str]:
    """Return the functions of src/interfaces that no documentation comment precedes."""
    findings = []
    for source in sources.values():
        if source.folder != "interfaces":
            continue
        lines = source.text.splitlines()
        for number, line in enumerate(lines):
            before = lines[number - 1].strip() if number else ""
            documented = before.startswith("///") or before.endswith("*/")
            if (found := FUNCTION.match(line)) and not documented:
                findings.append(f"{source.path}:{number + 1}: {found[1]}")
    return findings


def error_values(sources: dict[str, Source]) -> dict[str, tuple[str, ...]]:
    """Return the custom errors that types and interfaces define, with the names of their values."""
    files = (source for source in sources.values() if source.folder in {"types", "interfaces"})
    return {
        name: tuple(value.split()[-1] for value in values.split(",") if value.strip())
        for source in files
        for name, values in ERROR.findall(source.code)
    }
