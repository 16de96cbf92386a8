"""Whether a chain is the one this program was built for: identity, code, type hashes, roles, time.

What `yibao doctor` asks before a gateway is trusted with money (P25). Every finding names what was
wrong and what a person can do; nothing is changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from node.artifacts import load
from node.chain.abi.packing import WordLayout
from node.chain.abi.records import DirectoryEntry
from node.chain.client import CONTRACT_NAMES, BlockHeader, ChainClient
from node.chain.contracts.base import Block, Contract, Function
from node.chain.contracts.intent_router import IntentRouter
from node.chain.contracts.registries import NetworkDirectory
from node.chain.deployment.roles import ContractRole
from node.chain.rpc.json_rpc import RpcClient, RpcError
from node.domain.errors import ChainUnavailable
from node.domain.errors.base import DomainError
from node.domain.ids import AccountId
from node.intents.messages import KINDS
from node.intents.typed_data import type_hash
from node.wire.hashing import keccak
from node.wire.hexadecimal import to_hex

DIRECTORY = "NetworkDirectory"
AUTHORITY = Function("authority()")
HAS_ROLE = Function("hasRole(uint64,address)")
# Deployed code of a library begins with PUSH20 of its own address.
LIBRARY_ADDRESS = (1, 20)
DIRECTORY_STEP = "set YIBAO_DIRECTORY_ADDRESS to the network's published address"
ROLLOUT = "deploy this version, or run the program that belongs to the deployed one"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `next_step` is empty where nothing is wrong."""

    check: str
    ok: bool
    reason: str
    next_step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the settings say. `relayer` is an account, None if this process sends nothing."""

    chain_id: int
    directory: str
    relayer: str | None
    now_s: int
    largest_skew_s: int


class ChainDiagnosis:
    """Looks at one chain at one block."""

    def __init__(self, rpc: RpcClient, expected: Expected) -> None:
        self._rpc, self._expected = rpc, expected
        self._client = ChainClient(rpc)

    async def findings(self) -> list[Finding]:
        """Return all findings; those after a wrong chain or directory would mean nothing."""
        try:
            found = await self._client.chain_id()
            header = await self._client.header("latest")
        except (ChainUnavailable, RpcError):
            reason = f"no answer from {self._rpc.url}"
            return [Finding("chain id", False, reason, "start the node, or correct YIBAO_RPC_URL")]
        first = self._chain_id(found)
        if not first.ok or header is None:
            return [first]
        clock = self._clock(header)
        return [first, clock, *await self._network(header.number)]

    async def _network(self, block: int) -> list[Finding]:
        directory = NetworkDirectory(self._rpc, self._expected.directory)
        if not await self._client.code(directory.address, block=block):
            reason = f"no contract at {directory.address}"
            return [Finding(f"code of {DIRECTORY}", False, reason, DIRECTORY_STEP)]
        try:
            entries = {name: await directory.entry(name, block=block) for name in CONTRACT_NAMES}
        except (DomainError, RpcError):
            reason = f"the contract at {directory.address} is no directory"
            return [Finding(f"code of {DIRECTORY}", False, reason, DIRECTORY_STEP)]
        itself = DirectoryEntry(AccountId(directory.address), 0, "")
        contracts = [
            await self._contract(name, entry, block=block)
            for name, entry in ((DIRECTORY, itself), *entries.items())
        ]
        router = IntentRouter(self._rpc, entries["IntentRouter"].target)
        return [
            *contracts,
            await self._type_hashes(router, block=block),
            await self._relayer(directory, block=block),
        ]

    def _chain_id(self, found: int) -> Finding:
        wanted = self._expected.chain_id
        if found == wanted:
            return Finding("chain id", True, str(found))
        reason = f"the endpoint serves chain {found}, this installation belongs to {wanted}"
        return Finding("chain id", False, reason, "correct YIBAO_RPC_URL or YIBAO_CHAIN_ID")

    def _clock(self, header: BlockHeader) -> Finding:
        skew_s = self._expected.now_s - header.timestamp
        if abs(skew_s) <= self._expected.largest_skew_s:
            return Finding("clock", True, f"{abs(skew_s)} s between this clock and the chain")
        side = "ahead of" if skew_s > 0 else "behind"
        return Finding(
            "clock",
            False,
            f"this clock is {abs(skew_s)} s {side} the newest block",
            "set this machine's clock by NTP; if it is right, the chain stands still: ask its "
            "operators",
        )

    async def _contract(self, name: str, entry: DirectoryEntry, *, block: int) -> Finding:
        check = f"code of {name}"
        code = await self._client.code(entry.target, block=block)
        if not code:
            reason = f"no code at {entry.target}" if int(entry.target, 16) else "not in directory"
            return Finding(check, False, reason, ROLLOUT)
        code_hash = to_hex(keccak(code))
        if entry.code_hash and code_hash != entry.code_hash:
            reason = f"hash {code_hash}, the directory says {entry.code_hash}"
            return Finding(check, False, reason, "stop: do not send anything; ask the operators")
        other = await self._first_difference(name, code, block=block)
        if other is not None:
            reason = f"{other} at {entry.target} is not the compiled contract of this program"
            return Finding(check, False, reason, ROLLOUT)
        return Finding(check, True, entry.target)

    async def _first_difference(self, name: str, code: bytes, *, block: Block) -> str | None:
        """Return the name of the contract or linked library whose code is not the compiled one."""
        artifact = load(name)
        if not same_code(artifact, code):
            return name
        for library, address in linked(artifact, code):
            found = await self._client.code(address, block=block)
            if (other := await self._first_difference(library, found, block=block)) is not None:
                return other
        return None

    async def _type_hashes(self, router: IntentRouter, *, block: int) -> Finding:
        wrong = []
        for kind in KINDS:
            try:
                found = await router.type_hash_of(kind, block=block)
            except (DomainError, RpcError):
                found = ""
            if found != to_hex(type_hash(kind)):
                wrong.append(kind.name)
        if wrong:
            return Finding(
                "type hashes", False, f"the router signs otherwise: {', '.join(wrong)}", ROLLOUT
            )
        return Finding("type hashes", True, f"{len(KINDS)} kinds equal to the router's")

    async def _relayer(self, directory: Contract, *, block: int) -> Finding:
        account = self._expected.relayer
        if account is None:
            return Finding("relayer role", True, "no relayer key: this process sends nothing")
        found = await directory.read_word("address", AUTHORITY.call_data(), block=block)
        data = HAS_ROLE.call_data(int(ContractRole.RELAYER), account)
        answer = await Contract(self._rpc, str(found)).read(data, block=block)
        holds, _delay = WordLayout(["bool", "uint32"]).unpack(answer)
        if not holds:
            step = "ask the network's administrators to grant RELAYER, or use another key"
            return Finding("relayer role", False, f"{account} lacks the role RELAYER", step)
        return Finding("relayer role", True, account)


def same_code(artifact: dict[str, Any], code: bytes) -> bool:
    """Tell whether deployed code is the compiled one but for immutables and linked addresses."""
    compiled = artifact["deployedBytecode"].removeprefix("0x")
    if len(compiled) != 2 * len(code):
        return False
    deployed = code.hex()
    holes = sorted(_holes(artifact))
    last = 0
    for start, length in holes:
        if compiled[2 * last : 2 * start] != deployed[2 * last : 2 * start]:
            return False
        last = start + length
    return bool(compiled[2 * last :] == deployed[2 * last :])


def _holes(artifact: dict[str, Any]) -> Iterator[tuple[int, int]]:
    """Yield (start, length) of what deployment fills in."""
    if artifact["kind"] == "library":
        yield LIBRARY_ADDRESS
    for place in artifact["immutableReferences"]:
        yield place["start"], place["length"]
    for libraries in artifact["deployedLinkReferences"].values():
        for places in libraries.values():
            for place in places:
                yield place["start"], place["length"]


def linked(artifact: dict[str, Any], code: bytes) -> Iterator[tuple[str, str]]:
    """Yield (library, address) as linked into deployed code; each library once."""
    for libraries in artifact["deployedLinkReferences"].values():
        for library, places in libraries.items():
            start, length = places[0]["start"], places[0]["length"]
            yield library, to_hex(code[start : start + length])
