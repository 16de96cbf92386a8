"""The folder of one devnet: its state, its lock, its tokens."""
