"""Making networks: each hospital its own keys, then all of them one genesis.

Nothing secret is passed around. `solo` runs at a hospital and prints what it hands in; `collect`
turns the entries of all into a network, and gives the same files to everybody who runs it.
"""

import secrets
import shutil
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import orjson

from node.validator.home import configuration as conf
from node.validator.home import keys as keyring
from node.validator.home.configuration import Network, Site
from node.validator.home.genesis import GenesisPlan, make
from node.validator.home.keys import CeremonyError, NodeKeys, PublicEntry
from node.validator.home.registry_state import ADDRESS
from node.wire.hexadecimal import to_hex

ENTRY_FILE = "entry.json"
COMET_GENESIS = Path("comet") / "config" / "genesis.json"
EVM_GENESIS = Path("geth") / "genesis.json"


def solo(
    home: Path, *, name: str, host: str, base_port: int, participant: str = "", bind: str = ""
) -> PublicEntry:
    """Make one validator's home with fresh keys and return what it hands in.

    Errors: CeremonyError when the home exists already: keys are never overwritten.
    """
    if home.exists() and any(home.iterdir()):
        raise CeremonyError(f"{home} is not empty: choose another folder, or keep what is there")
    keys = NodeKeys.new()
    entry = keys.public(
        name=name,
        # An organisation's account id begins with 2 (contracts/README.md).
        participant=participant or "0x2" + secrets.token_hex(20)[1:],
        host=host,
        comet_port=base_port,
        geth_port=base_port + 1,
    )
    home.mkdir(parents=True, exist_ok=True, mode=keyring.FOLDER_MODE)
    keyring.save(keys, home)
    site = Site.at(name, base_port)
    conf.save_site(replace(site, bind=bind) if bind else site, home)
    keyring.save_entry(entry, home / ENTRY_FILE)
    return entry


def collect(folder: Path, plan: GenesisPlan) -> Network:
    """Write a network's shared files into a folder and return it. Errors: CeremonyError."""
    if (folder / conf.NETWORK_FILE).exists():
        raise CeremonyError(f"{folder} holds a network already")
    genesis = make(plan)
    network = Network(
        chain_id=plan.chain_id,
        evm_chain_id=plan.evm_chain_id,
        genesis_hash=to_hex(genesis.hash),
        gas_limit=plan.gas_limit,
        registry=ADDRESS,
        app_state=orjson.dumps(genesis.app_state).decode(),
        validators=plan.entries,
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "genesis.comet.json").write_bytes(genesis.comet_file)
    (folder / "genesis.evm.json").write_bytes(genesis.evm_file)
    conf.save_network(network, folder)
    return network


def adopt(home: Path, folder: Path) -> None:
    """Put a network's shared files into a home. Errors: CeremonyError when it is not part of it."""
    network, site = conf.load_network(folder), conf.load_site(home)
    own = network.entry(site.name)
    if own.consensus_key != keyring.consensus_public(home).hex():
        raise CeremonyError(f"{site.name} has another key in {folder / conf.NETWORK_FILE}")
    shutil.copyfile(folder / "genesis.comet.json", home / COMET_GENESIS)
    shutil.copyfile(folder / "genesis.evm.json", home / EVM_GENESIS)
    conf.save_network(network, home)


def local_network(
    folder: Path,
    *,
    validators: int,
    registry_code: bytes,
    base_port: int,
    chain_id: str = "yibao-8820",
    evm_chain_id: int = 8820,
    senders: Sequence[str] = (),
    minimum: int = 4,
) -> Network:
    """Make a whole network on one machine: NET/node0, node1, … Errors: CeremonyError."""
    homes = [folder / f"node{place}" for place in range(validators)]
    entries = [
        solo(
            home,
            name=home.name,
            host=conf.LOOPBACK,
            base_port=base_port + place * conf.SITE_PORTS,
        )
        for place, home in enumerate(homes)
    ]
    plan = GenesisPlan(
        chain_id=chain_id,
        evm_chain_id=evm_chain_id,
        # A little in the past: block 1 may not come before its parent's second has passed.
        time_s=int(time.time()) - 2,
        entries=tuple(entries),
        registry_code=registry_code,
        senders=tuple(senders),
        minimum=min(minimum, validators),
    )
    network = collect(folder, plan)
    for home in homes:
        adopt(home, folder)
    return network


def homes_of(folder: Path) -> list[Path]:
    """Return the homes of a local network, in order. Errors: CeremonyError."""
    found = [path.parent for path in folder.glob(f"*/{conf.VALIDATOR_FILE}")]
    if not found:
        raise CeremonyError(
            f"{folder} holds no validators; next step: name a network's folder, or make one with"
            " yibao network init"
        )
    return sorted(found, key=lambda path: (len(path.name), path.name))


def share(network: Network, folder: Path, homes: Iterable[Path]) -> None:
    """Write changed peers into a network's folder and into homes; in force at their next start."""
    for place in (folder, *homes):
        conf.save_network(network, place)
