"""Every story in tests/scenarios/stories, and that the runner sees what is wrong with one."""

from pathlib import Path

import pytest

from tests.fixtures.evm.world import World
from tests.scenarios import wallet_verbs
from tests.scenarios.runner import VERBS, StoryError, parse, run

STORIES = sorted((Path(__file__).parent / "stories").glob("*.txt"))
SUBJECTS = (wallet_verbs,)


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_story__runs_as_written(path: Path, world: World) -> None:
    """P01, P02, P08, P12: the comments of each story quote what it shows."""
    assert run(path, world) > 0


class TestRunner:
    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            ("balance ANN CASH 1", "got 0 available"),
            ("transfer ANN BEN 1", "expected success, got"),
            ("withdraw ANN 1 ! WalletNotOpen", "expected WalletNotOpen, got"),
            ("balance ANN CASH 0 ! InvalidAmount", "expected InvalidAmount, got success"),
            ("fund NOBODY CASH 1", "nobody is called NOBODY"),
            ("clock", "missing 1 required"),
        ],
    )
    def test_difference__names_file_and_line(
        self, tmp_path: Path, world: World, text: str, complaint: str
    ) -> None:
        path = tmp_path / "story.txt"
        path.write_text(f"# a comment\n\n{text}\n")
        with pytest.raises(StoryError, match=rf"story\.txt:3: .*{complaint}"):
            run(path, world)

    @pytest.mark.parametrize("line", ["dance ANN", "void h1 !", "! HoldUnknown"])
    def test_unreadable_line__is_refused(self, line: str) -> None:
        with pytest.raises(StoryError, match="line 1: cannot read"):
            parse(line)

    def test_every_verb__says_what_it_does(self) -> None:
        assert all(function.__doc__ for function in VERBS.values())
