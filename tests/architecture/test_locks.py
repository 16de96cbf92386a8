"""The locks install on any day: nothing in them is left to the newest release."""

from __future__ import annotations

import ensurepip
import json
import re
import subprocess
import sys
from dataclasses import replace
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from scripts.locks import LOCKS, PYTHONS, Pin, environments, open_requirements, read_lock
from scripts.locks import read_record as record_of
from scripts.record_requirements import asked_for
from tests.fixtures.stub_index import NEWER, StubIndex
from tests.fixtures.tools import ROOT

RECORD = record_of(ROOT)
PINS = {lock: read_lock((ROOT / lock).read_text()) for lock in LOCKS}
OLDEST, NEWEST = PYTHONS[0], PYTHONS[-1]
DEV, RUNTIME = PINS["requirements/dev.lock"], PINS["requirements/runtime.lock"]


class TestClosedLock:
    @pytest.mark.parametrize("lock", LOCKS)
    def test_a_lock__settles_whatever_its_packages_require(self, lock: str) -> None:
        assert len(PINS[lock]) > 1
        assert list(open_requirements(PINS[lock], RECORD)) == []

    def test_a_lock_without_extras__leaves_them_open(self) -> None:
        stripped = [pin for pin in DEV if not pin.extras]
        found = list(open_requirements(stripped, RECORD))
        assert any("pytest-cov" in one and "coverage[toml]" in one for one in found)

    @pytest.mark.parametrize("name", ["coverage", "colorama", "eth-utils"])
    def test_a_lock_without_a_package__leaves_it_open(self, name: str) -> None:
        shorter = [pin for pin in DEV if pin.name != name]
        assert any(name in one for one in open_requirements(shorter, RECORD))

    def test_another_version_than_asked_for__is_found(self) -> None:
        others = [replace(pin, version="0.1") if pin.name == "pluggy" else pin for pin in DEV]
        record = RECORD | {"pluggy==0.1": []}
        assert any("asks for pluggy" in one for one in open_requirements(others, record))

    def test_a_package_that_is_not_recorded__is_found(self) -> None:
        assert list(open_requirements([Pin("new", "1", frozenset(), None)], RECORD)) == [
            "new==1: what it requires is not recorded"
        ]


class TestLockFiles:
    @pytest.mark.parametrize("lock", LOCKS)
    def test_every_requirement_line__is_read_and_has_hashes(self, lock: str) -> None:
        text = (ROOT / lock).read_text()
        heads = [line for line in text.splitlines() if re.match(r"[A-Za-z0-9]", line)]
        assert len(PINS[lock]) == len(heads)
        blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.M)[1:]
        assert all("--hash=sha256:" in block for block in blocks)

    def test_runtime__is_a_part_of_dev(self) -> None:
        """`start` takes an environment that `test` has filled as it is."""
        assert {(pin.key, pin.marker) for pin in RUNTIME} <= {(pin.key, pin.marker) for pin in DEV}

    def test_the_installer__is_the_same_in_both_locks(self) -> None:
        keys = {pin.key for pin in DEV}
        assert {pin.key for pin in PINS["requirements/installer.lock"]} <= keys

    def test_the_record__is_what_the_installed_packages_say(self) -> None:
        installed = {canonicalize_name(one.name): one for one in distributions()}
        compared = 0
        for pin in DEV:
            if (found := installed.get(pin.name)) and found.version == pin.version:
                extras = frozenset(
                    extra for one in PINS.values() for p in one if p.key == pin.key
                    for extra in p.extras
                )  # fmt: skip
                assert asked_for(found.requires or [], extras) == RECORD[pin.key], pin.key
                compared += 1
        assert compared > 120


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> StubIndex:
    """An index where every package of every lock has a newer release."""
    every = [pin for pins in PINS.values() for pin in pins]
    return StubIndex(tmp_path_factory.mktemp("index"), every, RECORD)


