"""Chain → read models: the only reader of logs, and the only writer of read tables."""
