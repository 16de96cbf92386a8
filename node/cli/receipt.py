"""`yibao receipt`: proofs of receipts and balances, and their check without network (M22)."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from node.chain.proofs.bundles import Anchor, NotABundleError, check
from node.chain.proofs.comet_json import CometJsonError, genesis_of
from node.chain.proofs.consensus import ProofInvalidError, genesis_order
from node.cli.inputs import file_to_write

if TYPE_CHECKING:
    from node.chain.proofs.source import ProofSource

app = typer.Typer(help="Receipts that prove themselves, without network.", no_args_is_help=True)
GENESIS_FILES = ("genesis.comet.json", "comet/config/genesis.json")
"""CometBFT's genesis in a network's folder, and in a validator's home."""
NOT_PROVED, INPUT_WRONG, UNKNOWN, UNAVAILABLE = 1, 2, 4, 6
_ACCOUNT = re.compile(r"0x[0-9a-f]{40}")
_stderr = Console(stderr=True)

GenesisOption = Annotated[
    Path | None, typer.Option(help="CometBFT's genesis file, from a source you trust.")
]
NetworkOption = Annotated[
    Path | None, typer.Option(help="A network's folder or a validator's home: its genesis file.")
]
RpcOption = Annotated[str, typer.Option(help="JSON-RPC of a node's geth.")]
CometOption = Annotated[str, typer.Option(help="RPC of the same node's CometBFT.")]
OutOption = Annotated[
    Path, typer.Option(help="File to write.", dir_okay=False, callback=file_to_write)
]


def _end(word: str, text: str, code: int) -> typer.Exit:
    _stderr.print(f"[bold red]{word}[/]: ", end="")
    _stderr.print(text, highlight=False, markup=False)
    return typer.Exit(code)


