"""Four or five participants of a registry; each test begins with the same ones."""

from collections.abc import Iterator

import pytest

from tests.fixtures.evm.governance import ADD, Governance
from tests.fixtures.evm.in_process import Chain


@pytest.fixture(scope="module")
def base() -> Governance:
    return Governance(Chain(), participants=4)


@pytest.fixture
def four(base: Governance) -> Iterator[Governance]:
    back = base.chain.snapshot()
    yield base
    back()
    del base.entries[4:]


@pytest.fixture
def five(four: Governance) -> Governance:
    joined = four.entry(4)
    four.decide(ADD, joined.participant, new=joined)
    return four
