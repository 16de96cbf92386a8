"""Which sockets a process listens on, read from /proc."""

from __future__ import annotations

import ipaddress
import socket
from pathlib import Path

_LISTEN, _UNCONNECTED = "0A", "07"


def listening(pid: int) -> set[tuple[str, str, int]]:
    """Return (protocol, address, port) of every socket a process takes connections on."""
    inodes = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        target = str(link.readlink())
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    found = set()
    for protocol in ("tcp", "tcp6", "udp", "udp6"):
        table = Path(f"/proc/{pid}/net/{protocol}")
        for line in table.read_text().splitlines()[1:] if table.exists() else ():
            words = line.split()
            waits = words[3] == (_LISTEN if protocol.startswith("tcp") else _UNCONNECTED)
            if waits and words[9] in inodes:
                address, _, port = words[1].partition(":")
                found.add((protocol[:3], _address(address), int(port, 16)))
    return found


def _address(text: str) -> str:
    """Return an address as /proc writes it: words of four bytes, each turned round."""
    words = [int(text[at : at + 8], 16) for at in range(0, len(text), 8)]
    raw = b"".join(socket.htonl(word).to_bytes(4, "big") for word in words)
    address = ipaddress.ip_address(raw)
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches it."""
    return ipaddress.ip_address(address).is_loopback
