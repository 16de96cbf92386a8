#!/usr/bin/env python3
"""Write docs/roles.md, which role may call which route, from the features; `--check` compares.

.venv/bin/python scripts/build_roles.py [--check]
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from node.api.access import Allowed  # noqa: E402
from node.api.deps import GuardedRoute  # noqa: E402
from node.api.feature import Feature, groups_of  # noqa: E402
from node.domain.roles import Role  # noqa: E402
from node.served import FEATURES  # noqa: E402
from scripts.generated import write_text  # noqa: E402

PAGE = ROOT / "docs" / "roles.md"
MAY, NO_TOKEN = "●", "no token"
INTRODUCTION = f"""# Who may call which route

Written by `scripts/build_roles.py` from `node/features/*/access.py`; change those.

{MAY} means that a caller under this role, or without a token, is let in. Anybody else gets
`SignInRequired` without a token and `RoleMissing` with one. Whose data a role sees behind a route
is decided there (`NotOwner`): a member reads the own money, not that of others.
"""
HEAD = (
    f"| route | what it does | {NO_TOKEN} | {' | '.join(Role)} |",
    f"|---|---|{':-:|' * (len(Role) + 1)}",
)


def guarded(features: Iterable[Feature]) -> Iterator[tuple[Feature, GuardedRoute]]:
    """Yield the routes of features, each with its feature."""
    for feature in features:
        for router in feature.routers:
            for route in router.routes:
                if isinstance(route, GuardedRoute):
                    yield feature, route


def rendered(features: tuple[Feature, ...] = FEATURES) -> str:
    """Return the page: a table per group of routes, in the order of /docs."""
    parts = [INTRODUCTION]
    for group, about in groups_of(features).items():
        rows = [_row(one, route) for one, route in guarded(features) if group in route.tags]
        parts.append("\n".join([f"## {group}", "", about, "", *HEAD, *rows, ""]))
    return "\n".join(parts)


def _row(feature: Feature, route: GuardedRoute) -> str:
    (method,) = route.methods or {"GET"}
    # A page for people has no summary in the description of the API.
    words = route.summary or route.description.partition("\n")[0].rstrip(".")
    where = " (sandboxes only)" if feature.sandbox_only else ""
    return _cells(
        [f"`{method} {route.path}`", words + where, *_marks(feature.access[method, route.path])]
    )


def _marks(allowed: Allowed) -> list[str]:
    if allowed is None:
        return [MAY] * (len(Role) + 1)
    return ["", *(MAY if role in allowed else "" for role in Role)]


def _cells(texts: Iterable[str]) -> str:
    return f"| {' | '.join(texts)} |"


def main() -> int:
    """Write or compare the page and return the exit code."""
    page = rendered()
    if "--check" not in sys.argv[1:]:
        write_text(PAGE, page)
        return 0
    same = PAGE.exists() and PAGE.read_text() == page
    if not same:
        print(f"stale: {PAGE.name} - run scripts/build_roles.py")
    return int(not same)


if __name__ == "__main__":
    sys.exit(main())
