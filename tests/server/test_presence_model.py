"""Whatever happens to processes and to Redis: in the end all agree about who is there."""

from __future__ import annotations

import itertools
import random

import pytest
import trio

from tests.fixtures.databases import RedisServer

from .presence_nodes import QUICK, Node, until

KEYS = ("red", "blue", "green")
USERS = [f"user-{number}" for number in range(12)]
NODES = 3
#: A dead process may be noticed last of all: its lease, what Redis is not believed, a heartbeat.
AGREE_SECONDS = 2 * QUICK.presence_lease_seconds + 10


class World:
    """Some nodes, what was done to them, and what everybody should see therefore."""

    def __init__(self, seed: int, server: RedisServer, nursery: trio.Nursery) -> None:
        self.random = random.Random(seed)
        self.server = server
        self.nursery = nursery
        self.nodes: list[Node] = []
        self.done: list[str] = []
        self._names = itertools.count()

    async def start_node(self) -> None:
        node = Node(self.server.url, KEYS)
        await self.nursery.start(node.run)
        self.nodes.append(node)

    async def step(self) -> None:
        kinds = {
            self.join: 40,
            self.leave: 34,
            self.change: 10,
            self.rest: 12,
            self.kill_node: 2,
            self.freeze_redis: 1,
            self.restart_redis: 1,
        }
        (kind,) = self.random.choices([*kinds], [*kinds.values()])
        self.done.append(kind.__name__)
        await kind()
        await trio.sleep(self.random.choice((0, 0, 0.001, 0.005)))

    async def join(self) -> None:
        node, view = self.random.choice(self.nodes), f"view-{next(self._names)}"
        node.enter(self.random.choice(KEYS), view, self.random.choice(USERS), view)

    async def leave(self) -> None:
        node = self.random.choice(self.nodes)
        if node.views:
            node.leave(self.random.choice([*node.views]))

    async def change(self) -> None:
        node = self.random.choice(self.nodes)
        if node.views:
            node.say(self.random.choice([*node.views]), f"mood-{next(self._names)}")

    async def rest(self) -> None:
        await trio.sleep(self.random.random() * 0.1)

    async def kill_node(self) -> None:
        node = self.nodes.pop(self.random.randrange(len(self.nodes)))
        node.kill()
        await self.start_node()

    async def freeze_redis(self) -> None:
        self.server.stop()
        await trio.sleep(self.random.random())
        self.server.cont()

    async def restart_redis(self) -> None:
        await trio.to_thread.run_sync(self.server.restart)

    def expected_users(self, key: str) -> list[str]:
        """Whoever has a view that lives, on a node that lives."""
        views = [view for node in self.nodes for view in node.views.values()]
        return sorted({user for where, user, _ in views if where == key})

    def all_agree(self) -> bool:
        for key in KEYS:
            lists = [node.listed(key) for node in self.nodes]
            if any(one != lists[0] for one in lists):
                return False
            if [user for user, _ in lists[0]] != self.expected_users(key):
                return False
        return True


async def live_through(seed: int, steps: int, server: RedisServer) -> World:
    async with trio.open_nursery() as nursery:
        world = World(seed, server, nursery)
        for _ in range(NODES):
            await world.start_node()
        for _ in range(steps):
            await world.step()
        try:
            await until(world.all_agree, AGREE_SECONDS)
        except trio.TooSlowError:
            lists = {node.presence.node: [node.listed(key) for key in KEYS] for node in world.nodes}
            wanted = [world.expected_users(key) for key in KEYS]
            pytest.fail(f"seed {seed}, wanted {wanted}, but there is {lists}; {world.done}")
        nursery.cancel_scope.cancel()
    return world


@pytest.mark.parametrize("seed", [1, 2])
async def test_all_processes_agree_after_random_operations(
    redis_server: RedisServer, seed: int
) -> None:
    await live_through(seed, 120, redis_server)


@pytest.mark.chaos
async def test_all_processes_agree_after_a_thousand_random_operations(
    redis_server: RedisServer,
) -> None:
    world = await live_through(7, 1_000, redis_server)

    assert {"join", "leave", "kill_node", "freeze_redis", "restart_redis"} <= set(world.done)
