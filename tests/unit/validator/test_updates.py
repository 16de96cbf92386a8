"""network.md "Who validates": no update reaches CometBFT that would stop every node."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.validator.bridge.engine import EngineError
from node.validator.bridge.updates import (
    POWER,
    Change,
    Drop,
    Registry,
    Update,
    address_of,
    applied,
    updates_of,
)

KEYS = [bytes([place]) * 32 for place in range(1, 9)]
FOUR = frozenset(address_of(key) for key in KEYS[:4])
FIVE = frozenset(address_of(key) for key in KEYS[:5])


class TestPower:
    @pytest.mark.parametrize("validators", range(4, 100))
    def test_nobody__is_a_third_by_whole_division(self, validators: int) -> None:
        """CometBFT asks so whether it has to take part at once; four of power one would have to."""
        assert validators * POWER // 3 > POWER


class TestDrops:
    @pytest.mark.parametrize(
        ("change", "current", "drop"),
        [
            (Change(removed=KEYS[5]), FIVE, Drop.ABSENT),
            (Change(added=KEYS[0]), FOUR, Drop.PRESENT),
            (Change(removed=KEYS[5], added=KEYS[6]), FIVE, Drop.ABSENT),
            (Change(removed=KEYS[0], added=KEYS[1]), FIVE, Drop.PRESENT),
            (Change(removed=KEYS[0], added=KEYS[0]), FIVE, Drop.DUPLICATE),
            (Change(removed=KEYS[0]), FOUR, Drop.TOO_FEW),
            (Change(added=b"\x01" * 31), FOUR, Drop.KEY_SIZE),
            (Change(removed=b"\x01" * 33), FIVE, Drop.KEY_SIZE),
        ],
    )
    def test_bad_update__is_dropped_by_name(
        self, change: Change, current: frozenset[bytes], drop: Drop
    ) -> None:
        assert updates_of(change, current=current, minimum=4) == ((), drop)

    def test_good_updates__are_passed_on(self) -> None:
        assert updates_of(Change(), current=FOUR, minimum=4) == ((), None)
        assert updates_of(Change(added=KEYS[4]), current=FOUR, minimum=4) == (
            (Update(KEYS[4], 10),),
            None,
        )
        assert updates_of(Change(removed=KEYS[4]), current=FIVE, minimum=4) == (
            (Update(KEYS[4], 0),),
            None,
        )
        assert updates_of(Change(KEYS[0], KEYS[4]), current=FOUR, minimum=4) == (
            (Update(KEYS[0], 0), Update(KEYS[4], 10)),
            None,
        )

    @given(
        st.lists(
            st.tuples(st.sampled_from([b"", *KEYS]), st.sampled_from([b"", *KEYS])), max_size=30
        )
    )
    def test_any_changes__keep_the_minimum(self, changes: list[tuple[bytes, bytes]]) -> None:
        current = FOUR
        for removed, added in changes:
            updates, _ = updates_of(Change(removed, added), current=current, minimum=4)
            following = applied(current, updates)
            assert len(following) >= 4
            assert len(following) - len(current) == sum(1 if one.power else -1 for one in updates)
            current = following


class FakeEngine:
    """Answers the registry's views from a dictionary of changes by block."""

    def __init__(self, changes: dict[int, Change], *, minimum: int = 4) -> None:
        self.changes, self.minimum = changes, minimum
        self.asked_at: set[bytes] = set()
        self.short = False

    async def read(self, address: str, data: bytes, *, at: bytes) -> bytes:
        self.asked_at.add(at)
        if len(data) == 4:
            return self.minimum.to_bytes(32, "big")
        change = self.changes.get(int.from_bytes(data[4:], "big"), Change())
        answer = (change.removed or bytes(32)) + (change.added or bytes(32))
        return answer[:40] if self.short else answer


class TestRegistry:
    async def _told(self, engine: FakeEngine, height: int, signers: frozenset[bytes]):
        registry = Registry(engine, "0x00")  # type: ignore[arg-type]
        return await registry.updates(height=height, parent=b"parent", signers=signers)

    async def test_change_of_the_block_before__is_told_now(self) -> None:
        engine = FakeEngine({9: Change(added=KEYS[4])})
        assert await self._told(engine, 10, FOUR) == ((Update(KEYS[4], 10),), None)
        assert await self._told(engine, 11, FOUR) == ((), None)
        assert engine.asked_at == {b"parent"}

    async def test_changes_under_way__count(self) -> None:
        """A key added two blocks ago is not in the commit yet, and still cannot be added twice."""
        twice = FakeEngine({8: Change(added=KEYS[4]), 9: Change(added=KEYS[4])})
        assert await self._told(twice, 10, FOUR) == ((), Drop.PRESENT)
        back = FakeEngine({7: Change(added=KEYS[4]), 9: Change(removed=KEYS[4])})
        assert await self._told(back, 10, FOUR) == ((Update(KEYS[4], 0),), None)
        both = FakeEngine({8: Change(removed=KEYS[4]), 9: Change(removed=KEYS[3])})
        assert await self._told(both, 10, FIVE) == ((), Drop.TOO_FEW)

    async def test_first_block__has_nothing_before_it(self) -> None:
        assert await self._told(FakeEngine({}), 1, frozenset()) == ((), None)

    async def test_answer_of_another_size__is_an_error_not_no_change(self) -> None:
        engine = FakeEngine({9: Change(added=KEYS[4])})
        engine.short = True
        with pytest.raises(EngineError):
            await self._told(engine, 10, FOUR)
