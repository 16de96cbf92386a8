"""Pairs of routes: what the API prepares, exactly one route takes signed (node/api/pairs.py)."""

import ast
import json
from collections import Counter
from itertools import chain

import pytest

from node.api.feature import Feature
from node.api.pairs import MoneyRouter
from node.features.declarations.service import ALLOWED as IN_STAFF_FILES
from node.intents.messages import IntentKind
from node.served import FEATURES
from tests.fixtures.tools import ROOT

STAFF_FILE = "/v1/employers/{employer_id}/declarations"
"""Takes whole files of declarations with their payments; of both, single payments have a route."""
ONLY_IN_STAFF_FILES = {IntentKind.DECLARE_WAGE}
PREPARING = "/intents"
DESCRIPTION = json.loads((ROOT / "docs" / "openapi.json").read_text())
PREPARED_AT = sorted(path for path in DESCRIPTION["paths"] if path.endswith(PREPARING))


def taken_by(feature: Feature) -> dict[str, tuple[IntentKind, ...]]:
    """Return which kinds the routes of a noun take, by path."""
    routers = [router for router in feature.routers if isinstance(router, MoneyRouter)]
    return {path: kinds for router in routers for path, kinds in router.taken.items()}


TAKEN = {path: kinds for feature in FEATURES for path, kinds in taken_by(feature).items()}


def named_in_service(feature: Feature) -> set[IntentKind]:
    """Return the kinds that the source of a noun's service names: it prepares those."""
    path = ROOT / "node" / "features" / feature.name / "service.py"
    tree = ast.walk(ast.parse(path.read_text() if path.exists() else ""))
    attributes = {ast.unparse(one) for one in tree if isinstance(one, ast.Attribute)}
    return {kind for kind in IntentKind if f"{IntentKind.__name__}.{kind.name}" in attributes}


class TestKinds:
    def test_kind__is_taken_by_one_route_only(self) -> None:
        times = Counter(chain.from_iterable(TAKEN.values()))
        assert {kind.name: count for kind, count in times.items() if count > 1} == {}

    @pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
    def test_kinds_that_a_noun_prepares__are_those_its_routes_take(self, feature: Feature) -> None:
        wanted = set(chain.from_iterable(taken_by(feature).values()))
        if feature.name == "declarations":
            wanted = set(IN_STAFF_FILES)
        assert named_in_service(feature) == wanted

    def test_staff_file__takes_what_no_single_route_does(self) -> None:
        assert set(IN_STAFF_FILES) - set(chain(*TAKEN.values())) == ONLY_IN_STAFF_FILES


class TestPaths:
    def test_path_that_prepares__has_a_partner_that_takes(self) -> None:
        assert {path.removesuffix(PREPARING) for path in PREPARED_AT} == {*TAKEN, STAFF_FILE}

    @pytest.mark.parametrize("path", [one for one in PREPARED_AT if STAFF_FILE not in one])
    def test_prepared_examples__are_of_kinds_that_the_partner_takes(self, path: str) -> None:
        answer = DESCRIPTION["paths"][path]["post"]["responses"]["200"]
        examples = answer["content"]["application/json"]["examples"].values()
        prepared = {IntentKind[one["value"]["intent"]["kind"]] for one in examples}
        assert prepared
        assert prepared <= set(TAKEN[path.removesuffix(PREPARING)])
