"""NotificationMixin: changes in the database and broadcasts reach every view that listens, once."""

from __future__ import annotations

import json
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest
import trio
import trio.testing

from build_support.programs import find_postgres
from limelight import LiveApp, LiveView, Request, event_handler
from limelight.mixins import NotificationMixin, notify_on_save
from limelight.mixins.watched_tables import WatchedTable, _table_of
from limelight.server.pubsub import MemoryPubSub
from limelight.server.settings import Settings
from limelight.server.stores import MemoryStore, StateTable
from limelight.server.view_messages import Info
from limelight.testing import ViewPage, open_browser
from tests.fixtures.databases import PostgresServer, RedisServer

CORPUS = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a&lt;b")
ORDERS = "CREATE TABLE orders (id serial PRIMARY KEY, status text DEFAULT 'pending')"


def application(view: type[LiveView], **config: Any) -> LiveApp:
    app = LiveApp(__name__)
    app.config.update(SECRET_KEY="secret", LIVE_ENV="development", **config)
    app.live("/", view)
    return app


async def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    with trio.fail_after(seconds):
        while not holds():
            await trio.sleep(0.01)


class Listening(LiveView):
    """Notes what it hears."""

    template = (
        "<ul>{% for line in lines %}<li>{{ line }}</li>{% endfor %}</ul><b>{{ clicks }}</b>"
        "<button dj-click='click'>click</button>"
    )
    channels: ClassVar[tuple[str, ...]] = ("orders",)
    topics: ClassVar[tuple[str, ...]] = ("news",)

    def mount(self, request: Request, **params: Any) -> None:
        self.lines: list[str] = []
        self.clicks = 0
        for channel in self.channels:
            self.listen(channel)
        for topic in self.topics:
            self.subscribe(topic, gaps=True)

    def handle_info(self, message: Any) -> None:
        if message == "trouble":
            raise ValueError("no")
        self.lines = [*self.lines, json.dumps(message, ensure_ascii=False)]

    @event_handler()
    def click(self) -> None:
        self.clicks += 1

    @event_handler()
    def stop(self) -> None:
        self.unsubscribe("news")

    @event_handler()
    def stop_and_fail(self) -> None:
        self.unsubscribe("news")
        raise ValueError("no")

    @event_handler()
    def follow(self, topic: str) -> None:
        self.subscribe(topic)

    @event_handler()
    def follow_and_fail(self, topic: str) -> None:
        self.subscribe(topic)
        raise ValueError("no")

    @event_handler()
    async def say(self, text: str) -> None:
        await self.notify("orders", {"text": text})

    @event_handler()
    def tell_all(self, text: str) -> None:
        self.broadcast("news", {"text": text})


class Subscribed(Listening):
    channels = ()


class OrderBoard(LiveView):
    """The reference page's example; SQL stands for the ORM."""

    template = "<ul>{% for order in orders %}<li>{{ order }}</li>{% endfor %}</ul>"

    def mount(self, request: Request, **params: Any) -> None:
        self.orders: list[int] = []
        self.listen("orders")

    async def handle_info(self, message: Any) -> None:
        if message["type"] == "db_notify":
            database = self._service("database")  # in an application: app.database
            rows = await database.fetch(
                "SELECT id FROM orders WHERE status = 'pending' ORDER BY id"
            )
            self.orders = [row["id"] for row in rows]


def lines(page: ViewPage) -> list[Any]:
    """What the page shows to have been heard, but not the gaps of a first listening."""
    heard = [json.loads(line) for line in page.texts("li")]
    return [one for one in heard if "gap" not in str(one.get("type"))]


def gaps(page: ViewPage) -> int:
    return len(page.texts("li")) - len(lines(page))


# --- broadcasts ---------------------------------------------------------------------------


async def test_a_broadcast_reaches_all_who_have_subscribed() -> None:
    app = application(Subscribed)
    async with open_browser(app) as one, open_browser(app) as other:
        await one.call("tell_all", text="hello")
        await other.settle()

        assert lines(one) == lines(other) == [{"text": "hello"}]


async def test_the_application_broadcasts_as_well() -> None:
    app = application(Subscribed)
    async with open_browser(app) as page:
        app.broadcast("news", {"text": "from outside"})
        app.broadcast("sport", {"text": "not heard"})
        await page.settle()

        assert lines(page) == [{"text": "from outside"}]


async def test_mount_subscribes_once_in_http_and_socket_together() -> None:
    app = application(Subscribed)
    async with open_browser(app) as page:
        await page.reconnect()
        app.broadcast("news", {"n": 1})
        await page.settle()

        assert lines(page) == [{"n": 1}]


