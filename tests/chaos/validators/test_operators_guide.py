"""The validator's part of docs/operators.md, run as it stands: from the ceremony to leaving."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from node.cli.network.doctor import examine
from node.devnet.network.validators import LocalNetwork
from node.validator.bridge.updates import address_of
from node.validator.doctor.diagnosis import Finding
from node.validator.home import configuration as conf
from node.validator.home.keys import SECRETS
from node.validator.unit.comet import ask_comet
from tests.fixtures.guide import Guide
from tests.fixtures.tools import ROOT
from tests.fixtures.validator.networks import FIRST_BLOCK_S, require_engines, reserved_ports

# The ceremony of four is a dozen commands, which a busy machine takes minutes for.
pytestmark = [pytest.mark.validators, pytest.mark.timeout(1200)]

HOSPITALS = ("north", "south", "west", "east")
NEWCOMER = "harbor"
LIMIT_S = 240.0
SHARED = ("genesis.comet.json", "genesis.evm.json", "network.toml")
FOR_THE_BLOCK = 2
# What this machine's administrator answers for, not the guide.
OF_THE_MACHINE = {"disk", "time service"}


class Consortium:
    """Five hospitals that follow the guide on one machine, each on ports of its own."""

    def __init__(self, guide: Guide, base_port: int) -> None:
        self.guide, self.lib = guide, guide.folder / "lib"
        self.ports = {
            name: base_port + place * conf.SITE_PORTS
            for place, name in enumerate((*HOSPITALS, NEWCOMER))
        }

    def home(self, name: str) -> Path:
        """Return a hospital's home."""
        return self.lib / name

    def at(self, name: str, step: str, **env: str) -> str:
        """Run a step at a hospital, which reads its own name where the guide says north."""
        port = self.ports[NEWCOMER if step.startswith("newcomer") else name]
        own = {"26600": str(port), "26604": str(port + 4), "north": name}
        return self.guide.run(step, own, **env)

    def hand_in(self, name: str) -> None:
        """Send an entry to everybody."""
        shutil.copy(self.home(name) / "entry.json", self.guide.folder / f"srv/entries/{name}.json")

    @property
    def network(self) -> LocalNetwork:
        """Return all homes as one network; validators in the order of their names' length."""
        return LocalNetwork(self.lib)

    def heights(self) -> dict[str, int]:
        """Return name → height of every validator; 0 for one that does not answer."""
        return {one.name: one.height or 0 for one in asyncio.run(self.network.status())}

    def wait(self, *names: str, more: int = 2) -> None:
        """Wait until validators have blocks beyond what anybody has now."""
        wanted = max(self.heights().values()) + more
        deadline_at = time.monotonic() + LIMIT_S
        while not all(self.heights()[name] >= wanted for name in names):
            assert time.monotonic() < deadline_at, self.heights()
            time.sleep(0.3)

    def doctor(self, *names: str) -> list[Finding]:
        """Return what doctor finds at hospitals, without the machine's own matters."""
        found = asyncio.run(examine([self.home(name) for name in names]))
        return [one for one in found if one.check not in OF_THE_MACHINE]

    def require_well(self, *names: str) -> list[Finding]:
        """Wait until doctor has nothing to say; the chain of a busy machine lags."""
        deadline_at = time.monotonic() + LIMIT_S
        while wrong(found := self.doctor(*names)):
            assert time.monotonic() < deadline_at, wrong(found)
            time.sleep(1.0)
        return found

    def ask(self, name: str, path: str) -> dict[str, Any]:
        """Return an answer of a hospital's CometBFT."""
        found = asyncio.run(ask_comet(conf.load_site(self.home(name)), path))
        assert found is not None, path
        return found

    def wait_signature(self, name: str) -> int:
        """Wait until a hospital signs blocks that nobody has yet; return the first it signed."""
        first = max(self.heights().values()) + 1
        deadline_at = time.monotonic() + LIMIT_S
        while not (found := self.signed(name, first, self.heights()["south"] - 1)):
            assert time.monotonic() < deadline_at, f"{name} does not sign"
            time.sleep(0.3)
        return found[0]

    def signed(self, name: str, first: int, last: int) -> list[int]:
        """Return the heights whose block a hospital signed, as south knows it."""
        key = bytes.fromhex(conf.load_network(self.home("south")).entry(name).consensus_key)
        own = address_of(key).hex().upper()
        return [
            height
            for height in range(first, last + 1)
            for one in self.ask("south", f"commit?height={height}")["signed_header"]["commit"][
                "signatures"
            ]
            if one["validator_address"] == own and one["block_id_flag"] == FOR_THE_BLOCK
        ]


