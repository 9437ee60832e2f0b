"""This process's way to Redis: one client, asked over the bridge to asyncio."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import redis.asyncio
import redis.exceptions
import trio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from .bridge import Bridge, BridgeDown

AnswerT = TypeVar("AnswerT")


class RedisUnavailable(Exception):
    """Redis cannot be reached, or did not answer in time."""


class RedisLink:
    """Asks Redis. The client belongs to the bridge's loop and is made anew with it."""

    def __init__(self, url: str, bridge: Bridge, answer_seconds: float) -> None:
        self.url = url
        self._bridge = bridge
        self._answer_seconds = answer_seconds
        self._generation = 0
        self._client: redis.asyncio.Redis

    async def call(self, unit: Callable[[redis.asyncio.Redis], Awaitable[AnswerT]]) -> AnswerT:
        """Run one unit of work in asyncio, within LIVE_STORE_SECONDS. Raises RedisUnavailable.

        Put what belongs together into one unit: each crossing has its price.
        """
        with trio.move_on_after(self._answer_seconds):
            return await self.hold(unit)
        raise RedisUnavailable(f"Redis did not answer within {self._answer_seconds} s.")

    async def hold(self, unit: Callable[[redis.asyncio.Redis], Awaitable[AnswerT]]) -> AnswerT:
        """Run a unit that may take for ever: it listens. Raises RedisUnavailable."""

        async def with_client() -> AnswerT:
            if self._generation != self._bridge.generation:
                self._client = self._new_client()
                self._generation = self._bridge.generation
                self._bridge.close_with_loop(self._client.aclose)
            return await unit(self._client)

        try:
            return await self._bridge.call(with_client)
        except (redis.exceptions.RedisError, OSError, BridgeDown) as error:
            raise RedisUnavailable(f"Redis cannot be asked: {error}") from error

    def _new_client(self) -> redis.asyncio.Redis:
        # Once more, over a new connection, is enough: one from the pool may have died at rest.
        # Who needs longer knows better than the client how long to wait.
        return redis.asyncio.Redis.from_url(
            self.url,
            retry=Retry(NoBackoff(), 1),
            socket_connect_timeout=self._answer_seconds,
            # `call` has a deadline of its own, and a cancelled `asyncio.wait_for` may go on.
            socket_timeout=None,
            protocol=2,
        )
