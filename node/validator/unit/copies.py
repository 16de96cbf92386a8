"""Copies of a stopped validator: a backup with its keys, a snapshot of the chain without any.

    COPY/manifest.json   what it is, up to which block, and every file's size and sha256
    COPY/…               a backup: the home as it was, without logs
                         a snapshot: network.toml, both genesis files, chain data of both engines

A copy is whole or not there: it is written beside its place and renamed. geth may be behind
CometBFT, which replays what geth lacks; ahead of it would be a chain that nobody decided.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import orjson

from node.validator.home import configuration as conf
from node.validator.home.ceremony import COMET_GENESIS, EVM_GENESIS
from node.validator.home.install import Engines
from node.validator.home.keys import FOLDER_MODE, CeremonyError
from node.validator.unit.running import require_stopped
from node.validator.unit.stored import heights_of

MANIFEST = "manifest.json"
FORMAT = 1
BACKUP, SNAPSHOT = "backup", "snapshot"
STATE = Path("comet") / "data" / "priv_validator_state.json"
CHAIN = (
    Path("geth") / "data" / "geth" / "chaindata",
    *(Path("comet") / "data" / name for name in ("blockstore.db", "state.db", "evidence.db")),
)
SHARED = {
    conf.NETWORK_FILE: Path(conf.NETWORK_FILE),
    "genesis.comet.json": COMET_GENESIS,
    "genesis.evm.json": EVM_GENESIS,
}
_LEFT_OUT = {"run", "logs", "LOCK", "FLOCK", MANIFEST}
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Meter:
    """Where long work reports: how many bytes there are, and how many more are done."""

    total: Callable[[int], None]
    advance: Callable[[int], None]


@dataclass(frozen=True, slots=True, order=True)
class Signed:
    """The last thing a validator signed; later is larger."""

    height: int
    round: int
    step: int

    @classmethod
    def of(cls, path: Path) -> "Signed":
        """Read a priv_validator_state.json. Errors: CeremonyError."""
        try:
            document = orjson.loads(path.read_bytes())
            return cls(int(document["height"]), int(document["round"]), int(document["step"]))
        except (OSError, orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            raise CeremonyError(f"{path} is no priv_validator_state.json: {error}") from error

    def __str__(self) -> str:
        return f"height {self.height}, round {self.round}, step {self.step}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a copy holds. `height` and `head` are geth's; `files` is path → [bytes, sha256]."""

    kind: str
    name: str
    chain_id: str
    genesis_hash: str
    made_at: str
    height: int
    head: str
    comet_height: int
    files: dict[str, tuple[int, str]]

    @property
    def size(self) -> int:
        """Return the bytes of all files."""
        return sum(size for size, _ in self.files.values())


def has_chain(home: Path) -> bool:
    """Whether a home holds chain data of either engine."""
    return any((home / part).exists() for part in CHAIN)


def is_copy(folder: Path) -> bool:
    """Whether a folder is a backup or a snapshot."""
    return (folder / MANIFEST).exists()


def load_manifest(folder: Path) -> Manifest:
    """Read a copy's manifest. Errors: CeremonyError."""
    try:
        document = orjson.loads((folder / MANIFEST).read_bytes())
        if document.pop("format") != FORMAT:
            raise CeremonyError(f"{folder / MANIFEST}: format must be {FORMAT}")
        found = Manifest(**document)
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise CeremonyError(f"{folder} is no backup and no snapshot: {error}") from error
    if found.height > found.comet_height:
        raise CeremonyError(
            f"{folder}: geth has block {found.height}, CometBFT only {found.comet_height}:"
            " such a copy cannot start; take an older one"
        )
    return found


def backup(home: Path, out: Path, engines: Engines, meter: Meter) -> Manifest:
    """Copy a stopped validator whole, keys included. Errors: CeremonyError, OSError."""
    return _save(home, out, engines, meter, kind=BACKUP)


def snapshot(home: Path, out: Path, engines: Engines, meter: Meter) -> Manifest:
    """Copy a stopped validator's chain, no key among it. Errors: CeremonyError, OSError."""
    if not has_chain(home):
        raise CeremonyError(f"{home} holds no chain yet")
    return _save(home, out, engines, meter, kind=SNAPSHOT)


def _paths(home: Path, kind: str) -> dict[Path, Path]:
    """Return name in the copy → file of the home."""
    if kind == BACKUP:
        return {path.relative_to(home): path for path in _files(home)}
    paths = {Path(name): home / path for name, path in SHARED.items()}
    for part in CHAIN:
        paths |= {path.relative_to(home): path for path in _files(home / part)}
    return paths