async def test_the_same_said_twice_is_heard_twice_and_in_order() -> None:
    app = application(Subscribed)
    async with open_browser(app) as page:
        for number in (1, 1, 2, 1):
            app.broadcast("news", {"n": number})
        await page.settle()

        assert [one["n"] for one in lines(page)] == [1, 1, 2, 1]


async def test_a_restarted_view_hears_on_and_nothing_twice() -> None:
    app = application(Subscribed)
    async with open_browser(app) as page:
        await page.call("follow", topic="sport")
        await page.crash()
        app.broadcast("news", {"n": 1})
        app.broadcast("sport", {"n": 2})
        await page.settle()

        assert lines(page) == [{"n": 1}, {"n": 2}]


async def test_a_message_on_which_the_view_fails_is_dropped_and_the_next_heard() -> None:
    app = application(Subscribed)
    async with open_browser(app) as page:
        app.broadcast("news", {"n": 1})
        app.broadcast("news", "trouble")
        app.broadcast("news", {"n": 2})
        await page.settle()

        assert lines(page) == [{"n": 1}, {"n": 2}]
        assert page.errors


async def test_who_has_unsubscribed_hears_no_more() -> None:
    app = application(Subscribed)
    async with open_browser(app) as page:
        await page.call("stop")
        app.broadcast("news", {"n": 1})
        await page.settle()

        assert lines(page) == []
        assert subscribers(app) == {}


async def test_a_failed_turn_neither_subscribes_nor_unsubscribes() -> None:
    app = application(Subscribed)
    async with open_browser(app) as page:
        for event, parameters in (("stop_and_fail", {}), ("follow_and_fail", {"topic": "sport"})):
            with pytest.raises(Exception, match="no"):
                await page.call(event, **parameters)
        app.broadcast("news", {"n": 1})
        app.broadcast("sport", {"n": 2})
        await page.settle()

        assert lines(page) == [{"n": 1}]
        assert set(subscribers(app)) == {"news"}


async def test_a_view_that_has_ended_is_subscribed_to_nothing() -> None:
    app = application(Subscribed)
    async with app.running():
        async with open_browser(app):
            assert set(subscribers(app)) == {"news"}
        await trio.testing.wait_all_tasks_blocked()

        assert subscribers(app) == {}


async def test_a_view_that_fails_in_mount_is_subscribed_to_nothing() -> None:
    class Failing(Listening):
        channels = ()

        def mount(self, request: Request, **params: Any) -> None:
            super().mount(request, **params)
            raise ValueError("no")

    app = application(Failing)
    async with app.running():
        answer = await app.test_client().get("/")

        assert answer.status_code == 500
        assert subscribers(app) == {}


async def test_a_flood_is_not_kept_but_said_to_be_missed() -> None:
    app = application(Subscribed, LIVE_NOTICES=10, LIVE_MAILBOX=5)
    async with open_browser(app) as page:
        for number in range(100):
            app.broadcast("news", {"n": number})
        await page.settle()
        app.broadcast("news", {"n": 100})
        await page.settle()

        assert len(page.texts("li")) < 20
        assert gaps(page) > 0
        assert lines(page)[-1] == {"n": 100}


async def test_a_burst_leaves_room_for_the_browser() -> None:
    app = application(Subscribed, LIVE_MAILBOX=5)
    async with open_browser(app) as page:
        for number in range(1000):
            app.broadcast("news", {"n": number})
        await page.click("button")

        assert page.text("b") == "1"
        assert len(lines(page)) < 1000
        await page.settle()
        assert [one["n"] for one in lines(page)] == list(range(1000))


async def test_a_full_mailbox_still_hears() -> None:
    app = application(Subscribed, LIVE_MAILBOX=3)
    async with open_browser(app) as page:
        address = page.visitor.seat_of(page.link.token).address
        for number in range(3):
            address.tell(Info({"filler": number}))
        app.broadcast("news", {"n": 7})
        app.broadcast("news", {"n": 8})
        await page.settle()

        assert {"n": 7} in lines(page)
        assert {"n": 8} in lines(page)


async def test_broadcasts_come_from_other_processes_over_redis(redis_server: RedisServer) -> None:
    here, there = (application(Subscribed, REDIS_URL=redis_server.url) for _ in range(2))
    async with open_browser(here) as one, there.running():
        await until(lambda: gaps(one) == 1)  # from now on Redis knows of the subscription
        there.broadcast("news", {"text": "from there"})
        await until(lambda: lines(one) == [{"text": "from there"}])


