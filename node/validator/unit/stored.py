"""How far the chain of a stopped validator goes, by the engines' own tools."""

import http.client
import json
import re
import subprocess
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from node.validator.home.configuration import LOOPBACK, Site
from node.validator.home.install import Engines
from node.validator.home.keys import CeremonyError

LIMIT_S = 60.0
POLL_S = 0.05
_NUMBER = re.compile(r"headBlock\.Number\s*\|\s*(\d+)")
_HASH = re.compile(r"headBlock\.Hash\s*\|\s*(0x[0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Stored:
    """The last block that geth has, its hash, and CometBFT's height; 0 before the first start."""

    geth: int
    head: str
    comet: int


def heights_of(home: Path, site: Site, engines: Engines) -> Stored:
    """Return how far both engines of a stopped home are. Errors: CeremonyError."""
    number, head = _geth(home, engines)
    return Stored(number, head, _comet(home, site, engines))


def _geth(home: Path, engines: Engines) -> tuple[int, str]:
    data = home / "geth" / "data"
    if not (data / "geth" / "chaindata").exists():
        return 0, ""
    done = subprocess.run(
        [str(engines.geth), "db", "metadata", "--datadir", str(data)],
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT_S,
    )
    number, head = _NUMBER.search(done.stdout), _HASH.search(done.stdout)
    if number is None or head is None:
        raise CeremonyError(f"geth cannot read {data}: {done.stderr.strip()[-300:]}")
    return int(number[1]), head[1]


def _comet(home: Path, site: Site, engines: Engines) -> int:
    """Ask CometBFT's inspector, which opens the stores and takes no part in consensus."""
    if not (home / "comet" / "data" / "blockstore.db").exists():
        return 0
    words = [
        "inspect",
        "--home",
        str(home / "comet"),
        "--rpc.laddr",
        f"tcp://{LOOPBACK}:{site.comet_rpc_port}",
    ]
    process = subprocess.Popen(
        [str(engines.comet), *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        deadline_at = time.monotonic() + LIMIT_S
        while process.poll() is None and time.monotonic() < deadline_at:
            with suppress(OSError, ValueError, KeyError, http.client.HTTPException):
                return _last_height(site.comet_rpc_port)
            time.sleep(POLL_S)
    finally:
        process.terminate()
        _, told = process.communicate(timeout=LIMIT_S)
    raise CeremonyError(f"CometBFT cannot read {home / 'comet'}: {told.strip()[-300:]}")


def _last_height(port: int) -> int:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5.0)
    with closing(connection):
        connection.request("GET", "/blockchain")
        document: dict[str, Any] = json.loads(connection.getresponse().read())
    return int(document["result"]["last_height"])
