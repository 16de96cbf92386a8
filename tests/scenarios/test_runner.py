"""The runner sees what is wrong with a story: in its text, then on the chain row by row."""

import pytest

from node.domain.kinds import Pocket
from tests.fixtures.actors import ANN, word
from tests.fixtures.evm.in_process import Revert
from tests.fixtures.evm.wallet import EXTERNAL
from tests.fixtures.evm.world import World
from tests.scenarios import claim_verbs, premium_verbs, wallet_verbs
from tests.scenarios.book import Book
from tests.scenarios.cells import day, days, fen, ratio_bp, yes, yuan
from tests.scenarios.runner import Play
from tests.scenarios.stage import Stage
from tests.scenarios.story import VERBS, Group, StoryError, parse

SUBJECTS = (wallet_verbs, premium_verbs, claim_verbs)
HEAD = "# Plain words. 说明。\n# Source: domain.md, money.\ncast ANN\nfund ANN.CASH 1.00\n"
TITLE = "== a story\n# What it shows. 说明。\n"
FIRST_ROW = 7


def group_of(*rows: str) -> Group:
    """Return a group with one story whose rows start at FIRST_ROW."""
    return parse(HEAD + TITLE + "\n".join(rows) + "\n", name="story.txt")


class TestParse:
    @pytest.mark.parametrize(
        ("row", "complaint"),
        [
            ("dance ANN", "no verb is called 'dance'"),
            ("! HoldUnknown", "no verb is called ''"),
            ("void h1 !", "no error's name is ''"),
            ("void h1 ! Hold Unknown", "no error's name is 'Hold Unknown'"),
            ("fund ANN.CASH", "missing a required argument: 'amount'"),
            ("hold h1 ANN.CASH 1.00", "missing a required argument: 'seconds'"),
            ("fund ANN.CASH 1.00 2.00", "too many positional arguments"),
            ("balance ANN.CASH 1.00 hold=1.00", "unexpected keyword argument 'hold'"),
            ("balance ANN.CASH 1.00 held=1.00 held=1.00", "a named column stands twice"),
            ("balance ANN.CASH 1.00 held=", "a named column stands twice or is empty"),
            ("fund ANN.CASH amount=1.00", "amount is a column without a name"),
            ("fund ANN.CASH 1.00 # of her own", "too many positional arguments"),
            ("cast BEN", "the cast is named once"),
        ],
    )
    def test_row_that_cannot_be_read__names_file_and_line(self, row: str, complaint: str) -> None:
        with pytest.raises(StoryError, match=rf"^story\.txt:{FIRST_ROW}: .*{complaint}"):
            group_of(row)

    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            (HEAD.replace("ANN\n", "ANN BEN\n") + TITLE + "wait 1", "1: BEN is in the cast and"),
            (HEAD.replace("cast ANN", "cast Ann") + TITLE + "wait 1", "3: a cast is"),
            (HEAD.replace("cast ANN", "cast ANN ANN") + TITLE + "wait 1", "3: a cast is"),
            (HEAD.replace("Source", "From") + TITLE + "wait 1", "1: the head says no 'Source"),
            (HEAD, "1: a file without a story"),
            (HEAD + TITLE, "5: a story has a title and rows"),
            (HEAD + TITLE.replace("a story", "") + "wait 1", "5: a story has a title and rows"),
            (HEAD + "== a story\n# Only English.\nwait 1", "5: 'a story' is not told in both"),
            (HEAD + "== a story\n# 只有中文。\nwait 1", "5: 'a story' is not told in both"),
            (HEAD + f"{TITLE}wait 1\n" * 2, "5: two stories are called 'a story'"),
        ],
    )
    def test_text_that_is_incomplete__names_file_and_line(self, text: str, complaint: str) -> None:
        with pytest.raises(StoryError, match=rf"^story\.txt:{complaint}"):
            parse(text, name="story.txt")

    def test_remarks__quote_features(self) -> None:
        text = HEAD + TITLE.replace("What", "P12, P01 and S5: what") + "wait 1\n# Also P01.\n"
        assert parse(text, name="story.txt").stories[0].features == ["P01", "P12"]


