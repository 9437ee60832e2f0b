"""Every store keeps the same promises: one owner at a time, nothing lost, nothing kept too long."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio

from limelight.actors import ChildSpec, open_supervisor
from limelight.server.bridge import AsyncioBridge, Bridge
from limelight.server.local_store import LocalStore, LocalStoreLink
from limelight.server.local_store_server import serve_local_store
from limelight.server.redis_link import RedisLink
from limelight.server.redis_store import RedisRecalls, RedisStore
from limelight.server.stores import MemoryStore, StateStore, StateTable, StoreUnavailable
from tests.fixtures.databases import RedisServer

Pair = tuple[StateStore, StateStore]
PATIENCE_SECONDS = 20


@asynccontextmanager
async def two_in_memory(folder: Path, request: Any) -> AsyncIterator[Pair]:
    table = StateTable(1_000_000)
    yield MemoryStore(table), MemoryStore(table)


@asynccontextmanager
async def two_at_the_launcher(folder: Path, request: Any) -> AsyncIterator[Pair]:
    path = folder / "store"
    stores = [LocalStore(str(path), PATIENCE_SECONDS) for _ in range(2)]
    links = [
        ChildSpec(partial(LocalStoreLink, store), f"link {number}")
        for number, store in enumerate(stores)
    ]
    async with trio.open_nursery() as nursery:
        await nursery.start(serve_local_store, StateTable(1_000_000), path)
        async with open_supervisor(children=links):
            yield stores[0], stores[1]
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def two_at_redis(folder: Path, request: Any) -> AsyncIterator[Pair]:
    server: RedisServer = request.getfixturevalue("redis_server")
    bridge = Bridge()
    link = RedisLink(server.url, bridge, PATIENCE_SECONDS)
    first, second = RedisStore(link), RedisStore(link)
    children = [
        ChildSpec(lambda: AsyncioBridge(bridge), "bridge"),
        ChildSpec(lambda: RedisRecalls(first, 0.1), "first"),
        ChildSpec(lambda: RedisRecalls(second, 0.1), "second"),
    ]
    async with open_supervisor(children=children):
        yield first, second


KINDS = {"memory": two_in_memory, "launcher": two_at_the_launcher, "redis": two_at_redis}


@pytest.fixture(params=KINDS)
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Two processes' access to one store."""
    return KINDS[request.param](tmp_path, request)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    with trio.fail_after(PATIENCE_SECONDS):
        while not await holds():
            await trio.sleep(0.01)


async def test_what_was_saved_is_there_for_everybody(stores: Any) -> None:
    async with stores as (first, second):
        assert await first.save({"a": b"1", "b": b"\x00\xff" * 50_000}, 60) == []

        for store in (first, second):
            assert (await store.load("a")).state == b"1"
            assert (await store.load("b")).state == b"\x00\xff" * 50_000
        assert await second.load("c") is None


async def test_a_view_that_was_taken_is_not_saved_by_its_former_owner(stores: Any) -> None:
    async with stores as (first, second):
        await first.save({"a": b"1", "b": b"2"}, 60)
        owner = (await second.load("a")).owner
        taken = await second.take("a", owner)

        assert taken.state == b"1"
        assert await first.save({"a": b"old", "b": b"3"}, 60) == ["a"]
        assert (await first.load("a")).state == b"1"
        assert (await first.load("b")).state == b"3"
        assert await second.save({"a": b"new"}, 60) == []


async def test_only_one_of_those_who_come_at_once_gets_a_view(stores: Any) -> None:
    async with stores as (first, second):
        await first.save({"a": b"1"}, 60, release=True)
        results = []

        async def take(store: StateStore) -> None:
            results.append(await store.take("a", ""))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(take, first)
            nursery.start_soon(take, second)

        assert sorted(result is None for result in results) == [False, True]


async def test_a_released_view_belongs_to_nobody(stores: Any) -> None:
    async with stores as (first, second):
        await first.save({"a": b"1"}, 60, release=True)

        assert (await second.load("a")).owner == ""
        assert await second.save({"a": b"2"}, 60) == []


async def test_only_the_owner_forgets_a_view(stores: Any) -> None:
    async with stores as (first, second):
        await first.save({"a": b"1"}, 60)
        await second.delete(["a", "b"])
        assert await first.load("a") is not None
        await first.delete(["a"])

        assert await second.load("a") is None


async def test_the_owner_hears_that_it_shall_release_a_view(stores: Any) -> None:
    async with stores as (first, second):
        asked: list[str] = []
        first.on_recall = asked.append
        await first.save({"a": b"1"}, 60)
        owner = (await second.load("a")).owner

        async def is_heard() -> bool:
            await second.recall("a", owner)
            return "a" in asked

        await until(is_heard)


async def test_a_view_is_kept_for_its_time_only(stores: Any) -> None:
    async with stores as (first, second):
        await first.save({"a": b"1"}, 0.05)

        async def is_gone() -> bool:
            return await second.load("a") is None

        await until(is_gone)


async def test_views_of_a_worker_that_was_killed_belong_to_nobody(tmp_path: Path) -> None:
    async with two_at_the_launcher(tmp_path, None) as (first, second):
        await first.save({"a": b"1"}, 60)
        await first._stream.aclose()  # type: ignore[attr-defined]

        async def is_free() -> bool:
            found = await second.load("a")
            return found is not None and found.owner == ""

        await until(is_free)


async def test_a_worker_returns_to_a_store_that_it_lost(tmp_path: Path) -> None:
    async with two_at_the_launcher(tmp_path, None) as (first, _):
        await first._stream.aclose()  # type: ignore[attr-defined]

        async def is_back() -> bool:
            try:
                return await first.save({"a": b"1"}, 60) == []
            except StoreUnavailable:
                return False

        await until(is_back)


async def test_a_table_drops_the_oldest_when_it_is_full() -> None:
    table = StateTable(250)
    for name in "abc":
        table.save("me", {name: b"x" * 100}, 60, "me")

    assert table.load("a") is None
    assert table.load("b") is not None
    assert table.load("c") is not None


async def test_redis_that_is_away_is_said_and_returned_to(redis_server: RedisServer) -> None:
    bridge = Bridge()
    store = RedisStore(RedisLink(redis_server.url, bridge, 5))
    async with open_supervisor(children=[ChildSpec(lambda: AsyncioBridge(bridge), "bridge")]):
        await store.save({"a": b"1"}, 60)
        redis_server.kill()
        with pytest.raises(StoreUnavailable):
            await store.load("a")
        await trio.to_thread.run_sync(redis_server.restart)

        async def is_back() -> bool:
            try:
                return await store.save({"a": b"2"}, 60) == []
            except StoreUnavailable:
                return False

        await until(is_back)


async def test_without_its_bridge_redis_is_unavailable() -> None:
    with pytest.raises(StoreUnavailable, match="bridge"):
        await RedisStore(RedisLink("redis://localhost", Bridge(), 1)).load("a")
