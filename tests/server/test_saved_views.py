"""A view goes on in another process: with its state, each event applied once, no loss untold."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, ClassVar, Literal

import pytest
import trio
from trio.testing import MockClock

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.client import PageError
from limelight.memory_transport import AppVisitor
from limelight.server.stores import (
    MemoryStore,
    StateTable,
    Stored,
    StoreUnavailable,
    ignore_recall,
)
from limelight.testing import ViewPage, open_browser
from tests.fixtures.databases import RedisServer


class Cart(LiveView):
    """Counts how often it was mounted, in this process or in another."""

    template = """
    <p id="mounts">{{ mounts }}</p><p id="items">{{ items|join(" ") }}</p><i>{{ request_path }}</i>
    <button dj-click="add" dj-value-item="tea">+</button>
    """
    mounts_ever: ClassVar[int] = 0
    ended: ClassVar[list[str]] = []

    def mount(self, request: Request, **params: Any) -> None:
        Cart.mounts_ever += 1
        self.mounts = Cart.mounts_ever
        self.items: list[str] = []
        self.request_path = request.url
        self._secret = "not saved"

    @event_handler()
    def add(self, item: str = "tea") -> None:
        self.items = [*self.items, item]

    @event_handler()
    def note(self, text: str) -> None:
        self.hidden = text

    @event_handler()
    def spoil(self) -> None:
        self.handle = open  # a function is no state

    @event_handler()
    def fail(self) -> None:
        raise ValueError("no")

    def unmount(self) -> None:
        self.ended.append("unmount")


class StrictCart(Cart):
    persist: ClassVar[Literal["soon", "strict", "never"]] = "strict"


class ForgottenCart(Cart):
    persist: ClassVar[Literal["soon", "strict", "never"]] = "never"


class Shy(LiveView):
    """Chooses what is saved of it."""

    template = "<b>{{ total }}</b><i>{{ cache }}</i><button dj-click='add'>+</button>"

    def mount(self, request: Request, **params: Any) -> None:
        self.total, self.cache = 0, "full"

    @event_handler()
    def add(self) -> None:
        self.total += 1

    def dump_state(self) -> dict[str, Any]:
        return {"total": self.total}

    def load_state(self, state: dict[str, Any]) -> None:
        if state["total"] == 13:
            raise ValueError("bad luck")
        self.total, self.cache = state["total"], "filled again"


@pytest.fixture(autouse=True)
def _fresh(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "limelight")
    Cart.mounts_ever = 0
    Cart.ended.clear()


class Worker:
    """One process: an application with a connection to the common store."""

    def __init__(self, table: StateTable) -> None:
        self.store = MemoryStore(table)
        self.app = LiveApp(__name__)
        self.app.config.update(SECRET_KEY="secret", LIVE_ENV="development")
        self.app.state_store = self.store
        for view in (Cart, StrictCart, ForgottenCart, Shy):
            self.app.live(f"/{view.__name__.lower()}", view)


@asynccontextmanager
async def two_workers(path: str) -> AsyncIterator[tuple[Worker, Worker, ViewPage]]:
    """A page that the first worker serves, and a second one beside it."""
    table = StateTable(10_000_000, trio.current_time)
    first, second = Worker(table), Worker(table)
    async with first.app.running(), second.app.running(), open_browser(first.app, path) as page:
        yield first, second, page


async def reach(worker: Worker, page: ViewPage) -> None:
    """The page's next socket lands on this worker."""
    if page.is_connected:
        await page.disconnect()
    page.visitor.app = worker.app
    await page.reconnect()
    await page.settle()


async def kill(worker: Worker, table: StateTable) -> None:
    """As kill -9: nothing more is saved, and the store notices that the owner is gone."""
    table.disown(worker.store._owner)

    async def refuse(*_: Any, **__: Any) -> list[str]:
        raise StoreUnavailable("dead")

    worker.store.save = refuse  # type: ignore[method-assign]


