"""Gateway, devnet and tools for medical insurance payments on a permissioned chain.

The keccak backend is chosen here, before any library that hashes is imported: the C implementation
is many times faster than the pure Python one. A value already in the environment wins.
"""

import os

os.environ.setdefault("ETH_HASH_BACKEND", "pysha3")
