"""The outbox: what was accepted and must reach the chain exactly once, with its whole story."""
