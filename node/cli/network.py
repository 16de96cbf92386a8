"""`yibao network`: make a consortium network, and run a whole one on this machine (S06, M09)."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from node import artifacts
from node.cli.serving import until_interrupted
from node.devnet.validators import LocalNetwork, ValidatorStatus
from node.validator import ceremony, install
from node.validator import configuration as conf
from node.validator import keys as keyring
from node.validator.genesis import MINIMUM, GenesisPlan
from node.validator.keys import CeremonyError

app = typer.Typer(help="Consortium networks: ceremony, drills, governance.", no_args_is_help=True)
BASE_PORT = 26_600
CHAIN_ID, EVM_CHAIN_ID = "yibao-8820", 8820
REFRESH_S = 1.0
_stderr = Console(stderr=True)
_Result = TypeVar("_Result")

NetArgument = Annotated[Path, typer.Argument(help="The network's folder.", file_okay=False)]
PlacesArgument = Annotated[list[int], typer.Argument(help="Validators by number, from 0.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


def checked(step: Callable[[], _Result]) -> _Result:
    """Run a step of the ceremony; what is wrong with its input is one line and exit 2."""
    try:
        return step()
    except (CeremonyError, install.EngineMissingError) as error:
        _stderr.print(f"[bold red]network[/]: {error}", highlight=False)
        raise typer.Exit(2) from error


@app.command("install-engines")
def install_engines() -> None:
    """Build geth and CometBFT into this user's cache: minutes once, nothing after that.

    Needs Go 1.26 or later on the PATH; nothing else of Yibao Node needs it.
    """
    checked(lambda: install.install(lambda line: _stderr.print(line, highlight=False)))


@app.command()
def init(
    *,
    out: Annotated[Path, typer.Option(help="Folder to make.", file_okay=False)],
    validators: Annotated[int, typer.Option(help="How many, each with keys and a home.")] = 4,
    solo: Annotated[
        str, typer.Option(help="Make one home with this name only, for a ceremony.")
    ] = "",
    host: Annotated[str, typer.Option(help="Where others reach a --solo validator.")] = "",
    base_port: Annotated[int, typer.Option(help="First of ten ports per validator.")] = BASE_PORT,
    chain_id: Annotated[str, typer.Option(help="CometBFT's chain id.")] = CHAIN_ID,
    evm_chain_id: Annotated[int, typer.Option(help="EIP-155 chain id.")] = EVM_CHAIN_ID,
) -> None:
    """Make keys, genesis and configuration of a network on this machine, or of one validator.

    With `--solo NAME` only keys and the public entry (`entry.json`) are made: hand that file in,
    keep everything else. `yibao network collect` turns the entries of all into a network.
    """
    if solo:
        _init_solo(out, name=solo, host=host, base_port=base_port)
        return
    network = checked(
        lambda: ceremony.local_network(
            out,
            validators=validators,
            registry_code=_registry_code(),
            base_port=base_port,
            chain_id=chain_id,
            evm_chain_id=evm_chain_id,
        )
    )
    _stderr.print(f"{validators} validators in {out}, genesis {network.genesis_hash}")
    _stderr.print(f"next: yibao network up {out}")


def _init_solo(out: Path, *, name: str, host: str, base_port: int) -> None:
    if not host:
        _stderr.print("[bold red]network[/]: --solo needs --host: where others reach it")
        raise typer.Exit(2)
    bind = "0.0.0.0"
    checked(lambda: ceremony.solo(out, name=name, host=host, base_port=base_port, bind=bind))
    _stderr.print(f"keys in {out}; hand in {out / ceremony.ENTRY_FILE}, keep the rest")


@app.command()
def collect(
    entries: Annotated[list[Path], typer.Argument(help="entry.json of every participant.")],
    *,
    out: Annotated[Path, typer.Option(help="Folder to make.", file_okay=False)],
    genesis_time: Annotated[
        int, typer.Option(help="Second since 1970 of the genesis: agree on one.")
    ] = 0,
    minimum: Annotated[int, typer.Option(help="Fewest validators a vote may leave.")] = MINIMUM,
    chain_id: Annotated[str, typer.Option(help="CometBFT's chain id.")] = CHAIN_ID,
    evm_chain_id: Annotated[int, typer.Option(help="EIP-155 chain id.")] = EVM_CHAIN_ID,
    sender: Annotated[
        list[str] | None, typer.Option(help="More accounts with coin, such as the deployer.")
    ] = None,
) -> None:
    """Make one genesis of all participants' entries: the same files on every machine.

    Give everybody the folder; each checks the printed hashes and runs `yibao network join`.
    """

    def step() -> None:
        plan = GenesisPlan(
            chain_id=chain_id,
            evm_chain_id=evm_chain_id,
            time_s=genesis_time or int(time.time()),
            entries=tuple(keyring.load_entry(path) for path in entries),
            registry_code=_registry_code(),
            senders=tuple(sender or ()),
            minimum=minimum,
        )
        ceremony.collect(out, plan)

    checked(step)
    for name in ("genesis.comet.json", "genesis.evm.json", conf.NETWORK_FILE):
        print(f"{keyring.file_digest(out / name)}  {name}")


@app.command()
def join(
    net: NetArgument,
    home: Annotated[Path, typer.Option(help="The validator's home.", file_okay=False)],
) -> None:
    """Put a network's shared files into a validator's home."""
    checked(lambda: ceremony.adopt(home, net))
    _stderr.print(f"next: yibao validator run --home {home}")


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
            conf.save_network(
                network.without(found.name) if remove else network.with_entry(found), place
            )

    checked(step)


@app.command()
def up(
    net: NetArgument,
    detach: Annotated[bool, typer.Option("--detach", help="Leave it running.")] = False,
) -> None:
    """Run all validators of a folder and show them until Ctrl-C."""
    network = checked(lambda: LocalNetwork(net))
    checked(network.start)
    asyncio.run(_up(network, detach=detach))


async def _up(network: LocalNetwork, *, detach: bool) -> None:
    with _stderr.status("waiting for the first block"):
        await network.wait_height(1)
    if detach:
        _stderr.print(f"running; `yibao network down {network.folder}` ends it")
        return
    showing = asyncio.create_task(_show(network))
    try:
        await until_interrupted()
    finally:
        showing.cancel()
        with _stderr.status("stopping"):
            await network.stop()


async def _show(network: LocalNetwork) -> None:
    with Live(_table([]), console=Console(), refresh_per_second=4) as live:
        while True:
            live.update(_table(await network.status()))
            await asyncio.sleep(REFRESH_S)


@app.command()
def status(net: NetArgument, as_json: JsonOption = False) -> None:
    """Show height, head, peers and lag of every validator. Exit 1 if they do not agree."""
    found = asyncio.run(checked(lambda: LocalNetwork(net)).status())
    if as_json:
        print(json.dumps({"validators": [one.document() for one in found]}, indent=1))
    else:
        Console().print(_table(found))
    heads = {(one.height, one.hash) for one in found if one.height is not None}
    heights = {height for height, _ in heads}
    raise typer.Exit(int(len(heights) != len(heads) or any(one.height is None for one in found)))


@app.command()
def kill(net: NetArgument, places: PlacesArgument) -> None:
    """Kill whole validators with SIGKILL, for drills."""
    checked(lambda: LocalNetwork(net)).kill(places)


@app.command()
def restart(net: NetArgument, places: PlacesArgument) -> None:
    """Start validators that were killed, and wait until they have the others' head."""
    network = checked(lambda: LocalNetwork(net))
    checked(lambda: network.start(places))

    async def wait() -> None:
        heights = [one.height or 0 for one in await network.status()]
        await network.wait_height(max(heights), places=places)

    with _stderr.status("catching up"):
        asyncio.run(wait())


