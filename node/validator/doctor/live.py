"""Whether a running validator takes part: head, peers, the set of validators, signatures, time."""

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any

from node.chain.contracts.validator_registry import ValidatorRegistry
from node.chain.rpc.json_rpc import RpcClient, RpcError
from node.domain.errors import ChainUnavailable
from node.validator.bridge.updates import address_of
from node.validator.doctor.diagnosis import Finding, Patient
from node.validator.home import keys as keyring
from node.validator.unit.comet import ask_comet

ADVANCE_S = 20.0
SETTLE_S = 12.0
POLL_S = 0.5
LARGEST_SKEW_S = 10
_REPAIR = "stop it and see docs/operators.md, `Repair`"


async def alive(patient: Patient) -> list[Finding]:
    """Return what a running validator answers; nothing is asked of one that does not run."""
    if not patient.pids:
        return []
    async with RpcClient(patient.site.rpc_url, timeout_s=5.0) as rpc:
        try:
            first = await rpc.call("eth_getBlockByNumber", "0x0", False)
        except (ChainUnavailable, RpcError) as error:
            step = "wait a minute; it may be starting"
            return [patient.wrong("geth", f"no answer: {error}", step)]
        checks: tuple[Callable[[Patient, RpcClient], Awaitable[Finding]], ...] = (
            _advances,
            _layers_agree,
            _peers,
            _set,
            _signs,
        )
        asked = [await check(patient, rpc) for check in checks]
    return [_block_zero(patient, first["hash"]), *asked]


def _block_zero(patient: Patient, found: str) -> Finding:
    if found != patient.network.genesis_hash:
        reason = f"geth's chain begins with {found[:18]}…, not with the network's block"
        step = "its data is of another network: join with a new home"
        return patient.wrong("chain", reason, step)
    return patient.told("chain", f"{patient.network.chain_id}, from the network's genesis block")


async def _head(rpc: RpcClient) -> tuple[int, int]:
    block = await rpc.call("eth_getBlockByNumber", "latest", False)
    return int(block["number"], 16), int(block["timestamp"], 16)


async def _advances(patient: Patient, rpc: RpcClient) -> Finding:
    try:
        first, _ = await _head(rpc)
        deadline_at = time.monotonic() + ADVANCE_S
        while time.monotonic() < deadline_at:
            number, second = await _head(rpc)
            if number > first:
                return await _clock(patient, number, second)
            await asyncio.sleep(POLL_S)
    except (ChainUnavailable, RpcError) as error:
        return patient.wrong("head", f"geth stopped answering: {error}", "look into its logs")
    status = await ask_comet(patient.site, "status")
    if status is None:
        reason, step = "CometBFT does not answer: it replays or it cannot start", "see its logs"
    else:
        reason = f"still at block {first} after {ADVANCE_S:.0f} s"
        step = "a halt? docs/operators.md, `When the chain stands still`"
    return patient.wrong("head", reason, step)


async def _clock(patient: Patient, number: int, second: int) -> Finding:
    """Return the head as found; chain time is the median of the validators' clocks."""
    status = await ask_comet(patient.site, "status")
    if status is None or status["sync_info"]["catching_up"]:
        step = "wait; `yibao network status` shows its lag"
        return patient.wrong("head", f"block {number}, catching up", step)
    skew = int(time.time()) - second
    if abs(skew) > LARGEST_SKEW_S:
        step = "correct the clock by a time service"
        told = f"{abs(skew)} s {'ahead of' if skew > 0 else 'behind'} the chain"
        return patient.wrong("clock", f"this clock is {told}", step)
    return patient.told("head", f"block {number}, advancing; clock within {abs(skew)} s of it")


async def _layers_agree(patient: Patient, rpc: RpcClient) -> Finding:
    """Compare geth's block with what more than two thirds signed: CometBFT's app_hash."""
    status = await ask_comet(patient.site, "status")
    if status is None:
        return patient.wrong("layers", "CometBFT does not answer", "look into its logs")
    height = int(status["sync_info"]["latest_block_height"])
    signed = await ask_comet(patient.site, f"block?height={height}")
    block = await rpc.call("eth_getBlockByNumber", hex(height - 1), False)
    if signed is None or block is None:
        return patient.wrong("layers", f"block {height - 1} is not in both", _REPAIR)
    app_hash = "0x" + signed["block"]["header"]["app_hash"].lower()
    if height > 1 and app_hash != block["hash"]:
        reason = f"block {height - 1}: geth {block['hash'][:18]}…, decided {app_hash[:18]}…"
        return patient.wrong("layers", reason, _REPAIR)
    return patient.told("layers", f"geth and CometBFT agree on block {height - 1}")


