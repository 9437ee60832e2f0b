"""What Redis holds of presence: a hash for each node and key, and a lease for each node."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, TypeVar

import msgspec
import redis.asyncio

from .presence_ledger import Ledger, LedgerUnavailable, NodeEntry
from .presence_room import Member
from .redis_link import RedisLink, RedisUnavailable

AnswerT = TypeVar("AnswerT")

PREFIX = "limelight:presence:"
NODES = f"{PREFIX}nodes"
#: The field of a hash that holds its version. No connection has this name.
VERSION = b""

# Takes away all of a node whose lease has ended, unless it has come back this moment.
SWEEP = """
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
for _, key in ipairs(redis.call('SMEMBERS', KEYS[2])) do
    redis.call('DEL', ARGV[1] .. ARGV[2] .. ':' .. key)
    redis.call('SREM', ARGV[3] .. key, ARGV[2])
end
redis.call('DEL', KEYS[2])
redis.call('SREM', KEYS[3], ARGV[2])
return 1
"""

_encode = msgspec.json.encode
_decode = msgspec.json.Decoder(Member).decode


class RedisLedger:
    """A `PresenceLedger`: reads and writes for one node, each time in one crossing."""

    def __init__(self, link: RedisLink, node: str, lease_seconds: float) -> None:
        self._link = link
        self._node = node
        self._lease_milliseconds = int(lease_seconds * 1000)

    # --- this node --------------------------------------------------------------------------

    async def renew_lease(self) -> bool:
        renewed = await self._call(
            lambda client: client.set(_lease(self._node), "1", px=self._lease_milliseconds, xx=True)
        )
        return bool(renewed)

    async def write_all(
        self, own: Mapping[str, Mapping[str, Member]], versions: Mapping[str, int]
    ) -> None:
        async def unit(client: redis.asyncio.Redis) -> None:
            former = await _texts(client, _keys(self._node))
            async with client.pipeline(transaction=True) as pipeline:
                for key in former | own.keys():
                    pipeline.delete(_hash(self._node, key))
                for key in former - own.keys():
                    pipeline.srem(_nodes(key), self._node)
                pipeline.delete(_keys(self._node))
                for key, members in own.items():
                    self._put(pipeline, key, versions[key], [*members.values()])
                pipeline.sadd(NODES, self._node)
                pipeline.set(_lease(self._node), "1", px=self._lease_milliseconds)
                await pipeline.execute()

        await self._call(unit)

    async def write(self, changes: Mapping[str, NodeEntry], empty: Collection[str]) -> None:
        async def unit(client: redis.asyncio.Redis) -> None:
            async with client.pipeline(transaction=True) as pipeline:
                for key, entry in changes.items():
                    if key in empty:
                        pipeline.delete(_hash(self._node, key))
                        pipeline.srem(_nodes(key), self._node)
                        pipeline.srem(_keys(self._node), key)
                        continue
                    self._put(pipeline, key, entry.version, entry.members)
                    if entry.gone:
                        pipeline.hdel(_hash(self._node, key), *entry.gone)
                await pipeline.execute()

        await self._call(unit)

    async def _call(self, unit: Callable[[redis.asyncio.Redis], Awaitable[AnswerT]]) -> AnswerT:
        try:
            return await self._link.call(unit)
        except RedisUnavailable as error:
            raise LedgerUnavailable(str(error)) from error

    def _put(self, pipeline: Any, key: str, version: int, members: list[Member]) -> None:
        fields: dict[str | bytes, bytes | int] = {one.connection: _encode(one) for one in members}
        pipeline.hset(_hash(self._node, key), mapping={**fields, VERSION: version})
        pipeline.sadd(_nodes(key), self._node)
        pipeline.sadd(_keys(self._node), key)

    async def leave(self) -> None:
        async def unit(client: redis.asyncio.Redis) -> None:
            async with client.pipeline(transaction=True) as pipeline:
                pipeline.delete(_lease(self._node), _keys(self._node))
                pipeline.srem(NODES, self._node)
                await pipeline.execute()

        await self._call(unit)

    # --- others -----------------------------------------------------------------------------

    async def ended_nodes(self, known: Collection[str]) -> list[str]:
        async def unit(client: redis.asyncio.Redis) -> list[str]:
            noted = await _texts(client, NODES)
            others = sorted((noted | {*known}) - {self._node})
            if not others:
                return []
            leases = await client.mget([_lease(node) for node in others])
            ended = [node for node, lease in zip(others, leases, strict=True) if lease is None]
            for node in ended:
                names = [_lease(node), _keys(node), NODES]
                await client.eval(SWEEP, 3, *names, f"{PREFIX}at:", node, f"{PREFIX}in:")
            return ended

        return await self._call(unit)

    async def read(self, known: Mapping[str, Mapping[str, int]]) -> dict[str, Ledger]:
        async def unit(client: redis.asyncio.Redis) -> dict[str, Ledger]:
            return {key: await _ledger_of(client, key, known[key]) for key in known}

        return await self._call(unit)


async def _texts(client: Any, name: str) -> set[str]:
    return {member.decode() for member in await client.smembers(name)}


async def _ledger_of(client: redis.asyncio.Redis, key: str, known: Mapping[str, int]) -> Ledger:
    async with client.pipeline(transaction=False) as pipeline:
        pipeline.smembers(_nodes(key))
        for node in known:
            pipeline.exists(_lease(node))
        noted, *leases = await pipeline.execute()
    nodes = sorted(node.decode() for node in noted)
    living = {node for node, lives in zip(known, leases, strict=True) if lives}
    async with client.pipeline(transaction=False) as pipeline:
        for node in nodes:
            pipeline.hget(_hash(node, key), VERSION)
        versions = await pipeline.execute() if nodes else []
    newer = [
        node
        for node, version in zip(nodes, versions, strict=True)
        if version is not None and int(version) > known.get(node, 0)
    ]
    async with client.pipeline(transaction=False) as pipeline:
        for node in newer:
            pipeline.hgetall(_hash(node, key))
        hashes = await pipeline.execute() if newer else []
    entries = {node: _entry(fields) for node, fields in zip(newer, hashes, strict=True) if fields}
    return Ledger(set(nodes), entries, living)


def _entry(fields: dict[bytes, bytes]) -> NodeEntry:
    version = int(fields.pop(VERSION, b"0"))
    return NodeEntry(version, [_decode(member) for member in fields.values()])


def _lease(node: str) -> str:
    return f"{PREFIX}lease:{node}"


def _keys(node: str) -> str:
    """The keys under which a node has members."""
    return f"{PREFIX}of:{node}"


def _nodes(key: str) -> str:
    """The nodes that have members of a key."""
    return f"{PREFIX}in:{key}"


def _hash(node: str, key: str) -> str:
    """The members of one node under one key."""
    return f"{PREFIX}at:{node}:{key}"
