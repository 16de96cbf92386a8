"""Outbox → chain: leases rows, packs them into batches, signs, stores, sends and follows them."""
