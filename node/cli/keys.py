"""`yibao keys`: key files for `yibao sign`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from node.cli.inputs import file_to_write
from node.cli.key_files import KeyFile, write_key_file
from node.domain.errors import MalformedBody
from node.domain.parties import SignerKind

app = typer.Typer(help="Key files for `yibao sign`.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Key files for `yibao sign`."""


@app.command()
def sandbox(
    name: Annotated[str, typer.Argument(help="Party of the devnet file, such as ANN or CLINIC.")],
    file: Annotated[Path, typer.Argument(help="Key file to make.", callback=file_to_write)],
) -> None:
    """Write the key file of a sandbox party. Everybody knows these keys: test money only."""
    # The devnet's libraries take seconds to import, and a list of commands needs none of them.
    from node.devnet.home.folder import custodial_parties
    from node.devnet.network.manifest import load_manifest

    parties = {one.name: one for one in custodial_parties(load_manifest())}
    party = parties.get(name.upper())
    if party is None:
        raise MalformedBody(f"{name}: one of {', '.join(parties)} is wanted", field="NAME")
    write_key_file(KeyFile(party.account, SignerKind.SECP256K1, party.signer.secret), file)
    print(f"{file}: {party.name}, account {party.account}")
