"""`yibao network propose | vote | validators`: the participants' votes, from the shell (S41)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from node.chain.contracts.validator_registry import (
    EMPTY,
    NO_ACCOUNT,
    Participant,
    ProposalKind,
    TransactionFailedError,
    ValidatorRegistry,
)
from node.chain.rpc.errors import revert_of
from node.chain.rpc.json_rpc import RpcClient, RpcError
from node.cli.network.commands import app, checked
from node.validator.home import configuration as conf
from node.validator.home import keys as keyring
from node.validator.home.keys import CeremonyError
from node.validator.unit import evidence
from node.validator.unit.evidence import EvidenceReporter, NoAnswerError

_stderr = Console(stderr=True)
_Result = TypeVar("_Result")
HomeOption = Annotated[Path, typer.Option(help="Your validator's home.", file_okay=False)]
CONFLICT, UNAVAILABLE = 5, 6
LARGEST_WORD = 2**256 - 1
NumberArgument = Annotated[int, typer.Argument(help="The proposal.", min=1, max=LARGEST_WORD)]


@app.command()
def propose(
    what: Annotated[str, typer.Argument(help="add, remove, rotate, minimum or fund.")],
    *,
    home: HomeOption,
    entry: Annotated[Path | None, typer.Option(help="entry.json, for add and rotate.")] = None,
    subject: Annotated[str, typer.Option(help="Participant, or account for fund.")] = "",
    amount: Annotated[
        int, typer.Option(help="New minimum, or wei for fund.", min=0, max=LARGEST_WORD)
    ] = 0,
) -> None:
    """Propose a change and vote for it with your operator's key.

    More than two thirds of the participants must vote for it: `yibao network vote NUMBER`.
    """
    kinds = {"minimum": ProposalKind.SET_MINIMUM} | {
        kind.name.lower(): kind for kind in ProposalKind if kind is not ProposalKind.NONE
    }
    if what not in kinds:
        _stderr.print("[bold red]network[/]: one of add, remove, rotate, minimum, fund")
        raise typer.Exit(2)
    participant, account = checked(lambda: _wanted(kinds[what], entry, subject))

    async def work(registry: ValidatorRegistry, secret: bytes) -> int:
        return await registry.propose(
            secret, kinds[what], account, amount=amount, entry=participant
        )

    number = _with_registry(home, work)
    print(number)
    _stderr.print(f"proposed and voted; the others: yibao network vote {number} --home …")


def _wanted(kind: ProposalKind, entry: Path | None, subject: str) -> tuple[Participant, str]:
    if kind in {ProposalKind.ADD, ProposalKind.ROTATE}:
        if entry is None:
            raise CeremonyError(f"{kind.name.lower()} needs --entry with the new entry.json")
        found = keyring.load_entry(entry)
        participant = Participant(
            consensus_key="0x" + found.consensus_key,
            node_address=found.node_address,
            operator=found.operator,
            relayer=found.relayer,
            moniker=found.name,
        )
        return participant, subject or found.participant
    if kind is not ProposalKind.SET_MINIMUM and not subject:
        raise CeremonyError(f"{kind.name.lower()} needs --subject")
    return EMPTY, subject or NO_ACCOUNT


@app.command()
def vote(
    number: NumberArgument,
    home: HomeOption,
) -> None:
    """Vote for a proposal with your operator's key; the last vote needed puts it into force."""

    async def work(registry: ValidatorRegistry, secret: bytes) -> tuple[int, int, bool]:
        await registry.vote(secret, number)
        found = await registry.proposal(number)
        return found.votes, found.needed, found.done

    votes, needed, done = _with_registry(home, work)
    _stderr.print("in force" if done else f"{votes} of {needed} votes")


@app.command()
def enact(
    number: NumberArgument,
    home: HomeOption,
) -> None:
    """Put a proposal into force that has its votes but met another change in its block."""
    _with_registry(home, lambda registry, secret: registry.enact(secret, number))


