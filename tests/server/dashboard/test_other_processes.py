"""The workers of one launcher, without Redis: each page shows all of them, and acts on them."""

from __future__ import annotations

import logging
import os
import re
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio

from limelight import LiveApp, LiveView
from limelight.client import Page, connect
from limelight.server.dashboard.actions import ActionRefused
from limelight.server.dashboard.elsewhere import PURPOSE, TOPIC, Asked, Elsewhere, Order
from limelight.server.local_ledger_server import serve_local_ledger
from limelight.server.local_pubsub_server import serve_local_pubsub
from limelight.server.local_store_server import serve_local_store
from limelight.server.outside import presence_beside, topics_beside
from limelight.server.request import Request
from limelight.server.stores import StateTable
from limelight.testing import ViewPage, open_browser
from tests.fixtures.launching import Launched
from tests.server.test_launcher import Launch

PATH = "/_supervision"
SECONDS = 20
APPLICATION = """
import os
from limelight import LiveApp, LiveView, event_handler

class Counter(LiveView):
    template = "<i>{{ worker }}</i><b>{{ number }}</b>"

    def mount(self, request, **params):
        self.number = 0
        self.password = "hunter2"

    def get_context_data(self, **kwargs):
        return super().get_context_data(worker=os.getpid(), **kwargs)

    @event_handler()
    def add(self):
        self.number += 1

app = LiveApp(__name__)
app.live("/", Counter)
app.enable_dashboard(guard=lambda request: True, may=lambda request, action: True)
"""


# --- two real workers -------------------------------------------------------------------------


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Launch]:
    launching = Launch(tmp_path)
    launching.write(text=APPLICATION)
    yield launching
    launching.end()


def process_of(board: Page) -> int:
    found = re.search(r"process (\d+)", board.text("header"))
    assert found is not None
    return int(found[1])


@asynccontextmanager
async def at_two_workers(server: Launched) -> AsyncIterator[tuple[Page, Page]]:
    """The supervision page at one worker, and a counter at the other."""
    async with AsyncExitStack() as stack:
        board = await stack.enter_async_context(connect(server.url + PATH))
        own = process_of(board)
        while True:
            counter = await stack.enter_async_context(connect(server.url))
            if int(counter.text("i")) != own:
                break
        await board.wait_for(lambda: board.count("nav.sv-processes a") == 2, timeout=SECONDS)
        yield board, counter


async def show_other(board: Page) -> None:
    other = next(
        link for link in board.texts("nav.sv-processes a") if "serves this page" not in link
    )
    await board.click(f'nav.sv-processes a:has-text("{other.split()[0]}")')


async def act(board: Page, action: str, target: str) -> None:
    await board.call("ask", action=action, target=target)
    await board.call("confirm", action=action)


def view_id(board: Page) -> str:
    address = board.attribute('.sv-views a:has-text("Counter")', "href")
    found = re.search(r"show=([\w-]+)", str(address))
    assert found is not None
    return found[1]


async def test_the_view_of_another_worker_is_shown_closely_and_crashed(shop: Launch) -> None:
    server = shop("serve", "--workers", "2")
    async with at_two_workers(server) as (board, counter):
        await counter.call("add")
        await show_other(board)
        assert process_of(board) == int(counter.text("i"))

        await board.click('.sv-views a:has-text("Counter")')
        await board.wait_for(lambda: "number" in board.texts(".sv-state th"), timeout=SECONDS)
        assert dict(zip(board.texts(".sv-state th"), board.texts(".sv-state td"), strict=True)) == {
            "number": "1",
            "password": "•••",
        }

        await act(board, "crash", view_id(board))
        assert "Counter was crashed" in board.text(".sv-notice")
        await board.wait_for(lambda: board.count(".sv-count") == 1, timeout=SECONDS)
        await counter.wait_for(lambda: bool(counter.errors), timeout=SECONDS)
        assert counter.text("b") == "1"
    assert server.log.count("anonymous from 127.0.0.1: crash") == 2


async def test_another_worker_drains_and_its_page_goes_on(shop: Launch) -> None:
    server = shop("serve", "--workers", "2")
    former = server.workers
    async with at_two_workers(server) as (board, counter):
        await counter.call("add")
        drained = int(counter.text("i"))
        await show_other(board)

        await act(board, "drain", "")

        assert "drains" in board.text(".sv-notice")
        with trio.fail_after(SECONDS):
            while counter.is_connected:
                await trio.sleep(0.02)
            while not counter.is_connected:
                try:
                    await counter.reconnect()
                except OSError:
                    await trio.sleep(0.02)
        await counter.wait_for(lambda: counter.text("i") != str(drained), timeout=SECONDS)
        assert counter.text("b") == "1"
        await board.wait_for(lambda: "has ended" in board.text(".sv-notice"), timeout=SECONDS)
        assert process_of(board) in former
    server.wait_until(lambda: len(server.workers) == 2)
    assert drained not in server.workers


