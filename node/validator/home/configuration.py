"""The files of a network and of one validator's home, and the settings written from them.

    NET/network.toml            what all share: ids, genesis hash, limits, the public entries
    NET/<name>/                 one validator's home
        validator.toml          which entry it is, its local ports
        network.toml            its own copy of the above
        comet/  geth/  keys/    config and data of the engines · operator and relayer account

The engines' own config files are written anew at every start: the two files here are the truth.
"""

import os
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Self

import orjson

from node.validator.bridge.facts import APP_VERSION, NetworkFacts
from node.validator.home.entries import CeremonyError, PublicEntry

NETWORK_FILE, VALIDATOR_FILE = "network.toml", "validator.toml"
_MISSING = {
    NETWORK_FILE: "a network's folder has one, and a home after `yibao network join`",
    VALIDATOR_FILE: "name a home, such as `yibao network init` makes",
}
LOOPBACK = "127.0.0.1"
FORMAT = 1
RECOMMIT = "400ms"
"""How often geth builds a payload anew, and also the time it gives one: what it has not executed by
then is left out. With the rest of the work on it, it must be there before the pause ends."""
SPARE_CORES = 4
SITE_PORTS = 10
"""How many ports one validator uses from its base port on."""
RESTORED_FILE = "restored.json"
"""There from `restore` until the validator takes part in consensus again."""
RESTORED_BLOCKS = 10
"""How many blocks must have been made without a restored validator before it signs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A network as its file tells it. `genesis_hash` in hex with 0x; `registry` an address.

    `commit_pause_ms` is how long validators wait after a block: what a payload needs
    (builder.FILL_S); agreeing on it fills the second. Every block is at least a second later than
    its parent on the chain's clock, so blocks faster than one a second, which only benchmarks
    want, let that clock run ahead.
    """

    chain_id: str
    evm_chain_id: int
    genesis_hash: str
    gas_limit: int
    registry: str
    app_state: str
    validators: tuple[PublicEntry, ...]
    commit_pause_ms: int = 700

    def facts(self) -> NetworkFacts:
        """Return what the bridge needs of it."""
        return NetworkFacts(
            chain_id=self.chain_id,
            genesis_hash=bytes.fromhex(self.genesis_hash[2:]),
            app_state=self.app_state.encode(),
            gas_limit=self.gas_limit,
            registry=self.registry,
            app_version=APP_VERSION,
            longest_wait_s=min(1.0, self.commit_pause_ms / 1_000),
        )

    def entry(self, name: str) -> PublicEntry:
        """Return a validator's entry. Errors: CeremonyError."""
        for one in self.validators:
            if one.name == name:
                return one
        raise CeremonyError(f"{name} is not in {NETWORK_FILE}")

    def with_entry(self, entry: PublicEntry) -> "Network":
        """Return the network with an entry added or replaced by its name."""
        others = tuple(one for one in self.validators if one.name != entry.name)
        return replace(self, validators=(*others, entry))

    def without(self, name: str) -> "Network":
        """Return the network without an entry."""
        kept = tuple(one for one in self.validators if one.name != name)
        return replace(self, validators=kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One validator's own settings. All ports but the two of p2p are on loopback.

    `bridge` is the command that runs the bridge, without the home; empty means the ordinary one.
    `signer` is where CometBFT waits for a remote signer; empty means the key file.
    """

    name: str
    comet_rpc_port: int
    bridge_port: int
    metrics_port: int
    geth_http_port: int
    geth_engine_port: int
    bind: str = LOOPBACK
    bridge: tuple[str, ...] = ()
    signer: str = ""

    @classmethod
    def at(cls, name: str, base_port: int) -> Self:
        """Return a site on consecutive ports; the first two are those of its public entry."""
        return cls(
            name=name,
            comet_rpc_port=base_port + 2,
            bridge_port=base_port + 3,
            metrics_port=base_port + 4,
            geth_http_port=base_port + 5,
            geth_engine_port=base_port + 6,
        )

    @property
    def rpc_url(self) -> str:
        """Return geth's JSON-RPC."""
        return f"http://{LOOPBACK}:{self.geth_http_port}"

    @property
    def engine_url(self) -> str:
        """Return geth's authenticated port."""
        return f"http://{LOOPBACK}:{self.geth_engine_port}"

    @property
    def comet_url(self) -> str:
        """Return CometBFT's RPC."""
        return f"http://{LOOPBACK}:{self.comet_rpc_port}"

    @property
    def metrics_url(self) -> str:
        """Return the bridge's metrics."""
        return f"http://{LOOPBACK}:{self.metrics_port}/metrics"


def load_network(folder: Path) -> Network:
    """Read network.toml of a network or of a home. Errors: CeremonyError."""
    document = _load(folder / NETWORK_FILE)
    entries = document.pop("validators", [])
    try:
        return Network(**document, validators=tuple(PublicEntry.parse(one) for one in entries))
    except TypeError as error:
        raise CeremonyError(f"{folder / NETWORK_FILE}: {error}") from error


def load_site(home: Path) -> Site:
    """Read validator.toml of a home. Errors: CeremonyError."""
    document = _load(home / VALIDATOR_FILE)
    try:
        return Site(**document | {"bridge": tuple(document.get("bridge", ()))})
    except TypeError as error:
        raise CeremonyError(f"{home / VALIDATOR_FILE}: {error}") from error


def save_network(network: Network, folder: Path) -> None:
    """Write network.toml."""
    values = {
        one.name: getattr(network, one.name) for one in fields(network) if one.name != "validators"
    }
    lines = [
        "# What all participants share. Entries are peers; who validates is decided on chain.",
        *_lines({"format": FORMAT} | values),
    ]
    for entry in network.validators:
        lines += ["", "[[validators]]", *_lines(asdict(entry))]
    (folder / NETWORK_FILE).write_text("\n".join(lines) + "\n")


def save_site(site: Site, home: Path) -> None:
    """Write validator.toml."""
    lines = ["# This validator's own settings.", *_lines({"format": FORMAT} | asdict(site))]
    (home / VALIDATOR_FILE).write_text("\n".join(lines) + "\n")


def _load(path: Path) -> dict[str, Any]:
    try:
        document = tomllib.loads(path.read_text())
    except (FileNotFoundError, NotADirectoryError) as error:
        raise CeremonyError(f"{path.parent} holds no {path.name}: {_MISSING[path.name]}") from error
    except PermissionError as error:
        raise CeremonyError(f"{path} cannot be read: run as the validator's user") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CeremonyError(f"{path}: {error}") from error
    if document.pop("format", None) != FORMAT:
        raise CeremonyError(f"{path}: format must be {FORMAT}")
    return document


def mark_restored(home: Path, *, height: int) -> None:
    """Note that a home comes from a backup which ends at a height: see `RESTORED_FILE`."""
    (home / RESTORED_FILE).write_bytes(orjson.dumps({"height": height}))


def is_restored(home: Path) -> bool:
    """Whether a home comes from a backup and has not taken part in consensus since."""
    return (home / RESTORED_FILE).exists()


def settle_restored(network: Network, site: Site, home: Path) -> None:
    """Forget that a home comes from a backup: it takes part in consensus again."""
    (home / RESTORED_FILE).unlink(missing_ok=True)
    write_engine_files(network, site, home)


def comet_config(network: Network, site: Site, *, restored: bool = False) -> str:
    """Return CometBFT's config.toml; what is not set keeps its default."""
    own = network.entry(site.name)
    peers = [one for one in network.validators if one.name != site.name]
    sections: dict[str, dict[str, Any]] = {
        "": {
            "proxy_app": f"{LOOPBACK}:{site.bridge_port}",
            "abci": "grpc",
            "moniker": site.name,
            "priv_validator_laddr": site.signer,
            "log_format": "json",
            "log_level": "info",
        },
        "rpc": {"laddr": f"tcp://{LOOPBACK}:{site.comet_rpc_port}"},
        "p2p": {
            "laddr": f"tcp://{site.bind}:{own.comet_port}",
            "external_address": f"{own.host}:{own.comet_port}",
            "persistent_peers": ",".join(one.comet_peer for one in peers),
            "unconditional_peer_ids": ",".join(one.node_id for one in peers),
            "private_peer_ids": "",
            "persistent_peers_max_dial_period": "5s",
            "max_num_inbound_peers": 0,
            "pex": False,
            "addr_book_strict": False,
            # Several validators of one machine, in tests and drills, share an address.
            "allow_duplicate_ip": True,
            # So long a message may wait for others to travel with: proposal, prevote and precommit
            # one after the other. The usual 100 ms made agreeing on an empty block 370 ms, not 95.
            "flush_throttle_timeout": "10ms",
            "send_rate": 51_200_000,
            "recv_rate": 51_200_000,
        },
        # Nothing of ours enters through CometBFT's pool: users send to geth.
        "mempool": {"type": "nop", "recheck": False},
        "consensus": {
            "timeout_propose": "2s",
            "timeout_propose_delta": "500ms",
            "timeout_commit": f"{network.commit_pause_ms}ms",
            "skip_timeout_commit": False,
            "create_empty_blocks": True,
            "peer_gossip_sleep_duration": "25ms",
            # With more, a validator comes up only when so many blocks were made without it:
            # right after a backup from before its last signatures, wrong ever after.
            # CometBFT looks at one block less than this says.
            "double_sign_check_height": RESTORED_BLOCKS + 1 if restored else 0,
        },
        "tx_index": {"indexer": "null"},
    }
    return toml_sections(sections)


def geth_config(network: Network, site: Site) -> str:
    """Return geth's config.toml: whom it connects to, and nobody else."""
    peers = [one.geth_peer for one in network.validators if one.name != site.name]
    own = network.entry(site.name)
    return toml_sections(
        {
            "Node.P2P": {
                "ListenAddr": f"{site.bind}:{own.geth_port}",
                "NoDiscovery": True,
                # With every place reserved for trusted nodes, no outsider gets one.
                "DialRatio": 1,
                "MaxPeers": 20,
                "StaticNodes": peers,
                "TrustedNodes": peers,
            }
        }
    )


def geth_arguments(network: Network, site: Site, home: Path) -> list[str]:
    """Return geth's command line without the program."""
    geth = home / "geth"
    options: dict[str, object] = {
        "datadir": geth / "data",
        "config": geth / "config.toml",
        "nodekey": geth / "nodekey",
        "networkid": network.evm_chain_id,
        "syncmode": "full",
        "gcmode": "archive",
        "state.scheme": "hash",
        # More gains nothing here, and each memory table is as large a file on disk.
        "cache": 512,
        "miner.gaslimit": network.gas_limit,
        "miner.recommit": RECOMMIT,
        "miner.gasprice": 1,
        "txpool.pricelimit": 1,
        "txpool.accountslots": 4096,
        "txpool.globalslots": 65536,
        "nat": "none",
        "maxpeers": 20,
        "http.addr": LOOPBACK,
        "http.port": site.geth_http_port,
        "http.api": "eth,net,web3",
        "authrpc.addr": LOOPBACK,
        "authrpc.port": site.geth_engine_port,
        "authrpc.jwtsecret": geth / "jwt.hex",
        "verbosity": 2,
        "log.format": "json",
    }
    flags = ["--nodiscover", "--ipcdisable", "--http"]
    if (os.cpu_count() or 1) < SPARE_CORES:
        # Executing a block's transactions ahead and an index over all logs are for cores that have
        # nothing else to do: the index took a fifth of geth's time under load. Logs are then found
        # by the bloom filters of the headers.
        flags += ["--cache.noprefetch", "--history.logs.disable"]
    return [*flags, *(f"--{name}={value}" for name, value in options.items())]


def engine_files(network: Network, site: Site, home: Path) -> dict[Path, str]:
    """Return path → text of the config files of both engines."""
    comet = comet_config(network, site, restored=is_restored(home))
    return {
        home / "comet" / "config" / "config.toml": comet,
        home / "geth" / "config.toml": geth_config(network, site),
    }


def write_engine_files(network: Network, site: Site, home: Path) -> None:
    """Write the config files of both engines from the network file and the site."""
    for path, text in engine_files(network, site, home).items():
        path.write_text(text)


def toml_sections(sections: dict[str, dict[str, Any]]) -> str:
    """Return TOML text; the section without a name stands first and has no heading."""
    lines: list[str] = []
    for name, values in sections.items():
        lines += ([f"[{name}]"] if name else []) + _lines(values) + [""]
    return "\n".join(lines)


def _lines(values: dict[str, Any]) -> list[str]:
    return [f"{name} = {_toml(value)}" for name, value in values.items()]


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    if isinstance(value, Sequence):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    raise TypeError(f"no TOML form for {type(value).__name__}")
