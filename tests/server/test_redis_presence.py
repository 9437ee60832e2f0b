"""Presence over Redis: killed processes, missed changes, and a Redis that goes away."""

from __future__ import annotations

import trio

from limelight.server.shared_presence import TOPIC
from tests.fixtures.databases import RedisServer

from .presence_nodes import QUICK, nodes_at, until

LEASE, HOLD = QUICK.presence_lease_seconds, QUICK.presence_hold_seconds
BEAT = QUICK.presence_heartbeat_seconds


async def test_a_killed_process_is_swept_whole(redis_server: RedisServer) -> None:
    async with nodes_at(redis_server.url, 2) as (first, second):
        await trio.sleep(LEASE + BEAT)  # Until its absence from Redis is believed.
        for number in range(20):
            first.enter("room", f"view-{number}", f"user-{number}")
        second.enter("room", "there", "zoe")
        await until(lambda: len(second.users("room")) == 21)

        first.kill()
        seconds = await until(lambda: second.users("room") == ["zoe"])

        assert seconds < LEASE + BEAT + HOLD + 1
        names = await second.link.call(lambda client: client.keys("*"))
        assert not [name for name in names if first.presence.node in str(name)]


async def test_a_process_that_ends_in_order_is_gone_soon(redis_server: RedisServer) -> None:
    async with nodes_at(redis_server.url, 2) as (first, second):
        first.enter("room", "view", "ada")
        await until(lambda: second.users("room") == ["ada"])

        first.end()
        seconds = await until(lambda: second.users("room") == [])

        assert seconds < HOLD + BEAT + 1


async def test_a_view_that_moved_to_another_process_never_left(redis_server: RedisServer) -> None:
    async with nodes_at(redis_server.url, 3) as (first, second, third):
        first.enter("room", "view", "ada")
        await until(lambda: third.users("room") == ["ada"])
        leaves: list[object] = []
        room = third.presence.room("room")
        assert room is not None
        room.listeners["test"] = lambda joined, left: leaves.extend(left)

        first.kill()
        second.enter("room", "view", "ada", "moved")
        await until(
            lambda: len(third.listed("room")[0][1]) == 1 and "moved" in third.listed("room")[0][1]
        )
        await trio.sleep(LEASE + BEAT + HOLD)

        assert leaves == []
        assert third.listed("room") == [("ada", ["moved"])]


async def test_lists_freeze_while_redis_is_away_and_agree_afterwards(
    redis_server: RedisServer,
) -> None:
    async with nodes_at(redis_server.url, 2) as (first, second):
        first.enter("room", "one", "ada")
        first.enter("room", "two", "bob")
        second.enter("room", "three", "zoe")
        await until(lambda: len(second.users("room")) == len(first.users("room")) == 3)

        await trio.to_thread.run_sync(redis_server.kill)
        first.leave("two")
        first.enter("room", "four", "eve")
        await trio.sleep(LEASE + HOLD)
        assert second.users("room") == ["ada", "bob", "zoe"]

        await trio.to_thread.run_sync(redis_server.restart)
        seconds = await until(
            lambda: first.users("room") == second.users("room") == ["ada", "eve", "zoe"]
        )
        assert seconds < 5


async def test_nobody_leaves_when_redis_has_lost_everything(redis_server: RedisServer) -> None:
    async with nodes_at(redis_server.url, 3) as nodes:
        for number, node in enumerate(nodes):
            node.enter("room", f"view-{number}", f"user-{number}")
        await until(lambda: all(len(node.users("room")) == 3 for node in nodes))
        leaves: list[object] = []
        for node in nodes:
            room = node.presence.room("room")
            assert room is not None
            room.listeners["test"] = lambda joined, left: leaves.extend(left)

        await trio.to_thread.run_sync(redis_server.restart)
        await trio.sleep(LEASE + BEAT + HOLD + 1)

        assert leaves == []
        assert all(len(node.users("room")) == 3 for node in nodes)


async def test_a_process_that_slept_through_its_lease_comes_back(redis_server: RedisServer) -> None:
    async with nodes_at(redis_server.url, 2) as (first, second):
        first.enter("room", "view", "ada")
        await until(lambda: second.users("room") == ["ada"])

        # As if it had been swept meanwhile.
        await second.link.call(lambda client: client.flushall())
        for shared in second.presence._shared.values():
            shared.forget(first.presence.node)
        assert second.users("room") == []

        seconds = await until(lambda: second.users("room") == ["ada"])
        assert seconds < 2 * BEAT + 1


async def test_whoever_missed_a_change_reads_the_whole(redis_server: RedisServer) -> None:
    async with nodes_at(redis_server.url, 2) as (first, second):
        first.enter("room", "one", "ada")
        await until(lambda: second.users("room") == ["ada"])
        subscriptions = second.presence._shared["room"].subscriptions
        deaf = subscriptions.pop(0)
        deaf.cancel()

        first.enter("room", "two", "bob")
        await until(lambda: not first.presence._untold)
        shared = second.presence._shared["room"]
        second.pubsub.subscribe(TOPIC + "room", lambda told: second.presence._heard(shared, told))
        first.enter("room", "three", "eve")
        first.leave("one")

        await until(lambda: second.users("room") == ["bob", "eve"])
