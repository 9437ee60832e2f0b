"""A socket that is cut a thousand times at random points loses nothing and repeats nothing."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from typing import ClassVar

import pytest
import trio
from trio.testing import MockClock

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.client.link import Link, Pending
from limelight.client.messages import Error, Frame, Join, Joined, decode_to_browser, encode
from limelight.memory_transport import HOST, ORIGIN, AppVisitor
from limelight.server.connection import Handshake, SocketHandler
from limelight.testing import ViewPage, open_view

CUTS = 1_000


class Ledger(LiveView):
    """Keeps the order in which events were applied, and shows the newest of them."""

    template = """
    <b>{{ applied|length }}</b>
    <ul>{% for number in applied[-5:] %}<li dj-key="{{ number }}">{{ number }}</li>{% endfor %}</ul>
    """

    mounted: ClassVar[list[Ledger]] = []

    def mount(self, request: Request, **params: object) -> None:
        self.mounted.append(self)
        self.applied: list[int] = []

    @event_handler()
    async def apply(self, number: int) -> None:
        await trio.lowlevel.checkpoint()
        self.applied = [*self.applied, number]


class CutLine:
    """A connection that carries only some of its frames, in both directions, until it is cut."""

    has_room = True
    unsent_bytes = 0

    def __init__(self, chance: random.Random) -> None:
        self.frames: list[bytes] = []
        self._carries = chance.randrange(12)

    def send(self, frame: bytes) -> None:
        if self._carries > 0:
            self._carries -= 1
            self.frames.append(frame)

    def close(self, code: int, reason: str = "") -> None:
        """The browser hears nothing of it: the line is cut."""

    def when_room(self, callback: Callable[[], None]) -> None:
        callback()


class Browser:
    """The browser's half as a state machine: what it did, and what it heard."""

    def __init__(self, visitor: AppVisitor, link: Link, chance: random.Random) -> None:
        self.visitor = visitor
        self.link = link
        self.events: list[Pending] = []
        self.given_up: set[int] = set()
        self._chance = chance

    async def live_until_cut(self, handshake: Handshake, *, is_last: bool = False) -> None:
        line = CutLine(self._chance)
        if is_last:
            line._carries = 1_000
        handler = self.visitor.app.gate.open(handshake, line)
        await handler.receive(encode(self._join()).decode())
        await self._run_for_a_while(line, 8)
        if self.link.joins:
            await self._send_some(handler)
        await self._run_for_a_while(line, 200 if is_last else self._chance.randrange(25))
        handler.closed(1000 if is_last else 1006)

    def _join(self) -> Join:
        link = self.link
        return Join(link.token, "/", epoch=link.epoch, page=link.page, seen=link.seen)

    async def _send_some(self, handler: SocketHandler) -> None:
        self.given_up |= {error.number for error in self.link.give_up()}
        for _ in range(self._chance.randrange(4)):
            if len(self.link.waiting()) < 90:
                self.events.append(self.link.call("apply", {"number": len(self.events) + 1}))
        for pending in self.link.waiting():
            await handler.receive(encode(pending.next_message()).decode())

    async def _run_for_a_while(self, line: CutLine, steps: int) -> None:
        for _ in range(steps):
            await trio.lowlevel.checkpoint()
            while line.frames:
                self._hear(line.frames.pop(0))

    def _hear(self, data: bytes) -> None:
        message = decode_to_browser(data)
        if isinstance(message, Joined):
            self.link.joined(message)
        elif isinstance(message, Frame):
            self.link.frame(message)
        elif isinstance(message, Error):
            pytest.fail(f"the server refused something: {message}")


@pytest.mark.parametrize("seed", range(4))
async def test_a_socket_cut_again_and_again_loses_and_repeats_nothing(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture, seed: int
) -> None:
    caplog.set_level(logging.CRITICAL, "limelight")
    Ledger.mounted.clear()
    app = LiveApp("ledger")
    app.config.update(LIVE_ENV="development", LIVE_EVENTS_BURST=10**6, LIVE_REPEATS_BURST=10**6)
    app.live("/", Ledger)
    async with app.running(), open_view(Ledger, app=app, follow=False) as page:
        browser = Browser(page.visitor, page.link, random.Random(seed))
        handshake = handshake_of(page)
        for _ in range(CUTS // 4):
            await browser.live_until_cut(handshake)
        await browser.live_until_cut(handshake, is_last=True)

        applied = Ledger.mounted[0].applied
        acknowledged = {one.message.number for one in browser.events if one.error is None}
        assert len(Ledger.mounted) == 1
        assert browser.link.waiting() == []
        assert applied == sorted(set(applied))
        assert acknowledged <= set(applied)
        assert set(applied) - acknowledged <= browser.given_up
        assert f"<b>{len(applied)}</b>" in browser.link.mirror.html()


def handshake_of(page: ViewPage) -> Handshake:
    headers = {
        "host": HOST,
        "origin": ORIGIN,
        "cookie": page.visitor.cookies.header(),
    }
    return Handshake("/_live/socket", "", headers, "ws", HOST, "127.0.0.1")
