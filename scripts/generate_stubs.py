#!/usr/bin/env python3
"""Compile node/validator/pb/*.proto to Python stubs; `--check` compares instead of writing.

.venv/bin/python scripts/generate_stubs.py [--check]
"""

import re
import sys
import tempfile
from importlib import resources
from pathlib import Path

from grpc_tools import protoc

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "node" / "validator" / "pb"
SERVICES = {"abci.proto"}
PACKAGE = "node.validator.pb"


def generate(out: Path) -> None:
    """Compile every source into a folder."""
    include = resources.files("grpc_tools") / "_proto"
    for source in sorted(FOLDER.glob("*.proto")):
        wanted = [f"--python_out={out}", f"--pyi_out={out}"]
        if source.name in SERVICES:
            wanted.append(f"--grpc_python_out={out}")
        code = protoc.main(["protoc", f"-I{FOLDER}", f"-I{include}", *wanted, source.name])
        if code != 0:
            raise SystemExit(f"{source.name} does not compile")
    for made in out.glob("*.py"):
        made.write_text(_absolute(made.read_text()))


def _absolute(text: str) -> str:
    """Return generated code with imports of our package: the compiler writes them top level."""
    return re.sub(r"^import (\w+_pb2) as", rf"from {PACKAGE} import \1 as", text, flags=re.M)


def main() -> int:
    """Write or compare the stubs and return the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        generate(out)
        made = {path.name: path.read_text() for path in out.iterdir()}
    if "--check" not in sys.argv[1:]:
        for name, text in made.items():
            (FOLDER / name).write_text(text)
        return 0
    stale = [
        name
        for name, text in made.items()
        if not (FOLDER / name).exists() or (FOLDER / name).read_text() != text
    ]
    if stale:
        print("stale:", ", ".join(sorted(stale)), "- run scripts/generate_stubs.py")
    return int(bool(stale))


if __name__ == "__main__":
    sys.exit(main())
