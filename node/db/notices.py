"""LISTEN on PostgreSQL, as an asynchronous iterator; reconnecting is the caller's loop."""

from __future__ import annotations

from collections.abc import AsyncIterator

from psycopg import AsyncConnection, sql


class Notices:
    """Payloads sent to one channel, in order."""

    def __init__(self, url: str, channel: str) -> None:
        self._url, self._channel = url, channel
        self._connection: AsyncConnection[tuple[object, ...]] | None = None

    async def __aenter__(self) -> Notices:
        """Open a connection of its own and listen."""
        self._connection = await AsyncConnection.connect(self._url, autocommit=True)
        await self._connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(self._channel)))
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening."""
        if self._connection is not None:
            await self._connection.close()

    async def __aiter__(self) -> AsyncIterator[str]:
        """Yield each payload as it arrives."""
        assert self._connection is not None
        async for notice in self._connection.notifies():
            yield notice.payload
