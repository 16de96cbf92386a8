"""What is simulated, what is not, and how a refused batch is taken apart (P54, ADR 12)."""

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from node.db.unit_of_work import Database
from node.relayer import submitter as module
from node.relayer.batches import Batch, GasBudget, GasBudgets, pack
from node.relayer.endpoint import Endpoint
from node.relayer.settings import RelayerSettings
from node.relayer.signer import KeySigner
from node.relayer.submitter import GAS_TOO_LOW, TRUSTED_S, Submitter
from tests.unit.relayer.test_batches import leased, sweep

BUDGETS = GasBudgets({}, default=GasBudget(10_000))
ROLE = "AccessManagedUnauthorized"
Judge = Callable[[Batch], str | None]


class Sifter:
    """A submitter whose simulations are decided by a test and kept."""

    def __init__(self, judge: Judge, **settings: Any) -> None:
        nothing = cast("Any", None)
        self.simulated: list[tuple[int, ...]] = []
        self.judge = judge
        self.submitter = Submitter(
            cast("Database", nothing),
            cast("Endpoint", nothing),
            signer=KeySigner(b"\x01" * 32),
            settings=RelayerSettings(
                owner="one", chain_id=1, router="0x" + "ab" * 20, budgets=BUDGETS, **settings
            ),
        )
        self.submitter._simulate = self._simulate  # type: ignore[method-assign]

    async def _simulate(self, batch: Batch) -> str | None:
        self.simulated.append(batch.row_ids)
        return self.judge(batch)

    async def sift(self, *rows: Any) -> tuple[list[tuple[int, ...]], dict[int, str]]:
        """Sift one batch of rows; return the batches that may go and who was refused for what."""
        (batch,) = pack(rows, BUDGETS)
        good, refused = await self.submitter._sift(batch)
        return [one.row_ids for one in good], {one.leased.id: one.reason_code for one in refused}


def rows(*numbers: int, attempts: int = 1) -> list[Any]:
    return [leased(number, attempts=attempts) for number in numbers]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A monotonic clock that a test moves."""
    found = SimpleNamespace(now=1_000.0, time_ns=time.time_ns)
    found.monotonic = lambda: found.now
    monkeypatch.setattr(module, "time", found)
    return found


class TestSplit:
    async def test_batch_that_passes__goes_whole_after_one_simulation(self):
        sifter = Sifter(lambda _batch: None)
        assert await sifter.sift(*rows(1, 2, 3)) == ([(1, 2, 3)], {})
        assert sifter.simulated == [(1, 2, 3)]

    async def test_too_little_gas__splits_until_it_is_enough_and_keeps_the_parts_apart(self):
        """Together they would be short of gas again; nothing is refused for it."""
        sifter = Sifter(lambda batch: GAS_TOO_LOW if len(batch.items) > 2 else None)
        assert await sifter.sift(*rows(*range(8))) == ([(0, 1), (2, 3), (4, 5), (6, 7)], {})

    async def test_item_that_needs_more_gas_than_there_is__is_refused_alone(self):
        sifter = Sifter(lambda batch: GAS_TOO_LOW if 5 in batch.row_ids else None)
        good, refused = await sifter.sift(*rows(*range(8)))
        assert refused == {5: GAS_TOO_LOW}
        assert sorted(one for part in good for one in part) == [0, 1, 2, 3, 4, 6, 7]

    @pytest.mark.parametrize("spoilers", [{0}, {7}, {3, 4}, {0, 2, 4, 6}])
    async def test_items_that_spoil_a_batch__are_refused_and_the_others_go_together(
        self, spoilers: set[int]
    ):
        sifter = Sifter(lambda batch: "Spoilt" if spoilers & set(batch.row_ids) else None)
        good, refused = await sifter.sift(*rows(*range(8)))
        assert refused == dict.fromkeys(spoilers, "Spoilt")
        assert good == [tuple(one for one in range(8) if one not in spoilers)]

    async def test_refusal_of_an_empty_batch_too__refuses_all_without_searching(self):
        """The cause is the role, the pause or the address: no item is to blame."""
        sifter = Sifter(lambda _batch: ROLE)
        assert await sifter.sift(*rows(1, 2, 3, 4)) == ([], dict.fromkeys((1, 2, 3, 4), ROLE))
        assert sifter.simulated == [(1, 2, 3, 4), ()]


class TestSkippedSimulation:
    """ADR 12: fresh items follow one that passed a moment ago."""

    async def test_fresh_batches__are_simulated_once_in_a_while(self, clock: SimpleNamespace):
        sifter = Sifter(lambda _batch: None)
        for number, at in ((1, 0.0), (2, 0.5), (3, TRUSTED_S - 0.01), (4, TRUSTED_S), (5, 1.5)):
            clock.now = 1_000.0 + at
            assert await sifter.sift(*rows(number)) == ([(number,)], {})
        assert sifter.simulated == [(1,), (4,)]

    async def test_item_tried_before__is_always_simulated(self, clock: SimpleNamespace):
        sifter = Sifter(lambda _batch: None)
        await sifter.sift(*rows(1))
        await sifter.sift(*rows(2), *rows(3, attempts=2))
        assert sifter.simulated == [(1,), (2, 3)]

    async def test_refusal__ends_the_trust(self, clock: SimpleNamespace):
        sifter = Sifter(lambda _batch: None)
        await sifter.sift(*rows(1))
        sifter.judge = lambda batch: ROLE
        await sifter.sift(*rows(2, attempts=2))
        assert await sifter.sift(*rows(3)) == ([], {3: ROLE})

    async def test_first_batch__is_never_trusted(self, clock: SimpleNamespace):
        clock.now = 0.0
        sifter = Sifter(lambda _batch: ROLE)
        assert await sifter.sift(*rows(1)) == ([], {1: ROLE})

    async def test_simulation_switched_off__is_never_made(self):
        sifter = Sifter(lambda _batch: ROLE, simulate=False)
        assert await sifter.sift(*rows(1, attempts=3)) == ([(1,)], {})
        assert sifter.simulated == []

    async def test_sweep__is_not_for_the_router_and_goes_unsimulated(self):
        sifter = Sifter(lambda _batch: ROLE)
        assert await sifter.sift(sweep(9)) == ([(9,)], {})
        assert sifter.simulated == []
