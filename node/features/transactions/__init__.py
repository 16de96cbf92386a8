"""What became of a submitted intent, and how it is withdrawn."""
