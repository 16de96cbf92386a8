"""Table stories: one step a line, run in the in-process chain.

    # Full-line comments; blank lines are free.
    fund     ANN MEDICAL 1000
    transfer ANN BEN 400
    transfer ANN BEN 1          ! TransferPending
    balance  ANN MEDICAL 600 400

A line is a verb and its words; amounts are fen. `! Name` at its end expects the step to be refused
with that error. Verbs are functions registered with `verb`, in modules by subject.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.fixtures import actors
from tests.fixtures.evm.in_process import Revert
from tests.fixtures.evm.wallet import Wallets
from tests.fixtures.evm.world import World

Verb = Callable[..., None]
VERBS: dict[str, Verb] = {}


class StoryError(AssertionError):
    """A story and the chain disagree, or a line cannot be read; the text names file and line."""


@dataclass
class Story:
    """What verbs act on: the world, and its money side."""

    world: World
    wallets: Wallets

    def account(self, name: str) -> str:
        """Return the account of a named actor, or of a name that a verb has given meaning."""
        found = getattr(actors, name, None)
        if not isinstance(found, actors.Actor):
            raise StoryError(f"nobody is called {name}")
        return found.account


@dataclass(frozen=True)
class Step:
    """One line: verb, words, and the error it expects, empty for none."""

    line: int
    verb: str
    words: tuple[str, ...]
    error: str


def verb(name: str) -> Callable[[Verb], Verb]:
    """Register a function `f(story, *words)` as a verb of stories."""

    def register(function: Verb) -> Verb:
        assert name not in VERBS, f"two verbs are called {name}"
        VERBS[name] = function
        return function

    return register


def parse(text: str) -> list[Step]:
    """Return the steps of a story. Errors: StoryError for a line that cannot be read."""
    steps = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        action, _, error = line.partition("!")
        words = action.split()
        if not words or words[0] not in VERBS or ("!" in line and not error.strip()):
            raise StoryError(f"line {number}: cannot read {line.strip()!r}")
        steps.append(Step(number, words[0], tuple(words[1:]), error.strip()))
    return steps


def run(path: Path, world: World) -> int:
    """Run a story and return its number of steps. Errors: StoryError at the first difference."""
    story = Story(world, Wallets(world))
    steps = parse(path.read_text())
    for step in steps:
        place = f"{path.name}:{step.line}: {step.verb} {' '.join(step.words)}"
        try:
            VERBS[step.verb](story, *step.words)
        except Revert as revert:
            if revert.name != step.error:
                raise StoryError(
                    f"{place}: expected {step.error or 'success'}, got {revert}"
                ) from None
        except (AssertionError, TypeError, ValueError) as failure:
            raise StoryError(f"{place}: {failure}") from failure
        else:
            if step.error:
                raise StoryError(f"{place}: expected {step.error}, got success")
    return len(steps)
