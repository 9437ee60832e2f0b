"""Processes that share their presence over Redis, all within this one, and easily killed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import trio

from limelight.actors import ChildSpec, Message, open_supervisor
from limelight.server.bridge import AsyncioBridge, Bridge
from limelight.server.presence import PresenceActor
from limelight.server.redis_link import RedisLink
from limelight.server.redis_presence import RedisPresence
from limelight.server.redis_pubsub import RedisPubSub, RedisPubSubLink
from limelight.server.settings import Settings

#: A quarter of the usual times.
QUICK = Settings(
    presence_hold_seconds=0.5,
    presence_lease_seconds=2.0,
    presence_heartbeat_seconds=0.5,
    presence_retry_seconds=0.1,
)


class Notice(Message, frozen=True):
    """There is news; nobody here takes it."""


class Letter(Message, frozen=True):
    """Somebody says something to all."""

    said: Any


class ViewAddress:
    """As much of a view's address as presence knows."""

    is_alive = True

    def __init__(self) -> None:
        self._watchers: list[Callable[[object], None]] = []

    def tell(self, message: object) -> None:
        """Nobody listens."""

    def watch(self, watcher: Callable[[object], None]) -> None:
        self._watchers.append(watcher)

    def end(self) -> None:
        self.is_alive = False
        for watcher in self._watchers:
            watcher(None)


class Node:
    """One process. It follows all keys, and has views of users."""

    def __init__(self, url: str, keys: tuple[str, ...], settings: Settings = QUICK) -> None:
        self.bridge = Bridge()
        self.link = RedisLink(url, self.bridge, answer_seconds=1.0)
        self.pubsub = RedisPubSub(self.link, 1_000_000, 1.5)
        self.presence = RedisPresence(settings, self.link, self.pubsub)
        self._scope = trio.CancelScope()
        self._ends = trio.Event()
        #: By view: its key, its user and its address.
        self.views: dict[str, tuple[str, str, ViewAddress]] = {}
        for key in keys:
            self._follow(key, f"{self.presence.node} follows {key}")

    def _follow(self, key: str, view: str) -> ViewAddress:
        address: Any = ViewAddress()
        self.presence.follow(key, view, address, Notice(), Letter)
        return address  # type: ignore[no-any-return]

    async def run(self, task_status: trio.TaskStatus[None]) -> None:
        children = [
            ChildSpec(lambda: AsyncioBridge(self.bridge), "bridge"),
            ChildSpec(lambda: RedisPubSubLink(self.pubsub), "pub/sub"),
            ChildSpec(lambda: PresenceActor(self.presence), "presence"),
        ]
        with self._scope:
            async with open_supervisor(children=children):
                task_status.started()
                await self._ends.wait()

    def end(self) -> None:
        """End it in order."""
        for view in [*self.views]:
            self.leave(view)
        self._ends.set()

    def kill(self) -> None:
        """End it as kill -9 would: it says nothing any more."""

        async def say_nothing() -> None: ...

        self.presence.close = say_nothing  # type: ignore[method-assign]
        self._scope.cancel()

    def enter(self, key: str, view: str, user: str, mood: str = "") -> None:
        self.views[view] = (key, user, self._follow(key, view))
        self.say(view, mood)

    def say(self, view: str, mood: str) -> None:
        user = self.views[view][1]
        self.presence.enter(view, user, {"mood": mood}, 1.0, trio.current_time())

    def leave(self, view: str) -> None:
        self.views.pop(view)[2].end()

    def users(self, key: str) -> list[str]:
        room = self.presence.room(key)
        assert room is not None
        return sorted(one["id"] for one in room.presences())

    def listed(self, key: str) -> list[Any]:
        room = self.presence.room(key)
        assert room is not None
        return sorted(
            (one["id"], sorted(meta["mood"] for meta in one["metas"])) for one in room.presences()
        )


@asynccontextmanager
async def nodes_at(
    url: str, count: int, keys: tuple[str, ...] = ("room",)
) -> AsyncIterator[list[Node]]:
    """Run so many nodes until the block ends."""
    async with trio.open_nursery() as nursery:
        nodes = [Node(url, keys) for _ in range(count)]
        for node in nodes:
            await nursery.start(node.run)
        yield nodes
        nursery.cancel_scope.cancel()


async def until(holds: Callable[[], bool], seconds: float = 20.0) -> float:
    """Wait until it is so; return how long that took."""
    began = trio.current_time()
    with trio.fail_after(seconds):
        while not holds():
            await trio.sleep(0.02)
    return trio.current_time() - began