def _read_genesis(genesis: Path | None, network: Path | None) -> tuple[Anchor, str]:
    """Return what is trusted and the file's hash, as the ceremony prints it."""
    if (genesis is None) == (network is None):
        raise _end("genesis", "name the file you trust: --genesis FILE or --network DIR", 2)
    places = [genesis] if network is None else [network / one for one in GENESIS_FILES]
    found = next((one for one in places if one is not None and one.is_file()), None)
    if found is None:
        raise _end("genesis", f"there is no file {places[0]}", INPUT_WRONG)
    data = found.read_bytes()
    try:
        chain_id, validators = genesis_of(json.loads(data))
    except (CometJsonError, ValueError) as error:
        raise _end("genesis", f"{found} is no genesis of CometBFT: {error}", 2) from error
    return Anchor(chain_id, genesis_order(validators)), hashlib.sha256(data).hexdigest()


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="The proof.", exists=True, dir_okay=False)],
    *,
    genesis: GenesisOption = None,
    network: NetworkOption = None,
    account: Annotated[
        str, typer.Option(help="Whose balance a stored word is meant to be: 0x and 40 digits.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Check a proof offline and say what it proves; only the genesis file is trusted.

    Exit 0 proved, 1 not proved (the step that failed is named), 2 not a proof, or no genesis.
    """
    anchor, digest = _read_genesis(genesis, network)
    if account and not _ACCOUNT.fullmatch(account.lower()):
        raise _end("account", "an account is 0x and 40 hex digits", INPUT_WRONG)
    try:
        found = check(file.read_bytes(), anchor)
    except ProofInvalidError as error:
        if as_json:
            _print_refusal(error.step.value, error)
        if isinstance(error, NotABundleError):
            raise _end("not a proof", f"{file}: {error}", INPUT_WRONG) from error
        raise _end("not proved", f"{error} (step: {error.step})", NOT_PROVED) from error
    # Decoders of events are needed only now.
    from node.cli.receipt_text import WrongAccountError, document, lines

    try:
        shown = document(found, genesis_sha256=digest, account=account.lower())
    except WrongAccountError as error:
        if as_json:
            _print_refusal("word", error)
        raise _end("not proved", f"{error} (step: word)", NOT_PROVED) from error
    print(json.dumps(shown, indent=1) if as_json else "\n".join(lines(shown)))


def _print_refusal(step: str, error: Exception) -> None:
    print(json.dumps({"proved": False, "step": step, "reason": str(error)}, indent=1))


@app.command()
def prove(
    what: Annotated[str, typer.Argument(metavar="TX|RECEIPT", help="Hash, or receipt's number.")],
    *,
    rpc: RpcOption,
    comet: CometOption,
    out: OutOption,
    genesis: GenesisOption = None,
    network: NetworkOption = None,
) -> None:
    """Write the proof of a transaction's receipt, two blocks after it at the earliest.

    It is checked before it is written: against the genesis file if one is named, else against the
    genesis that the node tells.
    """

    async def work(source: ProofSource) -> bytes:
        return await source.receipt(await source.transaction_of(what))

    anchor = _read_genesis(genesis, network)[0] if genesis or network else None
    _write(out, _made(work, rpc=rpc, comet=comet, anchor=anchor))


@app.command()
def balance(
    account: Annotated[str, typer.Argument(help="Whose: 0x and 40 hex digits.")],
    *,
    ledger: Annotated[str, typer.Option(help="Address of WalletLedger.")],
    block: Annotated[int, typer.Option(min=1, help="After which block.")],
    rpc: RpcOption,
    comet: CometOption,
    out: OutOption,
    points: Annotated[bool, typer.Option("--points", help="POINTS, not CASH and MEDICAL.")] = False,
    genesis: GenesisOption = None,
    network: NetworkOption = None,
) -> None:
    """Write the proof of an account's balance after a block: CASH and MEDICAL, or POINTS."""
    from node.domain.kinds import Pocket

    for one in (account, ledger):
        if not _ACCOUNT.fullmatch(one.lower()):
            raise _end("account", "accounts and contracts are 0x and 40 hex digits", INPUT_WRONG)

    async def work(source: ProofSource) -> bytes:
        pocket = Pocket.POINTS if points else Pocket.CASH
        return await source.balance(ledger.lower(), account.lower(), pocket, block=block)

    anchor = _read_genesis(genesis, network)[0] if genesis or network else None
    _write(out, _made(work, rpc=rpc, comet=comet, anchor=anchor))


def _made(
    work: Callable[[ProofSource], Awaitable[bytes]],
    *,
    rpc: str,
    comet: str,
    anchor: Anchor | None,
) -> bytes:
    """Return the bundle that a node gives, or end with what to do next."""
    from node.chain.proofs.comet_client import CannotProveError, CometClient, NothingToProveError
    from node.chain.proofs.source import ProofSource
    from node.chain.rpc.json_rpc import RpcClient, RpcError
    from node.domain.errors import ChainUnavailable
    from node.validator.home.registry_state import ADDRESS

    async def run() -> bytes:
        async with RpcClient(rpc) as geth, CometClient(comet) as node:
            trusted = anchor
            if trusted is None:
                chain_id, validators = await node.genesis()
                trusted = Anchor(chain_id, genesis_order(validators))
            return await work(ProofSource(geth, node, anchor=trusted, registry=ADDRESS))

    try:
        return asyncio.run(run())
    except CannotProveError as error:
        code = UNKNOWN if isinstance(error, NothingToProveError) else UNAVAILABLE
        raise _end("no proof", f"{error}; next step: {error.next_step}", code) from error
    except ChainUnavailable as error:
        text = f"{rpc} or {comet} does not answer; next step: is the node up? yibao network status"
        raise _end("no proof", text, UNAVAILABLE) from error
    except RpcError as error:
        text = f"{rpc} refuses: {error.message}; next step: ask a node that keeps all past states"
        raise _end("no proof", text, UNAVAILABLE) from error


def _write(out: Path, data: bytes) -> None:
    """Write a bundle whole or not at all."""
    part = out.with_name(out.name + ".part")
    try:
        part.write_bytes(data)
        part.replace(out)
    except OSError as error:
        raise _end("no proof", f"{out} cannot be written: {error.strerror}", 2) from error
    _stderr.print(f"{out}: {len(data)} bytes, checked", highlight=False)
    _stderr.print(
        f"next: yibao receipt verify {out} --genesis GENESIS", highlight=False, soft_wrap=True
    )
