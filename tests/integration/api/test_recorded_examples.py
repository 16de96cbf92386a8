"""The recorded examples are what a sandbox answers today: the story is played and compared (P59).

Ids, times and amounts differ between two runs; operations, statuses, codes, kinds of intents and
the names of all fields may not.
"""

from pathlib import Path

import pytest

from node.api.examples import recorded
from scripts.examples.shape import shape
from scripts.record_examples import record
from tests.fixtures.tools import require_tool

RECORD = "run scripts/record_examples.py, then scripts/build_openapi.py"


class TestStory:
    @pytest.mark.asyncio
    async def test_played_again__gives_examples_of_the_same_shape(self, tmp_path: Path) -> None:
        require_tool("anvil")
        groups = await record(tmp_path)
        played = {name: one for group in groups.values() for name, one in group.items()}
        kept = recorded()
        assert played.keys() == kept.keys(), RECORD
        other = [name for name in kept if shape(played[name]) != shape(kept[name])]
        assert other == [], RECORD