async def test_a_killed_worker_is_not_shown_any_more(shop: Launch) -> None:
    server = shop("serve", "--workers", "2")
    async with at_two_workers(server) as (board, counter):
        killed = counter.text("i")
        os.kill(int(killed), signal.SIGKILL)
        await board.wait_for(
            lambda: not any(killed in link for link in board.texts("nav.sv-processes a")),
            timeout=SECONDS,
        )


# --- orders -----------------------------------------------------------------------------------


def application(store: Path, secret: str = "k" * 32) -> LiveApp:
    app = LiveApp(__name__)
    app.config.update(
        SECRET_KEY=secret, LIVE_ENV="development", TESTING=True, LIVE_STORE=str(store)
    )
    app.live("/", LiveView)
    app.enable_dashboard(PATH, may=lambda request, action: True)
    return app


class Pair:
    """Two applications, each as in a process of its own, and the page of the first."""

    def __init__(self, apps: list[LiveApp], board: ViewPage) -> None:
        self.here, self.there = (app.runtime.service("supervision") for app in apps)
        dashboard: Any = apps[0]._dashboard
        self.elsewhere: Elsewhere = dashboard.elsewhere
        self.runtime = apps[0].runtime
        self.board = board

    @property
    def done_there(self) -> list[str]:
        return [f"{one.action}: {one.outcome}" for one in self.there.audit.newest]

    async def order(self, order: Order, signed: str | None = None) -> None:
        text = self.runtime.signer.sign(PURPOSE, order) if signed is None else signed
        asked = Asked(order.to, order.by, order.number, order=text)
        self.runtime.service("pubsub").publish(TOPIC, msgspec.to_builtins(asked))


@pytest.fixture
def folder(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Path:
    for name in ("limelight.actors", "limelight.audit", "limelight.supervision"):
        caplog.set_level(logging.CRITICAL + 1, name)
    return tmp_path / "store"


@asynccontextmanager
async def paired(store: Path, *secrets: str) -> AsyncIterator[Pair]:
    apps = [application(store, secret) for secret in secrets or ("k" * 32, "k" * 32)]
    async with trio.open_nursery() as nursery:
        await nursery.start(serve_local_store, StateTable(1_000_000), store)
        await nursery.start(serve_local_pubsub, Path(topics_beside(str(store))))
        await nursery.start(serve_local_ledger, Path(presence_beside(str(store))))
        async with (
            apps[0].running(),
            apps[1].running(),
            open_browser(apps[0], PATH) as board,
        ):
            await board.wait_for(lambda: board.count("nav.sv-processes a") == 2, timeout=SECONDS)
            yield Pair(apps, board)
        nursery.cancel_scope.cancel()


def restart(pair: Pair, number: int) -> Order:
    there, here = pair.there.node_id, pair.here.node_id
    return Order(there, here, number, "restart", "janitor", "eve", "1.2.3.4")


async def test_a_service_of_another_process_is_restarted_on_a_signed_order(folder: Path) -> None:
    async with paired(folder) as pair:
        await pair.board.patch(f"{PATH}?worker={pair.there.node_id}")
        await act(pair.board, "restart", "janitor")
        assert pair.board.text(".sv-notice") == "janitor is restarted."
        assert pair.done_there == ["restart: janitor is restarted."]
        assert [one.target for one in pair.here.audit.newest] == [
            f"janitor at {pair.there.node_id}"
        ]


async def test_what_another_process_refuses_is_told(folder: Path) -> None:
    async with paired(folder) as pair:
        with pytest.raises(ActionRefused, match="ended meanwhile"):
            await pair.elsewhere.perform(Request("/"), pair.there.node_id, "crash", "nobody")


async def test_an_order_that_is_not_signed_is_refused(folder: Path) -> None:
    async with paired(folder) as pair:
        await pair.order(restart(pair, 1_000), signed="forged")
        await pair.order(restart(pair, 1_001))
        with trio.fail_after(SECONDS):
            while not pair.done_there:
                await trio.sleep(0.01)
        assert len(pair.done_there) == 1


async def test_an_order_is_obeyed_once(folder: Path) -> None:
    async with paired(folder) as pair:
        for number in (1_000, 1_000, 1_001):
            await pair.order(restart(pair, number))
        with trio.fail_after(SECONDS):
            while len(pair.done_there) < 2:
                await trio.sleep(0.01)
        assert len(pair.done_there) == 2


async def test_an_application_with_another_secret_does_not_obey(folder: Path) -> None:
    async with paired(folder, "k" * 32, "l" * 32) as pair:
        with pytest.raises(ActionRefused, match="not signed with its SECRET_KEY"):
            await pair.elsewhere.perform(Request("/"), pair.there.node_id, "crash", "janitor")
        assert pair.done_there == []
