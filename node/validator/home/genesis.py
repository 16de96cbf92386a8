"""The two genesis files of a network, made from public entries alone: the same on every machine.

Both layers start from one truth. The EVM genesis holds ValidatorRegistry with the first
validators, system contracts and the coin of those who may send; CometBFT's genesis holds the same
validators, and names the EVM genesis by its hash. Whoever changes one value gets another hash.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import rlp
from trie.hexary import HexaryTrie

from node.validator.bridge.facts import APP_VERSION
from node.validator.bridge.updates import POWER, address_of
from node.validator.home.entries import CeremonyError, PublicEntry
from node.validator.home.registry_state import ADDRESS, storage_of
from node.wire.hashing import keccak
from node.wire.hexadecimal import to_hex

GAS_LIMIT = 120_000_000
MAX_BLOCK_BYTES = 4_000_000
MAX_EVIDENCE_BYTES = 65_536
MINIMUM = 4
# A batch costs some 10^9 wei at most; a sender's coin lasts for as many batches.
SENDER_WEI = 10**21
RESERVE_WEI = 10**24
EMPTY_REQUESTS = hashlib.sha256(b"").digest()

_BLOBS = {"target": 6, "max": 9, "baseFeeUpdateFraction": 5007716}
_FORKS = (
    *("homesteadBlock", "eip150Block", "eip155Block", "eip158Block", "byzantiumBlock"),
    *("constantinopleBlock", "petersburgBlock", "istanbulBlock", "berlinBlock", "londonBlock"),
    *("shanghaiTime", "cancunTime", "pragueTime", "osakaTime", "terminalTotalDifficulty"),
)
# Beacon roots, past hashes, withdrawal and consolidation requests: blocks are invalid without.
_SYSTEM = Path(__file__).with_name("system_contracts.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class GenesisPlan:
    """What the participants agree on.

    `evm_chain_id` is EIP-155's, `chain_id` CometBFT's; `time_s` is the second of both genesis
    blocks; `registry_code` the runtime code of ValidatorRegistry; `senders` are more accounts
    with coin, for example the deployer.
    """

    chain_id: str
    evm_chain_id: int
    time_s: int
    entries: tuple[PublicEntry, ...]
    registry_code: bytes
    senders: tuple[str, ...] = ()
    minimum: int = MINIMUM
    gas_limit: int = GAS_LIMIT

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,49}", self.chain_id):
            raise CeremonyError("chain_id: lower-case letters, digits, dashes, at most 50")
        if not self.entries:
            raise CeremonyError("a network needs at least one validator")
        for name in ("name", "participant", "consensus_key", "node_id", "enode", "node_address"):
            seen = [getattr(entry, name) for entry in self.entries]
            if len(set(seen)) != len(seen):
                raise CeremonyError(f"two entries have the same {name}")
        accounts = [
            account
            for one in self.entries
            for account in (one.node_address, one.operator, one.relayer)
        ]
        if len(set(accounts)) != len(accounts):
            raise CeremonyError("an account is used twice: each participant has its own three")


@dataclass(frozen=True, slots=True)
class Genesis:
    """Both files and the hash of EVM block 0 (32 bytes)."""

    evm: dict[str, Any]
    comet: dict[str, Any]
    hash: bytes
    app_state: dict[str, Any] = field(default_factory=dict)

    @property
    def evm_file(self) -> bytes:
        """Return geth's genesis file."""
        return orjson.dumps(self.evm, option=orjson.OPT_INDENT_2) + b"\n"

    @property
    def comet_file(self) -> bytes:
        """Return CometBFT's genesis file."""
        return orjson.dumps(self.comet, option=orjson.OPT_INDENT_2) + b"\n"


def make(plan: GenesisPlan) -> Genesis:
    """Return the genesis of a plan; the same for the same plan everywhere."""
    alloc = _alloc(plan)
    evm = _evm(plan, alloc)
    block_hash = hash_of(evm)
    app_state = _app_state(plan, block_hash)
    return Genesis(evm, _comet(plan, app_state), block_hash, app_state)


def _alloc(plan: GenesisPlan) -> dict[str, dict[str, Any]]:
    alloc: dict[str, dict[str, Any]] = {
        address: {"nonce": "0x1", "balance": "0x0", "code": entry["code"]}
        for address, entry in orjson.loads(_SYSTEM.read_bytes()).items()
    }
    storage = storage_of(plan.entries, minimum=plan.minimum)
    alloc[ADDRESS] = {
        "nonce": "0x1",
        "balance": hex(RESERVE_WEI),
        "code": to_hex(plan.registry_code),
        "storage": {_padded(slot): _padded(word) for slot, word in sorted(storage.items())},
    }
    senders = [account for one in plan.entries for account in (one.operator, one.relayer)]
    for account in (*senders, *plan.senders):
        alloc[account.lower()] = {"balance": hex(SENDER_WEI)}
    return dict(sorted(alloc.items()))


