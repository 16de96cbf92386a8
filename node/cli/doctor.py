"""`yibao doctor`: is this installation fit to be trusted with money? (P25)."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import time
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from node.chain.deployment.diagnosis import ChainDiagnosis, Expected, Finding
from node.chain.rpc.json_rpc import RpcClient
from node.cli.environment import load_settings
from node.config import Profile, Settings
from node.db.errors import SchemaOutdatedError
from node.db.schema import require_current
from node.domain.days import SECONDS_PER_DAY
from node.relayer.signer import load_signer

SKEW_S = 30
UNSET = (
    "No network is set, so these are the defaults. For the sandbox that ./scripts/start began: "
    "yibao --env-file .devnet/gateway.env doctor"
)
# A sandbox may begin at a morning of its own, on the same or the following day.
SANDBOX_SKEW_S = 2 * SECONDS_PER_DAY


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Check libraries, database, chain id, contract code, type hashes, relayer role and clock.

    Reads the settings of the environment (or `--env-file`) and changes nothing. Exit 1 if any
    check fails; each line names the reason and the next step.
    """
    findings = asyncio.run(examine(load_settings()))
    if as_json:
        print(json.dumps([asdict(one) for one in findings], indent=1))
    else:
        _print_table(findings)
        if "YIBAO_DIRECTORY_ADDRESS" not in os.environ:
            Console().print(UNSET, highlight=False, soft_wrap=True)
    if not all(one.ok for one in findings):
        raise typer.Exit(1)


async def examine(settings: Settings) -> list[Finding]:
    """Return what was found, cheapest first."""
    relayer, key = _relayer(settings)
    expected = Expected(
        chain_id=settings.chain_id,
        directory=settings.directory_address.lower(),
        relayer=relayer,
        now_s=int(time.time()),
        largest_skew_s=SANDBOX_SKEW_S if settings.profile is Profile.SANDBOX else SKEW_S,
    )
    schema = await asyncio.to_thread(_schema, settings.database_url)
    async with RpcClient(settings.rpc_url, timeout_s=5.0) as rpc:
        chain = await ChainDiagnosis(rpc, expected).findings()
    return [_keccak(), _secp256k1(), *([key] if key else []), schema, *chain]


def _keccak() -> Finding:
    """Name the backend that Ethereum's libraries use: pure Python is hundreds of times slower."""
    from eth_hash.auto import keccak

    keccak(b"")
    name = type(getattr(keccak.hasher, "__self__", keccak)).__name__
    if name == "PySha3Backend":
        return Finding("keccak", True, name)
    step = "unset ETH_HASH_BACKEND and install the locked packages again"
    return Finding("keccak", False, f"the slow backend {name} is in use", step)


def _secp256k1() -> Finding:
    # eth-account signs through it; nothing of ours imports it by name.
    backends = importlib.import_module("eth_keys.backends")
    name = type(backends.get_backend()).__name__
    if name == "CoinCurveECCBackend":
        return Finding("secp256k1", True, name)
    step = "unset ECC_BACKEND_CLASS and install the locked packages again"
    return Finding("secp256k1", False, f"the slow backend {name} is in use", step)


def _schema(url: str) -> Finding:
    try:
        require_current(url)
    except SchemaOutdatedError as error:
        return Finding("database", False, str(error), "run yibao db upgrade")
    except Exception as error:  # each driver has errors of its own, and all mean the same here
        reason = f"cannot be opened: {type(error).__name__}"
        return Finding("database", False, reason, "correct YIBAO_DATABASE_URL")
    return Finding("database", True, "schema is that of this program")


def _relayer(settings: Settings) -> tuple[str | None, Finding | None]:
    if settings.relayer_key_file is None:
        return None, None
    try:
        return load_signer(settings.relayer_key_file).address, None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        step = "correct YIBAO_RELAYER_KEY_FILE"
        return None, Finding("relayer key", False, str(reason), step)


def _print_table(findings: list[Finding]) -> None:
    table = Table(title="yibao doctor")
    for heading in ("check", "", "found", "next step"):
        table.add_column(heading, overflow="fold")
    for one in findings:
        mark = "[green]ok[/]" if one.ok else "[bold red]failed[/]"
        table.add_row(one.check, mark, one.reason, one.next_step)
    console = Console()
    console.print(table)
    failed = sum(not one.ok for one in findings)
    console.print(f"{len(findings) - failed} of {len(findings)} checks passed")