def pip_of(age: str) -> list[str]:
    """Return the command of a pip: the one that this Python brings, or the one of today."""
    if age == "newest":
        return [sys.executable, "-m", "pip"]
    wheel = next((Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl"))
    return [sys.executable, f"{wheel}/pip"]


def resolve_with_pip(
    index: StubIndex, lock: Path, *, age: str, python: str
) -> subprocess.CompletedProcess[str]:
    """Resolve a lock without installing; the report goes beside the lock."""
    return subprocess.run(
        [
            *(*pip_of(age), "install", "--dry-run", "--ignore-installed", "--no-index", "--quiet"),
            *("--disable-pip-version-check", "--isolated", "--no-cache-dir"),
            *("--find-links", str(index.folder), "--require-hashes", "-r", str(lock)),
            *("--python-version", python, "--only-binary", ":all:"),
            *("--target", str(lock.parent / "target"), "--report", str(lock.parent / "report")),
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def expected_on_linux(pins: list[Pin], python: str) -> dict[str, str]:
    """Return what a lock installs on Linux."""
    place = next(
        one for one in environments()
        if one["python_version"] == python and one["sys_platform"] == "linux"
    )  # fmt: skip
    return {pin.name: pin.version for pin in pins if pin.holds_in(place)}


class TestDayWithNewerReleases:
    @pytest.mark.parametrize(
        ("lock", "age", "python"),
        [
            ("requirements/dev.lock", "oldest", OLDEST),
            ("requirements/runtime.lock", "oldest", NEWEST),
            *((lock, "newest", OLDEST) for lock in LOCKS),
        ],
    )
    def test_pip__takes_what_the_lock_names(
        self, index: StubIndex, tmp_path: Path, lock: str, age: str, python: str
    ) -> None:
        path = tmp_path / "lock"
        path.write_text(index.hashed(PINS[lock]))
        done = resolve_with_pip(index, path, age=age, python=python)
        assert (done.returncode, done.stderr) == (0, "")
        rows = json.loads((tmp_path / "report").read_text())["install"]
        taken = {
            canonicalize_name(row["metadata"]["name"]): row["metadata"]["version"] for row in rows
        }
        assert taken == expected_on_linux(PINS[lock], python)

    @pytest.mark.parametrize(
        ("lock", "python"),
        [
            *(("requirements/dev.lock", python) for python in PYTHONS[1:]),
            *((lock, OLDEST) for lock in LOCKS),
        ],
    )
    def test_uv__takes_what_the_lock_names(
        self, index: StubIndex, tmp_path: Path, lock: str, python: str
    ) -> None:
        path = tmp_path / "lock"
        path.write_text(index.hashed(PINS[lock]))
        done = subprocess.run(
            [
                *(sys.executable, "-m", "uv", "pip", "install", "--dry-run", "--no-index"),
                *("--no-config", "--no-cache", "--find-links", str(index.folder)),
                *("--python-version", python, "--python-platform", "linux"),
                *("--target", str(tmp_path / "target"), "--require-hashes", "-r", str(path)),
            ],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        taken = dict(re.findall(r"^ \+ (\S+)==(\S+)$", done.stderr, re.M))
        assert taken == expected_on_linux(PINS[lock], python)

    def test_pins_with_extras_only__fail_with_an_older_pip(
        self, index: StubIndex, tmp_path: Path
    ) -> None:
        with_extras = {pin.name for pin in RUNTIME if pin.extras}
        only = [pin for pin in RUNTIME if pin.extras or pin.name not in with_extras]
        path = tmp_path / "lock"
        path.write_text(index.hashed(only))
        assert resolve_with_pip(index, path, age="oldest", python=OLDEST).returncode != 0
        assert any("with extras only" in one for one in open_requirements(only, RECORD))

    def test_a_lock_without_extras__fails_on_that_day(
        self, index: StubIndex, tmp_path: Path
    ) -> None:
        """What a newcomer met: the newest coverage was taken, and no hash was found for it."""
        path = tmp_path / "lock"
        path.write_text(index.hashed([pin for pin in DEV if not pin.extras]))
        done = resolve_with_pip(index, path, age="oldest", python=OLDEST)
        assert done.returncode != 0
        assert f"-{NEWER}-py3" in done.stderr
