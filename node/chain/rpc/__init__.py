"""JSON-RPC: hot calls, several endpoints, and what a failed call means."""
