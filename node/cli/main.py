"""The Typer app, and the one place that turns failures into exit codes.

Exit codes: 0 done · 1 a check found a difference · 2 the input is wrong · 3 not allowed · 4 unknown
thing · 5 conflict · 6 unavailable, try again · 70 a bug.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

import typer
from rich.console import Console

from node.cli import adjudicate, devnet, features, sign
from node.cli.serving import PortBusy
from node.devnet.network import DevnetError
from node.domain.errors import DomainError

Result = TypeVar("Result")

app = typer.Typer(
    name="yibao",
    help="A permissioned ledger for medical-insurance money: network, ledger, tools.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="markdown",
)
app.command("adjudicate")(adjudicate.adjudicate)
app.command("features")(features.features)
app.command("sign")(sign.sign)
app.add_typer(devnet.app, name="devnet")

UNAVAILABLE = 6
_stderr = Console(stderr=True)


def wait_for(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine to its end: the only event loop a command starts."""
    return asyncio.run(work)


def run() -> None:
    """Run the command line; expected failures print one line and exit with their category."""
    try:
        app()
    except DomainError as error:
        _stderr.print(f"[bold red]{error.code}[/]: {error.title}", highlight=False)
        _stderr.print(f"  {error}", style="dim", highlight=False)
        sys.exit(error.exit_code)
    except (DevnetError, PortBusy) as error:
        _stderr.print(f"[bold red]cannot start[/]: {error}", highlight=False)
        sys.exit(UNAVAILABLE)
    except KeyboardInterrupt:
        _stderr.print("stopped")
        sys.exit(130)
