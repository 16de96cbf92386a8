"""`yibao db`: the schema of the gateway's database."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from node.cli.environment import load_settings
from node.db import schema
from node.db.errors import SchemaOutdatedError

app = typer.Typer(help="The schema of the gateway's database.", no_args_is_help=True)
OUTDATED = 1


@app.command()
def upgrade() -> None:
    """Run the missing migrations. Stop the gateway first; a second run changes nothing."""
    url = load_settings().database_url
    schema.upgrade(url)
    print(f"the schema is {schema.current(url)}")


@app.command()
def current(
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Print the schema version; exit 1 if it is not the one this program needs."""
    url = load_settings().database_url
    found, problem = schema.current(url), ""
    try:
        schema.require_current(url)
    except SchemaOutdatedError as error:
        problem = str(error)
    if as_json:
        print(json.dumps({"version": found, "is_current": not problem}))
    else:
        print(f"{problem}; next step: yibao db upgrade" if problem else f"the schema is {found}")
    if problem:
        raise typer.Exit(OUTDATED)
