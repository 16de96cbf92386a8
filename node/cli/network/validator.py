"""`yibao validator`: run one validator, repair it, give it another key; what a hospital runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console

from node.chain.rpc.json_rpc import RpcError
from node.cli.network.commands import checked
from node.observability import configure_logs
from node.validator.home import configuration as conf
from node.validator.home import install, rotation
from node.validator.home.condition import OperatorNeededError
from node.validator.unit import ports, process, running
from node.validator.unit.members import UnitFailedError
from node.validator.unit.repair import CannotRepairError, RepairUnit
from node.validator.unit.running import CannotRunError

app = typer.Typer(help="One validator: geth, bridge and CometBFT as a unit.", no_args_is_help=True)
HomeOption = Annotated[Path, typer.Option(help="The validator's home.", file_okay=False)]
UNAVAILABLE = 6
_stderr = Console(stderr=True)
_Result = TypeVar("_Result")


@app.command()
def run(home: HomeOption) -> None:
    """Run until SIGTERM or Ctrl-C; what dies or hangs is started again with the other two.

    Standard error has one JSON line per event: `ready` once it has the chain's head. Exit 0 when
    stopped, 2 when the home is not whole or a port is taken, 5 when no restart can help and you
    must act: the last line says what to do. 6 when another unit runs the home.
    """
    engines = checked(install.installed)
    configure_logs()
    checked(lambda: _told(lambda: asyncio.run(process.run(home.resolve(), engines))))


def _ready(home: Path) -> install.Engines:
    """Return the engines if a stopped home can start. Errors: CeremonyError, EngineMissingError."""
    site = conf.load_site(home)
    network = conf.load_network(home)
    engines = install.installed()
    running.require_stopped(home, "one home runs once")
    ports.require_free(network, site)
    return engines


@app.command()
def repair(home: HomeOption) -> None:
    """Rewind geth block by block while it is ahead of CometBFT, as after a restored backup.

    Run it with the unit stopped. It never touches what says which heights the key has signed.
    """
    home = home.resolve()
    engines = checked(lambda: _ready(home))
    unit = RepairUnit(home, engines, lambda line: _stderr.print(line, highlight=False))
    rewound = _told(lambda: asyncio.run(unit.repair()))
    what = f"geth was rewound by {rewound} blocks" if rewound else "nothing to repair"
    _stderr.print(f"{what}; CometBFT starts. Next: yibao validator run --home {home}")


@app.command("new-key")
def new_key(home: HomeOption) -> None:
    """Make the validator's next consensus key; the old one signs until the vote and `use-key`."""
    checked(lambda: rotation.new_key(home))
    entry = home / rotation.NEXT_ENTRY
    _stderr.print(f"next: yibao network propose rotate --entry {entry} --home …", soft_wrap=True)
    print(entry)


@app.command("use-key")
def use_key(home: HomeOption) -> None:
    """Put the next key in place of the old one, which is kept aside and never used again.

    Do it with the unit stopped, once the vote on the new key is in force.
    """

    def step() -> str:
        running.require_stopped(home.resolve(), "its CometBFT would sign with the old key")
        return rotation.use_key(home).consensus_key

    _stderr.print(f"consensus key is now {checked(step)}", soft_wrap=True)


def _told(step: Callable[[], _Result]) -> _Result:
    """Run a step; what an operator must mend is one line, with exit 5 or, to try again, 6."""
    try:
        return step()
    except (OperatorNeededError, CannotRepairError) as error:
        _stderr.print(f"[bold red]validator[/]: {error}", highlight=False, soft_wrap=True)
        raise typer.Exit(process.NEEDS_OPERATOR) from error
    except (UnitFailedError, CannotRunError, RpcError) as error:
        _stderr.print(f"[bold red]validator[/]: {error}", highlight=False, soft_wrap=True)
        raise typer.Exit(UNAVAILABLE) from error
