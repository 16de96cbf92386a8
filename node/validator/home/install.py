"""The engines: geth and CometBFT, built once from pinned releases into a per-user cache."""

import mmap
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

GO_VERSION = (1, 26)
_BUILD_INFO = b"\xff Go buildinf:"
_BUILD_INFO_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class Program:
    """One engine: its name, Go package and version."""

    name: str
    module: str
    package: str
    version: str


COMET = Program(
    "cometbft", "github.com/cometbft/cometbft", "github.com/cometbft/cometbft/cmd/cometbft",
    "v0.38.21",
)  # fmt: skip
GETH = Program(
    "geth", "github.com/ethereum/go-ethereum", "github.com/ethereum/go-ethereum/cmd/geth",
    "v1.17.8",
)  # fmt: skip
PROGRAMS = (COMET, GETH)


@dataclass(frozen=True, slots=True)
class Engines:
    """Where the two programs are."""

    geth: Path
    comet: Path


class EngineMissingError(Exception):
    """An engine is not there or cannot be built; the text names the next step."""


def cache_folder() -> Path:
    """Return where engines are kept: $YIBAO_ENGINES, or the user's cache."""
    chosen = os.environ.get("YIBAO_ENGINES")
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "yibao" / "engines"


def path_of(program: Program) -> Path:
    """Return where a program is kept, by its version."""
    return cache_folder() / program.version / program.name


def installed() -> Engines:
    """Return the engines. Errors: EngineMissingError."""
    missing = [one.name for one in PROGRAMS if not os.access(path_of(one), os.X_OK)]
    if missing:
        raise EngineMissingError(
            f"{' and '.join(missing)} not installed; next step: yibao network install-engines"
        )
    return Engines(geth=path_of(GETH), comet=path_of(COMET))


def install(tell: Callable[[str], None], doing: Callable[[str], None]) -> Engines:
    """Build what is missing: minutes, once a machine and version. Errors: EngineMissingError.

    `tell` gets what is done, `doing` what goes on.
    """
    for program in PROGRAMS:
        path = path_of(program)
        if not os.access(path, os.X_OK):
            doing(f"building {program.name} {program.version}: up to 12 minutes, once")
            _build(program, path)
        verify(program, path)
        tell(f"{program.name} {program.version} is in {path}")
    return installed()


def _build(program: Program, path: Path) -> None:
    go = _find_go()
    folder = path.parent
    building = folder.with_name(f"{folder.name}.{program.name}.building-{os.getpid()}")
    building.mkdir(parents=True, exist_ok=True)
    command = [go, "install", "-trimpath", "-ldflags", "-s -w"]
    try:
        done = subprocess.run(
            [*command, f"{program.package}@{program.version}"],
            env=os.environ | {"GOBIN": str(building), "GOFLAGS": "", "CGO_ENABLED": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise EngineMissingError(f"{program.name} does not build: {done.stderr.strip()[-500:]}")
        folder.mkdir(parents=True, exist_ok=True)
        # Whole or not at all: another process may look at any moment.
        (building / program.name).replace(path)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _find_go() -> str:
    """Return Go's program. Errors: EngineMissingError."""
    needed = ".".join(map(str, GO_VERSION))
    go = shutil.which("go")
    if go is None:
        raise EngineMissingError(
            f"Go is not on the PATH; next step: install Go {needed} or later, only the"
            " validator network needs it"
        )
    text = subprocess.run([go, "version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"go(\d+)\.(\d+)", text)
    if found is None or (int(found[1]), int(found[2])) < GO_VERSION:
        raise EngineMissingError(f"{text.strip() or go} is too old; next step: install Go {needed}")
    return go


def verify(program: Program, path: Path) -> None:
    """Compare what was built with what was asked for: `--version` of one release is wrong.

    Errors: EngineMissingError.
    """
    found = built_from(path)
    if found != (program.module, program.version):
        told = " ".join(found) if found else "no program built by Go"
        raise EngineMissingError(
            f"{path} is {told}, not {program.module} {program.version}; next step: delete it and"
            " run yibao network install-engines"
        )


def built_from(path: Path) -> tuple[str, str] | None:
    """Return module and version that Go wrote into a program, as `go version -m` shows them.

    Read from the file itself, so that a machine without Go can check programs built elsewhere.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        # Two texts with their length before them: Go's version, then the list of modules.
        start = content.find(_BUILD_INFO)
        if start < 0:
            return None
        found = re.search(
            rb"^mod\t(\S+)\t(\S+)", content[start : start + _BUILD_INFO_BYTES], re.MULTILINE
        )
    return None if found is None else (found[1].decode(), found[2].decode())
