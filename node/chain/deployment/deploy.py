"""Deployment of a network: contracts, roles, directory. Running it again changes nothing.

The directory is the memory: what it names is kept, what it does not name is deployed and entered.
A run that was cut short is finished by the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import rlp
from aiohttp import ClientTimeout
from eth_account import Account
from eth_utils.abi import function_abi_to_4byte_selector
from web3 import AsyncHTTPProvider, AsyncWeb3
from web3.contract.async_contract import AsyncContract
from web3.middleware import SignAndSendRawMiddlewareBuilder
from web3.types import Nonce, TxParams, Wei

from node.artifacts import ArtifactMissing, load
from node.chain.abi.transactions import LEAST_TIP_WEI, fee_cap
from node.chain.deployment.roles import HOLDERS, ContractRole, restricted_functions
from node.domain.ids import NO_ACCOUNT
from node.domain.parties import OrganisationKind
from node.intents.bodies import RegisterOrganisation
from node.intents.schema import snake_case
from node.wire.hashing import keccak
from node.wire.hexadecimal import to_hex

AUTHORITY = "NetworkAuthority"
DIRECTORY = "NetworkDirectory"
# Below the cap of one transaction since Osaka, 2^24.
GAS_LIMIT = 16_000_000
# Somebody waits for a deployment to end, not for one answer: a busy machine may take its time.
ENDPOINT_S = 120

CONSTRUCTORS: dict[str, tuple[str, ...]] = {
    "ProviderRegistry": (),
    "MemberRegistry": ("ProviderRegistry",),
    "PlanRegistry": ("ProviderRegistry",),
    "WalletLedger": (),
    "BillRegistry": (),
    "CoverageRegistry": ("MemberRegistry", "ProviderRegistry", "PlanRegistry", "BillRegistry"),
    "ClaimRegistry": (),
    "ActionRegistry": ("ProviderRegistry", DIRECTORY),
    "WalletOperations": ("WalletLedger", "MemberRegistry", "ProviderRegistry"),
    "PremiumCollector": (
        *("WalletLedger", "BillRegistry", "MemberRegistry", "ProviderRegistry"),
        "PlanRegistry",
    ),
    "ClaimSettlement": (
        *("WalletLedger", "ClaimRegistry", "MemberRegistry", "ProviderRegistry"),
        *("CoverageRegistry", "PlanRegistry"),
    ),
    "IntentRouter": (DIRECTORY, "MemberRegistry", "ProviderRegistry", "ActionRegistry"),
}
"""Contracts in order of deployment and, after the authority, what their constructors take."""


class DeploymentFailed(RuntimeError):  # noqa: N818
    """A transaction of the deployment was mined and reverted."""


@dataclass(frozen=True)
class DeployPlan:
    """What to deploy and who holds the roles of accounts.

    `directory` names an existing network; without it a fresh deployer account starts one and is
    recognised when it comes back. `change_delay_s` is the delay of every later change of
    directory or roles.
    `replacements` deploys another artifact under a name. A tolerant plan passes the zero address
    for a contract that is not there; it is for tests of single contracts.
    """

    accounts: Mapping[ContractRole, tuple[str, ...]] = field(default_factory=dict)
    operator: RegisterOrganisation | None = None
    directory: str | None = None
    change_delay_s: int = 0
    names: frozenset[str] | None = None
    replacements: Mapping[str, str] = field(default_factory=dict)
    artifact: Callable[[str], dict[str, Any]] = load
    tolerant: bool = False


@dataclass(frozen=True)
class Deployment:
    """Where the contracts of a network are, checksummed, by name."""

    chain_id: int
    addresses: Mapping[str, str]

    @property
    def authority(self) -> str:
        """Return the address of the AccessManager."""
        return self.addresses[AUTHORITY]

    @property
    def directory(self) -> str:
        """Return the one address a node is configured with."""
        return self.addresses[DIRECTORY]


def directory_name(name: str) -> bytes:
    """Return a contract name as the directory keys it: left-aligned in 32 bytes."""
    return name.encode().ljust(32, b"\0")


def created_address(sender: str, tx_nonce: int) -> bytes:
    """Return the address of the contract that a sender creates with one nonce."""
    return bytes(keccak(rlp.encode([bytes.fromhex(sender[2:]), tx_nonce]))[12:])


def link(bytecode: str, references: Mapping[str, Any], libraries: Mapping[str, str]) -> str:
    """Return creation code with the addresses of its libraries filled in."""
    code = bytecode
    for names in references.values():
        for name, places in names.items():
            for place in places:
                start = 2 + 2 * place["start"]
                end = start + 2 * place["length"]
                code = code[:start] + libraries[name][2:].lower() + code[end:]
    return code


def operator_arguments(body: RegisterOrganisation, abi: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the argument of ProviderRegistry.bootstrap as web3 takes it."""
    entry = next(part for part in abi if part.get("name") == "bootstrap")
    values = {
        part["name"]: getattr(body, snake_case(part["name"]))
        for part in entry["inputs"][0]["components"]
    }
    return {
        name: AsyncWeb3.to_checksum_address(value)
        if isinstance(value, str) and len(value) == 42
        else value
        for name, value in values.items()
    }


