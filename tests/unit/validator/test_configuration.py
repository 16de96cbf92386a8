"""The files of a network: what is written is read again, and reaches the engines."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from node.validator.home.configuration import (
    Network,
    Site,
    comet_config,
    geth_arguments,
    load_network,
    save_network,
)
from node.validator.home.keys import NodeKeys

ENTRY = NodeKeys.new().public(
    name="node0", participant="0x2" + "1" * 39, host="127.0.0.1", comet_port=26_000, geth_port=1
)
NETWORK = Network(
    chain_id="yibao-8820",
    evm_chain_id=8820,
    genesis_hash="0x" + "11" * 32,
    gas_limit=120_000_000,
    registry="0x" + "22" * 20,
    app_state="{}",
    validators=(ENTRY,),
)


class TestCommitPause:
    def test_the_ordinary_network__makes_a_block_a_second(self) -> None:
        assert 'timeout_commit = "700ms"' in comet_config(NETWORK, Site.at("node0", 26_000))

    def test_another_pause__reaches_every_validator(self, tmp_path: Path) -> None:
        save_network(replace(NETWORK, commit_pause_ms=50), tmp_path)
        network = load_network(tmp_path)
        assert network.commit_pause_ms == 50
        assert 'timeout_commit = "50ms"' in comet_config(network, Site.at("node0", 26_000))

    def test_a_file_without_it__has_the_ordinary_pause(self, tmp_path: Path) -> None:
        save_network(NETWORK, tmp_path)
        path = tmp_path / "network.toml"
        lines = path.read_text().splitlines()
        path.write_text("\n".join(one for one in lines if "commit_pause" not in one))
        assert load_network(tmp_path) == NETWORK


class TestSpareCores:
    @pytest.mark.parametrize(("cores", "is_ahead"), [(2, False), (4, True), (None, False)])
    def test_transactions_run_ahead__only_on_spare_cores(
        self, monkeypatch: pytest.MonkeyPatch, cores: int | None, is_ahead: bool
    ) -> None:
        monkeypatch.setattr(os, "cpu_count", lambda: cores)
        arguments = geth_arguments(NETWORK, Site.at("node0", 26_000), Path("home"))
        assert ("--cache.noprefetch" not in arguments) is is_ahead
        assert ("--history.logs.disable" not in arguments) is is_ahead
