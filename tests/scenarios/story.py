"""Table stories as text: what a file says, checked before anything runs.

    # What the group shows, in English and Chinese. 这一组故事说明什么。
    # Source: domain.md, premium collection.
    cast ANN BEN
    fund ANN.MEDICAL 1000.00

    == a transfer waits until it is accepted
    # One sentence for people who know the field, and the sum. 一句话说明。
    transfer ANN BEN 400.00
    transfer ANN BEN 0.01       ! TransferPending
    balance  ANN.MEDICAL 600.00 held=400.00

The rows before the first `==` run before each story of the file. A row is a verb, its columns, and
named columns `key=value`; `! Name` at its end expects that refusal. Verbs are functions registered
with `verb`, in modules by subject. Features that a remark quotes (P12) count for that story's test.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

Verb = Callable[..., None]
VERBS: dict[str, Verb] = {}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
ENGLISH = re.compile(r"[A-Za-z]{3}")
SOURCE = re.compile(r"Source: domain\.md, \w+")
FEATURE = re.compile(r"\b[SPM][0-9]{2}\b")
ACTOR = re.compile(r"[A-Z][A-Z_0-9]*")
ERROR = re.compile(r"[A-Z][A-Za-z]+")


class StoryError(AssertionError):
    """A story and the chain disagree, or a row cannot be read; the text names file and line."""


def verb(name: str) -> Callable[[Verb], Verb]:
    """Register a function `f(stage, columns…, *, named columns…)` as a verb of stories."""

    def register(function: Verb) -> Verb:
        assert name not in VERBS, f"two verbs are called {name}"
        VERBS[name] = function
        return function

    return register


@dataclass(frozen=True)
class Step:
    """One row: verb, columns, named columns, and the error it expects, empty for none."""

    location: str
    verb: str
    words: tuple[str, ...]
    named: dict[str, str]
    error: str

    @property
    def names(self) -> set[str]:
        """Return every name that the row could mean: `HOSPITAL` of `at=HOSPITAL.RECEIVABLE`."""
        cells = ",".join((*self.words, *self.named.values())).split(",")
        return {cell.partition(".")[0] for cell in cells}


@dataclass
class Story:
    """One story: its title, what is said about it, its own rows."""

    title: str
    location: str
    remarks: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    @property
    def features(self) -> list[str]:
        """Return the ids of the features that the remarks quote, in order, each once."""
        return sorted(set(FEATURE.findall(" ".join(self.remarks))))


@dataclass
class Group:
    """One file: who plays, the rows that run before each story, the stories."""

    name: str
    cast: frozenset[str] = frozenset()
    opening: list[Step] = field(default_factory=list)
    stories: list[Story] = field(default_factory=list)

    @property
    def stem(self) -> str:
        """Return the file's name without its ending."""
        return self.name.removesuffix(".txt")


def read(path: Path) -> Group:
    """Return the stories of a file. Errors: StoryError for whatever cannot be read."""
    return parse(path.read_text(encoding="utf-8"), name=path.name)


def parse(text: str, *, name: str) -> Group:
    """Return the stories of a text. Errors: StoryError for the first thing that is wrong."""
    group, head = Group(name), Story("the head of the file", f"{name}:1")
    current = head
    for number, line in enumerate(map(str.strip, text.splitlines()), start=1):
        location = f"{name}:{number}"
        if line.startswith("#"):
            current.remarks.append(line)
        elif line.startswith("=="):
            current = Story(line.removeprefix("==").strip(), location)
            group.stories.append(current)
        elif line.split()[:1] == ["cast"]:
            group.cast = _cast(group, line.split()[1:], is_first=not head.steps, location=location)
        elif line:
            current.steps.append(_step(line, location))
    group.opening = head.steps
    _check(group, head)
    return group


def _cast(group: Group, names: list[str], *, is_first: bool, location: str) -> frozenset[str]:
    if group.cast or group.stories or not is_first:
        raise StoryError(f"{location}: the cast is named once, before everything else")
    if not names or len(set(names)) < len(names) or not all(map(ACTOR.fullmatch, names)):
        raise StoryError(f"{location}: a cast is different names in capitals")
    return frozenset(names)


def _step(line: str, location: str) -> Step:
    action, mark, error = line.partition("!")
    first, *cells = action.split() or [""]
    if first not in VERBS:
        raise StoryError(f"{location}: no verb is called {first!r}")
    if mark and not ERROR.fullmatch(error.strip()):
        raise StoryError(f"{location}: no error's name is {error.strip()!r}")
    words = tuple(cell for cell in cells if "=" not in cell)
    pairs = [cell.split("=", 1) for cell in cells if "=" in cell]
    named = dict(pairs)
    if len(named) < len(pairs) or not all(named.values()):
        raise StoryError(f"{location}: a named column stands twice or is empty")
    signature = inspect.signature(VERBS[first])
    try:
        signature.bind(None, *words, **named)
    except TypeError as failure:
        raise StoryError(f"{location}: {first}: {failure}") from None
    for key in named:
        if signature.parameters[key].kind is not inspect.Parameter.KEYWORD_ONLY:
            raise StoryError(f"{location}: {first}: {key} is a column without a name")
    return Step(location, first, words, named, error.strip())


def _check(group: Group, head: Story) -> None:
    """Refuse what no single row shows: missing remarks, empty stories, actors without a part."""
    if not any(map(SOURCE.search, head.remarks)):
        raise StoryError(f"{head.location}: the head says no 'Source: domain.md, SUBJECT'")
    if not group.stories:
        raise StoryError(f"{head.location}: a file without a story")
    titles = [story.title for story in group.stories]
    for story in (head, *group.stories):
        said = " ".join(story.remarks)
        if not (CHINESE.search(said) and ENGLISH.search(said)):
            raise StoryError(f"{story.location}: {story.title!r} is not told in both languages")
        if story is not head and not (story.title and story.steps):
            raise StoryError(f"{story.location}: a story has a title and rows")
        if titles.count(story.title) > 1:
            raise StoryError(f"{story.location}: two stories are called {story.title!r}")
    played = set().union(*(step.names for steps in (head, *group.stories) for step in steps.steps))
    for name in sorted(group.cast - played):
        raise StoryError(f"{head.location}: {name} is in the cast and has no part")