async def test_what_is_broadcast_is_text_in_the_page() -> None:
    app = application(Subscribed)
    async with open_browser(app) as page:
        for text in CORPUS:
            app.broadcast("news", {"text": text})
        await page.settle()

        assert [one["text"] for one in lines(page)] == list(CORPUS)
        assert page.count("li script, li img") == 0


async def test_a_view_that_names_the_mixin_again_is_as_good() -> None:
    class Named(NotificationMixin, Listening):
        channels = ()

    app = application(Named)
    async with open_browser(app) as page:
        app.broadcast("news", {"n": 1})
        await page.settle()

        assert lines(page) == [{"n": 1}]


# --- the database ---------------------------------------------------------------------------


async def test_without_a_database_listening_says_what_to_set(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = application(Listening)
    async with app.running():
        answer = await app.test_client().get("/")

    assert answer.status_code == 500
    assert "Set DATABASE_URL" in caplog.text


@asynccontextmanager
async def board(
    server: PostgresServer, view: type[LiveView], **config: Any
) -> AsyncIterator[tuple[LiveApp, ViewPage]]:
    app = application(view, DATABASE_URL=server.url, **config)
    async with open_browser(app) as page:
        if issubclass(view, Listening):
            await until(lambda: gaps(page) > 0)  # PostgreSQL knows of the listening
        yield app, page


async def test_a_notification_arrives_as_the_reference_says(
    postgres_server: PostgresServer,
) -> None:
    async with board(postgres_server, Listening) as (_, page):
        await page.call("say", text="ü")
        await until(lambda: bool(lines(page)))

        assert lines(page) == [{"type": "db_notify", "channel": "orders", "payload": {"text": "ü"}}]


async def test_payloads_of_bad_shape_arrive_raw(postgres_server: PostgresServer) -> None:
    async with board(postgres_server, Listening) as (app, page):
        shapes = ["", "no json", "[1, 2]", "7", '{"half":', "{'a': 1}", "[" * 5000, '"ü\\u0000"']
        for shape in shapes:
            await app.database.execute("SELECT pg_notify('orders', $1)", shape)
        await until(lambda: len(lines(page)) == len(shapes))

        assert [one["payload"] for one in lines(page)] == [{"raw": shape} for shape in shapes]


async def test_the_reference_page_s_example(postgres_server: PostgresServer) -> None:
    @notify_on_save
    @dataclass
    class Orders:
        id: int
        status: str

    class Board(OrderBoard):
        opened: ClassVar[list[Any]] = []

        async def handle_info(self, message: Any) -> None:
            self.opened.append(message["type"])
            await super().handle_info(message)

    await prepare(postgres_server, ORDERS)
    async with board(postgres_server, Board) as (app, page):
        await until(lambda: "db_gap" in Board.opened)
        await app.database.execute("INSERT INTO orders DEFAULT VALUES")
        await app.database.execute("INSERT INTO orders (status) VALUES ('sent')")
        await app.database.execute("INSERT INTO orders DEFAULT VALUES")
        await until(lambda: page.texts("li") == ["1", "3"])
    assert Orders is not None


async def prepare(server: PostgresServer, *commands: str) -> None:
    app = application(Subscribed, DATABASE_URL=server.url)
    async with app.running():
        for command in commands:
            await app.database.execute(command)


class Busy(Listening):
    """Is busy for a while, as somebody who is asked for a large report."""

    seen: ClassVar[list[Any]] = []
    is_busy: ClassVar[trio.Event]
    may_go_on: ClassVar[trio.Event]

    def handle_info(self, message: Any) -> None:
        if message["type"] == "db_gap":
            super().handle_info(message)
        self.seen.append(message)

    @event_handler()
    async def work(self) -> None:
        self.is_busy.set()
        await self.may_go_on.wait()


def psql(server: PostgresServer, commands: str) -> None:
    program = (find_postgres() or Path()) / "psql"
    subprocess.run(
        [program, "-q", "-v", "ON_ERROR_STOP=1", server.url],
        input=commands,
        text=True,
        check=True,
        capture_output=True,
    )


async def test_a_thousand_changes_by_psql_while_the_view_is_busy_are_all_heard(
    postgres_server: PostgresServer,
) -> None:
    @notify_on_save(channel="orders", table="orders")
    class Order(msgspec.Struct):
        id: int

    Busy.seen, Busy.is_busy, Busy.may_go_on = [], trio.Event(), trio.Event()
    await prepare(postgres_server, ORDERS)
    inserts = "INSERT INTO orders DEFAULT VALUES;\n" * 1000
    async with board(postgres_server, Busy, LIVE_MAILBOX=100) as (_, page):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(page.call, "work")
            await Busy.is_busy.wait()
            await trio.to_thread.run_sync(psql, postgres_server, inserts)
            Busy.may_go_on.set()
        await until(lambda: len(changes(Busy.seen)) >= 1000)

        assert changes(Busy.seen) == list(range(1, 1001))
    assert Order is not None


def changes(seen: list[Any]) -> list[int]:
    return [one["payload"]["pk"] for one in seen if one["type"] == "db_notify"]


async def test_identical_changes_that_wait_are_heard_once(
    postgres_server: PostgresServer,
) -> None:
    Busy.seen, Busy.is_busy, Busy.may_go_on = [], trio.Event(), trio.Event()
    async with board(postgres_server, Busy) as (app, page):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(page.call, "work")
            await Busy.is_busy.wait()
            for _ in range(50):
                await app.database.notify("orders", '{"pk": 1}')
            await app.database.notify("orders", '{"pk": 2}')
            await trio.sleep(0.2)
            Busy.may_go_on.set()
        await until(lambda: len(changes(Busy.seen)) >= 2)

        assert changes(Busy.seen) == [1, 2]


async def test_a_restart_of_postgres_is_a_gap_for_every_listening_view(
    postgres_server: PostgresServer,
) -> None:
    app = application(Listening, DATABASE_URL=postgres_server.url)
    async with open_browser(app) as one, open_browser(app) as other:
        await until(lambda: gaps(one) > 0)
        before = gaps(one), gaps(other)
        await trio.to_thread.run_sync(postgres_server.restart)
        await until(lambda: gaps(one) > before[0] and gaps(other) > before[1], seconds=3)
        await app.database.notify("orders", '{"pk": 1}')
        await until(lambda: len(lines(one)) == len(lines(other)) == 1)


async def test_a_view_that_moves_to_another_process_listens_there(
    postgres_server: PostgresServer,
) -> None:
    """The second application stands for the process that the view is restored in."""
    table = StateTable(1_000_000)
    first, second = (application(Listening, DATABASE_URL=postgres_server.url) for _ in range(2))
    first.state_store, second.state_store = MemoryStore(table), MemoryStore(table)
    async with first.running(), second.running(), open_browser(first) as page:
        await until(lambda: gaps(page) > 0)
        await page.click("button")
        before = gaps(page)
        await move(page, second)
        await until(lambda: gaps(page) > before)
        second.broadcast("news", {"n": 1})
        with trio.fail_after(20):
            while len(lines(page)) < 2:  # until PostgreSQL knows of the new listening
                await second.database.notify("orders", '{"pk": 1}')
                await trio.sleep(0.05)
        await until(lambda: subscribers(first) == {})

        assert page.text("b") == "1"
        assert lines(page).count({"n": 1}) == 1


async def move(page: ViewPage, app: LiveApp) -> None:
    """The page's next socket reaches another process."""
    await page.disconnect()
    page.visitor.app = app
    await page.reconnect()


# --- what is declared -----------------------------------------------------------------------


def test_a_class_declares_its_table() -> None:
    class LineItem:
        pass

    class Sent:
        __table_name__ = "shop.sent_orders"

    assert _table_of(LineItem, None, None, "id") == WatchedTable("line_item", "line_item", "id")
    assert _table_of(Sent, None, None, "key") == WatchedTable(
        "sent_orders", "shop.sent_orders", "key"
    )


@pytest.mark.parametrize(
    "unfit", [{"channel": "Or ders"}, {"table": "a.b.c"}, {"table": "x; DROP"}, {"pk": "id'"}]
)
def test_names_that_do_not_fit_are_refused(unfit: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="small letters"):
        notify_on_save(**unfit)(type("Order", (), {}))


def test_a_function_has_no_table() -> None:
    with pytest.raises(TypeError, match="stands on a class"):
        notify_on_save(print)  # type: ignore[call-overload]


def subscribers(app: LiveApp) -> dict[str, int]:
    """How many are subscribed to each topic of the views."""
    pubsub = app.runtime.service("pubsub")
    assert isinstance(pubsub, MemoryPubSub)
    topics = pubsub._audience._topics
    return {topic: len(those) for topic, those in topics.items() if topic in ("news", "sport")}


def test_settings_say_how_much_may_wait() -> None:
    assert Settings().notices == 10_000
