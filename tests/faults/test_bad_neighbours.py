"""Readers that are too slow, peers that vanished, floods, streams into nowhere: all contained."""

from __future__ import annotations

import math
import statistics
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from limelight.client import SocketClosed, connect
from limelight.client.messages import Event, Leave
from limelight.client.page import Page
from tests.fixtures.memory import resident_bytes
from tests.fixtures.raw_socket import get_json
from tests.fixtures.serving import Serve, Server

from .proxy import FaultProxy, open_fault_proxy
from .reliability import Findings

LEDGER = f"{Path(__file__).parent / 'ledger_application.py'}:app"
MIB = 1024 * 1024


@pytest.fixture(params=["on", "off"], ids=["door", "asgi"])
def door(request: pytest.FixtureRequest) -> str:
    """Which transport carries the sockets, as LIVE_DOOR says it."""
    chosen: str = request.param
    return chosen


async def state_of(server: Server) -> Any:
    return await trio.to_thread.run_sync(get_json, server.port, "/state")


async def wait_for_state(server: Server, holds: Callable[[Any], bool], seconds: float = 30) -> Any:
    """Ask the server until its state is as expected; return that state."""
    found: Any = None
    with trio.move_on_after(seconds):
        while not holds(found := await state_of(server)):
            await trio.sleep(0.02)
        return found
    return pytest.fail(f"Not within {seconds} s: {found}")


@asynccontextmanager
async def open_pages(url: str, count: int, **options: Any) -> AsyncIterator[list[Page]]:
    """Several users with a page each."""
    async with AsyncExitStack() as stack:
        pages = [connect(url, **options) for _ in range(count)]
        yield [await stack.enter_async_context(page) for page in pages]


async def measure(pages: list[Page], rounds: int, pause: float = 0.02) -> list[float]:
    """How long the answers to clicks take, in seconds."""
    taken: list[float] = []

    async def click(page: Page) -> None:
        for _ in range(rounds):
            began = trio.current_time()
            await page.call("add")
            taken.append(trio.current_time() - began)
            await trio.sleep(pause)

    async with trio.open_nursery() as nursery:
        for page in pages:
            nursery.start_soon(click, page)
    return taken


def p99(taken: list[float]) -> float:
    """In milliseconds."""
    return statistics.quantiles(taken, n=100)[98] * 1000


def typical(taken: list[float]) -> float:
    """In milliseconds. Short tests compare this: their few longest are the machine's own."""
    return statistics.median(taken) * 1000


Figure = Callable[[list[float]], float]


# --- slow readers -----------------------------------------------------------------------


class SlowReaders:
    """Some users behind a link of one kilobyte a second, and others beside them."""

    def __init__(self, server: Server, slow: int, others: int, figure: Figure) -> None:
        self.server = server
        self.figure = figure
        self.slow, self.others = slow, others
        self.before = self.beside = 0.0
        self.grown = 0
        self.returned: list[str] = []

    async def run(self, rounds: int) -> None:
        url = f"{self.server.url}/feed"
        async with (
            open_fault_proxy(self.server.port) as proxy,
            open_pages(url, self.others) as others,
            open_pages(f"http://127.0.0.1:{proxy.port}/feed", self.slow, answer_seconds=60) as slow,
        ):
            # The baseline carries the same pages, so that it measures only what slowness adds.
            self.before = self.figure(await measure(others, rounds))
            resident = resident_bytes(self.server.process.pid)
            proxy.to_browser.bytes_per_second = 1000
            self.beside = self.figure(await measure(others, rounds))
            await wait_for_state(self.server, lambda found: found["too_slow"] >= self.slow, 60)
            self.grown = resident_bytes(self.server.process.pid) - resident
            proxy.cut_all()
            proxy.to_browser.bytes_per_second = math.inf
            for page in slow:
                await come_back(page)
                await page.call("add")
                self.returned.append(page.link.how)
            proxy.reset_all()  # Nobody waits for good-byes.


async def come_back(page: Page) -> None:
    """Return, also where the good-bye to the former socket is still on its way."""
    await page.wait_for(lambda: page.closed is not None)
    await page.reconnect()