def table_of(worker: Worker) -> StateTable:
    return worker.store._table


def lost(page: ViewPage) -> list[str]:
    return [error.message for error in page.errors if error.kind == "lost"]


async def test_a_view_goes_on_in_the_worker_where_the_socket_lands(
    autojump_clock: MockClock,
) -> None:
    async with two_workers("/cart?from=ad") as (_, second, page):
        await page.click("button")
        await page.call("add", item="cake")
        await reach(second, page)
        await page.click("button")

        assert page.text("#items") == "tea cake tea"
        assert page.text("#mounts") == "1"
        assert page.text("i") == "/cart?from=ad"
        assert lost(page) == []


async def test_it_ends_quietly_where_it_was(autojump_clock: MockClock) -> None:
    async with two_workers("/cart") as (first, second, page):
        await reach(second, page)

        assert first.app.runtime.seats == {}
        assert len(second.app.runtime.seats) == 1
        assert Cart.ended == []


async def test_it_returns_to_the_first_worker_as_well(autojump_clock: MockClock) -> None:
    async with two_workers("/cart") as (first, second, page):
        for worker in (second, first, second, first):
            await reach(worker, page)
            await page.click("button")

        assert page.text("#items") == "tea tea tea tea"
        assert Cart.mounts_ever == 1