class _Run:
    """One run of a deployment: the connection, the sender, and what is known so far."""

    def __init__(self, w3: AsyncWeb3[Any], *, deployer: str, plan: DeployPlan) -> None:
        self.w3 = w3
        self.deployer = AsyncWeb3.to_checksum_address(deployer)
        self.plan = plan
        self.addresses: dict[str, str] = {}
        self._tx_nonce: int | None = None
        self._sent: list[tuple[Any, str]] = []

    async def _send(self, call: Any, what: str) -> int:
        """Send a transaction without waiting for its block; return its nonce.

        Transactions of one account take effect in order, so what follows may count on this one.
        """
        if self._tx_nonce is None:
            self._tx_nonce = await self.w3.eth.get_transaction_count(self.deployer, "pending")
        used, self._tx_nonce = self._tx_nonce, self._tx_nonce + 1
        block = await self.w3.eth.get_block("latest")
        params: TxParams = {
            "from": self.deployer,
            "gas": GAS_LIMIT,
            "nonce": Nonce(used),
            "maxFeePerGas": Wei(fee_cap(block.get("baseFeePerGas", 0))),
            "maxPriorityFeePerGas": Wei(LEAST_TIP_WEI),
        }
        self._sent.append((await call.transact(params), what))
        return used

    async def _settled(self) -> None:
        """Wait until all that was sent is mined. Errors: DeploymentFailed for the first failure."""
        sent, self._sent = self._sent, []
        for tx_hash, what in sent:
            receipt = await self.w3.eth.wait_for_transaction_receipt(tx_hash, timeout=ENDPOINT_S)
            if receipt["status"] != 1:
                raise DeploymentFailed(what)

    def _artifact(self, name: str) -> dict[str, Any]:
        return self.plan.artifact(self.plan.replacements.get(name, name))

    def _abi(self, name: str) -> list[dict[str, Any]]:
        abi: list[dict[str, Any]] = self._artifact(name)["abi"]
        return abi

    def _contract(self, name: str) -> AsyncContract:
        address = AsyncWeb3.to_checksum_address(self.addresses[name])
        return self.w3.eth.contract(address=address, abi=self._abi(name))

    async def _create(self, name: str, arguments: tuple[str, ...]) -> None:
        artifact = self._artifact(name)
        code = link(artifact["bytecode"], artifact["linkReferences"], self.addresses)
        factory = self.w3.eth.contract(abi=artifact["abi"], bytecode=code)
        used = await self._send(factory.constructor(*arguments), f"create {name}")
        created = created_address(self.deployer, used)
        self.addresses[name] = AsyncWeb3.to_checksum_address(created)

    async def _has_code(self, name: str, address: bytes) -> bool:
        code = await self.w3.eth.get_code(AsyncWeb3.to_checksum_address(address))
        expected = str(self.plan.artifact(name)["deployedBytecode"])
        return to_hex(bytes(code)) == expected

    async def start_network(self) -> None:
        """Find authority and directory, or create what is missing of them."""
        if self.plan.directory:
            self.addresses[DIRECTORY] = AsyncWeb3.to_checksum_address(self.plan.directory)
            authority = await self._contract(DIRECTORY).functions.authority().call()
            self.addresses[AUTHORITY] = authority
            return
        # The first two contracts of a deployer's account are found again without any memory.
        for tx_nonce, name in enumerate((AUTHORITY, DIRECTORY)):
            address = created_address(self.deployer, tx_nonce)
            if await self._has_code(name, address):
                self.addresses[name] = AsyncWeb3.to_checksum_address(address)
            else:
                owner = self.deployer if name == AUTHORITY else self.addresses[AUTHORITY]
                await self._create(name, (owner,))
        await self._settled()

    async def is_complete(self) -> bool:
        """Whether an earlier run came to its end and found everything this plan wants.

        The operator is registered after every role was given, so its record stands for them; roles
        of accounts and the deployer's delay may differ between plans and are looked at.
        """
        plan, operator = self.plan, self.plan.operator
        if plan.tolerant or plan.names is not None or operator is None:
            return False
        if not all([await self._is_entered(name) for name in CONSTRUCTORS]):
            return False
        registry = self._contract("ProviderRegistry").functions
        account = AsyncWeb3.to_checksum_address(operator.organisation)
        if await registry.activeKindOf(account).call() != OrganisationKind.OPERATOR:
            return False
        wanted = [(role, one, 0) for role, accounts in plan.accounts.items() for one in accounts]
        own = (ContractRole.DEPLOYER, ContractRole.ADMIN)
        wanted += [(role, self.deployer, plan.change_delay_s) for role in own]
        missing = [await self._grant(role, one, delay_s=delay) for role, one, delay in wanted]
        return not any(missing)

    async def _is_entered(self, name: str) -> bool:
        """Whether the directory names a contract and its libraries; notes where they are."""
        libraries = self._artifact(name)["linkReferences"].values()
        needed = [name, *(library for found in libraries for library in found)]
        for one in needed:
            if one not in self.addresses:
                key = directory_name(one)
                target, version, _ = await self._contract(DIRECTORY).functions.entry(key).call()
                if not version:
                    return False
                self.addresses[one] = target
        return True

    async def _find_or_create(self, name: str, arguments: tuple[str, ...]) -> None:
        for libraries in self._artifact(name)["linkReferences"].values():
            for library in libraries:
                await self._find_or_create(library, ())
        directory = self._contract(DIRECTORY).functions
        key = directory_name(name)
        target, version, _ = await directory.entry(key).call()
        if version:
            self.addresses[name] = target
            return
        await self._create(name, arguments)
        await self._send(directory.set(key, self.addresses[name]), f"enter {name}")

    async def create_contracts(self) -> None:
        """Create and enter every contract of the plan that the directory does not name."""
        for name, needs in CONSTRUCTORS.items():
            if self.plan.names is not None and name not in self.plan.names:
                continue
            try:
                if self.plan.tolerant:
                    needed = [self.addresses.get(need, NO_ACCOUNT) for need in needs]
                else:
                    needed = [self.addresses[need] for need in needs]
                await self._find_or_create(name, (self.addresses[AUTHORITY], *needed))
            except ArtifactMissing:
                if not self.plan.tolerant:
                    raise

    async def _send_all(self, calls: list[str], what: str) -> None:
        if calls:
            await self._send(self._contract(AUTHORITY).functions.multicall(calls), what)

    async def _function_calls(self, name: str) -> list[str]:
        manager, contract = self._contract(AUTHORITY), self._contract(name)
        wanted: dict[ContractRole, list[bytes]] = {}
        for function, role in restricted_functions(name, self._abi(name)).items():
            selector = function_abi_to_4byte_selector(contract.get_function_by_name(function).abi)
            view = manager.functions.getTargetFunctionRole(contract.address, selector)
            if await view.call() != role:
                wanted.setdefault(role, []).append(selector)
        return [
            manager.encode_abi("setTargetFunctionRole", [contract.address, selectors, role])
            for role, selectors in wanted.items()
        ]

    async def _grant(self, role: ContractRole, holder: str, *, delay_s: int = 0) -> list[str]:
        manager = self._contract(AUTHORITY)
        account = AsyncWeb3.to_checksum_address(holder)
        is_member, delay = await manager.functions.hasRole(role, account).call()
        if is_member and delay == delay_s:
            return []
        return [manager.encode_abi("grantRole", [role, account, delay_s])]

    async def open_directory(self) -> None:
        """Let the deployer enter contracts; a delay that is already in force stays in force."""
        manager = self._contract(AUTHORITY).functions
        is_member, _ = await manager.hasRole(ContractRole.DEPLOYER, self.deployer).call()
        calls = await self._function_calls(DIRECTORY)
        if not is_member:
            calls += await self._grant(ContractRole.DEPLOYER, self.deployer)
        await self._send_all(calls, "open the directory")

    async def grant_roles(self) -> None:
        """Give every function its role and every holder its roles."""
        calls: list[str] = []
        for name in CONSTRUCTORS:
            if name in self.addresses:
                calls += await self._function_calls(name)
        for role, names in HOLDERS.items():
            for name in names:
                if name in self.addresses:
                    calls += await self._grant(role, self.addresses[name])
        for role, accounts in self.plan.accounts.items():
            for account in accounts:
                calls += await self._grant(role, account)
        await self._send_all(calls, "grant roles")
        await self._settled()

    async def register_operator(self) -> None:
        """Register the first operator, who registers everybody else."""
        body = self.plan.operator
        if body is None or "ProviderRegistry" not in self.addresses:
            return
        registry = self._contract("ProviderRegistry")
        account = AsyncWeb3.to_checksum_address(body.organisation)
        kind = await registry.functions.activeKindOf(account).call()
        if kind != OrganisationKind.OPERATOR:
            arguments = operator_arguments(body, self._abi("ProviderRegistry"))
            await self._send(registry.functions.bootstrap(arguments), "register the operator")
            await self._settled()

    async def close_directory(self) -> None:
        """Put the delay on the deployer: from now on every change is announced."""
        # The manager's own administration comes last, because it delays whatever follows.
        for role in (ContractRole.DEPLOYER, ContractRole.ADMIN):
            calls = await self._grant(role, self.deployer, delay_s=self.plan.change_delay_s)
            await self._send_all(calls, f"delay {role.name}")
        await self._settled()


