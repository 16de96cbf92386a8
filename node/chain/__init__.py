"""The chain: hot JSON-RPC, transactions, packed ABI, typed contracts and events."""
