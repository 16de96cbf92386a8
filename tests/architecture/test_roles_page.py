"""docs/roles.md says who may call which route, as the features' tables do."""

from dataclasses import replace

from node.api.access import ANYBODY, Access
from node.domain.roles import Role
from node.served import FEATURES, role_table
from scripts.build_roles import MAY, NO_TOKEN, PAGE, rendered


def read_back(page: str) -> Access:
    """Return who may call each route, as a reader of the page sees it."""
    found: Access = {}
    heads: list[str] = []
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if not cells or set(cells[0]) == {"-"}:
            continue
        if cells[0] == "route":
            heads = cells[2:]
            continue
        marked = [head for head, cell in zip(heads, cells[2:], strict=True) if cell == MAY]
        method, path = cells[0].strip("`").split()
        assert (method, path) not in found
        everybody = NO_TOKEN in marked
        assert not everybody or marked == heads
        roles = ANYBODY if everybody else frozenset(Role(one) for one in marked)
        found = {**found, (method, path): roles}
    return found


class TestPage:
    def test_every_row_of_every_table__is_on_the_page(self) -> None:
        assert read_back(rendered()) == role_table()

    def test_committed_page__is_what_the_tables_say(self) -> None:
        assert PAGE.read_text() == rendered(), "run scripts/build_roles.py"

    def test_routes_of_sandboxes_only__say_so(self) -> None:
        marked = [line for line in rendered().splitlines() if "(sandboxes only)" in line]
        paths = {path for one in FEATURES if one.sandbox_only for _, path in one.access}
        assert len(marked) == len(paths) > 0
        assert all(any(f" {path}`" in line for path in paths) for line in marked)

    def test_other_role_in_a_row__changes_the_page(self) -> None:
        first, *others = FEATURES
        route = next(iter(first.access))
        changed = replace(first, access={**first.access, route: ANYBODY})
        assert rendered((changed, *others)) != rendered()