async def test_a_rendered_page_is_joined_in_another_worker(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = StateTable(10_000_000, trio.current_time)
    first, second = Worker(table), Worker(table)
    open_socket = AppVisitor.open_socket

    async def open_elsewhere(visitor: AppVisitor, path: str) -> Any:
        visitor.app = second.app
        return await open_socket(visitor, path)

    monkeypatch.setattr(AppVisitor, "open_socket", open_elsewhere)
    async with (
        first.app.running(),
        second.app.running(),
        open_browser(first.app, "/cart") as page,
    ):
        assert page.text("#mounts") == "1"
        assert page.link.how == "mounted"
        assert Cart.mounts_ever == 1


async def test_a_killed_worker_costs_soon_at_most_the_last_moments_and_says_so(
    autojump_clock: MockClock,
) -> None:
    async with two_workers("/cart") as (first, second, page):
        await page.click("button")
        # On a busy machine a save takes its time, and the next waits for twenty times as long.
        await trio.sleep(5)
        await page.call("add", item="lost")
        await kill(first, table_of(first))
        await reach(second, page)

        assert page.text("#items") == "tea"
        assert len(lost(page)) == 1


async def test_events_that_left_no_trace_in_the_page_are_missed_at_the_next_one(
    autojump_clock: MockClock,
) -> None:
    async with two_workers("/cart") as (first, second, page):
        await trio.sleep(5)
        await page.call("note", text="a")
        await page.call("note", text="b")
        await kill(first, table_of(first))
        await reach(second, page)
        assert lost(page) == []
        await page.click("button")

        assert lost(page) == ["The server was interrupted; the last events (2) were lost."]


async def test_a_killed_worker_costs_strict_nothing(autojump_clock: MockClock) -> None:
    async with two_workers("/strictcart") as (first, second, page):
        for item in ("a", "b", "c"):
            await page.call("add", item=item)
        await kill(first, table_of(first))
        await reach(second, page)
        await page.call("add", item="d")

        assert page.text("#items") == "a b c d"
        assert lost(page) == []


async def test_strict_acknowledges_only_what_is_stored(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with two_workers("/strictcart") as (first, _, page):
        save = first.store.save
        answered: list[float] = []

        async def save_slowly(states: Mapping[str, bytes], seconds: float, **how: Any) -> list[str]:
            await trio.sleep(1.5)
            answered.append(trio.current_time())
            return await save(states, seconds, **how)

        monkeypatch.setattr(first.store, "save", save_slowly)
        began = trio.current_time()
        await page.click("button")

        assert trio.current_time() - began >= 1.5
        assert answered


async def test_strict_waits_for_a_store_that_is_away(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with two_workers("/strictcart") as (first, _, page):
        save = first.store.save
        back_at = trio.current_time() + 12

        async def save_later(states: Mapping[str, bytes], seconds: float, **how: Any) -> list[str]:
            if trio.current_time() < back_at:
                raise StoreUnavailable("away")
            return await save(states, seconds, **how)

        monkeypatch.setattr(first.store, "save", save_later)
        await page.click("button")

        assert trio.current_time() >= back_at
        assert page.text("#items") == "tea"


async def test_a_failed_event_is_told_and_not_repeated_in_strict_views(
    autojump_clock: MockClock,
) -> None:
    async with two_workers("/strictcart") as (first, second, page):
        with pytest.raises(Exception, match="no"):
            await page.call("fail")
        await kill(first, table_of(first))
        await reach(second, page)
        await page.click("button")

        assert lost(page) == []
        assert [error.kind for error in page.errors] == ["crash"]


async def test_never_begins_anew_and_says_so(autojump_clock: MockClock) -> None:
    async with two_workers("/forgottencart") as (_, second, page):
        await page.click("button")
        await reach(second, page)

        assert page.text("#items") == ""
        assert lost(page) == ["The server has lost this view; it begins anew."]


async def test_turns_within_50_ms_share_one_save(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with two_workers("/cart") as (first, _, page):
        await trio.sleep(0.2)
        save = first.store.save
        saves: list[int] = []

        async def count(states: Mapping[str, bytes], seconds: float, **how: Any) -> list[str]:
            saves.append(len(states))
            return await save(states, seconds, **how)

        monkeypatch.setattr(first.store, "save", count)
        for _ in range(20):
            await page.click("button")
        await trio.sleep(0.2)

        assert saves == [1]


async def test_the_hooks_choose_what_is_saved(autojump_clock: MockClock) -> None:
    async with two_workers("/shy") as (_, second, page):
        await page.click("button")
        await reach(second, page)

        assert (page.text("b"), page.text("i")) == ("1", "filled again")


async def test_what_cannot_be_restored_is_mounted_anew_and_told(autojump_clock: MockClock) -> None:
    async with two_workers("/shy") as (_, second, page):
        for _ in range(13):
            await page.click("button")
        await reach(second, page)

        assert page.text("b") == "0"
        assert lost(page) == ["The server has lost this view; it begins anew."]


async def test_an_attribute_that_cannot_be_saved_is_named_once(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "limelight.state")
    async with two_workers("/cart") as (first, second, page):
        await page.call("spoil")
        await trio.sleep(0.1)
        await page.click("button")
        await trio.sleep(0.1)
        assert page.text("#items") == "tea"
        await reach(second, page)

        named = [text for text in map(str, caplog.messages) if "Cart is not saved" in text]
        assert len(named) == 1
        assert "'handle' cannot be saved. builtins.builtin_function_or_method" in named[0]
        assert first.app.runtime.seats


async def test_views_go_on_through_redis(redis_server: RedisServer) -> None:
    workers = [Worker(StateTable(0)), Worker(StateTable(0))]
    for worker in workers:
        worker.app.state_store = None
        worker.app.config["REDIS_URL"] = redis_server.url
    first, second = workers
    async with (
        first.app.running(),
        second.app.running(),
        open_browser(first.app, "/strictcart") as page,
    ):
        for worker in (second, first):
            await page.click("button")
            page.visitor.app = worker.app
            await page.disconnect()
            await page.reconnect()
        await page.click("button")

        assert page.text("#items") == "tea tea tea"
        assert Cart.mounts_ever == 1


async def test_a_view_that_ended_is_forgotten(autojump_clock: MockClock) -> None:
    table = StateTable(10_000_000, trio.current_time)
    worker = Worker(table)
    async with worker.app.running():
        async with open_browser(worker.app, "/cart"):
            assert table._entries
        await trio.sleep(1)

        assert not table._entries
        assert Cart.ended == ["unmount"]


async def test_a_second_tab_does_not_take_the_view_of_the_first(autojump_clock: MockClock) -> None:
    async with two_workers("/cart") as (_, second, page):
        await page.click("button")
        await trio.sleep(5)
        async with page.open_tab("/cart") as tab:
            tab.link.token = page.link.token
            await reach(second, tab)
            await page.click("button")

            assert page.text("#items") == "tea tea"
            assert tab.text("#items") == ""


async def test_a_view_is_found_although_it_is_released_at_the_last_moment(
    autojump_clock: MockClock,
) -> None:
    async with two_workers("/cart") as (first, second, page):
        await page.click("button")
        take = second.store.take

        async def take_late(view_id: str, former: str) -> Stored | None:
            table_of(first).disown(first.store._owner)
            return await take(view_id, former)

        second.store.take = take_late  # type: ignore[method-assign]
        await trio.sleep(1)
        first.store.on_recall = ignore_recall
        await reach(second, page)

        assert page.text("#items") == "tea"
        assert Cart.mounts_ever == 1


async def test_a_page_that_has_gone_elsewhere_takes_no_view_along(
    autojump_clock: MockClock,
) -> None:
    async with two_workers("/cart") as (first, second, page):
        await trio.sleep(1)
        await page.disconnect()
        looked, is_gone = trio.Event(), trio.Event()
        load = second.store.load

        async def load_late(view_id: str) -> Stored | None:
            looked.set()
            await is_gone.wait()
            return await load(view_id)

        second.store.load = load_late  # type: ignore[method-assign]
        page.visitor.app = second.app
        async with trio.open_nursery() as nursery:
            nursery.start_soon(page.reconnect)
            await looked.wait()
            nursery.cancel_scope.cancel()
        await page.disconnect()
        is_gone.set()
        await trio.sleep(1)

        assert second.app.runtime.seats == {}
        second.store.load = load  # type: ignore[method-assign]
        await reach(first, page)
        assert Cart.mounts_ever == 1


async def test_a_worker_that_is_leaving_begins_nothing_anew(autojump_clock: MockClock) -> None:
    async with two_workers("/cart") as (first, second, page):
        await page.click("button")
        await trio.sleep(1)

        async def load_too_late(view_id: str) -> Stored | None:
            assert second.app.runtime.keeper is not None
            second.app.runtime.keeper.is_leaving = True
            raise StoreUnavailable("closed")

        second.store.load = load_too_late  # type: ignore[method-assign]
        with pytest.raises(PageError, match="restarts"):
            await reach(second, page)
        await reach(first, page)

        assert page.text("#items") == "tea"
        assert Cart.mounts_ever == 1


async def test_a_store_that_is_away_for_a_moment_costs_no_view(autojump_clock: MockClock) -> None:
    async with two_workers("/cart") as (_, second, page):
        await page.click("button")
        await trio.sleep(1)
        load = second.store.load

        async def load_nothing(view_id: str) -> Stored | None:
            raise StoreUnavailable("away")

        second.store.load = load_nothing  # type: ignore[method-assign]
        with pytest.raises(PageError, match="store of views is away"):
            await reach(second, page)
        second.store.load = load  # type: ignore[method-assign]
        await reach(second, page)

        assert page.text("#items") == "tea"
        assert Cart.mounts_ever == 1


async def test_a_store_that_stays_away_lets_pages_begin_anew(autojump_clock: MockClock) -> None:
    async with two_workers("/cart") as (_, second, page):

        async def load_nothing(view_id: str) -> Stored | None:
            raise StoreUnavailable("away")

        second.store.load = load_nothing  # type: ignore[method-assign]
        with pytest.raises(PageError, match="store of views is away"):
            await reach(second, page)
        await trio.sleep(second.app.runtime.settings.store_patience_seconds)
        await reach(second, page)

        assert lost(page) == ["The server has lost this view; it begins anew."]
