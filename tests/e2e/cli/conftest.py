"""The command in this process, and a devnet of its own to run it against."""

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from node.cli import main
from node.config import PREFIX
from node.db.schema import upgrade
from node.devnet.home.folder import ENV_FILE, DevnetHome
from node.devnet.network.local import Anvil, free_port
from node.devnet.network.manifest import Manifest, load_manifest
from node.devnet.seed.sandbox import attached
from tests.fixtures.chain.anvil import require_anvil


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


Cli = Callable[..., Ran]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run `yibao …` and give exit code and output; settings of the machine are not seen."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    # Tables are as wide as a terminal; a narrow one would break what tests look for.
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(os, "environ", dict(os.environ))

    def run(*words: str | Path, **settings: object) -> Ran:
        for name, value in settings.items():
            os.environ[PREFIX + name.upper()] = str(value)
        monkeypatch.setattr(sys, "argv", ["yibao", *map(str, words)])
        try:
            main.run()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run


@dataclass(frozen=True)
class Devnet:
    """A running chain with its contracts and the settings file of a gateway on it."""

    manifest: Manifest
    url: str
    env_file: Path

    def settings(self) -> dict[str, str]:
        """Return the lines of the settings file, without the prefix and in lower case."""
        lines = (line.partition("=") for line in self.env_file.read_text().splitlines())
        return {name.removeprefix(PREFIX).lower(): value for name, _, value in lines}


@pytest.fixture(scope="module")
def devnet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Devnet]:
    """Start a chain for the tests of a module, deploy to it, and migrate its database."""
    require_anvil()
    home = DevnetHome(tmp_path_factory.mktemp("devnet"))
    known = load_manifest()
    chain = known.chain.model_copy(update={"port": free_port()})
    manifest = known.model_copy(update={"chain": chain})
    anvil = Anvil(manifest.anvil_options(home.folder))

    async def deploy() -> None:
        async with attached(manifest, anvil.url) as sandbox:
            home.settings(sandbox)

    asyncio.run(anvil.start())
    try:
        asyncio.run(deploy())
        upgrade(home.database_url)
        yield Devnet(manifest, anvil.url, home.folder / ENV_FILE)
    finally:
        asyncio.run(anvil.stop())
