"""What a reader of /docs is told, for every route there is: groups, words, headers, roles (P59)."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from node.api.feature import groups_of
from node.api.openapi import place_of
from node.cli.tokens import app as tokens_command
from node.devnet.home.folder import FOLDER, TOKENS_FILE, token_holders
from node.devnet.network.manifest import load_manifest
from node.served import FEATURES, role_table
from tests.fixtures.gateway.description import Document, document, operations

__all__ = ["document"]

LONGEST_SUMMARY = 60
# A summary begins with what its route does.
VERBS = """
Add Ask Cancel Check Declare Deposit Discharge End Enrol Explain Find Follow Issue Link List Name
Open Pay Prepare Propose Publish Quote Read Refund Register Replace Reverse Revoke Send Settle Sign
Withdraw
"""
REFERENCE = re.compile(r"\b[MPS][0-9]{2}\b")


def texts(part: Any) -> Iterator[str]:
    """Yield every summary and description of a document."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name in ("summary", "description") and isinstance(value, str):
                yield value
            yield from texts(value)
    elif isinstance(part, list):
        for value in part:
            yield from texts(value)


class TestGroups:
    def test_groups__come_in_task_order_with_a_sentence_each(self, document: Document) -> None:
        assert [one["name"] for one in document["tags"]] == list(groups_of(FEATURES))
        for one in document["tags"]:
            sentence = one["description"]
            assert sentence[0].isupper(), sentence
            assert sentence.endswith((".", "?")), sentence

    def test_every_route__is_in_one_group_and_no_group_is_empty(self, document: Document) -> None:
        used = [tuple(operation["tags"]) for _, _, operation in operations(document)]
        assert {len(tags) for tags in used} == {1}
        assert {tag for (tag,) in used} == set(groups_of(FEATURES))

    def test_routes__come_in_the_order_of_their_groups(self, document: Document) -> None:
        places = [
            place_of(operation["tags"], groups_of(FEATURES))
            for _, _, operation in operations(document)
        ]
        assert places == sorted(places)

    def test_route_without_a_known_group__is_refused(self) -> None:
        for tags in ([], ["misc"]):
            with pytest.raises(LookupError, match="a route needs the tag"):
                place_of(tags, groups_of(FEATURES))


class TestWords:
    def test_summary__is_a_short_phrase_that_begins_with_a_verb(self, document: Document) -> None:
        for method, path, operation in operations(document):
            first, *others = operation["summary"].split()
            place = f"{method} {path}: {operation['summary']}"
            assert first in VERBS.split(), place
            assert others, place
            assert len(operation["summary"]) <= LONGEST_SUMMARY, place
            assert not operation["summary"].endswith("."), place
            capitals = [word for word in others if word[0].isupper() and not word.isupper()]
            assert capitals in ([], ["Prometheus"]), place

    def test_summaries__are_different(self, document: Document) -> None:
        found = [operation["summary"] for _, _, operation in operations(document)]
        assert len(found) == len(set(found))

    def test_description__says_more_than_the_summary_and_who_may_call(
        self, document: Document
    ) -> None:
        for method, path, operation in operations(document):
            sentence, callers = operation["description"].rsplit("\n\n**Who may call:** ", 1)
            assert sentence.rstrip(".") != operation["summary"], path
            assert sentence.endswith("."), path
            roles = role_table()[method, path]
            assert operation.get("x-roles") == (None if roles is None else sorted(roles)), path
            if roles is None:
                assert callers == "anybody, without a token."
            elif callers != "every role, with a token.":
                assert re.findall(r"`(\w+)`", callers) == sorted(roles), path

    def test_nothing_shown__names_features_of_the_project_or_the_framework(
        self, document: Document
    ) -> None:
        shown = list(texts(document))
        assert [text for text in shown if REFERENCE.search(text)] == []
        assert "Successful Response" not in shown

    def test_no_schema__is_named_after_the_module_it_stands_in(self, document: Document) -> None:
        """Two schemas of one name get the names of their modules, which change with the tree."""
        names = list(document["components"]["schemas"])
        assert names
        assert not [name for name in names if "__" in name]

    def test_every_parameter__is_described(self, document: Document) -> None:
        silent = [
            (path, one["name"])
            for _, path, operation in operations(document)
            for one in operation.get("parameters", [])
            if not one.get("description")
        ]
        assert silent == []

    def test_no_parameter__may_be_null(self, document: Document) -> None:
        """A form then offers the words of a closed list."""
        for _, path, operation in operations(document):
            for one in operation.get("parameters", []):
                assert "anyOf" not in one["schema"], (path, one["name"])
                assert one["schema"].keys() & {"type", "$ref"}, (path, one["name"])


class TestAuthorize:
    def test_every_closed_route__wants_the_one_scheme(self, document: Document) -> None:
        for method, path, operation in operations(document):
            wanted = None if role_table()[method, path] is None else [{"bearer": []}]
            assert operation.get("security") == wanted, path

    def test_dialog__tells_where_a_token_comes_from(self, document: Document) -> None:
        """The words name a command, a file and parties that exist."""
        words = document["components"]["securitySchemes"]["bearer"]["description"]
        (options,) = re.findall(r"`yibao tokens issue (.*)`", words)
        help_text = CliRunner().invoke(tokens_command, ["issue", "--help"]).output
        for option in re.findall(r"--\w+", options):
            assert option in help_text
        assert f"`{FOLDER.name}/{TOKENS_FILE}`" in words
        named = set(re.findall(r"`([A-Z]+)`", words))
        assert named <= {one.party.name for one in token_holders(load_manifest())}
        assert len(named) >= 4


class TestHeaders:
    def test_resource_with_a_tag__may_answer_that_nothing_changed(self, document: Document) -> None:
        for _, path, operation in operations(document):
            names = {one["name"] for one in operation.get("parameters", [])}
            assert ("If-None-Match" in names) == ("304" in operation["responses"]), path
