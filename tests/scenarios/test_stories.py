"""Every story in tests/scenarios/stories, on a network that is brought back after each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.evm.world import World
from tests.scenarios import claim_verbs, premium_verbs, wallet_verbs
from tests.scenarios.runner import Play
from tests.scenarios.story import VERBS, Group, Story, read

SUBJECTS = (wallet_verbs, premium_verbs, claim_verbs)
GROUPS = [read(path) for path in sorted((Path(__file__).parent / "stories").glob("*.txt"))]
STORIES = [
    pytest.param(group, story, id=" ".join((f"{group.stem}: {story.title}", *story.features)))
    for group in GROUPS
    for story in group.stories
]


class Stages:
    """Plays groups on one network; the opening of a group runs once for all of its stories."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._back = world.snapshot()
        self._open: tuple[Group, Play] | None = None

    def play(self, group: Group) -> Play:
        """Return a group after its opening."""
        if self._open is None or self._open[0] is not group:
            self.close()
            self._back = self._world.snapshot()
            self._open = (group, Play(group, self._world))
        return self._open[1]

    def close(self) -> None:
        """Bring the network back to where no group has played."""
        self._back()
        self._open = None


@pytest.fixture(scope="module")
def stages(deployed_world: World) -> Iterator[Stages]:
    """Return the network for all stories of this module."""
    stages = Stages(deployed_world)
    yield stages
    stages.close()


@pytest.mark.parametrize(("group", "story"), STORIES)
def test_story__runs_as_written(group: Group, story: Story, stages: Stages) -> None:
    """The id of each test names the features that the story's remarks quote."""
    assert stages.play(group).run(story) > 0


def test_every_verb__is_told_and_played() -> None:
    rows = [step for group in GROUPS for step in group.opening]
    rows += [step for group in GROUPS for story in group.stories for step in story.steps]
    assert {row.verb for row in rows} == set(VERBS)
    assert all(function.__doc__ for function in VERBS.values())