async def deploy(w3: AsyncWeb3[Any], *, deployer: str, plan: DeployPlan) -> Deployment:
    """Bring a network to the state of a plan and return where everything is.

    `deployer` must be an account the connection can send from: unlocked, or by web3's signing
    middleware. Errors: DeploymentFailed, ArtifactMissing.
    """
    run = _Run(w3, deployer=deployer, plan=plan)
    await run.start_network()
    if await run.is_complete():
        return Deployment(await w3.eth.chain_id, dict(run.addresses))
    await run.open_directory()
    await run.create_contracts()
    await run.grant_roles()
    await run.register_operator()
    await run.close_directory()
    return Deployment(await w3.eth.chain_id, dict(run.addresses))


async def deploy_at(url: str, *, secret: bytes, plan: DeployPlan) -> Deployment:
    """Deploy over an endpoint with the deployer's private key. Errors: as `deploy`."""
    deployer = Account.from_key(secret)
    provider = AsyncHTTPProvider(url, request_kwargs={"timeout": ClientTimeout(ENDPOINT_S)})
    w3 = AsyncWeb3(provider)
    w3.middleware_onion.inject(SignAndSendRawMiddlewareBuilder.build(deployer), layer=0)
    try:
        return await deploy(w3, deployer=deployer.address, plan=plan)
    finally:
        await provider.disconnect()
