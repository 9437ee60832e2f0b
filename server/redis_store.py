"""Saved views in Redis, for workers on several machines."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import redis.asyncio
import trio

from ..actors import Actor
from .redis_link import RedisLink, RedisUnavailable
from .stores import Stored, StoreUnavailable, ignore_recall

log = logging.getLogger("limelight.store")

PREFIX = "limelight:view:"
RECALLS = "limelight:recalls:"

# A view is a hash of its state and its owner; each change of both is one step in Redis.
SAVE = """
local refused = {}
for number, key in ipairs(KEYS) do
    local owner = redis.call('HGET', key, 'owner')
    if owner and owner ~= '' and owner ~= ARGV[1] then
        table.insert(refused, number)
    else
        redis.call('HSET', key, 'state', ARGV[3 + number], 'owner', ARGV[2])
        redis.call('PEXPIRE', key, ARGV[3])
    end
end
return refused
"""
TAKE = """
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[2] then return false end
redis.call('HSET', KEYS[1], 'owner', ARGV[1])
return redis.call('HGET', KEYS[1], 'state')
"""
DELETE = """
for _, key in ipairs(KEYS) do
    if redis.call('HGET', key, 'owner') == ARGV[1] then redis.call('DEL', key) end
end
"""


class RedisStore:
    """Asks Redis for views. Recalls are heard by `RedisRecalls`."""

    def __init__(self, link: RedisLink) -> None:
        self.on_recall: Callable[[str], None] = ignore_recall
        self.owner = secrets.token_hex(8)
        self._link = link

    async def save(
        self, states: Mapping[str, bytes], seconds: float, *, release: bool = False
    ) -> list[str]:
        keys = [PREFIX + view_id for view_id in states]
        heir = "" if release else self.owner
        arguments: list[bytes | str | int] = [
            self.owner,
            heir,
            int(seconds * 1000),
            *states.values(),
        ]
        refused = await self._call(lambda client: client.eval(SAVE, len(keys), *keys, *arguments))
        view_ids = list(states)
        return [view_ids[number - 1] for number in refused]

    async def load(self, view_id: str) -> Stored | None:
        state, owner = await self._call(
            lambda client: client.hmget(PREFIX + view_id, ["state", "owner"])
        )
        return None if state is None else Stored(state, owner.decode())

    async def take(self, view_id: str, former: str) -> Stored | None:
        state = await self._call(
            lambda client: client.eval(TAKE, 1, PREFIX + view_id, self.owner, former)
        )
        return None if state is None else Stored(state, self.owner)

    async def recall(self, view_id: str, owner: str) -> None:
        await self._call(lambda client: client.publish(RECALLS + owner, view_id))

    async def delete(self, view_ids: Sequence[str]) -> None:
        keys = [PREFIX + view_id for view_id in view_ids]
        await self._call(lambda client: client.eval(DELETE, len(keys), *keys, self.owner))

    async def hear(self, heard: Callable[[str], None]) -> None:
        """Listen for recalls, for ever. Raises StoreUnavailable when Redis goes away."""

        async def listen(client: redis.asyncio.Redis) -> None:
            async with client.pubsub() as pubsub:
                await pubsub.subscribe(RECALLS + self.owner)
                async for message in pubsub.listen():
                    if message["type"] == "message":
                        heard(message["data"].decode())

        try:
            await self._link.hold(listen)
        except RedisUnavailable as error:
            raise StoreUnavailable(str(error)) from error

    async def _call(self, unit: Callable[[redis.asyncio.Redis], Awaitable[Any]]) -> Any:
        try:
            return await self._link.call(unit)
        except RedisUnavailable as error:
            raise StoreUnavailable(str(error)) from error


class RedisRecalls(Actor):
    """Hears when another process asks for a view. Without Redis it waits and tries again."""

    def __init__(self, store: RedisStore, retry_seconds: float) -> None:
        self._store = store
        self._retry_seconds = retry_seconds

    async def started(self) -> None:
        self._nursery.start_soon(self._hear)

    async def _hear(self) -> None:
        while True:
            try:
                await self._store.hear(self._heard)
            except StoreUnavailable as error:
                log.warning("recalls of views are not heard: %s", error)
            await trio.sleep(self._retry_seconds)

    def _heard(self, view_id: str) -> None:
        self._store.on_recall(view_id)
