"""Commands: one module per business noun, each method one decision in one unit of work.

A service never commits, knows no HTTP and no chain: it writes to the outbox and sees the chain
through small protocols that bootstrap binds.
"""
