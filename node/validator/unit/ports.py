"""The ports of a validator: which they are, who listens on them, and where others do not reach.

What Linux tells in /proc. Another user's open files are closed to us; then a listener is known,
but not whose it is.
"""

import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from node.validator.home.configuration import LOOPBACK, SITE_PORTS, Network, Site
from node.validator.home.entries import CeremonyError

EPHEMERAL_FILE = Path("/proc/sys/net/ipv4/ip_local_port_range")
USUAL_EPHEMERAL = (32_768, 60_999)
_LISTENING = "0A"


@dataclass(frozen=True, slots=True)
class Port:
    """A port of a validator. `member` is the process that listens, `is_public` for p2p."""

    number: int
    use: str
    member: str
    is_public: bool = False


@dataclass(frozen=True, slots=True)
class Listener:
    """A listening socket: address as text, and its number in /proc."""

    address: str
    port: int
    inode: str


def ports_of(network: Network, site: Site) -> tuple[Port, ...]:
    """Return all ports of a validator. Errors: CeremonyError when it is not in the network."""
    own = network.entry(site.name)
    return (
        Port(own.comet_port, "p2p of CometBFT", "comet", is_public=True),
        Port(own.geth_port, "p2p of geth", "geth", is_public=True),
        Port(site.comet_rpc_port, "RPC of CometBFT", "comet"),
        Port(site.bridge_port, "ABCI of the bridge", "bridge"),
        Port(site.metrics_port, "metrics of the bridge", "bridge"),
        Port(site.geth_http_port, "JSON-RPC of geth", "geth"),
        Port(site.geth_engine_port, "Engine API of geth", "geth"),
    )


def ephemeral_range() -> tuple[int, int]:
    """Return the first and last port that outgoing connections take."""
    try:
        first, last = EPHEMERAL_FILE.read_text().split()
    except (OSError, ValueError):
        return USUAL_EPHEMERAL
    return int(first), int(last)


def require_low(base_port: int, *, validators: int = 1) -> None:
    """Make sure that a block of ports can be used for good. Errors: CeremonyError."""
    first, last = ephemeral_range()
    end = base_port + validators * SITE_PORTS - 1
    if base_port < 1024 or end > 65_535:
        raise CeremonyError(f"--base-port {base_port}: choose one from 1024 on")
    if base_port <= last and end >= first:
        raise CeremonyError(
            f"ports {base_port}–{end} lie in {first}–{last}, from which outgoing connections"
            f" take theirs; choose a --base-port below {first - validators * SITE_PORTS}"
        )


def require_free(network: Network, site: Site) -> None:
    """Make sure that a stopped validator can listen. Errors: CeremonyError names the port."""
    for port in ports_of(network, site):
        host = site.bind if port.is_public else LOOPBACK
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port.number))
            except OSError as error:
                whose = owner_of(port.number)
                held = f" by {whose}" if whose else ""
                raise CeremonyError(
                    f"{site.name}: cannot listen on {host}:{port.number} ({port.use}):"
                    f" {error.strerror}{held}; stop what holds it, or choose other ports"
                ) from error


def listeners() -> list[Listener]:
    """Return all listening TCP sockets of this machine."""
    return [*_listeners(Path("/proc/net/tcp")), *_listeners(Path("/proc/net/tcp6"))]


def _listeners(path: Path) -> Iterator[Listener]:
    with suppress(OSError):
        for line in path.read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == _LISTENING:
                address, _, port = words[1].partition(":")
                yield Listener(_address(address), int(port, 16), words[9])


def _address(text: str) -> str:
    """Return an address of /proc, whose 32-bit words are in the machine's order."""
    words = [bytes.fromhex(text[at : at + 8])[::-1] for at in range(0, len(text), 8)]
    raw = b"".join(words)
    if len(raw) == 4:
        return socket.inet_ntop(socket.AF_INET, raw)
    mapped = raw[:12] == bytes(10) + b"\xff\xff"
    return (
        socket.inet_ntop(socket.AF_INET, raw[12:])
        if mapped
        else socket.inet_ntop(socket.AF_INET6, raw)
    )


def sockets_of(pid: int) -> set[str] | None:
    """Return the numbers of a process's sockets; None if we may not look."""
    found = set()
    try:
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                target = str(link.readlink())
                if target.startswith("socket:["):
                    found.add(target[8:-1])
    except OSError:
        return None
    return found


def owner_of(port: int) -> str:
    """Return `name (process id)` of who listens on a port; empty if it cannot be told."""
    wanted = {one.inode for one in listeners() if one.port == port}
    for process in Path("/proc").iterdir():
        if wanted and process.name.isdigit() and wanted & (sockets_of(int(process.name)) or set()):
            with suppress(OSError):
                return f"{(process / 'comm').read_text().strip()} ({process.name})"
    return ""
