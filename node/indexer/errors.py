"""What stops an indexer: the chain is not the one it knows, or an endpoint contradicts itself."""

from __future__ import annotations


class ChainResetError(Exception):
    """The chain is not the one that was final here; a person must decide.

    A chain that only ends earlier is no other one: its node lags. Read models and outbox stay as
    they are: nothing final is ever taken back (P53).
    """


class InconsistentEndpointError(Exception):
    """Headers and logs of one answer do not fit together; the range is fetched again."""
