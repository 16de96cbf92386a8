"""The home of a sandbox: one user at a time, and nothing of others is ever deleted (P27)."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.devnet.home import lock as home_lock
from node.devnet.home.folder import DevnetHome, NotAHome, is_empty, prepared_home, require_home
from node.devnet.home.lock import HomeInUse, claimed, is_claimed
from node.devnet.home.tokens import Access, ChainPlace
from node.devnet.network.local import ROOT, DevnetError

MADE = ("chain.json", "anvil.log", "yibao.sqlite3", "yibao.sqlite3-wal", "gateway.env", "seal.key",
        "tokens.json", "tokens.json.new", "devnet.lock")  # fmt: skip
HOLD = """
import subprocess, sys, time
from pathlib import Path
from node.devnet.home.lock import claimed
with claimed(Path(sys.argv[1]), api="http://127.0.0.1:18080") as lock:
    child = subprocess.Popen(["sleep", "60"], pass_fds=(lock,))
    print(child.pid, flush=True)
    time.sleep(60)
"""


ACCESS = Access(
    chain=ChainPlace(rpc_url="http://chain", chain_id=1, directory="0x1"),
    api="http://api",
    holders={},
)


def contents(folder: Path) -> set[str]:
    return {one.name for one in folder.iterdir()}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home as a sandbox leaves it."""
    folder = tmp_path / "home"
    folder.mkdir()
    for name in MADE:
        (folder / name).write_text("YIBAO_PROFILE=sandbox\n" if name == "gateway.env" else "x")
    (folder / "chain.cache").mkdir()
    (folder / "validators" / "v1").mkdir(parents=True)
    (folder / "validators" / "v1" / "key.json").write_text("x")
    return folder


