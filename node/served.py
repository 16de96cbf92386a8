"""The features that a gateway serves: the one list that names every noun.

To add a noun, make a folder `features/<noun>/`:

1. `service.py`: a class with `prepare_…` over `IntentDesk`, and the steps it adds to a submission.
2. `schemas.py`: requests from `In` (strict), answers from `Out`.
3. `access.py`: a row per route; a route without one does not start.
4. `routes.py`: `router = MoneyRouter("/v1/<noun>", tag="<noun>", access=ACCESS)` and its pairs
   (`node/api/pairs.py`), or a `NounRouter` for a noun without signed intents.
5. `feature.py`: the `FEATURE`, in the list below.
6. A step in `scripts/examples/story.py` and `scripts/record_examples.py`: the examples of `/docs`.
"""

from __future__ import annotations

from node.api.access import Access
from node.api.feature import Feature
from node.features.catalogue.feature import FEATURE as CATALOGUE
from node.features.claims.feature import FEATURE as CLAIMS
from node.features.coverages.feature import FEATURE as COVERAGES
from node.features.declarations.feature import FEATURE as DECLARATIONS
from node.features.health.feature import FEATURE as HEALTH
from node.features.me.feature import FEATURE as ME
from node.features.members.feature import FEATURE as MEMBERS
from node.features.plans.feature import FEATURE as PLANS
from node.features.premiums.feature import FEATURE as PREMIUMS
from node.features.problems.feature import FEATURE as PROBLEMS
from node.features.providers.feature import FEATURE as PROVIDERS
from node.features.receipts.feature import FEATURE as RECEIPTS
from node.features.sandbox.feature import FEATURE as SANDBOX
from node.features.transactions.feature import FEATURE as TRANSACTIONS
from node.features.visits.feature import FEATURE as VISITS
from node.features.wallets.feature import FEATURE as WALLETS

# The most frequent first: routes are tried in order. Services are made in this order too.
FEATURES: tuple[Feature, ...] = (
    WALLETS,
    TRANSACTIONS,
    PREMIUMS,
    CLAIMS,
    RECEIPTS,
    VISITS,
    ME,
    MEMBERS,
    PROVIDERS,
    COVERAGES,
    DECLARATIONS,
    PLANS,
    CATALOGUE,
    HEALTH,
    PROBLEMS,
    SANDBOX,
)


def served_features(*, sandbox: bool) -> tuple[Feature, ...]:
    """Return what a gateway serves; some features exist in sandboxes only."""
    return tuple(one for one in FEATURES if sandbox or not one.sandbox_only)


def role_table() -> Access:
    """Return who may call each route of every feature."""
    return {route: allowed for one in FEATURES for route, allowed in one.access.items()}
