"""Whether a validator is fit to sign: its machine, files and ports, without asking the chain (P25).

What `yibao network doctor` looks at first. Every finding says what was seen and, where something
is wrong, what a person can do; nothing is changed.
"""

import ctypes
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

from node.validator.home import configuration as conf
from node.validator.home import install
from node.validator.home import keys as keyring
from node.validator.home.ceremony import COMET_GENESIS, EVM_GENESIS
from node.validator.home.configuration import LOOPBACK, Network, Site
from node.validator.home.genesis import hash_of
from node.validator.unit import ports
from node.validator.unit.running import MEMBERS, pids_of
from node.wire.hexadecimal import to_hex

LOWEST_FREE_BYTES = 3_000_000_000
"""geth ends below 2 GiB and a torn write can follow; this leaves time to act."""
MACHINE = "machine"
_UNSYNCHRONISED = 0x40


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `next_step` may also advise where nothing is wrong."""

    validator: str
    check: str
    ok: bool
    reason: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Patient:
    """A home as its files tell it, and what runs of it."""

    home: Path
    site: Site
    network: Network
    pids: dict[str, int]

    @classmethod
    def of(cls, home: Path) -> "Patient":
        """Read a home. Errors: CeremonyError."""
        site, network = conf.load_site(home), conf.load_network(home)
        network.entry(site.name)
        return cls(home, site, network, pids_of(home))

    def told(self, check: str, reason: str) -> Finding:
        """Return a finding that all is well."""
        return Finding(self.site.name, check, True, reason)

    def wrong(self, check: str, reason: str, next_step: str) -> Finding:
        """Return a finding that something is not."""
        return Finding(self.site.name, check, False, reason, next_step)


def machine() -> Iterator[Finding]:
    """Yield what is true of all validators of this machine."""
    for program in install.PROGRAMS:
        path = install.path_of(program)
        check = f"engine {program.name}"
        if not os.access(path, os.X_OK):
            yield Finding(MACHINE, check, False, f"{path} is missing",
                          "run yibao network install-engines")  # fmt: skip
            continue
        try:
            install.verify(program, path)
        except install.EngineMissingError as error:
            reason, _, step = str(error).partition("; next step: ")
            yield Finding(MACHINE, check, False, reason, step)
        else:
            yield Finding(MACHINE, check, True, program.version)
    synchronised = _is_synchronised()
    if synchronised is not None:
        reason = "a time service keeps it" if synchronised else "no time service is seen to keep it"
        step = "" if synchronised else "run chrony or systemd-timesyncd; see the check `clock`"
        # Only a note: in containers the machine outside keeps the clock.
        yield Finding(MACHINE, "time service", True, reason, step)


def _is_synchronised() -> bool | None:
    """Whether the kernel calls its clock synchronised; None if it cannot be asked."""
    try:
        # struct timex: modes, offset, freq, maxerror, esterror, status.
        words = (ctypes.c_long * 32)()
        if ctypes.CDLL(None, use_errno=True).adjtimex(words) < 0:
            return None
    except (OSError, AttributeError):
        return None
    return not ctypes.c_int(words[5]).value & _UNSYNCHRONISED


def at_rest(patient: Patient) -> Iterator[Finding]:
    """Yield what the files and ports of a home show, running or not."""
    yield _unit(patient)
    yield _secrets(patient)
    yield _own_key(patient)
    yield _genesis(patient)
    yield _files(patient)
    yield from _ports(patient)
    yield _disk(patient)


def _unit(patient: Patient) -> Finding:
    missing = [name for name in MEMBERS if name not in patient.pids]
    if not missing:
        return patient.told("processes", "supervisor, geth, bridge and CometBFT run")
    start = f"start its service, or run yibao validator run --home {patient.home}"
    if len(missing) == len(MEMBERS):
        return patient.wrong("processes", "it does not run", start)
    step = f"wait a minute, then look into yibao network logs {patient.home} --problems"
    return patient.wrong("processes", f"not running: {' '.join(missing)}", step)


def _secrets(patient: Patient) -> Finding:
    owner = patient.home.stat().st_uid
    absent, open_ones, foreign = [], [], []
    for name in keyring.SECRETS:
        path = patient.home / name
        try:
            status = path.stat()
        except OSError:
            absent.append(str(name))
            continue
        if stat.S_IMODE(status.st_mode) & 0o077:
            open_ones.append(str(path))
        if status.st_uid != owner:
            foreign.append(str(path))
    if absent:
        step = "restore them from the backup; a lost consensus key is replaced by a vote"
        return patient.wrong("key files", f"missing: {' '.join(absent)}", step)
    if open_ones:
        told = f"others may read {' '.join(map(_name, open_ones))}"
        return patient.wrong("key files", told, f"chmod 600 {' '.join(open_ones)}")
    if foreign:
        step = f"chown them to the owner of {patient.home}"
        return patient.wrong("key files", f"another's: {' '.join(map(_name, foreign))}", step)
    return patient.told("key files", f"{len(keyring.SECRETS)} files, only for their user")


def _name(path: str) -> str:
    return Path(path).name


def _own_key(patient: Patient) -> Finding:
    try:
        own = keyring.consensus_public(patient.home).hex()
    except (OSError, KeyError, orjson.JSONDecodeError) as error:
        reason = f"priv_validator_key.json cannot be read: {type(error).__name__}"
        return patient.wrong("consensus key", reason, "restore it from the backup")
    if own != patient.network.entry(patient.site.name).consensus_key:
        reason = f"network.toml names another key for {patient.site.name}"
        step = "after a rotation: yibao network peer entry.json --home …, at every participant"
        return patient.wrong("consensus key", reason, step)
    return patient.told("consensus key", f"{own[:16]}…, as in network.toml")


def _genesis(patient: Patient) -> Finding:
    wanted, step = patient.network, "run yibao network join with the network's folder again"
    try:
        evm = orjson.loads((patient.home / EVM_GENESIS).read_bytes())
        comet = orjson.loads((patient.home / COMET_GENESIS).read_bytes())
        found = to_hex(hash_of(evm))
        is_same = comet["chain_id"] == wanted.chain_id and comet["app_state"] == orjson.loads(
            wanted.app_state
        )
        named = comet["app_state"]["evm_genesis_hash"]
    except (OSError, orjson.JSONDecodeError, KeyError, ValueError) as error:
        reason = f"genesis files cannot be read: {type(error).__name__}"
        return patient.wrong("genesis", reason, step)
    if found != wanted.genesis_hash:
        reason = f"geth's file gives {found[:18]}…, network.toml says {wanted.genesis_hash[:18]}…"
        return patient.wrong("genesis", reason, step)
    if not is_same or named != wanted.genesis_hash:
        reason = "CometBFT's file is of another network than network.toml"
        return patient.wrong("genesis", reason, step)
    return patient.told("genesis", f"{found[:18]}… in both layers and network.toml")


def _files(patient: Patient) -> Finding:
    differing = []
    for path, text in conf.engine_files(patient.network, patient.site, patient.home).items():
        try:
            if path.read_text() != text:
                differing.append(path)
        except OSError:
            # Never started: they are written then.
            if patient.pids:
                differing.append(path)
    wanted = conf.geth_arguments(patient.network, patient.site, patient.home.resolve())
    if differing:
        told = " ".join(str(path.relative_to(patient.home)) for path in differing)
        step = "restart the validator: it writes them anew from network.toml and validator.toml"
        return patient.wrong("configuration", f"not as it would be written: {told}", step)
    if other := _other_options(patient, wanted):
        step = "restart the validator"
        return patient.wrong("configuration", f"geth runs without {' '.join(other)}", step)
    return patient.told("configuration", "as network.toml and validator.toml say")


def _other_options(patient: Patient, wanted: list[str]) -> list[str]:
    """Return the options geth should run with and does not; paths may be written otherwise."""
    pid = patient.pids.get("geth")
    if pid is None:
        return []
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    except OSError:
        return []
    return [one for one in wanted if one not in words and "/" not in one]


def _ports(patient: Patient) -> Iterator[Finding]:
    first, last = ports.ephemeral_range()
    all_ports = ports.ports_of(patient.network, patient.site)
    high = [str(one.number) for one in all_ports if first <= one.number <= last]
    if high:
        reason = f"{' '.join(high)} lie in {first}–{last}, where outgoing connections take theirs"
        step = "set net.ipv4.ip_local_port_range above them, or choose lower ports"
        yield patient.wrong("port numbers", reason, step)
    else:
        yield patient.told("port numbers", f"none in {first}–{last}")
    taken, open_ones, silent = [], [], []
    listening = ports.listeners()
    for port in all_ports:
        here = [one for one in listening if one.port == port.number]
        pid = patient.pids.get(port.member)
        sockets = None if pid is None else ports.sockets_of(pid)
        is_ours = pid is not None and (sockets is None or any(one.inode in sockets for one in here))
        if here and not is_ours:
            taken.append(f"{port.number} ({port.use})")
        if not here and pid is not None:
            silent.append(f"{port.number} ({port.use})")
        if is_ours and not port.is_public:
            open_ones += [f"{one.address}:{one.port} ({port.use})" for one in here
                          if one.address not in {LOOPBACK, "::1"}]  # fmt: skip
    yield _use_of_ports(patient, taken, silent)
    if open_ones:
        step = "stop it at once; these ports let anybody act in its name"
        yield patient.wrong("loopback", f"open to others: {', '.join(open_ones)}", step)
    else:
        yield patient.told("loopback", "only p2p is open to others")


def _use_of_ports(patient: Patient, taken: list[str], silent: list[str]) -> Finding:
    if taken:
        number = int(taken[0].partition(" ")[0])
        owner = ports.owner_of(number)
        held = f", {number} by {owner}" if owner else ""
        step = "stop what holds them, or choose other ports in validator.toml and entry.json"
        return patient.wrong("ports", f"taken by others: {', '.join(taken)}{held}", step)
    if silent:
        step = f"wait a minute, then look into yibao network logs {patient.home} --problems"
        return patient.wrong("ports", f"nobody listens on {', '.join(silent)}", step)
    return patient.told("ports", "ours" if patient.pids else "free")


def _disk(patient: Patient) -> Finding:
    free = shutil.disk_usage(patient.home).free
    told = f"{free / 1e9:.1f} GB free"
    if free < LOWEST_FREE_BYTES:
        step = "make room now: geth stops below 2 GiB, and the validator with it"
        return patient.wrong("disk", f"{told}, at least 3 wanted", step)
    return patient.told("disk", told)
