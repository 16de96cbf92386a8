"""What no program runs is found; a name is allowed only while nothing runs it."""

from scripts.dead_code import ALLOWED, findings, unused


class TestFindings:
    def test_our_tree__has_none(self) -> None:
        assert findings(unused()) == []

    def test_planted_function__is_named_with_its_place(self) -> None:
        planted = unused() | {"forgotten": "node/desk/clock.py:9: function forgotten"}
        assert findings(planted) == ["node/desk/clock.py:9: function forgotten: nothing runs it"]

    def test_allowed_name_in_use__has_to_go_from_the_list(self) -> None:
        name = next(iter(ALLOWED.values()))[0]
        found = {known: place for known, place in unused().items() if known != name}
        assert findings(found) == [f"ALLOWED: {name} is in use or gone"]
