"""Pub/sub over Redis: one connection of this process hears all its topics."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import redis.asyncio
import trio
from redis.asyncio.connection import AbstractConnection

from ..actors import Actor, Backoff
from .redis_link import RedisLink, RedisUnavailable
from .shared_pubsub import MOST_AT_ONCE, SharedPubSub

log = logging.getLogger("limelight.pubsub")

PREFIX = "limelight:topic:"
LASTED_SECONDS = 10.0
RETRY = Backoff(first=0.1, limit=1.0, jitter=0.5)


class RedisPubSub(SharedPubSub):
    """Publishes at once in this process, and to others through `RedisPubSubLink`."""

    def __init__(self, link: RedisLink, waiting_bytes: int, silence_seconds: float) -> None:
        super().__init__(waiting_bytes)
        self.link = link
        self.silence_seconds = silence_seconds
        #: Set in the asyncio loop's own thread, which is ours.
        self._changed: asyncio.Event | None = None

    def _topics_changed(self) -> None:
        if self._changed is not None:
            self._changed.set()

    # --- for the link: what leaves --------------------------------------------------------

    async def send_waiting(self) -> None:
        """Wait until there is something to send, and send it. Raises RedisUnavailable."""
        await self.wait_outgoing()
        batch = self.outgoing.take(MOST_AT_ONCE)

        async def publish(client: redis.asyncio.Redis) -> None:
            async with client.pipeline(transaction=False) as pipeline:
                for packed in batch:
                    pipeline.publish(PREFIX + packed.topic, packed.encoded)
                await pipeline.execute()

        try:
            await self.link.call(publish)
        except RedisUnavailable:
            self.outgoing.not_sent()
            raise
        self.outgoing.sent()

    # --- for the link: what comes, in asyncio -----------------------------------------------

    async def hear(self) -> None:
        """Hear others, for ever. Raises RedisUnavailable when Redis goes away."""
        await self.link.hold(self._converse)

    async def _converse(self, client: redis.asyncio.Redis) -> None:
        # A bare connection, as the client's own subscriber connects again and says nothing.
        connection = client.connection_pool.make_connection()  # type: ignore[no-untyped-call]
        try:
            async with asyncio.timeout(self.silence_seconds):
                await connection.connect()
            reading = asyncio.ensure_future(self._read(connection))
            try:
                await self._keep_up(connection, reading)
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)
        finally:
            await connection.disconnect(nowait=True)

    async def _read(self, connection: AbstractConnection) -> None:
        while True:
            async with asyncio.timeout(self.silence_seconds):
                response: Any = await connection.read_response()
            kind, *words = response
            if kind == b"subscribe":
                # New, or again after the connection was lost: it was not heard until now.
                self.opened(_topic(words[0]))
            elif kind == b"message":
                self.deliver(_topic(words[0]), words[1])

    async def _keep_up(self, connection: AbstractConnection, reading: asyncio.Future[None]) -> None:
        """Subscribe to what is wanted, and have Redis say something now and then."""
        asked: set[str] = set()
        while not reading.done():
            self._changed = changed = asyncio.Event()
            wanted = set(self._audience.topics)
            async with asyncio.timeout(self.silence_seconds):
                await self._ask(connection, "SUBSCRIBE", wanted - asked)
                await self._ask(connection, "UNSUBSCRIBE", asked - wanted)
                await connection.send_command("PING", check_health=False)
            self._incoming.keep_only(wanted)
            asked = wanted
            await self._rest(reading, changed)
        await reading

    async def _ask(self, connection: AbstractConnection, what: str, topics: set[str]) -> None:
        if topics:
            channels = [PREFIX + topic for topic in topics]
            await connection.send_command(what, *channels, check_health=False)

    async def _rest(self, reading: asyncio.Future[None], changed: asyncio.Event) -> None:
        """Wait until there is something to do."""
        change = asyncio.ensure_future(changed.wait())
        try:
            tasks: set[asyncio.Future[Any]] = {reading, change}
            patience = self.silence_seconds / 3
            await asyncio.wait(tasks, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._changed = None
            change.cancel()


def _topic(channel: bytes) -> str:
    return channel[len(PREFIX) :].decode()


class RedisPubSubLink(Actor):
    """Carries messages to and from Redis. Without Redis it waits and tries again."""

    def __init__(self, pubsub: RedisPubSub) -> None:
        self._pubsub = pubsub

    async def started(self) -> None:
        self._nursery.start_soon(self._keep, self._pubsub.send_waiting, "does not take")
        self._nursery.start_soon(self._keep, self._pubsub.hear, "is not heard for")

    async def _keep(self, work: Callable[[], Awaitable[None]], what: str) -> None:
        failures = 0
        while True:
            began = trio.current_time()
            try:
                await work()
                failures = 0
            except RedisUnavailable as error:
                # What has lasted for a while is a new failure.
                failures = 1 if trio.current_time() - began > LASTED_SECONDS else failures + 1
                if failures == 1:
                    log.warning("Redis %s messages by topic: %s", what, error)
                await trio.sleep(RETRY.delay(failures))
