"""A validator's next key: the old one and what it signed go aside together, never back."""

from pathlib import Path

import pytest

from node.validator.home import ceremony, condition, rotation
from node.validator.home import configuration as conf
from node.validator.home import keys as keyring
from node.validator.home.condition import KEY_FILE, STATE_FILE, OperatorNeededError
from node.validator.home.keys import CeremonyError

SIGNED = b'{"height":"77","round":0,"step":3}'


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose key has signed up to block 77."""
    ceremony.local_network(tmp_path, validators=4, registry_code=b"\x00", base_port=20_000)
    place = tmp_path / "node0"
    (place / STATE_FILE).write_bytes(SIGNED)
    return place


class TestNewKey:
    def test_current_key__goes_on_signing(self, home: Path) -> None:
        before = (home / KEY_FILE).read_bytes()
        entry = rotation.new_key(home)
        assert (home / KEY_FILE).read_bytes() == before
        assert (home / STATE_FILE).read_bytes() == SIGNED
        assert entry.consensus_key != keyring.consensus_public(home).hex()
        assert keyring.load_entry(home / rotation.NEXT_ENTRY) == entry
        assert (home / rotation.NEXT_KEY).stat().st_mode & 0o777 == 0o600

    def test_waiting_key__is_not_overwritten(self, home: Path) -> None:
        rotation.new_key(home)
        with pytest.raises(CeremonyError, match="waiting"):
            rotation.new_key(home)


class TestUseKey:
    def test_without_a_new_key__nothing_changes(self, home: Path) -> None:
        with pytest.raises(CeremonyError, match="new-key"):
            rotation.use_key(home)
        assert (home / STATE_FILE).read_bytes() == SIGNED

    def test_old_key_and_its_state__go_aside_together(self, home: Path) -> None:
        old, entry = (home / KEY_FILE).read_bytes(), rotation.new_key(home)
        assert rotation.use_key(home) == entry
        assert keyring.consensus_public(home).hex() == entry.consensus_key
        assert (home / STATE_FILE).read_bytes() == keyring.FIRST_STATE
        kept = {path.suffixes[0]: path.read_bytes() for path in (home / rotation.RETIRED).iterdir()}
        assert kept == {".key": old, ".state": SIGNED}
        assert conf.load_network(home).entry("node0") == entry
        assert not (home / rotation.NEXT_KEY).exists()

    @pytest.mark.parametrize("lost", [(STATE_FILE,), (KEY_FILE,), (STATE_FILE, KEY_FILE)])
    def test_interrupted_exchange__is_taken_up_again(
        self, home: Path, lost: tuple[Path, ...]
    ) -> None:
        entry = rotation.new_key(home)
        for path in lost:
            (home / path).unlink()
        assert rotation.use_key(home) == entry
        assert keyring.consensus_public(home).hex() == entry.consensus_key
        condition.require_startable(home)


class TestStart:
    @pytest.mark.parametrize("lost", [STATE_FILE, KEY_FILE])
    def test_without_key_or_state__nothing_starts(self, home: Path, lost: Path) -> None:
        condition.require_startable(home)
        (home / lost).unlink()
        with pytest.raises(OperatorNeededError, match="new-key"):
            condition.require_startable(home)
        assert not (home / lost).exists()
