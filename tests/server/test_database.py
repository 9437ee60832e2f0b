"""`app.database`: questions and transactions over the bridge, cancelled cleanly, back after faults."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
import trio

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.actors import ChildSpec, open_supervisor
from limelight.server.bridge import AsyncioBridge, Bridge
from limelight.server.database import Database
from limelight.server.outside import DatabaseUnavailable
from limelight.server.redis_link import RedisLink, RedisUnavailable
from limelight.testing import open_browser
from tests.fixtures.databases import PostgresServer, RedisServer

BUSY = "SELECT count(*) FROM pg_stat_activity WHERE state <> 'idle' AND pid <> pg_backend_pid()"


@asynccontextmanager
async def database_of(server: PostgresServer, connections: int = 5) -> AsyncIterator[Database]:
    async with over_bridge() as bridge:
        yield Database(server.url, bridge, connections, 5)


@asynccontextmanager
async def over_bridge() -> AsyncIterator[Bridge]:
    bridge = Bridge()
    async with open_supervisor(children=[ChildSpec(lambda: AsyncioBridge(bridge), "bridge")]):
        yield bridge


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    with trio.fail_after(20):
        while not await holds():
            await trio.sleep(0.01)


async def test_questions_are_answered(postgres_server: PostgresServer) -> None:
    async with database_of(postgres_server) as database:
        await database.execute("CREATE TABLE item (id int, name text)")
        tag = await database.execute("INSERT INTO item VALUES ($1, $2), (2, 'b')", 1, "a")
        rows = await database.fetch("SELECT * FROM item ORDER BY id")

        assert tag == "INSERT 0 2"
        assert [dict(row) for row in rows] == [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]
        assert (await database.fetchrow("SELECT * FROM item WHERE id = $1", 2))["name"] == "b"
        assert await database.fetchrow("SELECT * FROM item WHERE id = 3") is None
        assert await database.fetchval("SELECT name FROM item WHERE id = 1") == "a"


async def test_a_transaction_holds_whole_or_not_at_all(postgres_server: PostgresServer) -> None:
    async with database_of(postgres_server) as database:
        await database.execute("CREATE TABLE item (id int)")

        async def add(connection: Any) -> int:
            await connection.execute("INSERT INTO item VALUES (1)")
            return 7

        async def fail(connection: Any) -> None:
            await connection.execute("INSERT INTO item VALUES (2)")
            raise KeyError("no")

        assert await database.transaction(add) == 7
        with pytest.raises(KeyError):
            await database.transaction(fail)
        assert await database.fetchval("SELECT array_agg(id) FROM item") == [1]


async def test_what_postgres_says_about_a_query_arrives(postgres_server: PostgresServer) -> None:
    async with database_of(postgres_server) as database:
        with pytest.raises(asyncpg.UndefinedTableError):
            await database.fetch("SELECT * FROM nothing")
        with pytest.raises(asyncpg.InterfaceError, match="expects 1 argument"):
            await database.fetch("SELECT $1::int")


async def test_a_cancelled_question_is_cancelled_in_postgres(
    postgres_server: PostgresServer,
) -> None:
    async with database_of(postgres_server) as database:
        await database.fetchval("SELECT 1")
        began = trio.current_time()
        with trio.move_on_after(0.2):
            await database.fetch("SELECT pg_sleep(20)")

        assert trio.current_time() - began < 2

        async def is_quiet() -> bool:
            return bool(await database.fetchval(BUSY) == 0)

        await until(is_quiet)


async def test_a_cancelled_transaction_is_rolled_back(postgres_server: PostgresServer) -> None:
    async with database_of(postgres_server, connections=1) as database:
        await database.execute("CREATE TABLE item (id int)")

        async def add_slowly(connection: Any) -> None:
            await connection.execute("INSERT INTO item VALUES (1)")
            await connection.execute("SELECT pg_sleep(20)")

        with trio.move_on_after(0.2):
            await database.transaction(add_slowly)

        # The pool has one connection: this question is asked over the same.
        assert await database.fetchval("SELECT count(*) FROM item") == 0


async def test_a_postgres_that_is_away_is_said_and_returned_to(
    postgres_server: PostgresServer,
) -> None:
    async with database_of(postgres_server) as database:
        await database.fetchval("SELECT 1")
        postgres_server.kill()
        with pytest.raises(DatabaseUnavailable, match="DATABASE_URL"):
            await database.fetchval("SELECT 1")
        await trio.to_thread.run_sync(postgres_server.restart)

        async def is_back() -> bool:
            try:
                return bool(await database.fetchval("SELECT 1") == 1)
            except DatabaseUnavailable:
                return False

        await until(is_back)


async def test_a_bridge_that_fails_gets_a_new_pool(postgres_server: PostgresServer) -> None:
    bridge = Bridge()
    database = Database(postgres_server.url, bridge, 2, 5)
    async with open_supervisor(children=[ChildSpec(lambda: AsyncioBridge(bridge), "b")]) as root:
        failed = []

        async def ask() -> None:
            with pytest.raises(DatabaseUnavailable, match="bridge"):
                await database.fetch("SELECT pg_sleep(20)")
            failed.append(True)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask)
            await database.fetchval("SELECT 1")
            root.child("b").tell("a message that it does not know, so that it fails")

        async def is_back() -> bool:
            try:
                return bool(await database.fetchval("SELECT 1") == 1)
            except DatabaseUnavailable:
                return False

        await until(is_back)
        assert failed == [True]


async def test_an_application_without_a_database_says_what_to_set() -> None:
    app = LiveApp(__name__)
    app.config["SECRET_KEY"] = "secret"
    async with app.running():
        with pytest.raises(LookupError, match="DATABASE_URL"):
            app.database  # noqa: B018


async def test_an_application_has_its_database(postgres_server: PostgresServer) -> None:
    app = LiveApp(__name__)
    app.config |= {"SECRET_KEY": "secret", "DATABASE_URL": postgres_server.url}
    async with app.running():
        assert await app.database.fetchval("SELECT 40 + 2") == 42


async def cancel_at_random(
    postgres: PostgresServer, redis: RedisServer, times: int, seed: int
) -> None:
    """Cut tasks off in the middle of transactions and pipelines; then look what is left."""
    chance = random.Random(seed)
    async with over_bridge() as bridge:
        database = Database(postgres.url, bridge, 5, 5)
        link = RedisLink(redis.url, bridge, 5)
        await database.execute("CREATE TABLE pair (a int, b int)")

        async def count(client: Any) -> None:
            async with client.pipeline(transaction=True) as pipeline:
                await pipeline.incr("a").incr("b").execute()

        async def work() -> None:
            with trio.move_on_after(chance.uniform(0, 0.03)):
                await database.transaction(write_pair)
                await link.call(count)

        async def several() -> None:
            for _ in range(times // 10):
                await work()

        async with trio.open_nursery() as nursery:
            for _ in range(10):
                nursery.start_soon(several)

        # One that nobody cuts off, however slow the machine is.
        await database.transaction(write_pair)
        await link.call(count)
        await assert_all_is_whole(database, link)


async def assert_all_is_whole(database: Database, link: RedisLink) -> None:
    await assert_database_is_whole(database, most=5)
    values = await link.call(lambda client: client.mget("a", "b"))
    assert values[0] == values[1]


async def assert_database_is_whole(database: Database, most: int) -> None:
    async def is_quiet() -> bool:
        return bool(await database.fetchval(BUSY) == 0)

    await until(is_quiet)
    row = await database.fetchrow("SELECT count(*) n, sum(a) a, sum(b) b FROM pair")
    assert row["n"] > 0
    assert row["a"] == row["b"]
    pool = database._pool
    assert pool.get_size() == pool.get_idle_size() <= most
    # All of the pool at once: none of them is stuck.
    async with trio.open_nursery() as nursery:
        for _ in range(most):
            nursery.start_soon(database.fetchval, "SELECT pg_sleep(0.05)")


async def test_cancellations_leave_no_transaction_open_and_the_pools_whole(
    postgres_server: PostgresServer, redis_server: RedisServer
) -> None:
    await cancel_at_random(postgres_server, redis_server, times=200, seed=1)


class Worker(LiveView):
    """Starts a transaction in the background, and cancels it when it is told to."""

    template = "<b>{{ done }}</b>"

    def mount(self, request: Request, **params: Any) -> None:
        self.done = 0

    @event_handler()
    def work(self) -> None:
        self.start_async(self._work, name="work")

    async def _work(self) -> None:
        await self._service("database").transaction(write_pair)
        await self._service("redis").call(lambda client: client.incr("a"))

    @event_handler()
    def stop(self) -> None:
        self.cancel_async("work")

    def handle_async_result(self, name: str, result: Any = None, error: Any = None) -> None:
        self.done += 1


async def write_pair(connection: Any) -> None:
    await connection.execute("INSERT INTO pair VALUES (1, 0)")
    await connection.execute("SELECT pg_sleep(0.002)")
    await connection.execute("INSERT INTO pair VALUES (0, 1)")


async def test_background_work_that_is_cancelled_leaves_nothing_open(
    postgres_server: PostgresServer, redis_server: RedisServer
) -> None:
    chance = random.Random(2)
    app = LiveApp(__name__)
    app.config |= {"SECRET_KEY": "secret", "LIVE_EVENTS_BURST": 1000}
    app.config |= {"DATABASE_URL": postgres_server.url, "REDIS_URL": redis_server.url}
    app.live("/", Worker)
    async with app.running():
        await app.database.execute("CREATE TABLE pair (a int, b int)")
        async with open_browser(app) as page:
            for _ in range(60):
                await page.call("work")
                await trio.sleep(chance.uniform(0, 0.02))
                await page.call("stop")
            await page.call("work")
            await page.wait_for(lambda: page.text("b") != "0")
            await page.call("work")  # which the end of the view cancels

        await assert_database_is_whole(app.database, most=10)


@pytest.mark.chaos
@pytest.mark.parametrize("seed", range(3))
async def test_a_thousand_cancellations_leave_nothing_behind(
    postgres_server: PostgresServer, redis_server: RedisServer, seed: int
) -> None:
    await cancel_at_random(postgres_server, redis_server, times=1000, seed=seed)


async def test_redis_is_said_to_be_unavailable_without_its_bridge() -> None:
    with pytest.raises(RedisUnavailable, match="bridge"):
        await RedisLink("redis://localhost", Bridge(), 1).call(lambda client: client.ping())
