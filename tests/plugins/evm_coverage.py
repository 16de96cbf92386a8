"""Writes down which instructions of which contracts ran in the in-process EVM.

Used by scripts/contract_coverage.py: `-p tests.plugins.evm_coverage` with YIBAO_EVM_COVERAGE naming
the folder that gets one file per process. Contracts compiled for it are larger than a chain takes,
so the limit on the size of code is lifted as well.
"""

import json
import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth.vm.code_stream import CodeStream
from eth.vm.forks.spurious_dragon import computation as limits
from eth.vm.opcode_values import JUMPI, STOP

FOLDER_VARIABLE = "YIBAO_EVM_COVERAGE"
# Code → where it was, and (JUMPI, where it went on).
VISITED: defaultdict[bytes, set[int]] = defaultdict(set)
JUMPS: defaultdict[bytes, set[tuple[int, int]]] = defaultdict(set)


def walk(self: Any) -> Iterator[int]:
    """Yield the opcodes as CodeStream.__iter__ does, and note their places."""
    code = self._raw_code_bytes
    visited, jumps = VISITED[code], JUMPS[code]
    while True:
        place = self.program_counter
        try:
            opcode = code[place]
        except IndexError:
            break
        visited.add(place)
        self.program_counter = place + 1
        yield opcode
        if opcode == JUMPI:
            jumps.add((place, self.program_counter))
    yield STOP


def pytest_configure(config: pytest.Config) -> None:
    """Put the recorder into the EVM."""
    limits.EIP170_CODE_SIZE_LIMIT = 2**16
    CodeStream.__iter__ = walk


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write what this process saw."""
    rows = [
        {"code": code.hex(), "visited": sorted(places), "jumps": sorted(JUMPS[code])}
        for code, places in VISITED.items()
        if code
    ]
    path = Path(os.environ[FOLDER_VARIABLE]) / f"{os.getpid()}.json"
    path.write_text(json.dumps(rows))
