"""Which tests share a worker: those of one module, and those that would disturb each other.

The marks of xdist for this are not used: the version of pytest that we have does not let a plugin
change the id of a test, by which xdist would know them, and then each test goes anywhere.
"""

from __future__ import annotations

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

ON_NETWORKS = "tests/chaos/validators/"


class WorkerPerModule(LoadScopeScheduling):
    """Gives all tests of a module to one worker: what a module sets up is set up once."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid, engine=self.config.getoption("--engine"))


def group_of(nodeid: str, *, engine: str) -> str:
    """Return the name of the group that a test belongs to, by its id and the engine of the run."""
    module = nodeid.partition("::")[0]
    if module.startswith(ON_NETWORKS):
        return module  # a network of its own, on ports of its own
    if module.startswith("tests/chaos/"):
        return "chaos"  # they measure and kill on one machine
    if engine == "validators":
        return "network"  # one network serves all tests of the run
    return module


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> WorkerPerModule:
    """Answer xdist's question, whatever `--dist` says."""
    # In the order of the folders: those with few and long tests come before the thousands of units.
    config.option.loadscopereorder = False
    return WorkerPerModule(config, log)