async def test_slow_readers_cost_the_others_nothing_and_come_back(serve: Serve) -> None:
    limits = {"LIVE_STALL_SECONDS": "1", "FEED_BYTES": "60000"}
    server = serve(LEDGER, "-w", "0", env=limits)
    readers = SlowReaders(server, slow=4, others=8, figure=typical)

    await readers.run(rounds=20)

    assert readers.grown < 32 * MIB
    assert readers.beside < max(2 * readers.before, 100)
    assert set(readers.returned) <= {"resumed", "mounted"}
    assert (await state_of(server))["feeds"] == 12


@pytest.mark.chaos
async def test_fifty_slow_readers_among_two_hundred(serve: Serve, findings: Findings) -> None:
    server = serve(LEDGER, "-w", "0", env={"FEED_MILLISECONDS": "500"})
    readers = SlowReaders(server, slow=50, others=150, figure=p99)

    await readers.run(rounds=200)

    findings.note(
        "R6 slow readers (50 of 200, 1 KB/s)",
        "p99 of the others at most 2 x, memory bounded, closed with 4408, back by resume",
        f"p99 {readers.before:.0f} ms before, {readers.beside:.0f} ms beside them, "
        f"{readers.grown / MIB:+.0f} MiB, {len(readers.returned)} closed and back",
    )
    assert readers.beside < max(2 * readers.before, 100)
    assert len(readers.returned) == 50


# --- peers that have vanished -----------------------------------------------------------


async def vanish(server: Server, count: int, seconds: float) -> float:
    """Let so many peers vanish without a word; return when the last of them was let go."""
    async with (
        open_fault_proxy(server.port) as proxy,
        open_pages(f"http://127.0.0.1:{proxy.port}/", count) as pages,
    ):
        await wait_for_state(server, lambda found: found["open"] == count)
        began = trio.current_time()
        proxy.swallow()
        await wait_for_state(server, lambda found: found["open"] == 0, seconds)
        taken = trio.current_time() - began
        await wait_for_state(server, lambda found: found["seats"] == 0, seconds + 70)
        forget(pages, proxy)
    return taken


def forget(pages: list[Page], proxy: FaultProxy) -> None:
    """End the pages' sockets at once: nobody would answer their good-byes."""
    assert all(page.is_connected for page in pages)
    proxy.reset_all()


async def test_peers_that_vanish_are_let_go_and_their_views_end(serve: Serve) -> None:
    limits = {
        "LIVE_HEARTBEAT_SECONDS": "0.3",
        "LIVE_SILENCE_SECONDS": "1",
        "LIVE_GRACE_SECONDS": "1",
    }
    server = serve(LEDGER, "-w", "0", env=limits)

    assert await vanish(server, 5, seconds=10) >= 0.6
    assert (await state_of(server))["silent"] == 5


@pytest.mark.chaos
async def test_two_hundred_peers_vanish(serve: Serve, findings: Findings) -> None:
    taken = await vanish(serve(LEDGER, "-w", "0"), 200, seconds=60)

    findings.note(
        "R7 half-open peers (200)",
        "let go within 50 s (45 s of silence), their views after the grace time",
        f"the last socket after {taken:.0f} s, no view left after 60 s more",
    )
    assert taken <= 50


# --- floods -----------------------------------------------------------------------------


