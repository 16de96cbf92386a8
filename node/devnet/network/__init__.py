"""The local chain: anvil or whole validators, started, saved, stopped."""
