"""Plays stories: each row on the chain, the refusals it expects, and the book after every row."""

from __future__ import annotations

from collections.abc import Sequence

from tests.fixtures.evm.in_process import Revert
from tests.fixtures.evm.world import World
from tests.scenarios.book import Book
from tests.scenarios.stage import Stage
from tests.scenarios.story import VERBS, Group, Step, Story, StoryError


class Play:
    """A group whose opening has run: its stories start here, each on a network brought back."""

    def __init__(self, group: Group, world: World) -> None:
        self._stage, self._book, self._world = Stage(world, group.cast), Book(world), world
        _play_all(group.opening, self._stage, self._book)

    def run(self, story: Story) -> int:
        """Play one story, bring the network back, and return the number of its rows.

        Errors: StoryError, with file and line, at the first difference.
        """
        back = self._world.snapshot()
        try:
            _play_all(story.steps, self._stage.copy(), self._book.copy())
        finally:
            back()
        return len(story.steps)


def _play_all(steps: Sequence[Step], stage: Stage, book: Book) -> None:
    for step in steps:
        row = f"{step.location}: {step.verb} {' '.join(step.words)}"
        try:
            _play(step, stage, book)
            if step is steps[-1]:
                book.check(whole=True)
        except (AssertionError, LookupError, TypeError, ValueError) as failure:
            text = failure.args[0] if failure.args else type(failure).__name__
            raise StoryError(f"{row}: {text}") from failure


def _play(step: Step, stage: Stage, book: Book) -> None:
    before = book.check() if step.error else {}
    try:
        VERBS[step.verb](stage, *step.words, **step.named)
    except Revert as revert:
        if revert.name != step.error:
            raise StoryError(
                f"expected {step.error or 'success'}, got {revert.name}{revert.values}"
            ) from None
        assert book.check() == before, "a refused step moved money"
    else:
        assert not step.error, f"expected {step.error}, got success"
        book.check()