@app.command()
def down(net: NetArgument) -> None:
    """End all validators in order: CometBFT, bridge, geth."""
    asyncio.run(checked(lambda: LocalNetwork(net)).stop())


@app.command()
def backup(
    home: Annotated[Path, typer.Option(help="The validator's home, stopped.", file_okay=False)],
    out: Annotated[Path, typer.Option(help="Folder to make.", file_okay=False)],
) -> None:
    """Copy a stopped validator whole, keys included: keep it as safe as the keys."""
    _copy(home, out, without=())


@app.command()
def snapshot(
    home: Annotated[Path, typer.Option(help="The validator's home, stopped.", file_okay=False)],
    out: Annotated[Path, typer.Option(help="Folder to make.", file_okay=False)],
) -> None:
    """Copy a stopped validator's chain data without any key, for who joins an old network."""
    secret = ("keys", "nodekey", "jwt.hex", "node_key.json", "priv_validator_key.json")
    _copy(home, out, without=(*secret, "priv_validator_state.json", "run", "logs", "entry.json"))


def _copy(home: Path, out: Path, *, without: tuple[str, ...]) -> None:
    def step() -> None:
        if out.exists():
            raise CeremonyError(f"{out} exists already")
        conf.load_site(home)
        if LocalNetwork(home.parent).pids_of(home):
            raise CeremonyError(f"{home} is running: stop it first, copies of moving data are torn")

    checked(step)
    shutil.copytree(home, out, ignore=shutil.ignore_patterns(*without, "LOCK"))


def _registry_code() -> bytes:
    text: str = artifacts.load("ValidatorRegistry")["deployedBytecode"]
    return bytes.fromhex(text.removeprefix("0x"))


def _table(found: list[ValidatorStatus]) -> Table:
    table = Table()
    for name in ("validator", "state", "height", "lag", "head", "peers", "consensus"):
        table.add_column(name, justify="right" if name in {"height", "lag", "peers"} else "left")
    best = max((one.height or 0 for one in found), default=0)
    for one in found:
        height = one.height
        table.add_row(
            one.name,
            _state(one),
            _or_dash(height),
            _or_dash(None if height is None else best - height),
            (one.hash or "–")[:14],
            f"{_or_dash(one.comet_peers)}/{_or_dash(one.geth_peers)}",
            _or_dash(one.comet_height),
        )
    return table


def _state(one: ValidatorStatus) -> str:
    if not one.running:
        return "[red]down[/]"
    if one.height is None or one.comet_height is None:
        return "[yellow]starting[/]"
    return "[yellow]catching up[/]" if one.catching_up else "[green]up[/]"


def _or_dash(value: Any) -> str:
    return "–" if value is None else f"{value}"
