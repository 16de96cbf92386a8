"""The newest whole state of a local chain is kept, whatever a crash leaves (P27)."""

from pathlib import Path

import pytest

from node.devnet.network.chain_files import ChainFiles, DamagedState


def state(timestamp: int) -> bytes:
    return b'{"block":{"timestamp":"%s"}}' % hex(timestamp).encode()


@pytest.fixture
def files(tmp_path: Path) -> ChainFiles:
    return ChainFiles(tmp_path / "chain.json")


class TestSettle:
    def test_nothing_saved__is_a_new_chain(self, files: ChainFiles) -> None:
        files.settle()
        assert files.last_timestamp() is None

    def test_whole_state_of_the_exit__replaces_the_older_one(self, files: ChainFiles) -> None:
        files.replace(state(1))
        files.at_exit.write_bytes(state(2))
        files.settle()
        assert files.last_timestamp() == 2
        assert not files.at_exit.exists()

    @pytest.mark.parametrize("left", [b"", state(2)[:-2], b"{}", b"[]", b'{"block":null}'])
    def test_half_a_state_of_the_exit__leaves_the_older_one(
        self, files: ChainFiles, left: bytes
    ) -> None:
        files.replace(state(1))
        files.at_exit.write_bytes(left)
        files.settle()
        assert files.last_timestamp() == 1
        assert not files.at_exit.exists()


class TestReplace:
    def test_crash_before_the_file_was_whole__leaves_the_older_one(
        self, files: ChainFiles, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        files.replace(state(1))

        def full(descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space"):
            files.replace(state(2))
        assert files.last_timestamp() == 1

    def test_file_damaged_by_somebody_else__is_named(self, files: ChainFiles) -> None:
        files.replace(state(1)[:-1])
        with pytest.raises(DamagedState, match=r"chain\.json"):
            files.last_timestamp()