async def _peers(patient: Patient, rpc: RpcClient) -> Finding:
    names = {one.node_id: one.name for one in patient.network.validators}
    names.pop(patient.network.entry(patient.site.name).node_id)
    deadline_at = time.monotonic() + SETTLE_S
    while True:
        network = await ask_comet(patient.site, "net_info")
        seen = {one["node_info"]["id"] for one in (network or {}).get("peers", [])}
        missing = [name for one, name in names.items() if one not in seen]
        geth = int(await rpc.call("net_peerCount"), 16)
        if not missing and geth >= len(names):
            return patient.told("peers", f"{len(names)} of {len(names)} in both layers")
        if time.monotonic() > deadline_at:
            break
        await asyncio.sleep(POLL_S)
    reason = f"CometBFT misses {' '.join(missing)}" if missing else ""
    if geth < len(names):
        reason += f"{'; ' if reason else ''}geth has {geth} of {len(names)}"
    step = "call them; check that both p2p ports are open both ways"
    return patient.wrong("peers", reason, step)


async def _set(patient: Patient, rpc: RpcClient) -> Finding:
    """Compare who validates by the contract with CometBFT's set, two blocks later at most."""
    registry = ValidatorRegistry(rpc, patient.network.registry)
    deadline_at = time.monotonic() + SETTLE_S
    while True:
        wanted = {entry.consensus_key[2:]: entry.moniker
                  for _, entry in await registry.participants()}  # fmt: skip
        told = await ask_comet(patient.site, "validators?per_page=100")
        found = {_key(one) for one in (told or {}).get("validators", [])}
        if found == set(wanted):
            return patient.told("validators", f"{len(found)}, by contract and in CometBFT")
        if time.monotonic() > deadline_at:
            break
        await asyncio.sleep(POLL_S)
    lacking = [name for key, name in wanted.items() if key not in found]
    more = [key[:12] for key in found - set(wanted)]
    reason = f"CometBFT lacks {' '.join(lacking) or 'none'} and has {' '.join(more) or 'no other'}"
    step = "see dropped updates in the bridge's log: yibao network logs … --member bridge"
    return patient.wrong("validators", reason, step)


def _key(validator: dict[str, Any]) -> str:
    return base64.b64decode(validator["pub_key"]["value"]).hex()


async def _signs(patient: Patient, rpc: RpcClient) -> Finding:
    """Look for our signature in the last commits."""
    own = address_of(keyring.consensus_public(patient.home)).hex().upper()
    told = await ask_comet(patient.site, "validators?per_page=100")
    if own not in {one["address"] for one in (told or {}).get("validators", [])}:
        return patient.told("signing", "not a validator by vote: it follows the chain")
    deadline_at = time.monotonic() + SETTLE_S
    while time.monotonic() < deadline_at:
        commit = await ask_comet(patient.site, "commit")
        signatures = commit["signed_header"]["commit"]["signatures"] if commit else []
        if any(one["validator_address"] == own for one in signatures):
            return patient.told("signing", "its signature is in the last commits")
        await asyncio.sleep(POLL_S)
    step = "restored lately? it waits ten blocks; else look into its logs"
    return patient.wrong("signing", "no signature of it in the last commits", step)


async def together(patients: Sequence[Patient]) -> list[Finding]:
    """Compare the heads of several running validators at a height that all have."""
    running = [one for one in patients if one.pids]
    if len(running) < 2:
        return []
    found: dict[str, list[str]] = {}
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(RpcClient(one.site.rpc_url, timeout_s=5.0))
            for one in running
        ]
        try:
            numbers = [int(await rpc.call("eth_blockNumber"), 16) for rpc in clients]
            common = hex(min(numbers))
            for patient, rpc in zip(running, clients, strict=True):
                block = await rpc.call("eth_getBlockByNumber", common, False)
                found.setdefault(block["hash"], []).append(patient.site.name)
        except (ChainUnavailable, RpcError) as error:
            step = "see the findings of each"
            return [Finding("network", "one chain", False, f"not all answer: {error}", step)]
    if len(found) > 1:
        told = "; ".join(f"{' '.join(names)}: {value[:18]}…" for value, names in found.items())
        return [Finding("network", "one chain", False, told, _REPAIR)]
    reason = f"{len(running)} validators have the same block {int(common, 16)}"
    return [Finding("network", "one chain", True, reason)]
