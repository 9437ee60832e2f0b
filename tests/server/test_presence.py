"""Every presence keeps the same promises: counted per user, no leave at a reload, no ghosts."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio
import trio.testing

from limelight.actors import (
    Actor,
    Address,
    ChildSpec,
    Message,
    Supervisor,
    handles,
    open_supervisor,
)
from limelight.server.bridge import AsyncioBridge, Bridge
from limelight.server.local_ledger_server import serve_local_ledger
from limelight.server.local_pubsub_server import serve_local_pubsub
from limelight.server.outside import choose_services, presence_beside, topics_beside
from limelight.server.presence import Presence, PresenceActor
from limelight.server.redis_link import RedisLink
from limelight.server.redis_presence import RedisPresence
from limelight.server.redis_pubsub import RedisPubSub, RedisPubSubLink
from limelight.server.settings import Settings
from tests.fixtures.databases import RedisServer

PATIENCE_SECONDS = 20
HOLD_SECONDS = 1.0
SETTINGS = Settings(presence_hold_seconds=HOLD_SECONDS, presence_hand_over_seconds=4.0)


class Told(Message, frozen=True):
    """There is news."""

    is_control = True


class Said(Message, frozen=True):
    """Somebody says something to all."""

    said: Any


class Visitor(Actor):
    """A view in small: it notes who came and who went."""

    def __init__(self, presence: Presence, name: str) -> None:
        self.presence = presence
        self.name = name
        self.heard: list[str] = []

    @handles(Told)
    def on_told(self, told: Told) -> None:
        follower = self.presence.follower(self.name)
        assert follower is not None
        while (news := follower.take()) is not None:
            self.heard.append(f"{news[0]} {news[1]['id']}")

    @handles(Said)
    def on_said(self, said: Said) -> None:
        self.heard.append(f"said {said.said}")


class Hall:
    """Two processes that share their presence, and views that come and go there."""

    def __init__(self, first: Presence, second: Presence, stage: Supervisor) -> None:
        self.first, self.second = first, second
        self._stage = stage
        self._numbers = itertools.count()
        self._visitors: dict[Address[Any], Visitor] = {}

    async def open_view(
        self, presence: Presence, key: str = "room"
    ) -> tuple[Visitor, Address[Any]]:
        """A view that follows the key and is no member."""
        visitor = Visitor(presence, f"view-{next(self._numbers)}")
        address = await self._stage.start_child(ChildSpec(lambda: visitor, visitor.name))
        presence.follow(key, visitor.name, address, Told(), Said)
        return visitor, address

    async def enter(
        self, presence: Presence, user: str, key: str = "room", **meta: Any
    ) -> tuple[Visitor, Address[Any]]:
        """A view of this user."""
        visitor, address = await self.open_view(presence, key)
        say(visitor, user, **meta)
        return visitor, address


def say(visitor: Visitor, user: str, changed_at: float = 1.0, **meta: Any) -> None:
    """A view enters, or changes what it says of its user."""
    visitor.presence.enter(visitor.name, user, meta, 1.0, changed_at)


def users(presence: Presence, key: str = "room") -> list[str]:
    room = presence.room(key)
    return [one["id"] for one in room.presences()] if room is not None else []


async def until(holds: Callable[[], bool]) -> None:
    with trio.fail_after(PATIENCE_SECONDS):
        while not holds():
            await trio.sleep(0.05)


@asynccontextmanager
async def in_memory(request: pytest.FixtureRequest) -> AsyncIterator[Hall]:
    presence = Presence(SETTINGS)
    stage = Supervisor()
    children = [
        ChildSpec(lambda: PresenceActor(presence), "presence"),
        ChildSpec(lambda: stage, "stage"),
    ]
    async with open_supervisor(children=children):
        yield Hall(presence, presence, stage)


@asynccontextmanager
async def over_redis(request: pytest.FixtureRequest) -> AsyncIterator[Hall]:
    server: RedisServer = request.getfixturevalue("redis_server")
    bridge, stage = Bridge(), Supervisor()
    presences: list[Presence] = []
    children: list[ChildSpec[Any]] = [ChildSpec(lambda: AsyncioBridge(bridge), "bridge")]
    for number in range(2):
        presence, specs = process_at(server.url, bridge, str(number))
        presences.append(presence)
        children += specs
    children.append(ChildSpec(lambda: stage, "stage"))
    async with open_supervisor(children=children):
        yield Hall(presences[0], presences[1], stage)


def process_at(url: str, bridge: Bridge, name: str) -> tuple[RedisPresence, list[ChildSpec[Any]]]:
    """What one process needs for its presence."""
    link = RedisLink(url, bridge, answer_seconds=2.0)
    pubsub = RedisPubSub(link, 1_000_000, 6.0)
    presence = RedisPresence(SETTINGS, link, pubsub)
    return presence, [
        ChildSpec(lambda: RedisPubSubLink(pubsub), f"pub/sub {name}"),
        ChildSpec(lambda: PresenceActor(presence), f"presence {name}"),
    ]


@asynccontextmanager
async def over_launcher(request: pytest.FixtureRequest) -> AsyncIterator[Hall]:
    folder: Path = request.getfixturevalue("tmp_path")
    settings = msgspec.structs.replace(SETTINGS, store=str(folder / "store"))
    stage, presences, children = Supervisor(), list[Presence](), list[ChildSpec[Any]]()
    for number in range(2):
        services = choose_services(settings, {})
        presences.append(services.named["presence"])
        children += [replace(spec, name=f"{spec.name} {number}") for spec in services.children]
    children.append(ChildSpec(lambda: stage, "stage"))
    async with trio.open_nursery() as launcher:
        await launcher.start(serve_local_pubsub, Path(topics_beside(settings.store)))
        await launcher.start(serve_local_ledger, Path(presence_beside(settings.store)))
        async with open_supervisor(children=children):
            yield Hall(presences[0], presences[1], stage)
        launcher.cancel_scope.cancel()


KINDS = {"memory": in_memory, "redis": over_redis, "launcher": over_launcher}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def clock(kind: str) -> trio.testing.MockClock | None:
    """Time jumps where nothing but time is waited for."""
    return trio.testing.MockClock(autojump_threshold=0) if kind == "memory" else None


@pytest.fixture
def building(kind: str, request: pytest.FixtureRequest) -> Any:
    return KINDS[kind](request)


async def test_a_join_is_listed_and_told_to_every_view(clock: Any, building: Any) -> None:
    async with building as hall:
        here, _ = await hall.enter(hall.first, "ada")
        there, _ = await hall.enter(hall.second, "bob", name="Bob")

        await until(lambda: users(hall.first) == users(hall.second) == ["ada", "bob"])

        await until(lambda: "join bob" in here.heard)
        await until(lambda: "join bob" in there.heard)


async def test_two_views_of_a_user_are_one_entry_with_two_metas(clock: Any, building: Any) -> None:
    async with building as hall:
        watching, _ = await hall.open_view(hall.second)
        await hall.enter(hall.first, "ada", tab=1)
        second_tab, _ = await hall.enter(hall.first, "ada")
        say(second_tab, "ada", 2.0, tab=2)

        def has_both() -> bool:
            room = hall.second.room("room")
            return bool(len(room) == 1 and len(room.presences()[0]["metas"]) == 2)

        await until(has_both)
        (presence,) = hall.second.room("room").presences()
        assert presence["metas"] == [{"tab": 1}, {"tab": 2}]
        assert presence["meta"] == {"tab": 2}
        assert watching.heard == ["join ada"]


async def test_a_user_stays_while_one_of_two_views_is_open(clock: Any, building: Any) -> None:
    async with building as hall:
        watching, _ = await hall.open_view(hall.second)
        _, first_tab = await hall.enter(hall.first, "ada")
        _, second_tab = await hall.enter(hall.first, "ada")
        await until(lambda: users(hall.second) == ["ada"])

        await first_tab.stop()
        await trio.sleep(HOLD_SECONDS + 1)
        assert users(hall.second) == ["ada"]

        await second_tab.stop()
        await until(lambda: watching.heard == ["join ada", "leave ada"])
        assert users(hall.second) == []


async def test_a_leave_is_held_back_and_then_told(clock: Any, building: Any) -> None:
    async with building as hall:
        watching, _ = await hall.open_view(hall.second)
        _, address = await hall.enter(hall.first, "ada")
        await until(lambda: users(hall.second) == ["ada"])

        began = trio.current_time()
        await address.stop()
        await until(lambda: "leave ada" in watching.heard)

        assert HOLD_SECONDS <= trio.current_time() - began < HOLD_SECONDS + 1


async def test_a_user_who_comes_back_in_time_has_not_left(clock: Any, building: Any) -> None:
    async with building as hall:
        watching, _ = await hall.open_view(hall.second)
        _, address = await hall.enter(hall.first, "ada")
        await until(lambda: users(hall.second) == ["ada"])

        await address.stop()
        await trio.sleep(HOLD_SECONDS / 2)
        assert users(hall.second) == ["ada"]
        await hall.enter(hall.second, "ada")
        await trio.sleep(HOLD_SECONDS + 1)

        assert users(hall.first) in ([], ["ada"])
        assert users(hall.second) == ["ada"]
        assert watching.heard == ["join ada"]


async def test_who_wants_to_leave_is_gone_at_once(clock: Any, building: Any) -> None:
    async with building as hall:
        watching, _ = await hall.open_view(hall.second)
        visitor, _ = await hall.enter(hall.first, "ada")
        await until(lambda: watching.heard == ["join ada"])

        began = trio.current_time()
        hall.first.leave(visitor.name)
        assert users(hall.first) == []
        await until(lambda: watching.heard == ["join ada", "leave ada"])

        assert trio.current_time() - began < HOLD_SECONDS


async def test_a_changed_meta_is_no_join(clock: Any, building: Any) -> None:
    async with building as hall:
        watching, _ = await hall.open_view(hall.second)
        visitor, _ = await hall.enter(hall.first, "ada", mood="calm")
        await until(lambda: watching.heard == ["join ada"])
        version = hall.second.room("room").version

        say(visitor, "ada", 2.0, mood="gay")

        await until(lambda: hall.second.room("room").version > version)
        assert hall.second.room("room").presence("ada")["meta"] == {"mood": "gay"}
        assert watching.heard == ["join ada"]


async def test_rooms_know_nothing_of_each_other(clock: Any, building: Any) -> None:
    async with building as hall:
        await hall.enter(hall.first, "ada", "red")
        await hall.enter(hall.second, "bob", "blue")
        watching, _ = await hall.open_view(hall.second, "red")

        await until(lambda: users(hall.second, "red") == ["ada"])

        assert users(hall.second, "blue") == ["bob"]
        assert "join bob" not in watching.heard


async def test_a_view_that_goes_to_another_key_leaves_the_first_at_once(
    clock: Any, building: Any
) -> None:
    async with building as hall:
        watching, _ = await hall.open_view(hall.second, "red")
        visitor, address = await hall.enter(hall.first, "ada", "red")
        await until(lambda: watching.heard == ["join ada"])

        hall.first.follow("blue", visitor.name, address, Told(), Said)
        say(visitor, "ada")

        await until(lambda: watching.heard == ["join ada", "leave ada"])
        assert users(hall.first, "blue") == ["ada"]


async def test_a_view_handed_over_stays_until_it_is_there(clock: Any, building: Any) -> None:
    async with building as hall:
        watching, _ = await hall.open_view(hall.second)
        visitor, address = await hall.enter(hall.first, "ada")
        await until(lambda: watching.heard == ["join ada"])

        hall.first.hand_over(visitor.name)
        await address.stop()
        await trio.sleep(HOLD_SECONDS + 1)

        assert users(hall.second) == ["ada"]
        await until(lambda: watching.heard == ["join ada", "leave ada"])
        assert users(hall.second) == []


async def test_nothing_is_kept_of_a_key_that_nobody_follows(clock: Any, building: Any) -> None:
    async with building as hall:
        _, address = await hall.enter(hall.first, "ada")

        await address.stop()

        assert hall.first.room("room") is None


async def test_what_is_said_to_all_reaches_every_view_once(clock: Any, building: Any) -> None:
    async with building as hall:
        here, _ = await hall.enter(hall.first, "ada")
        there, _ = await hall.enter(hall.second, "bob")
        elsewhere, _ = await hall.open_view(hall.second, "other")
        await until(lambda: users(hall.first) == users(hall.second) == ["ada", "bob"])

        hall.first.broadcast("room", "hello")
        await until(lambda: "said hello" in here.heard and "said hello" in there.heard)

        hall.second.broadcast("room", "bye")
        await until(lambda: "said bye" in here.heard and "said bye" in there.heard)
        said = [one for one in here.heard + there.heard if one.startswith("said")]
        assert sorted(said) == ["said bye", "said bye", "said hello", "said hello"]
        assert elsewhere.heard == []
