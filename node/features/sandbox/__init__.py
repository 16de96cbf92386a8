"""Signatures by kept test keys, in sandboxes only."""
