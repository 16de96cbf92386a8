"""`yibao devnet`: the sandbox."""
