"""`yibao devnet`: the local network with everything on it, for newcomers and tests (P27)."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from node.app import create_app
from node.bootstrap import Gateway, open_sealer
from node.cli.catalogue import REGION, demo_catalogue
from node.cli.progress import Bars
from node.cli.serving import require_free_port, served, until_interrupted
from node.db.repositories.catalogue import replace_items
from node.db.repositories.identities import IdentityVault
from node.db.schema import upgrade
from node.db.unit_of_work import Transaction
from node.devnet import synthea
from node.devnet.batch_sender import SeedRefused
from node.devnet.demo_seed import DemoSeed
from node.devnet.home import (
    FOLDER,
    TOKENS_FILE,
    DevnetHome,
    custodial_parties,
    token_holders,
)
from node.devnet.manifest import Engine, Manifest, load_manifest
from node.devnet.network import DevnetError, free_port
from node.devnet.people import seal_people
from node.devnet.sandbox import (
    PATIENCE_S,
    Sandbox,
    attached,
    running,
    running_validators,
)
from node.devnet.story import Step, Story
from node.devnet.synthea_report import SyntheaReport, report_of
from node.devnet.synthea_run import SyntheaRun
from node.devnet.synthea_seed import SyntheaSeed, UnknownPayer
from node.devnet.titles import name_organisations
from node.devnet.tokens import Access, ChainPlace, Holder
from node.domain.days import day_of, policy_year
from node.domain.errors import ChainLagging
from node.domain.parties import OrganisationKind
from node.domain.roles import Role
from node.services.sandbox import KeptKeys

app = typer.Typer(help="The local network for development: test money only.", no_args_is_help=True)
GATEWAY_PORT = 8080
STORY = "STORY"
"""Under which name the token of the story's member is kept: it has bills, claims, receipts."""
SHOWN_DIFFERENCES = 20
CATCH_UP_POLL_S = 0.05
_stderr = Console(stderr=True)
EngineOption = Annotated[
    Engine | None, typer.Option(help="What makes the blocks; by default as the devnet file says.")
]
FolderOption = Annotated[Path, typer.Option(help="Where the devnet keeps its state.")]


@app.command()
def up(
    *,
    engine: EngineOption = None,
    port: Annotated[int, typer.Option(help="Port of the gateway, on loopback.")] = GATEWAY_PORT,
    story: Annotated[bool, typer.Option(help="Run and print one member's story.")] = False,
    once: Annotated[bool, typer.Option(help="End after the story instead of staying up.")] = False,
    fresh: Annotated[bool, typer.Option(help="Forget chain, database and keys first.")] = False,
    folder: FolderOption = FOLDER,
) -> None:
    """Start chain, contracts, demo parties and gateway; stay up until Ctrl-C.

    The second start keeps all state. Everything listens on loopback and holds **test money only**.
    """
    require_free_port(port)
    home, manifest = DevnetHome(folder), load_manifest()
    if fresh:
        home.forget()
    chosen = engine or manifest.chain.engine
    home.require_engine(chosen)
    started = _running(manifest, home.folder, engine=chosen)
    if chosen is Engine.VALIDATORS and manifest.chain.clock_start_s is not None:
        _stderr.print("validators keep real time: transfers are closed from 22:00 to 06:00")
    asyncio.run(_up(home, manifest, started, port=port, story=story or once, once=once))


def _running(
    manifest: Manifest, folder: Path, *, engine: Engine, port: int | None = None
) -> AbstractAsyncContextManager[Sandbox]:
    """Return the network to start in a folder; `port` is another one for anvil."""
    if engine is Engine.VALIDATORS:
        return running_validators(manifest, folder)
    return running(manifest, folder, port=port)


