"""Files for Besu: the form its documentation gives; no Besu runs here."""

import json
import tomllib
from pathlib import Path

import pytest
import rlp

from node.validator.home import besu, ceremony
from node.validator.home.registry_state import ADDRESS

# Names of "Command line options" that a configuration file may have.
DOCUMENTED = {
    *("data-path", "genesis-file", "node-private-key-file", "static-nodes-file", "sync-mode"),
    *("discovery-enabled", "p2p-host", "p2p-port", "nat-method", "data-storage-format"),
    *("min-gas-price", "rpc-http-enabled", "rpc-http-host", "rpc-http-port", "rpc-http-api"),
    "host-allowlist",
}
# `extraData` of the documentation's example of contract validator selection.
DOCUMENTED_EXTRA = "0xe5a0" + "00" * 32 + "c0c080c0"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a network of four with its files for Besu."""
    network = ceremony.local_network(
        tmp_path / "net", validators=4, registry_code=b"\x60\x00", base_port=26_600
    )
    besu.write(network, tmp_path / "net", base_port=26_600)
    return tmp_path / "net"


class TestGenesis:
    def test_validators__come_from_the_contract(self, folder: Path) -> None:
        """M10: the registry of our own genesis names them, the header's list is empty."""
        genesis = json.loads((folder / besu.GENESIS_FILE).read_text())
        assert genesis["config"]["qbft"] == {
            "blockperiodseconds": 1,
            "epochlength": 30_000,
            "requesttimeoutseconds": 4,
            "validatorcontractaddress": ADDRESS,
        }
        assert genesis["extraData"] == DOCUMENTED_EXTRA
        assert rlp.decode(bytes.fromhex(genesis["extraData"][2:]))[1] == []
        assert genesis["mixHash"] == besu.MIX_HASH
        assert "terminalTotalDifficulty" not in genesis["config"]
        ours = json.loads((folder / "genesis.evm.json").read_text())
        assert genesis["alloc"] == ours["alloc"]
        assert genesis["alloc"][ADDRESS]["storage"]


class TestNodes:
    def test_configuration__has_documented_names_and_files_that_exist(self, folder: Path) -> None:
        ports = set()
        for place in range(4):
            text = (folder / f"node{place}" / besu.NODE_FILE).read_text()
            assert besu.NOT_RUN in text
            options = tomllib.loads(text)
            assert set(options) == DOCUMENTED
            for name in ("genesis-file", "node-private-key-file", "static-nodes-file"):
                assert Path(options[name]).exists()
            assert options["rpc-http-host"] == "127.0.0.1"
            ports |= {options["p2p-port"], options["rpc-http-port"]}
        assert len(ports) == 8

    def test_peers__are_the_other_three(self, folder: Path) -> None:
        for place in range(4):
            home = folder / f"node{place}"
            own = json.loads((home / "entry.json").read_text())
            peers = json.loads((home / besu.PEERS_FILE).read_text())
            assert len(peers) == 3
            assert all(one.startswith("enode://") and own["enode"] not in one for one in peers)