@pytest.fixture
def holder(home: Path) -> Iterator[tuple["subprocess.Popen[str]", int]]:
    """Hold a home in another process, whose child has the lock too; give both."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        yield process, child
        process.kill()
        try:
            os.kill(child, signal.SIGKILL)
        except ProcessLookupError:
            return


class TestForget:
    def test_home__loses_everything_but_its_lock(self, home: Path) -> None:
        DevnetHome(home).forget()
        assert contents(home) == {"devnet.lock"}

    def test_home_of_an_earlier_version__is_one(self, home: Path) -> None:
        (home / "devnet.lock").unlink()
        DevnetHome(home).forget()
        assert contents(home) == set()

    @pytest.mark.parametrize(
        "name", ["notes.txt", ".git", "keys", "seal.key.bak", "chain", "chain.pem"]
    )
    def test_file_that_no_sandbox_made__keeps_everything(self, home: Path, name: str) -> None:
        (home / name).mkdir()
        before = contents(home)
        with pytest.raises(NotAHome, match=f"no sandbox made: {name}; next step: move that away"):
            DevnetHome(home).forget()
        assert contents(home) == before

    @pytest.mark.parametrize("text", ["YIBAO_PROFILE=production\n", "PORT=80\n", "", "\0\xff"])
    def test_gateway_of_somebody_else__is_kept_and_never_started_in(
        self, home: Path, text: str
    ) -> None:
        """Keys and database of a gateway in production have the same names."""
        (home / "gateway.env").write_bytes(text.encode("latin-1"))
        before = contents(home)
        for use in (lambda: DevnetHome(home).forget(), lambda: prepared_home(home)):
            with pytest.raises(NotAHome, match=r"gateway\.env is not that of a sandbox"):
                use()
        assert contents(home) == before

    def test_folder_without_a_mark__is_kept(self, tmp_path: Path) -> None:
        """A network somebody made lies in `validators` too."""
        (tmp_path / "validators").mkdir()
        with pytest.raises(NotAHome, match="not the home of a sandbox"):
            DevnetHome(tmp_path).forget()
        assert contents(tmp_path) == {"validators"}

    def test_link_to_another_folder__loses_only_the_link(self, home: Path, tmp_path: Path) -> None:
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        (elsewhere / "kept.txt").touch()
        (home / "chain.cache").rmdir()
        (home / "chain.cache").symlink_to(elsewhere)
        DevnetHome(home).forget()
        assert contents(elsewhere) == {"kept.txt"}

    def test_system_folder__is_not_a_home(self) -> None:
        with pytest.raises(NotAHome, match="/etc is not the home"):
            require_home(Path("/etc"))


class TestPrepare:
    def test_new_folder__becomes_a_home(self, tmp_path: Path) -> None:
        assert prepared_home(tmp_path / "deep" / "new").folder.is_dir()

    def test_folder_of_other_things__is_refused_untouched(self, tmp_path: Path) -> None:
        (tmp_path / "thesis.tex").touch()
        with pytest.raises(NotAHome, match="holds other files"):
            prepared_home(tmp_path)
        assert contents(tmp_path) == {"thesis.tex"}

    def test_own_file_in_a_home__stops_no_start(self, home: Path) -> None:
        (home / "notes.txt").touch()
        assert prepared_home(home).folder == home

    def test_file__is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(NotAHome, match="cannot be used: Not a directory"):
            prepared_home(tmp_path / "file" / "home")

    def test_missing_and_bare__are_empty(self, tmp_path: Path) -> None:
        assert is_empty(tmp_path / "none")
        assert is_empty(tmp_path)


class TestWriting:
    def test_new_home_and_its_secrets__are_the_owners_alone(self, tmp_path: Path) -> None:
        home = prepared_home(tmp_path / "new")
        assert home.folder.stat().st_mode & 0o077 == 0
        home.keep_access(ACCESS)
        assert (home.folder / "tokens.json").stat().st_mode & 0o077 == 0

    def test_link_in_the_place_of_a_file__is_not_followed(self, home: Path, tmp_path: Path) -> None:
        victim = tmp_path / "victim.txt"
        victim.write_text("precious")
        for name in ("tokens.json.new", "tokens.json"):
            (home / name).unlink()
            (home / name).symlink_to(victim)
        DevnetHome(home).keep_access(ACCESS)
        assert victim.read_text() == "precious"
        assert "http://api" in (home / "tokens.json").read_text()


class TestClaim:
    def test_lock_that_is_a_link__leaves_its_target_alone(self, home: Path, tmp_path: Path) -> None:
        victim = tmp_path / "victim.txt"
        victim.write_text("precious")
        (home / "devnet.lock").unlink()
        (home / "devnet.lock").symlink_to(victim)
        with pytest.raises(DevnetError, match="cannot be used"), claimed(home):
            pass
        assert victim.read_text() == "precious"

    def test_held_home__is_refused_with_who_and_what_next(
        self, home: Path, holder: tuple["subprocess.Popen[str]", int]
    ) -> None:
        process, _ = holder
        expected = rf"process {process.pid}, http://127\.0\.0\.1:18080\); next step: stop it"
        with pytest.raises(HomeInUse, match=expected), claimed(home):
            pass
        assert is_claimed(home)

    def test_killed_holder_whose_chain_still_runs__is_waited_for(
        self, home: Path, holder: tuple["subprocess.Popen[str]", int]
    ) -> None:
        """A reset that does not wait would be undone by the state that the chain saves."""
        process, child = holder
        process.kill()
        process.wait()
        assert is_claimed(home)
        began = time.monotonic()
        ender = subprocess.Popen(["sh", "-c", f"sleep 0.3; kill -9 {child}"])
        with claimed(home):
            assert time.monotonic() - began > 0.25
        ender.wait()
        assert not is_claimed(home)

    def test_zombie__holds_nothing_for_ever(
        self,
        home: Path,
        holder: tuple["subprocess.Popen[str]", int],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """A killed sandbox whose parent has not asked for it yet has ended."""
        process, _ = holder
        monkeypatch.setattr(home_lock, "ENDING_S", 0.2)
        process.send_signal(signal.SIGKILL)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        with pytest.raises(HomeInUse, match=r"of a killed sandbox .* does not end"), claimed(home):
            pass

    def test_after_the_holder__is_free(self, home: Path) -> None:
        with claimed(home):
            assert is_claimed(home)
        assert not is_claimed(home)
        with claimed(home):
            pass

    def test_home_that_was_never_used__is_free(self, tmp_path: Path) -> None:
        assert not is_claimed(tmp_path)