def _evm(plan: GenesisPlan, alloc: dict[str, Any]) -> dict[str, Any]:
    config: dict[str, Any] = {"chainId": plan.evm_chain_id} | dict.fromkeys(_FORKS, 0)
    blobs = {"target": 3, "max": 6, "baseFeeUpdateFraction": 3338477}
    config["blobSchedule"] = {"cancun": blobs, "prague": _BLOBS, "osaka": _BLOBS}
    return {
        "config": config,
        "nonce": "0x0",
        "timestamp": hex(plan.time_s),
        "extraData": "0x",
        "gasLimit": hex(plan.gas_limit),
        "difficulty": "0x0",
        "mixHash": _padded(0),
        "coinbase": "0x" + "0" * 40,
        "baseFeePerGas": "0x0",
        "alloc": alloc,
    }


def _app_state(plan: GenesisPlan, block_hash: bytes) -> dict[str, Any]:
    return {
        "evm_chain_id": plan.evm_chain_id,
        "evm_genesis_hash": to_hex(block_hash),
        "gas_limit": plan.gas_limit,
        "registry": ADDRESS,
        "participants": [
            {"name": one.name, "participant": one.participant, "consensus_key": one.consensus_key}
            for one in plan.entries
        ],
    }


def _comet(plan: GenesisPlan, app_state: dict[str, Any]) -> dict[str, Any]:
    return {
        "genesis_time": _iso(plan.time_s),
        "chain_id": plan.chain_id,
        "initial_height": "1",
        "consensus_params": {
            "block": {"max_bytes": str(MAX_BLOCK_BYTES), "max_gas": "-1"},
            "evidence": {
                "max_age_num_blocks": "1000000",
                "max_age_duration": str(14 * 86_400 * 10**9),
                "max_bytes": str(MAX_EVIDENCE_BYTES),
            },
            "validator": {"pub_key_types": ["ed25519"]},
            "version": {"app": str(APP_VERSION)},
            "abci": {"vote_extensions_enable_height": "0"},
        },
        "validators": [_validator(one) for one in plan.entries],
        "app_hash": "",
        "app_state": app_state,
    }


def _validator(entry: PublicEntry) -> dict[str, Any]:
    key = bytes.fromhex(entry.consensus_key)
    return {
        "address": address_of(key).hex().upper(),
        "pub_key": {
            "type": "tendermint/PubKeyEd25519",
            "value": base64.b64encode(key).decode(),
        },
        "power": str(POWER),
        "name": entry.name,
    }


def hash_of(evm: Mapping[str, Any]) -> bytes:
    """Return the hash geth gives block 0 of a genesis file."""
    empty_root, empty_list = keccak(rlp.encode(b"")), keccak(rlp.encode([]))
    header = [
        *(bytes(32), empty_list, bytes(20), _state_root(evm["alloc"]), empty_root, empty_root),
        *(bytes(256), b"", b"", _bytes(evm["gasLimit"]), b"", _bytes(evm["timestamp"])),
        *(b"", bytes(32), bytes(8), _bytes(evm["baseFeePerGas"]), empty_root, b"", b""),
        *(bytes(32), EMPTY_REQUESTS),
    ]
    return keccak(rlp.encode(header))


def _state_root(alloc: Mapping[str, Any]) -> bytes:
    accounts = HexaryTrie({})
    for address, entry in alloc.items():
        code = bytes.fromhex(entry.get("code", "0x")[2:])
        account = [
            _bytes(entry.get("nonce", "0x0")),
            _bytes(entry["balance"]),
            _storage_root(entry.get("storage", {})),
            keccak(code),
        ]
        accounts[keccak(bytes.fromhex(address[2:]))] = rlp.encode(account)
    return bytes(accounts.root_hash)


def _storage_root(storage: Mapping[str, str]) -> bytes:
    words = HexaryTrie({})
    for slot, word in storage.items():
        words[keccak(bytes.fromhex(slot[2:]))] = rlp.encode(_bytes(word))
    return bytes(words.root_hash)


def _bytes(text: str) -> bytes:
    number = int(text, 16)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _padded(number: int) -> str:
    return f"0x{number:064x}"


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