@app.command()
def seed(
    data: Annotated[Path, typer.Option(help="A Synthea folder.", exists=True, file_okay=False)],
    engine: EngineOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Settle every insurer-paid line of a folder **on chain** and compare it to the file.

    Uses the devnet that runs, or a temporary one where none does. Running it again changes nothing.
    Exit 1 if any line differs, 2 for a folder that cannot be read or a payer without a rule.
    """
    try:
        report = asyncio.run(_seed(data, Bars(quiet=as_json), engine))
    except (synthea.MalformedFolder, UnknownPayer) as error:
        Console(stderr=True).print(f"[bold red]{type(error).__name__}[/]: {error}")
        raise typer.Exit(2) from error
    if as_json:
        print(json.dumps(report.document(), indent=1))
    else:
        _print_report(report)
    if report.different:
        raise typer.Exit(1)


@app.command()
def reset(folder: FolderOption = FOLDER) -> None:
    """Forget chain, database, keys and tokens of the devnet."""
    DevnetHome(folder).forget()
    _stderr.print("the next start begins a new network")


async def _up(
    home: DevnetHome,
    manifest: Manifest,
    network: AbstractAsyncContextManager[Sandbox],
    *,
    port: int,
    story: bool,
    once: bool,
) -> None:
    bars = Bars()
    url = f"http://127.0.0.1:{port}"
    async with AsyncExitStack() as stack:
        with bars.waiting("starting the chain and its contracts"):
            sandbox = await stack.enter_async_context(network)
        await _seed_demo(sandbox, bars)
        with bars.waiting("starting the gateway"):
            gateway = await stack.enter_async_context(_gateway(home, sandbox, port=port))
        access = await _access(url, home, gateway, sandbox)
        await _fill_database(gateway, manifest)
        if story:
            access.holders[STORY] = await _tell_story(url, sandbox, gateway, access.holders)
            home.keep_access(access)
        if not once:
            print_start(access, home.folder)
            await until_interrupted()


async def _tell_story(
    url: str, sandbox: Sandbox, gateway: Gateway, holders: dict[str, Holder]
) -> Holder:
    """Run the story, print each step as it happens, and return its member."""
    console = Console()
    started, members = time.monotonic(), list[Holder]()
    console.rule("One member's story: every step is signed, on chain, and can be read again")

    async def issue_token(role: Role, account: str) -> str:
        members.append(await _issued(gateway, role, account, label="story"))
        return members[-1].token

    def show(step: Step) -> None:
        console.print(f"[green]✓[/] [bold]{step.title:<38}[/] {step.figures}", highlight=False)
        if step.path:
            console.print(f"  {url}{step.path}", style="dim", highlight=False, soft_wrap=True)

    tokens = {name: one.token for name, one in holders.items()}
    story = Story(url, sandbox, tokens=tokens, issue_token=issue_token, tell=show)
    await story.run()
    console.rule(f"told in {time.monotonic() - started:.1f} s")
    return members[-1]


async def _seed_demo(sandbox: Sandbox, bars: Bars) -> None:
    seed = DemoSeed(sandbox.manifest, domain=sandbox.domain)
    head = await sandbox.client.final_head()
    intents = seed.intents() + seed.year(policy_year(day_of(head.timestamp)))
    with bars.counting() as reporter:
        reporter.stage("demo parties, plans, money", len(intents))
        try:
            await sandbox.sender.send(intents, on_done=reporter.advance)
        except SeedRefused as error:
            step = "forget the network of an earlier version with yibao devnet reset"
            raise DevnetError(f"the demo parties cannot be seeded ({error})", step) from error


async def _fill_database(gateway: Gateway, manifest: Manifest) -> None:
    """Put what no chain holds into the gateway's database: the catalogue, and who everybody is."""
    vault = IdentityVault(open_sealer(gateway.settings))
    now_ms = gateway.clock.now_ms()

    def fill(tx: Transaction) -> None:
        replace_items(tx, REGION, demo_catalogue(REGION))
        seal_people(tx, vault, manifest, now_ms=now_ms)
        name_organisations(tx, manifest, now_ms=now_ms)

    await gateway.database.write(fill)


@asynccontextmanager
async def _gateway(home: DevnetHome, sandbox: Sandbox, *, port: int) -> AsyncIterator[Gateway]:
    """Serve a sandbox gateway on the devnet's own database."""
    await asyncio.to_thread(upgrade, home.database_url)
    keys = {one.account: one.signer for one in custodial_parties(sandbox.manifest)}
    gateway = Gateway(home.settings(sandbox), sandbox_signer=KeptKeys(keys))
    async with served(create_app(gateway), port=port):
        await _until_caught_up(gateway)
        yield gateway


async def _until_caught_up(gateway: Gateway) -> None:
    """Wait until the gateway has read what was seeded: it answers nobody before.

    Errors: ChainLagging if it never will, because its indexer has ended.
    """
    while True:
        try:
            return await gateway.services.health.require_caught_up()
        except ChainLagging:
            if not all(gateway.workers_alive().values()):
                raise
            await asyncio.sleep(CATCH_UP_POLL_S)


async def _access(url: str, home: DevnetHome, gateway: Gateway, sandbox: Sandbox) -> Access:
    """Return who may call, and keep it in the home; tokens of earlier runs stay."""
    holders = home.holders()
    for one in token_holders(sandbox.manifest):
        name, account = one.party.name, one.party.account
        if name not in holders:
            holders[name] = await _issued(gateway, one.role, account, label=f"devnet {name}")
    chain = ChainPlace(
        rpc_url=sandbox.urls[0], chain_id=sandbox.domain.chain_id, directory=sandbox.directory
    )
    access = Access(chain=chain, api=url, holders=holders)
    home.keep_access(access)
    return access


async def _issued(gateway: Gateway, role: Role, account: str, *, label: str) -> Holder:
    issued = await gateway.services.tokens.issue(role=role, account=account, label=label)
    return Holder(role=role, account=account, token=issued.token)


def print_start(access: Access, folder: Path) -> None:
    """Print where everything is and who may call."""
    table = Table(title="The sandbox is up: test money only", show_header=False)
    table.add_row("API", f"{access.api}/docs")
    table.add_row("health", f"{access.api}/readyz")
    table.add_row("chain", f"{access.chain.rpc_url}, chain id {access.chain.chain_id}")
    table.add_row("directory", access.chain.directory)
    table.add_row("tokens", str(folder / TOKENS_FILE))
    table.add_row("stop", "Ctrl-C; the next start keeps all state")
    table.add_section()
    for name, one in access.holders.items():
        table.add_row(name, f"{one.account}  {one.role}")
    Console().print(table)


async def _seed(data: Path, bars: Bars, engine: Engine | None) -> SyntheaReport:
    folder = synthea.load(data)
    manifest = load_manifest()
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(_any_network(manifest, bars, engine))
        parties = {
            "operator": sandbox.party(OrganisationKind.OPERATOR),
            "channel": sandbox.party(OrganisationKind.CHANNEL),
        }
        seeded = SyntheaSeed(folder, domain=sandbox.domain, **parties)
        await _seed_demo(sandbox, bars)
        run = SyntheaRun(seeded, client=sandbox.client, book=sandbox.book, sender=sandbox.sender)
        with bars.counting() as reporter:
            compared = await run.settle_all(reporter)
        return report_of(compared, folder.payers)


@asynccontextmanager
async def _any_network(
    manifest: Manifest, bars: Bars, engine: Engine | None
) -> AsyncIterator[Sandbox]:
    """Join the devnet that runs, or start a temporary one that leaves nothing behind.

    Without a chosen engine any of them may be running; the devnet file says which one to start.
    """
    network: AbstractAsyncContextManager[Sandbox]
    async with AsyncExitStack() as stack:
        for one in [engine] if engine else list(Engine):
            url, *others = manifest.chain.urls(one)
            if await _answers(url, manifest.chain.chain_id):
                network = attached(manifest, url, *others)
                break
        else:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="yibao-devnet-")))
            chosen = engine or manifest.chain.engine
            network = _running(manifest, folder, engine=chosen, port=free_port())
        with bars.waiting("joining the chain and its contracts"):
            sandbox = await stack.enter_async_context(network)
        yield sandbox


async def _answers(url: str, chain_id: int) -> bool:
    from node.chain.client import ChainClient
    from node.chain.rpc import RpcClient, RpcError
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
    verdict = f"[bold red]{report.different} differ[/]" if report.different else "[green]equal[/]"
    console.print(f"{report.equal} of {report.lines} lines equal to the cent: {verdict}")


def dollars(cents: int) -> str:
    """Return cents as dollars, by integers."""
    return f"{cents // 100:,}.{cents % 100:02d}"
