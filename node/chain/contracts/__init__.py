"""One typed wrapper per contract; every read names its block."""
