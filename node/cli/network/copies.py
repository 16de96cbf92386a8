"""`yibao network backup | restore | snapshot`: copies of a stopped validator (P26)."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from node.cli.inputs import folder_to_make
from node.cli.network.commands import HomeOption, JsonOption, OutOption, app, checked, tell
from node.cli.progress import Bars
from node.validator.home.install import installed
from node.validator.unit import copies

SourceArgument = Annotated[Path, typer.Argument(help="The backup's folder.", file_okay=False)]


@app.command()
def backup(home: HomeOption, out: OutOption, as_json: JsonOption = False) -> None:
    """Copy a stopped validator whole, keys included: keep it as safe as the keys.

    Every file's size and sha256 are in the copy's manifest.json; `restore` checks them.
    """
    with Bars(quiet=as_json).copying("backup") as meter:
        manifest = checked(lambda: copies.backup(home, out, installed(), meter))
    _tell(manifest, out, as_json=as_json)


@app.command()
def snapshot(home: HomeOption, out: OutOption, as_json: JsonOption = False) -> None:
    """Copy a stopped validator's chain data without any key, for who joins an old network.

    The newcomer runs `yibao network join SNAPSHOT --home HOME`.
    """
    with Bars(quiet=as_json).copying("snapshot") as meter:
        manifest = checked(lambda: copies.snapshot(home, out, installed(), meter))
    _tell(manifest, out, as_json=as_json)


@app.command()
def restore(
    source: SourceArgument,
    home: Annotated[
        Path, typer.Option(help="Home to make.", file_okay=False, callback=folder_to_make)
    ],
    state: Annotated[
        Path | None,
        typer.Option(
            help="priv_validator_state.json saved from the lost home, if there is one.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a home of a backup; it catches up from its peers and signs no height twice.

    Refuses an existing home, and a --state older than the backup's. Without --state CometBFT is
    started with double_sign_check_height = 11: it takes part once ten blocks were made without
    it. Make sure first that the lost validator can never start again.
    """
    with Bars(quiet=as_json).copying("restore") as meter:
        manifest = checked(lambda: copies.restore(source, home, meter, state=state))
    _tell(manifest, home, as_json=as_json)
    if not as_json:
        tell(
            "it signs with the saved state"
            if state
            else "it signs once ten blocks were made without it"
        )
        tell(f"next: yibao validator run --home {home}, or start its service")


def _tell(manifest: copies.Manifest, place: Path, *, as_json: bool) -> None:
    if as_json:
        told = {name: value for name, value in asdict(manifest).items() if name != "files"}
        print(json.dumps(told | {"bytes": manifest.size, "files": len(manifest.files)}, indent=1))
        return
    tell(
        f"{manifest.kind} of {manifest.name} in {place}: block {manifest.height}"
        f" {manifest.head}".rstrip()
        + f", {len(manifest.files)} files, {manifest.size:,} bytes"
    )
