"""Rules for the whole suite: folder markers, seed and profiles, closed sockets, the long suite."""

import logging
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_socket
import structlog
from hypothesis import HealthCheck, settings

# The keccak backend is chosen before a test imports anything of the node.
os.environ.setdefault("ETH_HASH_BACKEND", "pysha3")

pytest_plugins = [
    *("tests.plugins.feature_results", "tests.plugins.workers", "tests.fixtures.database.postgres"),
    *(
        "tests.fixtures.database.databases",
        "tests.fixtures.evm.world",
        "tests.fixtures.evm.premiums",
    ),
    *(
        "tests.fixtures.chain.anvil",
        "tests.fixtures.validator.networks",
        "tests.fixtures.chain.live_chain",
    ),
    "tests.fixtures.chain.pipeline",
    *(
        "tests.fixtures.evm.claims",
        "tests.fixtures.chain.anvil_world",
        "tests.fixtures.validator.bridge",
    ),
]

TESTS = Path(__file__).parent
KINDS = (
    *("unit", "contracts", "scenarios", "invariants"),
    *("integration", "e2e", "chaos", "architecture"),
)
SEED_VARIABLE = "YIBAO_SEED"

# No deadline: a shared machine is slow now and then, and a slow example is not a wrong one.
settings.register_profile("ordinary", max_examples=100, deadline=None, print_blob=True)
settings.register_profile(
    "long",
    max_examples=5_000,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the switch for the long suite."""
    parser.addoption(
        "--long",
        action="store_true",
        default=os.environ.get("YIBAO_LONG") == "1",
        help="also run tests marked long, and more examples per property (or YIBAO_LONG=1)",
    )
    parser.addoption(
        "--validators",
        action="store_true",
        default=os.environ.get("YIBAO_VALIDATORS") == "1",
        help="also run tests on whole validator networks, which need the engines"
        " (or YIBAO_VALIDATORS=1)",
    )
    parser.addoption(
        "--engine",
        choices=("anvil", "validators"),
        default="anvil",
        help="the chain of tests marked any_engine; validators needs --validators too",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Choose seed and profile before Hypothesis reads them; xdist workers inherit both."""
    seed = os.environ.setdefault(SEED_VARIABLE, str(random.SystemRandom().randrange(2**32)))
    if getattr(config.option, "hypothesis_seed", None) is None:
        config.option.hypothesis_seed = seed
    os.environ[SEED_VARIABLE] = str(config.option.hypothesis_seed)
    settings.load_profile("long" if config.getoption("--long") else "ordinary")


def pytest_report_header(config: pytest.Config) -> str:
    """Print what repeats this run."""
    seed = os.environ[SEED_VARIABLE]
    suite = "long" if config.getoption("--long") else "ordinary"
    return f"yibao: suite {suite}, seed {seed} ({SEED_VARIABLE}={seed} repeats it)"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark each test with its folder, skip what is long or needs another engine."""
    on_validators = config.getoption("--engine") == "validators"
    if on_validators and not config.getoption("--validators"):
        raise pytest.UsageError("--engine validators needs --validators")
    for item in items:
        if TESTS not in item.path.parents:
            continue
        kind = item.path.relative_to(TESTS).parts[0]
        if kind in KINDS:
            item.add_marker(kind)
        fits = item.get_closest_marker("any_engine") or item.get_closest_marker("validators")
        if on_validators and not fits:
            reason = "it sets the chain's clock or needs anvil: --engine anvil"
            item.add_marker(pytest.mark.skip(reason=reason))
        if item.get_closest_marker("long") and not config.getoption("--long"):
            item.add_marker(pytest.mark.skip(reason="long suite: --long or YIBAO_LONG=1"))
        if item.get_closest_marker("validators") and not config.getoption("--validators"):
            reason = "validator networks: --validators or YIBAO_VALIDATORS=1"
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(autouse=True)
def _closed_sockets(request: pytest.FixtureRequest) -> Iterator[None]:
    """Keep unit tests off the network; a socket pair of the event loop is not a network."""
    if request.node.get_closest_marker("unit") is None:
        yield
        return
    pytest_socket.disable_socket(allow_unix_socket=True)
    yield
    pytest_socket.enable_socket()


@pytest.fixture(autouse=True)
def _own_logs() -> Iterator[None]:
    """Take back what a command run inside a test did to the logs: its streams end with the test."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    configuration = structlog.get_config()
    yield
    structlog.configure(**configuration)
    root.handlers[:], root.level = before, level


@pytest.fixture(scope="session")
def seed() -> int:
    """Return the seed of the run, for tests that draw their own random numbers."""
    return int(os.environ[SEED_VARIABLE])


@pytest.fixture
def rng(seed: int, request: pytest.FixtureRequest) -> random.Random:
    """Return a generator of this test: the same numbers for the same seed in any order of tests."""
    return random.Random(f"{seed}:{request.node.path.name}:{request.node.name}")
