"""The Typer app, and the one place that turns failures into exit codes.

Exit codes: 0 done · 1 a check found a difference · 2 the input is wrong · 3 not allowed · 4 unknown
thing · 5 conflict · 6 unavailable, try again · 70 a bug · 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import errno
import io
import os
import sys
import traceback
from importlib.metadata import version
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.markup import escape

from node.cli.commands import MARKUP, Commands
from node.cli.environment import SettingsWrong
from node.db.errors import SchemaOutdatedError
from node.domain.errors import DomainError
from node.domain.errors.base import CannotStartError
from node.domain.language import locale_language
from node.domain.wording import error_text

Result = TypeVar("Result")

app = typer.Typer(
    name="yibao",
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=MARKUP,
)

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
INPUT_WRONG, UNAVAILABLE, BUG, STOPPED = 2, 6, 70, 130
_stderr = Console(stderr=True)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"yibao {version('yibao')}")
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """A permissioned ledger for medical-insurance money: network, ledger, tools."""


def _run_and_write() -> None:
    """Run the command and write what it printed, so that a full disk is seen here."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal without our letters gets their numbers, not a traceback.
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    finally:
        sys.stdout.flush()


def _give_up_writing(error: OSError) -> None:
    """Say that the output has no room; what is left of it is dropped."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    _stderr.print(f"[bold red]output[/]: {escape(str(error))}", highlight=False, soft_wrap=True)
    sys.exit(UNAVAILABLE)


def run() -> None:
    """Run the command line; expected failures print one line and exit with their category."""
    try:
        _run_and_write()
    except DomainError as error:
        title = error_text(error.code, locale_language(os.environ)).title
        _stderr.print(f"[bold red]{error.code}[/]: {title}", highlight=False)
        told = "".join(f", {name} {value}" for name, value in error.facts.items())
        _stderr.print(
            f"  {error}{told}", style="dim", highlight=False, markup=False, soft_wrap=True
        )
        sys.exit(error.exit_code)
    except SettingsWrong as error:
        _stderr.print(
            f"[bold red]settings[/]: {escape(str(error))}", highlight=False, soft_wrap=True
        )
        sys.exit(INPUT_WRONG)
    except SchemaOutdatedError as error:
        _stderr.print(
            f"[bold red]database[/]: {error}; next step: yibao db upgrade"
            ", or name another database with --env-file or YIBAO_DATABASE_URL",
            soft_wrap=True,
        )
        sys.exit(UNAVAILABLE)
    except CannotStartError as error:
        _stderr.print(
            f"[bold red]cannot start[/]: {escape(str(error))}", highlight=False, soft_wrap=True
        )
        sys.exit(UNAVAILABLE)
    except OSError as error:
        if error.errno in FULL:
            _give_up_writing(error)
        traceback.print_exc()
        sys.exit(BUG)
    except KeyboardInterrupt:
        _stderr.print("stopped")
        sys.exit(STOPPED)
    except Exception:
        # Left alone it would exit with 1, as a check does that found a difference.
        traceback.print_exc()
        sys.exit(BUG)
