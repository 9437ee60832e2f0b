"""One connection listens for all; tables get their triggers once; what was missed is said."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import trio

from limelight.actors import ChildSpec, open_supervisor
from limelight.server.bridge import AsyncioBridge, Bridge
from limelight.server.database import Database
from limelight.server.listener import Listener, ListenerLink
from tests.fixtures.databases import PostgresServer

UNLISTENED = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'UNLISTEN%'"


@dataclass(frozen=True)
class Table:
    channel: str = "orders"
    table: str = "orders"
    pk: str = "id"


@asynccontextmanager
async def listening_to(
    server: PostgresServer, *tables: Table, silence_seconds: float = 4
) -> AsyncIterator[tuple[Listener, Database]]:
    bridge = Bridge()
    listener = Listener(server.url, bridge, silence_seconds, lambda: tables)
    children = [
        ChildSpec(lambda: AsyncioBridge(bridge), "bridge"),
        ChildSpec(lambda: ListenerLink(listener), "listener"),
    ]
    async with open_supervisor(children=children):
        yield listener, Database(server.url, bridge, 3, 5)


class Ear:
    """One who listens to a channel."""

    def __init__(self, listener: Listener, channel: str = "orders") -> None:
        self.heard: list[str] = []
        self.gaps = 0
        self.subscription = listener.listen(channel, self.heard.append, self._gap)

    def _gap(self) -> None:
        self.gaps += 1

    @property
    def events(self) -> list[tuple[str, str, Any]]:
        payloads = map(json.loads, self.heard)
        return [(one["event"], one["table"], one["pk"]) for one in payloads]


async def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    with trio.fail_after(seconds):
        while not holds():
            await trio.sleep(0.005)


async def open_ear(listener: Listener, channel: str = "orders") -> Ear:
    """Listen, and wait until PostgreSQL knows of it."""
    ear = Ear(listener, channel)
    await until(lambda: ear.gaps > 0)
    return ear


async def test_who_listens_hears_what_is_notified(postgres_server: PostgresServer) -> None:
    async with listening_to(postgres_server) as (listener, database):
        ear = await open_ear(listener)
        await database.notify("orders", "one")
        await database.execute("NOTIFY orders, 'two'")
        await until(lambda: ear.heard == ["one", "two"])


async def test_all_share_one_connection(postgres_server: PostgresServer) -> None:
    async with listening_to(postgres_server) as (listener, database):
        ears = [await open_ear(listener, f"channel_{number}") for number in range(10)]
        ears += [Ear(listener, "channel_0") for _ in range(10)]
        await database.notify("channel_0", "x")
        await until(lambda: sum(len(ear.heard) for ear in ears) == 11)

        assert (
            await database.fetchval("SELECT count(*) FROM pg_stat_activity WHERE datname > ''") == 2
        )


async def test_the_last_who_leaves_ends_the_listening(postgres_server: PostgresServer) -> None:
    async with listening_to(postgres_server) as (listener, database):
        first, second = await open_ear(listener), Ear(listener)
        first.subscription.cancel()
        await database.notify("orders", "1")
        await until(lambda: second.heard == ["1"])
        second.subscription.cancel()
        with trio.fail_after(20):
            while not await database.fetchval(UNLISTENED):
                await trio.sleep(0.005)
        again = await open_ear(listener)
        await database.notify("orders", "2")
        await until(lambda: again.heard == ["2"])

        assert first.heard == []


async def test_a_channel_has_a_name_that_postgres_leaves_alone() -> None:
    listener = Listener("postgresql://nowhere", Bridge(), 1)
    for unfit in ("", "Orders", "1st", "a-b", 'a"; DROP', "ä", "x" * 64, "orders\n", None):
        with pytest.raises(ValueError, match="cannot be a channel"):
            listener.listen(unfit, print)  # type: ignore[arg-type]


async def test_too_large_a_payload_is_refused_with_its_size(
    postgres_server: PostgresServer,
) -> None:
    async with listening_to(postgres_server) as (listener, database):
        ear = await open_ear(listener)
        await database.notify("orders", "x" * 7_999)
        with pytest.raises(ValueError, match="8000 bytes"):
            await database.notify("orders", "ü" * 4_000)
        await until(lambda: ear.heard == ["x" * 7_999])


async def test_after_a_restart_of_postgres_all_listen_again_within_three_seconds(
    postgres_server: PostgresServer,
) -> None:
    async with listening_to(postgres_server) as (listener, database):
        ears = [await open_ear(listener, f"channel_{number % 5}") for number in range(5)]
        ears += [Ear(listener, f"channel_{number % 5}") for number in range(45)]
        gaps = [ear.gaps for ear in ears]
        await trio.to_thread.run_sync(postgres_server.restart)
        await until(
            lambda: all(ear.gaps > gap for ear, gap in zip(ears, gaps, strict=True)), seconds=3
        )
        for number in range(5):
            await database.notify(f"channel_{number}", "again")
        await until(lambda: all(ear.heard == ["again"] for ear in ears))


async def test_a_postgres_that_does_not_answer_counts_as_lost(
    postgres_server: PostgresServer,
) -> None:
    async with listening_to(postgres_server, silence_seconds=0.4) as (listener, _):
        ear = await open_ear(listener)
        gaps = ear.gaps
        postgres_server.stop()
        await trio.sleep(1)
        postgres_server.cont()
        await until(lambda: ear.gaps > gaps)


async def test_every_writer_is_seen(postgres_server: PostgresServer) -> None:
    async with listening_to(postgres_server) as (_, database):
        await database.execute("CREATE TABLE orders (id int PRIMARY KEY, name text)")
    async with listening_to(postgres_server, Table()) as (listener, database):
        ear = await open_ear(listener)
        await database.execute("INSERT INTO orders VALUES (1, 'a'), (2, 'b')")
        await database.execute("UPDATE orders SET name = 'c' WHERE id = 1")
        await database.execute("UPDATE orders SET id = 3 WHERE id = 2")
        await database.execute("DELETE FROM orders WHERE id = 3")
        await database.execute("TRUNCATE orders")
        await until(lambda: len(ear.heard) >= 7)

        assert ear.events == [
            ("insert", "orders", 1),
            ("insert", "orders", 2),
            ("update", "orders", 1),
            ("delete", "orders", 2),
            ("update", "orders", 3),
            ("delete", "orders", 3),
            ("delete", "orders", None),
        ]


async def test_a_change_that_is_rolled_back_is_not_told(postgres_server: PostgresServer) -> None:
    async with listening_to(postgres_server) as (_, database):
        await database.execute("CREATE TABLE orders (id int)")
    async with listening_to(postgres_server, Table()) as (listener, database):
        ear = await open_ear(listener)
        await database.execute("BEGIN; INSERT INTO orders VALUES (1); ROLLBACK")
        await database.execute("INSERT INTO orders VALUES (2)")
        await until(lambda: bool(ear.heard))

        assert ear.events == [("insert", "orders", 2)]


async def test_a_key_that_does_not_fit_is_left_out_and_the_row_is_written(
    postgres_server: PostgresServer,
) -> None:
    async with listening_to(postgres_server) as (_, database):
        await database.execute("CREATE TABLE orders (id text)")
    async with listening_to(postgres_server, Table()) as (listener, database):
        ear = await open_ear(listener)
        await database.execute("INSERT INTO orders VALUES (repeat('x', 9000))")
        await until(lambda: bool(ear.heard))

        assert ear.events == [("insert", "orders", None)]
        assert await database.fetchval("SELECT length(id) FROM orders") == 9000


async def test_a_trigger_is_installed_once_however_often_the_server_starts(
    postgres_server: PostgresServer,
) -> None:
    async with listening_to(postgres_server) as (_, database):
        await database.execute("CREATE SCHEMA shop; CREATE TABLE shop.orders (key uuid)")
    table = Table("orders", "shop.orders", "key")
    found: list[Sequence[Any]] = []
    for _ in range(3):
        async with listening_to(postgres_server, table) as (listener, database):
            await open_ear(listener)
            rows = await database.fetch("SELECT oid, tgname FROM pg_trigger ORDER BY tgname")
            found.append([tuple(row) for row in rows])

    assert [name for _, name in found[0]] == [
        "limelight_notify_orders",
        "limelight_truncate_orders",
    ]
    assert found[0] == found[1] == found[2]


async def test_two_servers_that_start_at_once_install_it_once(
    postgres_server: PostgresServer,
) -> None:
    async with listening_to(postgres_server) as (_, database):
        await database.execute("CREATE TABLE orders (id int)")
    async with trio.open_nursery() as nursery:

        async def start() -> None:
            async with listening_to(postgres_server, Table()) as (listener, _):
                await open_ear(listener)

        for _ in range(4):
            nursery.start_soon(start)
    async with listening_to(postgres_server) as (_, database):
        assert await database.fetchval("SELECT count(*) FROM pg_trigger") == 2


async def test_a_table_that_is_created_later_is_watched_then(
    postgres_server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening_to(postgres_server, Table(), silence_seconds=0.4) as (listener, database):
        ear = await open_ear(listener)
        await database.execute("CREATE TABLE orders (id serial)")

        async def write() -> None:
            while True:
                await database.execute("INSERT INTO orders DEFAULT VALUES")
                await trio.sleep(0.05)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(write)
            await until(lambda: bool(ear.heard))
            nursery.cancel_scope.cancel()

    assert ear.gaps == 2  # at first, and for the rows before the trigger
    assert caplog.text.count("changes of orders cannot be watched yet: there is no such table") == 1


async def test_a_wrong_key_is_said(
    postgres_server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening_to(postgres_server) as (_, database):
        await database.execute("CREATE TABLE orders (number int)")
    async with listening_to(postgres_server, Table()) as (listener, _):
        await open_ear(listener)

    assert 'it has no column "id"' in caplog.text