@app.command()
def validators(
    home: HomeOption,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """List who validates by the contract, the minimum, and what is proposed."""

    async def work(registry: ValidatorRegistry, _: bytes) -> dict[str, object]:
        return {
            "minimum": await registry.minimum(),
            "validators": [
                {"participant": account} | asdict(entry)
                for account, entry in await registry.participants()
            ],
            "proposals": [asdict(one) for one in await registry.proposals()],
            "misbehaviour": [asdict(one) for one in await registry.reports()],
        }

    found = _with_registry(home, work, signs=False)
    if as_json:
        print(json.dumps(found, indent=1))
        return
    console = Console()
    console.print(_table("validators", found["validators"], ("moniker", "participant", "operator")))
    open_ones = [one for one in found["proposals"] if not one["done"]]  # type: ignore[attr-defined]
    if open_ones:
        wanted = ("number", "kind", "subject", "votes", "needed")
        console.print(_table("open proposals", open_ones, wanted))
    if found["misbehaviour"]:
        wanted = ("validator", "height", "kind", "reporter", "block")
        console.print(_table("reported misbehaviour", found["misbehaviour"], wanted))
    console.print(f"at least {found['minimum']} must remain")


@app.command("report-evidence")
def report_evidence(
    home: HomeOption,
    since: Annotated[int, typer.Option("--from", help="First block to look through.", min=1)] = 1,
) -> None:
    """Look through blocks for evidence of misbehaviour and report it with your relayer's key.

    Running validators do so by themselves; the registry tells each piece once.
    """
    site = checked(lambda: conf.load_site(home))

    async def run() -> int:
        found = 0
        earliest, last = await evidence.heights(site)
        async for _, pieces in EvidenceReporter(home).report(max(since, earliest), last):
            for one, sent in pieces:
                found += 1
                print(f"{one.validator} {one.height} {one.kind.name.lower()}",
                      "reported" if sent else "known")  # fmt: skip
        return found

    try:
        found = asyncio.run(run())
    except NoAnswerError as error:
        _stderr.print(f"[bold red]network[/]: CometBFT does not answer ({error})", highlight=False)
        raise typer.Exit(UNAVAILABLE) from error
    _stderr.print(f"{found} pieces of evidence")


def _table(title: str, rows: object, names: tuple[str, ...]) -> Table:
    table = Table(title=title)
    for name in names:
        table.add_column(name)
    for row in rows:  # type: ignore[attr-defined]
        table.add_row(*(getattr(row[name], "name", str(row[name])) for name in names))
    return table


def _operator_of(home: Path) -> bytes:
    try:
        return keyring.account_secret(home, "operator")
    except (OSError, ValueError) as error:
        raise CeremonyError(f"the operator's key of {home} cannot be read: {error}") from error


def _with_registry(
    home: Path,
    work: Callable[[ValidatorRegistry, bytes], Awaitable[_Result]],
    *,
    signs: bool = True,
) -> _Result:
    """Run work on the registry through the home's own geth, with the operator's key if it signs."""
    site, network = checked(lambda: (conf.load_site(home), conf.load_network(home)))

    secret = checked(lambda: _operator_of(home)) if signs else b""

    async def run() -> _Result:
        async with RpcClient(site.rpc_url) as rpc:
            return await work(ValidatorRegistry(rpc, network.registry), secret)

    try:
        return asyncio.run(run())
    except (RpcError, TransactionFailedError) as error:
        refusal = revert_of(error) if isinstance(error, RpcError) else None
        _stderr.print(f"[bold red]refused[/]: {refusal or error}", highlight=False)
        raise typer.Exit(CONFLICT) from error
    except TimeoutError as error:
        _stderr.print("[bold red]network[/]: sent, but in no block yet: look again before retrying")
        raise typer.Exit(UNAVAILABLE) from error
