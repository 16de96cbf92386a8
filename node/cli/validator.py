"""`yibao validator`: run one validator; what a service manager starts at a hospital."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from node.cli.network import checked
from node.observability import configure_logs
from node.validator import configuration as conf
from node.validator import install, ports, process, running

app = typer.Typer(help="One validator: geth, bridge and CometBFT as a unit.", no_args_is_help=True)
HomeOption = Annotated[Path, typer.Option(help="The validator's home.", file_okay=False)]


@app.command()
def run(home: HomeOption) -> None:
    """Run until SIGTERM or Ctrl-C; what dies or hangs is started again with the other two."""
    home = home.resolve()
    engines = checked(lambda: _ready(home))
    configure_logs()
    asyncio.run(process.run(home, engines))


def _ready(home: Path) -> install.Engines:
    """Return the engines if the home can start. Errors: CeremonyError, EngineMissingError."""
    site = conf.load_site(home)
    network = conf.load_network(home)
    engines = install.installed()
    running.require_stopped(home, "one home runs once")
    ports.require_free(network, site)
    return engines
