"""PostgreSQL's notifications: one connection of this process listens for all its views."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Any

import asyncpg
import trio

from ..actors import Actor, Backoff
from .bridge import Bridge, BridgeDown
from .outside import WatchedTable, require_channel
from .pubsub import Audience, Deliver, Gap, Subscription
from .triggers import install_triggers

log = logging.getLogger("limelight.database")

SAID_BY_ASYNCPG = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
LASTED_SECONDS = 10.0
RETRY = Backoff(first=0.1, limit=1.0, jitter=0.5)


class ListenerLost(Exception):
    """PostgreSQL cannot be listened to at the moment."""


class Listener:
    """Who in this process listens to which channel. The connection is `ListenerLink`'s."""

    def __init__(
        self,
        url: str,
        bridge: Bridge,
        silence_seconds: float,
        tables: Callable[[], Iterable[WatchedTable]] = tuple,
    ) -> None:
        self._url = url
        self._bridge = bridge
        self._silence_seconds = silence_seconds
        self._tables = tables
        self._audience = Audience(self._wake)
        self._changed: asyncio.Event | None = None

    def listen(self, channel: str, deliver: Deliver, gap: Gap | None = None) -> Subscription:
        """Hear a channel: `deliver` gets each payload, as text, and `gap` what PubSub says.

        Raises ValueError for a name that PostgreSQL would change.
        """
        require_channel(channel)
        return self._audience.join(channel, deliver, gap)

    def _wake(self) -> None:
        if self._changed is not None:
            self._changed.set()

    # --- for the link, in asyncio -----------------------------------------------------------

    async def hear(self) -> None:
        """Listen, for ever. Raises ListenerLost when PostgreSQL goes away."""
        try:
            await self._bridge.call(self._converse)
        except (OSError, BridgeDown, *SAID_BY_ASYNCPG) as error:
            raise ListenerLost(repr(error)) from error

    async def _converse(self) -> None:
        async with asyncio.timeout(self._silence_seconds):
            connection: Any = await asyncpg.connect(self._url)
        connection.add_termination_listener(lambda _: self._wake())
        try:
            await self._keep_up(connection)
        finally:
            self._changed = None
            connection.terminate()

    async def _keep_up(self, connection: Any) -> None:
        """Listen to what is wanted, and see now and then that the connection lives."""
        asked: set[str] = set()
        unwatched: dict[WatchedTable, str] | None = None
        while not connection.is_closed():
            self._changed = changed = asyncio.Event()
            async with asyncio.timeout(self._silence_seconds):
                unwatched = await self._watch_tables(connection, unwatched)
                wanted = set(self._audience.topics)
                for channel in wanted - asked:
                    await connection.add_listener(channel, self._heard)
                    # Changes before this moment were not heard.
                    self._audience.tell_gap(channel)
                for channel in asked - wanted:
                    await connection.remove_listener(channel, self._heard)
                asked = wanted
            await _rest(changed, self._silence_seconds / 2)
        raise ListenerLost("the connection was closed")

    async def _watch_tables(
        self, connection: Any, unwatched: dict[WatchedTable, str] | None
    ) -> dict[WatchedTable, str]:
        """Install what is lacking; what could not be is tried again, as tables may come later.

        This is a question to PostgreSQL as well, and so shows that it answers.
        """
        tables = self._tables() if unwatched is None else unwatched
        failed = await install_triggers(connection, tables)
        for table, why in failed.items():
            if unwatched is None or unwatched.get(table) != why:
                log.warning("changes of %s cannot be watched yet: %s", table.table, why)
        for table in (unwatched or {}).keys() - failed.keys():
            # Its former changes were told to nobody.
            self._audience.tell_gap(table.channel)
        await connection.fetchval("SELECT 1")
        return failed

    def _heard(self, connection: Any, process_id: int, channel: str, payload: object) -> None:
        self._audience.tell(channel, payload)


async def _rest(changed: asyncio.Event, seconds: float) -> None:
    change = asyncio.ensure_future(changed.wait())
    try:
        await asyncio.wait({change}, timeout=seconds)
    finally:
        change.cancel()


class ListenerLink(Actor):
    """Keeps the listening connection. Without PostgreSQL it waits and tries again."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    async def started(self) -> None:
        self._nursery.start_soon(self._keep)

    async def _keep(self) -> None:
        failures = 0
        while True:
            began = trio.current_time()
            try:
                await self._listener.hear()
            except ListenerLost as error:
                # What has lasted for a while is a new failure.
                failures = 1 if trio.current_time() - began > LASTED_SECONDS else failures + 1
                if failures == 1:
                    log.warning("PostgreSQL's notifications are not heard: %s", error)
                await trio.sleep(RETRY.delay(failures))