@pytest.fixture(scope="module")
def consortium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Consortium]:
    """Four hospitals after the ceremony, at a first block."""
    require_engines()
    folder = tmp_path_factory.mktemp("guide")
    for name in ("lib", "srv/entries", "backup"):
        (folder / name).mkdir(parents=True)
    swaps = {
        "/var/lib/yibao": str(folder / "lib"),
        "/srv/yibao": str(folder / "srv"),
        "/srv/backup": str(folder / "backup"),
        "/opt/yibao/bin/": f"{folder / 'bin'}/",
        "10.8.0.1": conf.LOOPBACK,
        "10.8.0.5": conf.LOOPBACK,
        # No time to wait for the day of the guide.
        "2026-12-01T08:00:00Z": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    guide = Guide(ROOT / "docs" / "operators.md", folder, swaps)
    with reserved_ports() as base_port, guide.serving():
        found = Consortium(guide, base_port)
        guide.run("engines")
        for name in HOSPITALS:
            found.at(name, "keys")
            found.hand_in(name)
        for name in HOSPITALS:
            found.at(name, "collect")
            found.at(name, "join")
            # Each on its own machine: the next one makes the folder anew.
            (folder / "srv/network").rename(folder / f"srv/network-{name}")
        for name in HOSPITALS:
            found.at(name, "start")
        asyncio.run(found.network.wait_height(1, limit_s=FIRST_BLOCK_S))
        yield found
        for home in (*found.lib.iterdir(), *(folder / "backup").iterdir()):
            shutil.rmtree(home / "geth" / "data", ignore_errors=True)


def wrong(findings: list[Finding]) -> dict[str, Finding]:
    """Return check → finding of what is not well."""
    return {one.check: one for one in findings if not one.ok}


def test_ceremony__gives_everybody_the_same_network(consortium: Consortium) -> None:
    """S06: four collects give the same bytes, the network starts and doctor is content (P25)."""
    for name in SHARED:
        files = {(consortium.guide.folder / f"srv/network-{one}" / name).read_bytes()
                 for one in HOSPITALS}  # fmt: skip
        assert len(files) == 1
    consortium.wait(*HOSPITALS)
    found = consortium.require_well(*HOSPITALS)
    assert len(found) > 4 * 14
    told = consortium.at("west", "watch")
    assert re.search(r"^yibao_validator_height \d", told, re.M)
    rows = [json.loads(row) for row in told.splitlines() if row.startswith("{")]
    assert [row["member"] for row in rows] == ["bridge"] * len(rows)
    assert rows == sorted(rows, key=lambda row: row["at"])
    print(f"counts: validators 4 checks {len(found)} height {consortium.heights()['north']}")


def test_lost_disk__comes_back_and_signs_nothing_twice(consortium: Consortium) -> None:
    """P26.1, P26.3: the restored validator has the others' chain and lets ten blocks pass first."""
    consortium.at("north", "backup")
    first = consortium.wait_signature("north")
    consortium.guide.services.stop("north", signal.SIGKILL)
    stopped = consortium.heights()["south"]
    home = consortium.home("north")
    with pytest.raises(AssertionError, match=r"has signed up to .* never forgiven"):
        consortium.at("north", "restore")
    shutil.rmtree(home)
    consortium.at("north", "restore")
    assert conf.is_restored(home)
    deadline_at = time.monotonic() + LIMIT_S
    while conf.is_restored(home):
        assert time.monotonic() < deadline_at, "the restored validator did not come back"
        time.sleep(0.3)
    consortium.wait("north")
    assert "double_sign_check_height = 0" in (home / "comet/config/config.toml").read_text()
    consortium.require_well("north", "south")
    now = consortium.wait_signature("north")
    signed = consortium.signed("north", first, now)
    before = [height for height in signed if height <= stopped + 1]
    after = [height for height in signed if height > stopped + 1]
    assert after
    assert after[0] - before[-1] > conf.RESTORED_BLOCKS
    print(f"counts: blocks {now} silent {after[0] - before[-1] - 1} restores 1")


def test_newcomer__joins_from_a_snapshot_by_vote_and_leaves(consortium: Consortium) -> None:
    """S41: a fifth hospital gets a chain without a key in it, is voted in, signs, and leaves."""
    consortium.at("north", "newcomer-keys")
    consortium.hand_in(NEWCOMER)
    for name in ("north", "west", "east"):
        consortium.at(name, "peer")
        consortium.wait(name, more=1)
    # South is stopped and started for the snapshot anyway.
    consortium.guide.run("peer", {"systemctl restart": "true", "north": "south"})
    consortium.at("south", "snapshot")
    snapshot = consortium.guide.folder / "srv/snapshot"
    assert not keys_in(snapshot, consortium.home("south"))
    consortium.guide.run("peer", {
        "systemctl restart": "true", "/var/lib/yibao/north": str(snapshot),
    })  # fmt: skip
    told = consortium.at("north", "newcomer-join")
    assert "chain up to block" in told
    consortium.wait(NEWCOMER, "south")
    consortium.at("north", "propose-add")
    consortium.at("south", "vote")
    consortium.guide.run("vote", {"south": "west"})
    consortium.wait(*HOSPITALS, NEWCOMER, more=3)
    found = consortium.require_well(*HOSPITALS, NEWCOMER)
    sets = {one.reason for one in found if one.check == "validators"}
    assert sets == {"5, by contract and in CometBFT"}
    assert NEWCOMER in consortium.at("north", "validators")
    participant = conf.load_network(consortium.home("south")).entry(NEWCOMER).participant
    consortium.at("north", "propose-remove", PARTICIPANT=participant)
    for name in ("south", "west", "east"):
        consortium.guide.run("vote", {"vote 1": "vote 2", "south": name})
    consortium.wait(*HOSPITALS, more=3)
    found = consortium.require_well("north", NEWCOMER)
    signing = {one.validator: one.reason for one in found if one.check == "signing"}
    assert signing[NEWCOMER].startswith("not a validator")
    print(f"counts: height {consortium.heights()['south']} votes 7 set changes 2")


def keys_in(folder: Path, home: Path) -> list[str]:
    """Return the files of a folder that hold a secret of a home, in any of its forms."""
    secrets: set[bytes] = set()
    for name in SECRETS:
        text = (home / name).read_bytes().strip()
        if name.suffix == ".json":
            values = re.findall(rb'"value":"([^"]+)"', text)
            # Public keys are in every genesis file.
            secrets |= {value for value in values if len(value) > 60}
        else:
            value = text.removeprefix(b"0x")
            secrets |= {value, bytes.fromhex(value.decode())}
    assert len(secrets) >= 2 + 2 * 4
    return [
        str(path)
        for path in folder.rglob("*")
        if path.is_file() and any(secret in path.read_bytes() for secret in secrets)
    ]


def test_new_key__signs_once_it_is_voted_in(consortium: Consortium) -> None:
    """S41: the others vote for a validator's next key; it changes to it and signs again."""
    consortium.at("west", "new-key")
    for name in ("south", "east"):
        consortium.guide.run("vote", {"vote 1": "vote 3", "south": name})
    consortium.wait("north", "south", "east", more=3)
    changed = consortium.heights()["north"]
    consortium.at("west", "use-key")
    consortium.wait(*HOSPITALS, more=3)
    consortium.require_well(*HOSPITALS)
    print(f"counts: height {changed} votes 3 keys changed 1")


def test_doctor__names_planted_faults(consortium: Consortium) -> None:
    """P25: each fault is found by its own check, with a next step; the rest stays well."""
    home = consortium.home("east")
    consortium.guide.services.stop("east")
    kept = {path: path.read_bytes() for path in
            (home / "network.toml", home / "geth/genesis.json")}  # fmt: skip
    key = home / "keys/operator.key"
    port = conf.load_site(home).geth_http_port
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind((conf.LOOPBACK, port))
        squatter.listen()
        key.chmod(0o644)
        with (home / "comet/config/config.toml").open("a") as config:
            config.write("\n[p2p]\npex = true\n")
        (home / "geth/genesis.json").write_bytes(
            kept[home / "geth/genesis.json"].replace(b'"0x7270e00"', b'"0x7270e01"')
        )
        own = conf.load_network(home).entry("east").consensus_key
        (home / "network.toml").write_text(
            kept[home / "network.toml"].decode().replace(own, own[::-1])
        )
        found = wrong(consortium.doctor("east"))
    wanted = {"processes", "key files", "consensus key", "genesis", "configuration", "ports"}
    assert set(found) == wanted
    assert all(one.next_step for one in found.values())
    assert found["key files"].next_step == f"chmod 600 {key}"
    assert str(port) in found["ports"].reason
    key.chmod(0o600)
    for path, content in kept.items():
        path.write_bytes(content)
    consortium.guide.services.handle(["start", "yibao-validator@east"])
    consortium.wait("east")
    consortium.require_well("east")
    print(f"counts: faults {len(wanted)} found {len(found)}")


def test_every_step__is_run(consortium: Consortium) -> None:
    """A block that is called tried is one that this module runs."""
    consortium.at("north", "look")
    consortium.guide.run("besu", {"26600": str(consortium.ports[NEWCOMER] + conf.SITE_PORTS)})
    assert set(consortium.guide.steps) == set(consortium.guide.ran)
