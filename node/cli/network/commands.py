"""`yibao network`: the ceremony that makes a consortium network, and what its commands share (S06).

The other commands stand beside it by what users do: drills, copies, network_doctor, network_logs,
governance; `node.cli.network.networks` puts them together.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console

from node import artifacts
from node.cli.inputs import folder_to_make
from node.cli.progress import Bars
from node.validator.home import besu, ceremony, install
from node.validator.home import configuration as conf
from node.validator.home import keys as keyring
from node.validator.home.genesis import MINIMUM, GenesisPlan
from node.validator.home.keys import CeremonyError
from node.validator.unit import copies, ports

app = typer.Typer(help="Consortium networks: ceremony, drills, governance.", no_args_is_help=True)
BASE_PORT = 26_600
CHAIN_ID, EVM_CHAIN_ID = "yibao-8820", 8820
LARGEST_EVM_CHAIN_ID = 2**63 - 37
"""The largest that every client can sign for (EIP-2294)."""
MOST_LOCAL, MOST_VALIDATORS = 100, 10_000
"""What one machine is asked to hold, and what CometBFT allows."""
SHARED_FILES = ("genesis.comet.json", "genesis.evm.json", conf.NETWORK_FILE)
_stderr = Console(stderr=True)
_Result = TypeVar("_Result")

NetArgument = Annotated[Path, typer.Argument(help="The network's folder.", file_okay=False)]
HomeOption = Annotated[Path, typer.Option(help="The validator's home.", file_okay=False)]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
OutOption = Annotated[
    Path, typer.Option(help="Folder to make.", file_okay=False, callback=folder_to_make)
]
EvmChainIdOption = Annotated[
    int, typer.Option(help="EIP-155 chain id.", min=1, max=LARGEST_EVM_CHAIN_ID)
]
PortOption = Annotated[
    int, typer.Option(help="First of ten ports per validator.", min=1_024, max=65_535)
]


class EngineName(StrEnum):
    """Which programs a network is made for."""

    COMETBFT = "cometbft"
    BESU = "besu"


def checked(step: Callable[[], _Result]) -> _Result:
    """Run a step; what is wrong with its input is one line and exit 2."""
    try:
        return step()
    except (CeremonyError, install.EngineMissingError) as error:
        _stderr.print(f"[bold red]network[/]: {error}", highlight=False, soft_wrap=True)
        raise typer.Exit(2) from error
    except OSError as error:
        told = f"{error.filename or ''}: {error.strerror or error}".lstrip(": ")
        step_wanted = (
            "; next step: run as the user the validator runs as"
            if isinstance(error, PermissionError)
            else ""
        )
        _stderr.print(f"[bold red]network[/]: {told}{step_wanted}", highlight=False, soft_wrap=True)
        raise typer.Exit(2) from error


def tell(line: str) -> None:
    """Tell a person something on stderr, in one line."""
    _stderr.print(line, highlight=False, soft_wrap=True, markup=False)


@app.command("install-engines")
def install_engines() -> None:
    """Build geth and CometBFT into this user's cache: minutes once, nothing after that.

    Needs Go 1.26 or later on the PATH; nothing else of Yibao Node needs it.
    """
    with _stderr.status("looking for geth and CometBFT") as status:
        checked(lambda: install.install(tell, status.update))


@app.command()
def init(
    *,
    out: OutOption,
    validators: Annotated[
        int, typer.Option(help="How many, each with keys and a home.", min=1, max=MOST_LOCAL)
    ] = 4,
    solo: Annotated[
        str, typer.Option(help="Make one home with this name only, for a ceremony.")
    ] = "",
    host: Annotated[str, typer.Option(help="Where others reach a --solo validator.")] = "",
    bind: Annotated[
        str, typer.Option(help="Address a --solo validator listens on; default: --host.")
    ] = "",
    participant: Annotated[
        str, typer.Option(help="The organisation's account id; default: a random one.")
    ] = "",
    base_port: PortOption = BASE_PORT,
    chain_id: Annotated[str, typer.Option(help="CometBFT's chain id.")] = CHAIN_ID,
    evm_chain_id: EvmChainIdOption = EVM_CHAIN_ID,
    engine: Annotated[
        EngineName, typer.Option(help="besu: files for Hyperledger Besu instead, not run by us.")
    ] = EngineName.COMETBFT,
) -> None:
    """Make keys, genesis and configuration of a network on this machine, or of one validator.

    With `--solo NAME` only keys and the public entry (`entry.json`) are made: hand that file in,
    keep everything else. `yibao network collect` turns the entries of all into a network.
    """
    checked(lambda: ports.require_low(base_port, validators=1 if solo else validators))
    if solo:
        _init_solo(
            out, name=solo, host=host, bind=bind, participant=participant, base_port=base_port
        )
        return
    network = checked(
        lambda: ceremony.local_network(
            out,
            validators=validators,
            registry_code=artifacts.deployed_code("ValidatorRegistry"),
            base_port=base_port,
            chain_id=chain_id,
            evm_chain_id=evm_chain_id,
        )
    )
    if engine is EngineName.BESU:
        checked(lambda: besu.write(network, out, base_port=base_port))
        tell(f"{validators} nodes for Besu in {out}; {besu.NOT_RUN}")
        return
    tell(f"{validators} validators in {out}, genesis {network.genesis_hash}")
    tell(f"next: yibao network up {out}")


def _init_solo(
    out: Path, *, name: str, host: str, bind: str, participant: str, base_port: int
) -> None:
    def step() -> None:
        if not host:
            raise CeremonyError("--solo needs --host: the address where others reach it")
        ceremony.solo(
            out,
            name=name,
            host=host,
            base_port=base_port,
            participant=participant,
            bind=bind or host,
        )

    checked(step)
    tell(f"keys in {out}; hand in {out / ceremony.ENTRY_FILE}, keep the rest")
    tell(f"others must reach {host}, TCP ports {base_port} and {base_port + 1}")


@app.command()
def collect(
    entries: Annotated[list[Path], typer.Argument(help="entry.json of every participant.")],
    *,
    out: OutOption,
    genesis_time: Annotated[
        str,
        typer.Option(help="When the chain begins, the same for all: 2026-12-01T08:00:00Z."),
    ],
    minimum: Annotated[
        int, typer.Option(help="Fewest validators a vote may leave.", min=1, max=MOST_VALIDATORS)
    ] = MINIMUM,
    chain_id: Annotated[str, typer.Option(help="CometBFT's chain id.")] = CHAIN_ID,
    evm_chain_id: EvmChainIdOption = EVM_CHAIN_ID,
    sender: Annotated[
        list[str] | None, typer.Option(help="More accounts with coin, such as the deployer.")
    ] = None,
) -> None:
    """Make one genesis of all participants' entries: the same files on every machine.

    Every participant runs it with the same entries, in any order, and the same options. All
    compare the digests it prints, and each runs `yibao network join`.
    """

    def step() -> None:
        found = [keyring.load_entry(path) for path in entries]
        plan = GenesisPlan(
            chain_id=chain_id,
            evm_chain_id=evm_chain_id,
            time_s=_second(genesis_time),
            # The order of the command line is each participant's own; that of names is not.
            entries=tuple(sorted(found, key=lambda one: one.name)),
            registry_code=artifacts.deployed_code("ValidatorRegistry"),
            senders=tuple(sorted(account.lower() for account in sender or ())),
            minimum=minimum,
        )
        ceremony.collect(out, plan)

    checked(step)
    for name in SHARED_FILES:
        print(f"{keyring.file_digest(out / name)}  {name}")
    tell("read these digests to each other: all participants must have the same three")
    tell(f"next: yibao network join {out} --home <your home>")


@app.command()
def join(
    net: Annotated[
        Path, typer.Argument(help="The network's folder, or a snapshot of it.", file_okay=False)
    ],
    home: HomeOption,
) -> None:
    """Put a network's shared files, and a snapshot's chain data, into a validator's home."""

    def step() -> copies.Manifest | None:
        # Files of another genesis under a chain that has begun could never be joined again.
        if copies.has_chain(home):
            raise CeremonyError(
                f"{home} holds a chain already: join with a new home, or see `restore`"
            )
        ceremony.adopt(home, net)
        return copies.load_manifest(net) if copies.is_copy(net) else None

    manifest = checked(step)
    if manifest is not None:
        with Bars().copying("copying the chain") as meter:
            checked(lambda: copies.take_chain(net, home, meter))
        tell(f"chain up to block {manifest.height}, hash {manifest.head}:")
        tell("ask another participant for that block's hash before you trust it")
    tell(f"next: yibao validator run --home {home}")


