"""What is wrong with a request is said in both languages: no sentence of the API stays English."""

import ast
import copy
import pickle
import re
from collections.abc import Iterator
from string import Formatter

import pytest

from node.api.faults import FORMS
from node.api.schemas.shapes import WANTED
from node.domain.errors import MalformedBody
from node.domain.language import Language
from node.domain.said import said
from node.domain.wording import detail, reason_in_words
from node.domain.wording.tables import table
from tests.fixtures.tools import ROOT

SPEAKERS = ("said", "MalformedBody", "refuse", "_refuse")
# Commands speak about files and options; the cases are read by `yibao adjudicate` alone.
ELSEWHERE = re.compile(r"/(cli|devnet|validator)/|/domain/cases/|/intents/documents\.py$")
CHINESE = re.compile("[\u4e00-\u9fff]")
CHINESE_FORMS: dict[str, str] = table("reasons", Language.ZH)


def names_in(form: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(form) if name}


def texts_of(node: ast.AST | None, known: dict[str, str]) -> Iterator[str]:
    """Yield the texts that an argument may be: written there, or in a variable of the module."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.Name) and node.id in known:
        yield known[node.id]
    elif isinstance(node, ast.IfExp):
        yield from texts_of(node.body, known)
        yield from texts_of(node.orelse, known)
    elif isinstance(node, ast.Call) and node.args and isinstance(node.func, ast.Attribute):
        # A table's own words, with a text for all else.
        yield from texts_of(node.args[-1], known) if node.func.attr == "get" else ()


def spoken(source: str) -> Iterator[str]:
    """Yield every sentence that a module says of a faulty request."""
    tree = ast.parse(source)
    known = {
        target.id: node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(node.value.value, str)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in SPEAKERS:
                yield from texts_of(node.args[0], known)


def everything_said() -> set[str]:
    sources = (path for path in (ROOT / "node").rglob("*.py") if not ELSEWHERE.search(str(path)))
    found = {text for path in sources for text in spoken(path.read_text())}
    return found | set(FORMS.values()) | set(WANTED.values())


class TestTable:
    def test_sentences__are_those_that_the_code_says(self) -> None:
        assert everything_said() - CHINESE_FORMS.keys() == set()
        assert CHINESE_FORMS.keys() - everything_said() == set()

    def test_planted_sentence__is_found(self) -> None:
        source = 'form = "b {x}"\nplace.refuse("a" if few else "c")\nraise E(said(form, x=1))'
        assert set(spoken(source)) == {"a", "b {x}", "c"}

    @pytest.mark.parametrize("form", CHINESE_FORMS)
    def test_each_sentence__keeps_its_values_and_is_chinese(self, form: str) -> None:
        chinese = CHINESE_FORMS[form]
        assert names_in(chinese) == names_in(form)
        assert CHINESE.search(chinese)
        assert not re.search("[,;:()]", chinese)


class TestReasonInWords:
    def test_sentence_inside_a_sentence__is_said_in_the_same_language(self) -> None:
        value = said("the value given ({length} characters)", length=18)
        told = said("{value} should be {wanted}", value=value, wanted=said("a list"))
        assert told == "the value given (18 characters) should be a list"
        assert reason_in_words(told, Language.EN) == told
        assert reason_in_words(told, Language.ZH) == "所给的值（18 个字符）应为列表"

    def test_value_of_a_request__is_never_a_form_or_a_sentence(self) -> None:
        hostile = said("{name} is missing", name="{name.__class__} {0} a list")
        assert "{name.__class__} {0} a list" in reason_in_words(hostile, Language.ZH)
        assert (
            reason_in_words(said("{name} is missing", name="a list"), Language.ZH) == "缺少 a list"
        )

    def test_sentence_without_a_translation__stays_as_it_is(self) -> None:
        assert reason_in_words("no such {words}", Language.ZH) == "no such {words}"
        assert reason_in_words(said("all {kinds}", kinds=1), Language.ZH) == "all 1"

    def test_refusal__keeps_one_reason_for_programs_and_has_two_for_people(self) -> None:
        error = MalformedBody(said("{name} is missing", name="receiver"))
        assert error.values() == {"reason": "receiver is missing"}
        assert detail(error.code, error.values(), Language.ZH) == "问题所在：缺少 receiver。"

    def test_refusal__can_be_copied_and_pickled(self) -> None:
        error = MalformedBody(said("{name} is missing", name="{x}"))
        for twin in (copy.copy(error), pickle.loads(pickle.dumps(error))):
            assert twin.reason == "{x} is missing"
            assert reason_in_words(twin.reason, Language.ZH) == "缺少 {x}"
