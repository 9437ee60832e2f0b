"""The application's PostgreSQL: questions and transactions from trio, over one pool."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import asyncpg

from .bridge import Bridge, BridgeDown
from .outside import DatabaseUnavailable, require_channel

AnswerT = TypeVar("AnswerT")

MOST_PAYLOAD_BYTES = 7_999
#: What says that PostgreSQL is away, starts, stops, or has no place left.
AWAY = (
    OSError,  # a timeout is one too
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InternalClientError,  # also said of a connection that is lost in the same moment
)


class Database:
    """`app.database`. Each method takes a connection from the pool and gives it back.

    What PostgreSQL says about a query arrives as asyncpg raises it; DatabaseUnavailable says
    that it could not be asked. A cancelled query is cancelled in PostgreSQL as well.
    """

    def __init__(
        self, url: str, bridge: Bridge, most_connections: int, connect_seconds: float
    ) -> None:
        self._url = url
        self._bridge = bridge
        self._most_connections = most_connections
        self._connect_seconds = connect_seconds
        self._generation = 0
        self._pool: Any = None

    async def fetch(self, query: str, *arguments: Any) -> list[Any]:
        """Return all rows. `$1` in the query stands for the first argument, and so on."""
        rows: list[Any] = await self._call(lambda pool: pool.fetch(query, *arguments))
        return rows

    async def fetchrow(self, query: str, *arguments: Any) -> Any:
        """Return the first row, or None."""
        return await self._call(lambda pool: pool.fetchrow(query, *arguments))

    async def fetchval(self, query: str, *arguments: Any) -> Any:
        """Return the first row's first value; None without a row."""
        return await self._call(lambda pool: pool.fetchval(query, *arguments))

    async def execute(self, query: str, *arguments: Any) -> str:
        """Run a command and return its tag, like "UPDATE 3"; without arguments, several."""
        tag: str = await self._call(lambda pool: pool.execute(query, *arguments))
        return tag

    async def transaction(self, unit: Callable[[Any], Awaitable[AnswerT]]) -> AnswerT:
        """Run `await unit(connection)` in one transaction, and return what it returns.

        It is rolled back if the unit raises or is cancelled. The unit runs in asyncio: let it
        await the connection, an asyncpg one, and nothing else.
        """

        async def within(pool: Any) -> AnswerT:
            async with pool.acquire() as connection, connection.transaction():
                return await unit(connection)

        return await self._call(within)

    async def notify(self, channel: str, payload: str) -> None:
        """Send a notification to all who listen to a channel."""
        require_channel(channel)
        size = len(payload.encode())
        if size > MOST_PAYLOAD_BYTES:
            raise ValueError(
                f"The payload for {channel!r} has {size} bytes; PostgreSQL takes at most "
                f"{MOST_PAYLOAD_BYTES}. Send the key of what has changed, and let listeners ask."
            )
        await self._call(lambda pool: pool.execute("SELECT pg_notify($1, $2)", channel, payload))

    async def _call(self, unit: Callable[[Any], Awaitable[AnswerT]]) -> AnswerT:
        async def with_pool() -> AnswerT:
            if self._generation != self._bridge.generation:
                await self._open_pool()
            return await unit(self._pool)

        try:
            return await self._bridge.call(with_pool)
        except (BridgeDown, *AWAY) as error:
            raise _unavailable(error) from error
        except asyncpg.InterfaceError as error:
            if "clos" not in str(error):  # "pool is closing", "connection is closed"
                raise
            raise _unavailable(error) from error

    async def _open_pool(self) -> None:
        self._pool = asyncpg.create_pool(
            self._url,
            min_size=0,
            max_size=self._most_connections,
            timeout=self._connect_seconds,
        )
        self._generation = self._bridge.generation
        self._bridge.close_with_loop(self._pool.close)
        # Without connections to open this waits for nothing, so nobody sees it half done.
        await self._pool


def _unavailable(error: Exception) -> DatabaseUnavailable:
    return DatabaseUnavailable(
        f"The database of DATABASE_URL could not be asked: {error!r}. If this lasts, see that "
        "PostgreSQL runs and takes connections there; the next question tries again by itself."
    )
