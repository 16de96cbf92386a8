"""One module per contract: event → row changes. `HANDLERS` is the table of all of them."""

from node.chain.events import Event
from node.indexer.projection import Handler
from node.indexer.projectors import (
    action_registry,
    bill_registry,
    claim_settlement,
    coverage_registry,
    intent_router,
    member_registry,
    network_directory,
    plan_registry,
    premium_collector,
    provider_registry,
    signer_book,
    wallet_ledger,
    wallet_operations,
)

HANDLERS: dict[type[Event], Handler] = {
    **action_registry.HANDLERS,
    **bill_registry.HANDLERS,
    **claim_settlement.HANDLERS,
    **coverage_registry.HANDLERS,
    **intent_router.HANDLERS,
    **member_registry.HANDLERS,
    **network_directory.HANDLERS,
    **plan_registry.HANDLERS,
    **premium_collector.HANDLERS,
    **provider_registry.HANDLERS,
    **signer_book.HANDLERS,
    **wallet_ledger.HANDLERS,
    **wallet_operations.HANDLERS,
}
