"""`yibao devnet`: the local network with everything on it, for newcomers and tests (P27)."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
)
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, NoReturn
from urllib.parse import urlsplit

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from node.cli.devnet.output import REAL_TIME
from node.cli.devnet.sandbox import SandboxOptions, run_sandbox, seed_demo
from node.cli.devnet.serving import PortBusy, require_free_port
from node.cli.progress import Bars
from node.devnet.client.gateway import GatewayRefused, IntentRefused
from node.devnet.client.story_figures import FiguresDiffer
from node.devnet.home.folder import (
    FOLDER,
    DevnetHome,
    NotAHome,
    is_empty,
    prepared_home,
    require_home,
)
from node.devnet.home.lock import BESIDE, HomeInUse, claimed, is_claimed
from node.devnet.network.local import DevnetError, free_port
from node.devnet.network.local import require_free_port as require_free_chain_port
from node.devnet.network.manifest import Engine, Manifest, load_manifest
from node.devnet.seed.sandbox import PATIENCE_S, Sandbox, attached, running, running_validators
from node.devnet.synthea import folder as synthea
from node.devnet.synthea.report import SyntheaReport, report_of
from node.devnet.synthea.run import SyntheaRun
from node.devnet.synthea.seed import SyntheaSeed, UnknownPayer
from node.domain.language import Language, locale_language
from node.domain.parties import OrganisationKind

app = typer.Typer(help="The local network for development: test money only.", no_args_is_help=True)
GATEWAY_PORT = 8080
SHOWN_DIFFERENCES = 20
FOUND_A_DIFFERENCE, INPUT_WRONG, CONFLICT = 1, 2, 5
_stderr = Console(stderr=True, highlight=False)
EngineOption = Annotated[
    Engine | None, typer.Option(help="What makes the blocks; by default as the devnet file says.")
]
HomeOption = Annotated[
    Path, typer.Option(help="Folder in which a sandbox keeps its state.", file_okay=False)
]
ChainPortOption = Annotated[
    int | None,
    typer.Option(
        help="Port of the chain, or the first of ten per validator; as the devnet file says.",
        min=1,
        max=65_535,
    ),
]


@app.command()
def up(
    *,
    engine: EngineOption = None,
    port: Annotated[
        int, typer.Option(help="Port of the gateway, on loopback.", min=1, max=65_535)
    ] = GATEWAY_PORT,
    chain_port: ChainPortOption = None,
    home: HomeOption = FOLDER,
    story: Annotated[bool, typer.Option(help="Run and print one member's story.")] = False,
    once: Annotated[bool, typer.Option(help="End after the story instead of staying up.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the story as one JSON line per step, in fen.")
    ] = False,
    lang: Annotated[
        Language | None, typer.Option(help="Language of the story; by default the locale's.")
    ] = None,
    fresh: Annotated[bool, typer.Option(help="Forget chain, database and keys first.")] = False,
) -> None:
    """Start chain, contracts, demo parties and gateway; stay up until Ctrl-C.

    The second start keeps all state. Everything listens on loopback and holds **test money only**.
    A second sandbox beside the first takes `--home`, `--port` and `--chain-port` of its own.
    Exit 1 if figures of the story do not add up.
    """
    options = SandboxOptions(
        port=port,
        language=lang or locale_language(os.environ),
        story=story or once or as_json,
        once=once,
        as_json=as_json,
    )
    with _refusals():
        kept = prepared_home(home)
    manifest = load_manifest()
    chosen = engine or manifest.chain.engine
    if chain_port is not None:
        manifest = _on_port(manifest, chain_port, chosen)
    with _refusals(), claimed(home, api=options.url) as lock:
        _require_free_ports(manifest, chosen, options, fresh=fresh)
        if fresh:
            kept.forget()
        kept.require_engine(chosen)
        if chain_port is not None:
            kept.require_base_port(chain_port)
        if chosen is Engine.VALIDATORS and manifest.chain.clock_start_s is not None:
            _stderr.print(REAL_TIME.of(options.language))
        network = _network(manifest, home, engine=chosen, lock=lock)
        asyncio.run(run_sandbox(kept, network, options))


@contextmanager
def _refusals() -> Iterator[None]:
    """Print what is expected to fail in a line, and exit with its category."""
    try:
        yield
    except NotAHome as error:
        _end(INPUT_WRONG, error)
    except HomeInUse as error:
        _end(CONFLICT, error)
    except (FiguresDiffer, GatewayRefused, IntentRefused) as error:
        _end(FOUND_A_DIFFERENCE, error)


def _end(code: int, error: Exception) -> NoReturn:
    _stderr.print(f"[bold red]{type(error).__name__}[/]: {escape(str(error))}")
    raise typer.Exit(code) from error


def _on_port(manifest: Manifest, chain_port: int, engine: Engine) -> Manifest:
    try:
        return manifest.on_port(chain_port, engine)
    except ValidationError as error:
        reason = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise typer.BadParameter(f"{chain_port}: {reason}", param_hint="'--chain-port'") from None


def _require_free_ports(
    manifest: Manifest, engine: Engine, options: SandboxOptions, *, fresh: bool
) -> None:
    """Make sure that gateway and chain can listen, before anything is forgotten.

    Validators that are there already know their ports. Errors: PortBusy, PortBusyError.
    """
    try:
        require_free_port(options.port)
    except PortBusy as error:
        step = f"stop what listens there, or start a second sandbox beside it with {BESIDE}"
        raise PortBusy(f"port {options.port} is in use; {step}") from error
    if fresh or engine is Engine.ANVIL:
        ports = [urlsplit(url).port or 0 for url in manifest.chain.urls(engine)]
        if options.port in ports:
            message = f"{options.port} is the port of the chain too"
            raise typer.BadParameter(message, param_hint="'--port'")
        for port in ports:
            asyncio.run(require_free_chain_port(port))


def _network(
    manifest: Manifest, folder: Path, *, engine: Engine, lock: int
) -> AbstractAsyncContextManager[Sandbox]:
    """Return the network to start in a home; its processes hold the home's lock too."""
    if engine is Engine.VALIDATORS:
        return running_validators(manifest, folder, kept_files=(lock,))
    return running(manifest, folder, kept_files=(lock,))


