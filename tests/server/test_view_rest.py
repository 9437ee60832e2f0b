"""A view that nobody changes holds less and less of what it shows, and loses none of it."""

from __future__ import annotations

from typing import Any, ClassVar

import trio
from trio.testing import MockClock

from limelight import LiveView, Request, event_handler
from limelight.server.rendering.picture import Picture
from limelight.testing import open_view


class Shelf(LiveView):
    """A list, which is worth compressing."""

    template = "<ul>{% for book in books %}<li>{{ book }}</li>{% endfor %}</ul><b>{{ count }}</b>"
    template += '<button id="add" dj-click="add">+</button>'
    picture: ClassVar[Picture]

    def mount(self, request: Request, **params: Any) -> None:
        self.books = [f"book {number}" for number in range(50)]
        self.count = 0
        Shelf.picture = self._picture

    @event_handler()
    def add(self) -> None:
        self.books = [*self.books, "another"]
        self.count += 1


class Clock(Shelf):
    """Changes every ten seconds by itself."""

    tick_interval = 10_000

    def handle_tick(self) -> None:
        self.count += 1


def held() -> str:
    """How the server holds what the page shows."""
    if Shelf.picture._shown is not None:
        return "tree"
    return "nothing" if Shelf.picture._packed is None else "compressed"


async def test_an_idle_view_is_compressed_and_then_let_go(autojump_clock: MockClock) -> None:
    async with open_view(Shelf) as page:
        await page.settle()
        stages = [held()]
        for seconds in (29, 2, 260, 40):
            await trio.sleep(seconds)
            stages.append(held())

        assert stages == ["tree", "tree", "compressed", "compressed", "nothing"]


async def test_a_view_that_rested_goes_on(autojump_clock: MockClock) -> None:
    async with open_view(Shelf) as page:
        for seconds in (31, 400, 31):
            await trio.sleep(seconds)
            await page.click("#add")
            await page.settle()

        assert page.text("b") == "3"
        assert page.text("ul").count("another") == 3
        assert held() == "tree"


async def test_a_view_rests_again_after_a_change(autojump_clock: MockClock) -> None:
    async with open_view(Shelf) as page:
        await trio.sleep(400)
        await page.click("#add")
        await trio.sleep(62)

        assert held() == "compressed"


async def test_a_view_that_changes_never_rests(autojump_clock: MockClock) -> None:
    async with open_view(Clock):
        await trio.sleep(400)

        assert held() == "tree"


async def test_a_change_plans_no_further_look(autojump_clock: MockClock) -> None:
    async with open_view(Shelf) as page:
        runtime = page.visitor.seat_of(page.link.token).runtime
        before = len(runtime._alarms._due)
        for _ in range(20):
            await page.click("#add")

        assert len(runtime._alarms._due) == before


async def test_a_page_with_streamed_rows_is_never_let_go(autojump_clock: MockClock) -> None:
    async with open_view(Shelf) as page:
        page.visitor.seat_of(page.link.token).shows_once = True
        await trio.sleep(400)

        assert held() == "compressed"
