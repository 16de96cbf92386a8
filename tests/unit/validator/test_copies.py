"""Copies of a validator's home: whole or refused, and never a way to sign a height twice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from node.validator.home import ceremony
from node.validator.home import configuration as conf
from node.validator.home.install import Engines
from node.validator.home.keys import CeremonyError
from node.validator.unit import copies, stored
from node.validator.unit.copies import Manifest, Meter
from node.validator.unit.stored import Stored

ENGINES = Engines(geth=Path("geth"), comet=Path("cometbft"))
QUIET = Meter(lambda total: None, lambda count: None)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a stopped validator at block 40 whose engines are not asked."""
    monkeypatch.setattr(copies, "heights_of", lambda *_: Stored(40, "0xhead", 41))
    ceremony.local_network(tmp_path / "net", validators=4, registry_code=b"\x00", base_port=26_600)
    home = tmp_path / "net" / "node0"
    for part in copies.CHAIN:
        (home / part).mkdir(parents=True)
        (home / part / "000001.log").write_bytes(b"chain " * 100)
        (home / part / "LOCK").write_bytes(b"")
    sign(home, 41)
    return home


def sign(home: Path, height: int) -> None:
    """Let a home have signed a height."""
    document = {"height": str(height), "round": 0, "step": 3}
    (home / copies.STATE).write_text(json.dumps(document))


def backup(home: Path, tmp_path: Path) -> Path:
    """Return a backup of a home."""
    copies.backup(home, tmp_path / "backup", ENGINES, QUIET)
    return tmp_path / "backup"