@app.command()
def seed(
    data: Annotated[Path, typer.Option(help="A Synthea folder.", exists=True, file_okay=False)],
    engine: EngineOption = None,
    home: Annotated[
        Path | None,
        typer.Option(help="Home of the running sandbox to use; by default any.", file_okay=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Settle every insurer-paid line of a folder **on chain** and compare it to the file.

    Uses the devnet that runs, or a temporary one where none does. Running it again changes nothing.
    Exit 1 if any line differs or cannot be settled: it is named with its place, the others are
    settled. Exit 2 for a folder that cannot be read or a payer without a rule.
    """
    try:
        report = asyncio.run(_seed(data, Bars(quiet=as_json), engine, home))
    except synthea.MalformedFolder as error:
        _end(INPUT_WRONG, synthea.MalformedFolder(f"{data}: {error}"))
    except UnknownPayer as error:
        _end(INPUT_WRONG, error)
    if as_json:
        print(json.dumps(report.document(), indent=1))
    else:
        _print_report(report)
    if report.different:
        raise typer.Exit(FOUND_A_DIFFERENCE)


@app.command()
def reset(home: HomeOption = FOLDER) -> None:
    """Forget chain, database, keys and tokens of a sandbox that does not run.

    Deletes only what sandboxes make: a folder that holds anything else is left as it is.
    """
    with _refusals():
        if is_empty(home):
            _stderr.print(f"no sandbox was ever started in {escape(str(home))}: nothing to forget")
            return
        require_home(home)
        with claimed(home):
            DevnetHome(home).forget()
    _stderr.print("the next start begins a new network")


async def _seed(data: Path, bars: Bars, engine: Engine | None, home: Path | None) -> SyntheaReport:
    folder = synthea.load(data)
    manifest = load_manifest()
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(_any_network(manifest, bars, engine, home))
        parties = {
            "operator": sandbox.party(OrganisationKind.OPERATOR),
            "channel": sandbox.party(OrganisationKind.CHANNEL),
        }
        seeded = SyntheaSeed(folder, domain=sandbox.domain, **parties)
        await seed_demo(sandbox, bars)
        run = SyntheaRun(seeded, client=sandbox.client, book=sandbox.book, sender=sandbox.sender)
        with bars.counting() as reporter:
            compared = await run.settle_all(reporter)
        return report_of(compared, run.unsettled, names=folder.payers)


@asynccontextmanager
async def _any_network(
    manifest: Manifest, bars: Bars, engine: Engine | None, home: Path | None
) -> AsyncIterator[Sandbox]:
    """Join the devnet that runs, or start a temporary one that leaves nothing behind.

    Without a chosen engine any of them may be running; the devnet file says which one to start.
    Errors: DevnetError when none runs in the chosen home.
    """
    network: AbstractAsyncContextManager[Sandbox]
    async with AsyncExitStack() as stack:
        for url, *others in _known_places(manifest, engine, home):
            if await _answers(url, manifest.chain.chain_id):
                network = attached(manifest, url, *others)
                break
        else:
            if home is not None:
                step = f"start one with yibao devnet up --home {home}"
                raise DevnetError(f"no sandbox runs in {home}", step)
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="yibao-devnet-")))
            network = _temporary(manifest, folder, engine or manifest.chain.engine)
        with bars.waiting("joining the chain and its contracts"):
            sandbox = await stack.enter_async_context(network)
        yield sandbox


def _known_places(
    manifest: Manifest, engine: Engine | None, home: Path | None
) -> list[tuple[str, ...]]:
    """Return where a chain may answer: that of a home, by default also where the file says."""
    chosen = home or FOLDER
    access = DevnetHome(chosen).access() if is_claimed(chosen) else None
    places: list[tuple[str, ...]] = [(access.chain.rpc_url,)] if access else []
    if home is None:
        places += [manifest.chain.urls(one) for one in ([engine] if engine else Engine)]
    return places


def _temporary(
    manifest: Manifest, folder: Path, engine: Engine
) -> AbstractAsyncContextManager[Sandbox]:
    if engine is Engine.VALIDATORS:
        return running_validators(manifest, folder)
    return running(manifest, folder, port=free_port())


async def _answers(url: str, chain_id: int) -> bool:
    from node.chain.client import ChainClient
    from node.chain.rpc.json_rpc import RpcClient, RpcError
    from node.domain.errors import ChainUnavailable

    # Nobody there answers at once; a devnet on a busy machine may take its time.
    async with RpcClient(url, timeout_s=PATIENCE_S) as rpc:
        try:
            return await ChainClient(rpc).chain_id() == chain_id
        except (ChainUnavailable, RpcError):
            return False


def _print_report(report: SyntheaReport) -> None:
    table = Table(title="Insurer-paid lines: file against chain, in dollars")
    table.add_column("payer", overflow="fold", min_width=12)
    for heading in ("equal", "charges", "insurer", "on chain", "second", "on chain"):
        table.add_column(heading, justify="right", no_wrap=True)
    for payer in report.payers:
        amounts = (
            payer.charges,
            payer.primary_in_file,
            payer.primary_on_chain,
            payer.secondary_in_file,
            payer.secondary_on_chain,
        )
        equal = f"{payer.equal}/{payer.lines}"
        table.add_row(payer.name, equal, *map(dollars, amounts))
    console = Console()
    console.print(table)
    for one in report.differences[:SHOWN_DIFFERENCES]:
        console.print(f"[red]charge {one.charge_id}[/]: file {one.expected}, chain {one.settled}")
    for lost in report.unsettled[:SHOWN_DIFFERENCES]:
        where = f"charge {lost.charge_id}, {lost.place}"
        console.print(f"[red]{where}[/]: not settled, {escape(lost.reason)}")
    verdict = f"[bold red]{report.different} not[/]" if report.different else "[green]equal[/]"
    console.print(f"{report.equal} of {report.lines} lines equal to the cent: {verdict}")


def dollars(cents: int) -> str:
    """Return cents as dollars, by integers."""
    return f"{cents // 100:,}.{cents % 100:02d}"
