"""Every event has a projector, or is left out on purpose."""

from node.chain import events
from node.chain.events import SPECS
from node.indexer.projectors import HANDLERS
from node.indexer.projectors.intent_router import json_values

# Another event of the same call says everything these say, or nothing is shown of them. Votes on
# who validates are read from the chain itself (yibao network validators), not by the gateway.
LEFT_OUT = {
    events.Enacted,
    events.Misbehaviour,
    events.Proposed,
    events.ValidatorsChanged,
    events.Voted,
    events.AccountFrozenSet,
    events.FundTransferred,
    events.PlanBacked,
    events.TransferPendingCleared,
    events.TransferPendingSet,
}


class TestHandlers:
    def test_events__all_have_a_projector_but_the_named_ones(self):
        known = {spec.event for spec in SPECS.values()}
        assert known - set(HANDLERS) == LEFT_OUT
        assert set(HANDLERS) <= known

    def test_large_values_of_a_refusal__travel_as_text(self):
        assert json_values({"a": 2**60, "b": 1, "c": {"d": 2**255}, "e": None}) == {
            "a": str(2**60),
            "b": 1,
            "c": {"d": str(2**255)},
            "e": None,
        }