class TestCells:
    @pytest.mark.parametrize("cell", ["1", "1.0", "1.000", "1,00", "1e2", ".10", "+1.00", "١.00"])
    def test_amount_written_otherwise__is_refused(self, cell: str) -> None:
        with pytest.raises(ValueError, match="is not yuan"):
            fen(cell)

    @pytest.mark.parametrize("cell", ["5", "0.5", "5.125%", "-5%", "%"])
    def test_ratio_written_otherwise__is_refused(self, cell: str) -> None:
        with pytest.raises(ValueError, match="is not a ratio"):
            ratio_bp(cell)

    def test_cells__mean_integers(self) -> None:
        assert [fen("400.03"), fen("-0.05"), fen("0.00")] == [40_003, -5, 0]
        assert [yuan(40_003), yuan(-5), yuan(0)] == ["400.03", "-0.05", "0.00"]
        assert [ratio_bp("9.5%"), ratio_bp("0.05%"), ratio_bp("100%")] == [950, 5, 10_000]
        assert days("2026-03-01..2026-03-04") == (day("2026-03-01"), day("2026-03-01") + 3)
        assert (yes("yes"), yes("no")) == (True, False)
        with pytest.raises(ValueError, match="neither yes nor no"):
            yes("true")


class TestRun:
    @pytest.mark.parametrize(
        ("row", "complaint"),
        [
            ("balance ANN.CASH 1.01", "got 1.00 available, 0.00 held"),
            ("balance ANN.CASH 1.00 held=0.01", "got 1.00 available, 0.00 held"),
            ("withdraw ANN 1.01", "expected success, got InsufficientBalance"),
            ("withdraw ANN 1.01 ! WalletNotOpen", "expected WalletNotOpen, got Insufficient"),
            ("balance ANN.CASH 1.00 ! InvalidAmount", "expected InvalidAmount, got success"),
            ("fund BEN.CASH 1.00", "nobody in the cast is called BEN"),
            ("fund ANN 1.00", "members name a pocket"),
            ("fund ANN.GOLD 1.00", "members name a pocket"),
            ("fund ANN.CASH 1", "'1' is not yuan with two digits"),
            ("outside -1.01", "got -1.00"),
            ("owes b1 1.00", "nothing is called b1 here"),
            ("claim v1 SETTLED", "nothing is called v1 here"),
            ("visit v1 ANN clinic/1 at=ANN on=2026-03-02", "nothing is called clinic/1 here"),
            ("today 2026-13-01", "2026-13-01"),
        ],
    )
    def test_difference__names_file_and_line(self, world: World, row: str, complaint: str) -> None:
        group = group_of("wait 1", row)
        with pytest.raises(StoryError, match=rf"^story\.txt:{FIRST_ROW + 1}: .*{complaint}"):
            Play(group, world).run(group.stories[0])

    def test_story_that_holds__counts_its_rows(self, world: World) -> None:
        group = group_of("balance ANN.CASH 1.00", "withdraw ANN 1.01 ! InsufficientBalance")
        assert Play(group, world).run(group.stories[0]) == 2


class TestBook:
    def test_money_that_nobody_paid__is_found(self, world: World) -> None:
        book, stage = Book(world), Stage(world, frozenset({"ANN"}))
        stage.wallets.fund(ANN.account, Pocket.CASH, 100)
        assert book.check()[ANN.account, Pocket.CASH] == (100, 0)
        book.counters[EXTERNAL] = -99
        with pytest.raises(AssertionError, match="made or lost: 1 fen, 0 points"):
            book.check()
        assert book.check(whole=True)[ANN.account, Pocket.CASH] == (100, 0)

    def test_hold_that_nobody_placed__is_found(self, world: World) -> None:
        book, stage = Book(world), Stage(world, frozenset({"ANN"}))
        stage.wallets.fund(ANN.account, Pocket.CASH, 100)
        until = world.now + 100
        stage.wallets.ledger("hold", word("h"), ANN.account, int(Pocket.CASH), 60, until)
        assert book.check()[ANN.account, Pocket.CASH] == (40, 60)
        book.holds.clear()
        with pytest.raises(AssertionError, match="holds 60 fen, its open holds 0"):
            book.check()

    def test_refused_row_that_moved_money__is_found(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def pay_and_refuse(stage: Stage, place: str, amount: str) -> None:
            stage.wallets.fund(*stage.place(place), fen(amount))
            raise Revert("InvalidAmount", (), b"")

        monkeypatch.setitem(VERBS, "fund", pay_and_refuse)
        group = parse(
            HEAD.replace("fund ANN.CASH 1.00\n", "wait 1\n")
            + TITLE
            + "fund ANN.CASH 1.00 ! InvalidAmount\n",
            name="story.txt",
        )
        with pytest.raises(StoryError, match=r"^story\.txt:7: .*a refused step moved money"):
            Play(group, world).run(group.stories[0])
