"""Whether the gateway serves, and which network it serves."""
