"""Files for sites that insist on Hyperledger Besu: QBFT whose validators the same contract names.

Written after Besu's documentation (the genesis file and `validatorcontractaddress` under
"Configure QBFT consensus", options under "Command line options"). No Besu has run with them here;
only their form is tested.

    NET/besu.genesis.json            the network's EVM genesis with the section `qbft`
    NET/<name>/besu.toml             one node's configuration
    NET/<name>/static-nodes.json     whom it connects to
"""

from pathlib import Path

import orjson
import rlp

from node.validator.home.ceremony import homes_of
from node.validator.home.configuration import LOOPBACK, SITE_PORTS, Network, toml_sections
from node.validator.home.keys import PublicEntry
from node.wire.hexadecimal import to_hex

GENESIS_FILE, NODE_FILE, PEERS_FILE = "besu.genesis.json", "besu.toml", "static-nodes.json"
NOT_RUN = "checked against Besu's documentation only, never run: try it before you rely on it"
BLOCK_PERIOD_S, REQUEST_TIMEOUT_S, EPOCH = 1, 4, 30_000
VANITY_BYTES = 32
MIX_HASH = "0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365"
"""What Besu knows blocks of its Byzantine consensus by."""


def write(network: Network, folder: Path, *, base_port: int) -> None:
    """Write Besu's files beside those of a fresh network. Errors: CeremonyError, OSError."""
    evm = orjson.loads((folder / "genesis.evm.json").read_bytes())
    genesis = orjson.dumps(genesis_of(evm, network.registry), option=orjson.OPT_INDENT_2)
    (folder / GENESIS_FILE).write_bytes(genesis + b"\n")
    for place, home in enumerate(homes_of(folder)):
        own = network.entry(home.name)
        peers = [peer_of(one) for one in network.validators if one.name != own.name]
        (home / PEERS_FILE).write_bytes(orjson.dumps(peers, option=orjson.OPT_INDENT_2) + b"\n")
        port = base_port + place * SITE_PORTS + 5
        (home / NODE_FILE).write_text(node_config(own, home, folder / GENESIS_FILE, rpc_port=port))


def genesis_of(evm: dict[str, object], registry: str) -> dict[str, object]:
    """Return Besu's genesis: same accounts and forks, QBFT instead of an outside consensus."""
    config = dict(evm["config"])  # type: ignore[call-overload]
    # Consensus comes from the section below, not from a merge that has happened.
    config.pop("terminalTotalDifficulty", None)
    config["qbft"] = {
        "blockperiodseconds": BLOCK_PERIOD_S,
        "epochlength": EPOCH,
        "requesttimeoutseconds": REQUEST_TIMEOUT_S,
        "validatorcontractaddress": registry,
    }
    extra = rlp.encode([bytes(VANITY_BYTES), [], [], b"", []])
    return evm | {
        "config": config,
        # Vanity, and no list of validators, because the contract has it.
        "extraData": to_hex(extra),
        "difficulty": "0x1",
        "mixHash": MIX_HASH,
    }


def peer_of(entry: PublicEntry) -> str:
    """Return an enode address; Besu listens where geth would."""
    return f"enode://{entry.enode}@{entry.host}:{entry.geth_port}"


def node_config(own: PublicEntry, home: Path, genesis: Path, *, rpc_port: int) -> str:
    """Return one node's configuration file; every name is an option of Besu's command line."""
    return "# Besu, QBFT. " + NOT_RUN + ".\n" + toml_sections(
        {
            "": {
                "data-path": str(home.resolve() / "besu"),
                "genesis-file": str(genesis.resolve()),
                "node-private-key-file": str(home.resolve() / "geth" / "nodekey"),
                "static-nodes-file": str(home.resolve() / PEERS_FILE),
                "discovery-enabled": False,
                "p2p-host": own.host,
                "p2p-port": own.geth_port,
                "nat-method": "NONE",
                "sync-mode": "FULL",
                "data-storage-format": "FOREST",
                "min-gas-price": 1,
                "rpc-http-enabled": True,
                "rpc-http-host": LOOPBACK,
                "rpc-http-port": rpc_port,
                "rpc-http-api": ["ETH", "NET", "WEB3", "QBFT"],
                "host-allowlist": ["localhost", LOOPBACK],
            }
        }
    )  # fmt: skip
