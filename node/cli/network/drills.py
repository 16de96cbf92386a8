"""`yibao network up | status | kill | restart | down`: a whole network on this machine (M09)."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from node.cli.network.commands import JsonOption, NetArgument, app, checked, tell
from node.devnet.network.validators import LocalNetwork, ValidatorStatus
from node.validator.home import configuration as conf
from node.validator.home.install import installed
from node.validator.home.keys import CeremonyError
from node.validator.unit import ports

REFRESH_S = 1.0
CATCH_UP_S = 600.0
_stderr = Console(stderr=True)

PlacesArgument = Annotated[list[int], typer.Argument(help="Validators by number, from 0.")]


@app.command()
def up(
    net: NetArgument,
    detach: Annotated[bool, typer.Option("--detach", help="Leave it running.")] = False,
) -> None:
    """Run all validators of a folder and show them until Ctrl-C."""
    network = checked(lambda: _ready(net))
    checked(network.start)
    asyncio.run(_up(network, detach=detach))


def _ready(net: Path) -> LocalNetwork:
    """Return a network of which nothing runs and all can start. Errors: CeremonyError."""
    network = LocalNetwork(net)
    installed()
    running = [site.name for place, site in enumerate(network.sites) if network.pids(place)]
    if running:
        raise CeremonyError(
            f"{' '.join(running)} of {net} {'runs' if len(running) == 1 else 'run'} already;"
            f" next step: yibao network status {net}, or yibao network restart {net} NUMBER"
            " for what does not"
        )
    for site, home in zip(network.sites, network.homes, strict=True):
        ports.require_free(conf.load_network(home), site)
    return network


async def _up(network: LocalNetwork, *, detach: bool) -> None:
    with _stderr.status("waiting for the first block"):
        await network.wait_height(1)
    if detach:
        tell(f"running; `yibao network down {network.folder}` ends it")
        return
    # The gateway's libraries take seconds to import, and no other command here needs them.
    from node.cli.devnet.serving import until_interrupted

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
    """Show height, head, peers and lag of every validator. Exit 1 if they do not agree.

    `peers` counts connections of CometBFT and of geth; `consensus` is CometBFT's height.
    """
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
    network = checked(lambda: _with_places(net, places))
    for place in places:
        known = bool(network.pids(place))
        tell(f"{network.sites[place].name} {'killed' if known else 'was not running'}")
    network.kill(places)


@app.command()
def restart(net: NetArgument, places: PlacesArgument) -> None:
    """Start validators that were killed, and wait until they have the others' head."""
    network = checked(lambda: _with_places(net, places))
    checked(lambda: network.start(places))

    async def wait() -> None:
        heights = [one.height or 0 for one in await network.status()]
        await network.wait_height(max(heights), places=places, limit_s=CATCH_UP_S)

    with _stderr.status("catching up"):
        asyncio.run(wait())


@app.command()
def down(net: NetArgument) -> None:
    """End all validators in order: CometBFT, bridge, geth."""
    network = checked(lambda: LocalNetwork(net))
    with _stderr.status("stopping"):
        asyncio.run(network.stop())


def _with_places(net: Path, places: Sequence[int]) -> LocalNetwork:
    """Return the network if it has these validators. Errors: CeremonyError."""
    network = LocalNetwork(net)
    last = len(network.homes) - 1
    for place in places:
        if not 0 <= place <= last:
            raise CeremonyError(f"{net} has validators 0 to {last}, none numbered {place}")
    return network


def _table(found: list[ValidatorStatus]) -> Table:
    table = Table()
    for name in ("validator", "state", "height", "lag", "head", "peers", "consensus"):
        right = name in {"height", "lag", "peers", "consensus"}
        table.add_column(name, justify="right" if right else "left")
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
    table.caption = _age(found)
    return table


def _age(found: list[ValidatorStatus]) -> str | None:
    """Return how old the newest block is: what a halt looks like first."""
    newest = max((one.timestamp for one in found if one.timestamp), default=None)
    return None if newest is None else f"newest block {max(0, int(time.time()) - newest)} s ago"


def _state(one: ValidatorStatus) -> str:
    if not one.running:
        return "[red]down[/]"
    if one.height is None or one.comet_height is None:
        return "[yellow]starting[/]"
    return "[yellow]catching up[/]" if one.catching_up else "[green]up[/]"


def _or_dash(value: Any) -> str:
    return "–" if value is None else f"{value}"