class Flood:
    """One user who sends as fast as the network takes it, and returns whenever he is closed."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.sent = 0
        self.codes: list[int] = []

    async def run(self) -> None:
        while True:
            async with connect(self._url, follow=False) as page:
                await page.send(page.join_message())
                try:
                    await self._pour(page)
                except SocketClosed as closed:
                    self.codes.append(closed.code)

    async def _pour(self, page: Page) -> None:
        number = 0
        while True:
            number += 1
            await page.send(Event(number, "add"))
            self.sent += 1
            if number % 50 == 0:
                await self._hear(page)

    async def _hear(self, page: Page) -> None:
        with trio.move_on_after(0.01):
            while True:
                await page.receive()


async def flood(
    server: Server, neighbours: int, rounds: int, figure: Figure
) -> tuple[Flood, float, float, int]:
    """Return the flood, the neighbours' figure before and beside it, and the memory it took."""
    url = f"{server.url}/feed"
    async with open_pages(url, neighbours) as pages, trio.open_nursery() as nursery:
        before = figure(await measure(pages, rounds))
        resident = resident_bytes(server.process.pid)
        pouring = Flood(url)
        nursery.start_soon(pouring.run)
        beside = figure(await measure(pages, rounds))
        while not pouring.codes:
            await trio.sleep(0.01)
        nursery.cancel_scope.cancel()
    return pouring, before, beside, resident_bytes(server.process.pid) - resident


async def test_a_flood_is_closed_and_its_neighbours_go_on(serve: Serve) -> None:
    server = serve(LEDGER, "-w", "0", env={"FEED_BYTES": "100"})

    pouring, before, beside, grown = await flood(server, 5, rounds=25, figure=typical)

    assert set(pouring.codes) == {4429}
    assert beside < max(2 * before, 150)
    assert grown < 50 * MIB


@pytest.mark.chaos
async def test_a_minute_of_floods(serve: Serve, findings: Findings) -> None:
    server = serve(LEDGER, "-w", "0", env={"FEED_BYTES": "100"})

    pouring, before, beside, grown = await flood(server, 100, rounds=600, figure=p99)

    findings.note(
        "R8 event flood from one user, returning each time",
        "closed with 4429, p99 of the neighbours at most 2 x, at most +50 MiB",
        f"{pouring.sent} events, closed {len(pouring.codes)} times with {set(pouring.codes)}, "
        f"p99 {before:.0f} ms before, {beside:.0f} ms beside it, {grown / MIB:+.0f} MiB",
    )
    assert set(pouring.codes) == {4429}
    assert grown < 50 * MIB


# --- streams into nowhere ---------------------------------------------------------------


async def leave_in_mid_stream(server: Server, tellers: int, how: str) -> tuple[float, float]:
    """Return how long streams lived on without their readers, and the CPU seconds after it."""
    async with (
        open_fault_proxy(server.port) as proxy,
        open_pages(f"http://127.0.0.1:{proxy.port}/teller", tellers) as pages,
    ):
        for page in pages:
            await page.call("tell")
        await wait_for_state(server, lambda found: found["tellers"] == tellers)
        began = trio.current_time()
        if how == "reset":
            proxy.reset_all()
        else:
            for page in pages:
                await page.send(Leave())
        await wait_for_state(server, lambda found: found["tellers"] == 0)
        taken = trio.current_time() - began
        proxy.reset_all()  # Nobody waits for good-byes.
    spent = (await state_of(server))["cpu"]
    await trio.sleep(1)
    return taken, (await state_of(server))["cpu"] - spent


@pytest.mark.parametrize("how", ["reset", "leave"])
async def test_a_stream_ends_when_its_reader_is_gone(serve: Serve, door: str, how: str) -> None:
    server = serve(LEDGER, "-w", "0", env={"LIVE_DOOR": door, "LIVE_GRACE_SECONDS": "0.3"})

    taken, spent = await leave_in_mid_stream(server, 5, how)

    assert taken < 3
    assert spent < 0.3
    found = await wait_for_state(server, lambda found: found["open"] == 0)
    assert found["seats"] == 0


@pytest.mark.chaos
async def test_a_hundred_readers_go_in_mid_stream(serve: Serve, findings: Findings) -> None:
    server = serve(LEDGER, "-w", "0", env={"LIVE_GRACE_SECONDS": "1"})

    taken, spent = await leave_in_mid_stream(server, 100, "reset")

    findings.note(
        "R24 100 readers gone in mid-stream (1,000 words a second each)",
        "streams end within the grace time (1 s here) and 1 s, the worker idles after it",
        f"streams ended after {taken:.1f} s, {spent:.2f} s of CPU in the second after it",
    )
    assert spent < 0.3