class TestBackup:
    def test_geth_ahead_of_consensus__is_refused(
        self, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """P26: nobody decided what geth has more than CometBFT."""
        monkeypatch.setattr(copies, "heights_of", lambda *_: Stored(42, "0xhead", 41))
        with pytest.raises(CeremonyError, match="geth has block 42, CometBFT only 41"):
            backup(home, tmp_path)
        assert not (tmp_path / "backup").exists()

    def test_running_validator__is_refused(
        self, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("node.validator.unit.running.pids_of", lambda _: {"geth": 7})
        with pytest.raises(CeremonyError, match=r"is running \(geth 7\)"):
            backup(home, tmp_path)

    def test_existing_or_inner_folder__is_refused(self, home: Path, tmp_path: Path) -> None:
        with pytest.raises(CeremonyError, match="exists already"):
            copies.backup(home, tmp_path, ENGINES, QUIET)
        with pytest.raises(CeremonyError, match="inside"):
            copies.backup(home, home / "backup", ENGINES, QUIET)

    def test_manifest__tells_every_file(self, home: Path, tmp_path: Path) -> None:
        """P26: keys keep their mode, logs and locks stay behind."""
        found = copies.load_manifest(backup(home, tmp_path))
        assert (found.kind, found.height, found.comet_height) == ("backup", 40, 41)
        assert "keys/operator.key" in found.files
        assert not [name for name in found.files if "LOCK" in name or "logs" in name]
        assert (tmp_path / "backup/keys/operator.key").stat().st_mode & 0o777 == 0o600
        assert (tmp_path / "backup").stat().st_mode & 0o777 == 0o700


class TestRestore:
    def test_existing_home__is_refused(self, home: Path, tmp_path: Path) -> None:
        copied = backup(home, tmp_path)
        with pytest.raises(CeremonyError, match="holds a validator that signed up to height 41"):
            copies.restore(copied, home, QUIET)

    def test_home_that_signed_more__is_refused_by_name(self, home: Path, tmp_path: Path) -> None:
        """P26.3: the older state of the backup could sign a height twice."""
        copied = backup(home, tmp_path)
        sign(home, 45)
        with pytest.raises(CeremonyError, match="could sign a height twice"):
            copies.restore(copied, home, QUIET)

    def test_state_older_than_the_backups__is_refused(self, home: Path, tmp_path: Path) -> None:
        """P26.3: an older state of the signer is not taken."""
        copied, old = backup(home, tmp_path), tmp_path / "state.json"
        old.write_text('{"height": "40", "round": 9, "step": 3}')
        with pytest.raises(CeremonyError, match="an older state could sign"):
            copies.restore(copied, tmp_path / "new", QUIET, state=old)
        assert not (tmp_path / "new").exists()

    def test_without_the_last_state__guards_one_start(self, home: Path, tmp_path: Path) -> None:
        """P26.3: double_sign_check_height is 11 until the validator took part again, 0 after."""
        new = tmp_path / "new"
        copies.restore(backup(home, tmp_path), new, QUIET)
        network, site = conf.load_network(new), conf.load_site(new)
        config = new / "comet" / "config" / "config.toml"
        conf.write_engine_files(network, site, new)
        assert "double_sign_check_height = 11\n" in config.read_text()
        conf.settle_restored(network, site, new)
        assert "double_sign_check_height = 0\n" in config.read_text()

    def test_with_the_last_state__signs_on_from_it(self, home: Path, tmp_path: Path) -> None:
        copied, last = backup(home, tmp_path), tmp_path / "state.json"
        last.write_text('{"height": "57", "round": 0, "step": 2}')
        copies.restore(copied, tmp_path / "new", QUIET, state=last)
        assert not conf.is_restored(tmp_path / "new")
        assert (tmp_path / "new" / copies.STATE).read_text() == last.read_text()

    def test_changed_byte__is_refused_and_leaves_nothing(self, home: Path, tmp_path: Path) -> None:
        copied = backup(home, tmp_path)
        path = copied / copies.CHAIN[0] / "000001.log"
        path.write_bytes(path.read_bytes().replace(b"c", b"C", 1))
        with pytest.raises(CeremonyError, match="is not what was copied"):
            copies.restore(copied, tmp_path / "new", QUIET)
        assert [one.name for one in tmp_path.iterdir() if "new" in one.name] == []

    def test_manifest_that_leads_out__is_refused(self, home: Path, tmp_path: Path) -> None:
        copied = backup(home, tmp_path)
        document = json.loads((copied / copies.MANIFEST).read_text())
        document["files"]["../evil"] = [0, ""]
        (copied / copies.MANIFEST).write_text(json.dumps(document))
        with pytest.raises(CeremonyError, match="leads out"):
            copies.restore(copied, tmp_path / "new", QUIET)


class TestSnapshot:
    def make(self, home: Path, tmp_path: Path) -> tuple[Path, Manifest]:
        """Return a snapshot and its manifest."""
        return tmp_path / "snapshot", copies.snapshot(home, tmp_path / "snapshot", ENGINES, QUIET)

    def test_snapshot__holds_the_chain_and_nothing_of_the_home(
        self, home: Path, tmp_path: Path
    ) -> None:
        """S41: what a newcomer gets has no key and no signature in it."""
        _, found = self.make(home, tmp_path)
        parts = tuple(str(part) for part in copies.CHAIN)
        others = {name for name in found.files if not name.startswith(parts)}
        assert others == set(copies.SHARED)

    def test_home_of_another_network__is_refused(self, home: Path, tmp_path: Path) -> None:
        source, _ = self.make(home, tmp_path)
        ceremony.local_network(
            tmp_path / "other", validators=4, registry_code=b"\x01", base_port=26_600
        )
        with pytest.raises(CeremonyError, match="another network"):
            copies.take_chain(source, tmp_path / "other" / "node1", QUIET)

    def test_home_with_a_chain__is_refused(self, home: Path, tmp_path: Path) -> None:
        source, _ = self.make(home, tmp_path)
        with pytest.raises(CeremonyError, match="holds a chain already"):
            copies.take_chain(source, home, QUIET)

    def test_changed_byte__leaves_no_chain(self, home: Path, tmp_path: Path) -> None:
        source, _ = self.make(home, tmp_path)
        (source / copies.CHAIN[1] / "000001.log").write_bytes(b"forged")
        other = home.with_name("node1")
        with pytest.raises(CeremonyError, match="is not what was copied"):
            copies.take_chain(source, other, QUIET)
        assert not copies.has_chain(other)


class TestStored:
    def test_home_before_its_first_start__is_at_zero(self, tmp_path: Path) -> None:
        """The keys are worth a backup before there is a chain."""
        site = conf.Site.at("north", 26_600)
        assert stored.heights_of(tmp_path, site, ENGINES) == Stored(0, "", 0)