@app.command()
def peer(
    entry: Annotated[Path, typer.Argument(help="entry.json of the participant.")],
    home: Annotated[list[Path], typer.Option(help="Home or network folder; repeat it.")],
    remove: Annotated[bool, typer.Option("--remove", help="Take the peer out.")] = False,
) -> None:
    """Add or remove whom validators connect to; in force at their next start.

    Who validates is decided by vote on chain: a new participant becomes everybody's peer first.
    """

    def step() -> None:
        found = keyring.load_entry(entry)
        for place in home:
            network = conf.load_network(place)
            known = any(one.name == found.name for one in network.validators)
            if remove and not known:
                raise CeremonyError(f"{place}: {found.name} is no peer")
            conf.save_network(
                network.without(found.name) if remove else network.with_entry(found), place
            )
            tell(f"{found.name} {'removed from' if remove else 'is a peer in'} {place}")

    checked(step)
    tell("in force at the next start of each validator; restart one at a time")


def _second(text: str) -> int:
    """Return the second since 1970 of a time in UTC, or of digits. Errors: CeremonyError."""
    if text.isdigit():
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise CeremonyError(f"--genesis-time {text}: write it as 2026-12-01T08:00:00Z") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if moment.timestamp() > time.time() + 366 * 86_400:
        raise CeremonyError(f"--genesis-time {text} is more than a year ahead")
    return int(moment.timestamp())
