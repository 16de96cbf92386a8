"""`yibao validator`: run one validator; what a service manager starts at a hospital."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from node.cli.network import checked
from node.observability import configure_logs
from node.validator import configuration as conf
from node.validator import install, process

app = typer.Typer(help="One validator: geth, bridge and CometBFT as a unit.", no_args_is_help=True)
HomeOption = Annotated[Path, typer.Option(help="The validator's home.", file_okay=False)]


@app.command()
def run(home: HomeOption) -> None:
    """Run until SIGTERM or Ctrl-C; what dies or hangs is started again with the other two."""
    checked(lambda: conf.load_site(home))
    engines = checked(install.installed)
    configure_logs()
    asyncio.run(process.run(home, engines))