def _save(home: Path, out: Path, engines: Engines, meter: Meter, *, kind: str) -> Manifest:
    site, network = conf.load_site(home), conf.load_network(home)
    require_stopped(home, "copies of moving data are torn")
    if out.exists():
        raise CeremonyError(f"{out} exists already: name a new folder")
    if home.resolve() in out.resolve().parents:
        raise CeremonyError(f"{out} is inside {home}: name a folder elsewhere")
    stored = heights_of(home, site, engines)
    if stored.geth > stored.comet:
        raise CeremonyError(
            f"{home}: geth has block {stored.geth}, CometBFT only {stored.comet}: not a home to"
            " copy; next step: yibao validator repair, see docs/operators.md"
        )
    # Only now: what read the heights has tidied up behind it.
    paths = _paths(home, kind)
    size = sum(path.stat().st_size for path in paths.values())
    _require_room(out.parent, size)
    meter.total(size)
    with _beside(out) as partial:
        files = {
            str(name): _copy(path, partial / name, meter) for name, path in sorted(paths.items())
        }
        manifest = Manifest(
            kind=kind,
            name=site.name,
            chain_id=network.chain_id,
            genesis_hash=network.genesis_hash,
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            height=stored.geth,
            head=stored.head,
            comet_height=stored.comet,
            files=files,
        )
        document = {"format": FORMAT} | asdict(manifest)
        (partial / MANIFEST).write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2))
    return manifest


def restore(source: Path, home: Path, meter: Meter, *, state: Path | None = None) -> Manifest:
    """Make a home of a backup, to sign nothing twice. Errors: CeremonyError, OSError.

    `state` is the lost home's priv_validator_state.json, if it could be saved: then the restored
    validator knows what it signed last. Without, CometBFT starts only when ten blocks were made
    without this validator.
    """
    manifest = load_manifest(source)
    if manifest.kind != BACKUP:
        raise CeremonyError(f"{source} is a {manifest.kind}: it has no keys; see `join`")
    signed = Signed.of(source / STATE)
    _require_absent(home, signed)
    if state is not None and Signed.of(state) < signed:
        raise CeremonyError(
            f"{state} is at {Signed.of(state)}, the backup at {signed}: an older state could sign"
            " a height twice; restore without --state"
        )
    _require_room(home.parent, manifest.size)
    meter.total(manifest.size)
    with _beside(home) as partial:
        _copy_checked(source, manifest, to=partial, meter=meter)
        if state is None:
            conf.mark_restored(partial, height=manifest.comet_height)
        else:
            (partial / STATE).write_bytes(state.read_bytes())
    return manifest


def _require_absent(home: Path, signed: Signed) -> None:
    if not home.exists() or not any(home.iterdir()):
        return
    told = f"{home} exists"
    if (home / STATE).exists():
        present = Signed.of(home / STATE)
        if present > signed:
            told = (
                f"{home} has signed up to {present}, the backup only up to {signed}: with the"
                " backup this validator could sign a height twice, which is never forgiven"
            )
        else:
            told = f"{home} holds a validator that signed up to {present}"
    raise CeremonyError(
        f"{told}; next step: keep it, or move it away and give its"
        " comet/data/priv_validator_state.json with --state"
    )


def take_chain(source: Path, home: Path, meter: Meter) -> Manifest:
    """Put a snapshot's chain into a joined home. Errors: CeremonyError, OSError."""
    manifest, network = load_manifest(source), conf.load_network(home)
    require_stopped(home, "its chain cannot be put there meanwhile")
    if has_chain(home):
        raise CeremonyError(f"{home} holds a chain already")
    if manifest.genesis_hash != network.genesis_hash:
        raise CeremonyError(f"{source} is of another network: genesis {manifest.genesis_hash}")
    inside = {name: one for name, one in manifest.files.items() if _is_chain(Path(name))}
    chain = replace(manifest, files=inside)
    _require_room(home, chain.size)
    meter.total(chain.size)
    try:
        _copy_checked(source, chain, to=home, meter=meter)
    except (CeremonyError, OSError):
        for part in CHAIN:
            shutil.rmtree(home / part, ignore_errors=True)
        raise
    return manifest


def _is_chain(name: Path) -> bool:
    return ".." not in name.parts and any(part in name.parents for part in CHAIN)


def _copy_checked(source: Path, manifest: Manifest, *, to: Path, meter: Meter) -> None:
    for name, wanted in manifest.files.items():
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise CeremonyError(f"{source / MANIFEST}: {name} leads out of the folder")
        if _copy(source / name, to / name, meter) != tuple(wanted):
            raise CeremonyError(f"{source / name} is not what was copied: use another backup")


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder, followlinks=True):
        folders[:] = sorted(set(folders) - _LEFT_OUT)
        yield from (Path(place) / name for name in sorted(set(names) - _LEFT_OUT))


def _copy(source: Path, target: Path, meter: Meter) -> tuple[int, str]:
    """Copy a file with its mode, folders for this user only; return size and sha256."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as reading:
        mode = os.fstat(reading.fileno()).st_mode & 0o777
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as writing:
            while chunk := reading.read(_CHUNK):
                writing.write(chunk)
                digest.update(chunk)
                size += len(chunk)
                meter.advance(len(chunk))
    return size, digest.hexdigest()


@contextmanager
def _beside(place: Path) -> Iterator[Path]:
    """Yield a folder that takes a place when the block ends well, and is gone when not."""
    partial = place.with_name(f"{place.name}.partial-{os.getpid()}")
    partial.parent.mkdir(parents=True, exist_ok=True)
    partial.mkdir(mode=FOLDER_MODE)
    try:
        yield partial
        if place.exists():
            place.rmdir()
        partial.rename(place)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _require_room(folder: Path, size: int) -> None:
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < size:
        raise CeremonyError(f"{folder}: {size:,} bytes wanted, {free:,} free")
