"""One view that fails again and again takes nothing from the others."""

from __future__ import annotations

import logging
from contextlib import AsyncExitStack

import pytest
import trio
from trio.testing import MockClock

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.testing import EventFailed, ViewPage, open_browser

VIEWS = 50
CRASHES = 30


class Counter(LiveView):
    template = (
        "<b>{{ count }}</b><button id='add' dj-click='add'>+</button>"
        "<button id='fail' dj-click='fail'>!</button>"
    )

    def mount(self, request: Request, **params: object) -> None:
        self.count = 0

    @event_handler()
    def add(self) -> None:
        self.count += 1

    @event_handler()
    def fail(self) -> None:
        self.count = -1
        raise RuntimeError("crashed on purpose")


async def click_each_second(page: ViewPage, seconds: int) -> None:
    """Raises if a click is not acknowledged."""
    for _ in range(seconds):
        await page.click("#add")
        await trio.sleep(1)


async def test_forty_nine_views_never_miss_an_acknowledgement(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "limelight")
    app = LiveApp("neighbours")
    app.config["LIVE_ENV"] = "development"
    app.live("/", Counter)
    async with app.running(), AsyncExitStack() as stack:
        pages = [await stack.enter_async_context(open_browser(app)) for _ in range(VIEWS)]
        failing, others = pages[0], pages[1:]
        async with trio.open_nursery() as nursery:
            for page in others:
                nursery.start_soon(click_each_second, page, CRASHES)
            for _ in range(CRASHES):
                with pytest.raises(EventFailed, match="crashed on purpose"):
                    await failing.click("#fail")
                await trio.sleep(1)
        await failing.click("#add")

        assert failing.text("b") == "1"
        assert [page.text("b") for page in others] == [str(CRASHES)] * len(others)
        assert all(page.link.joins == 1 for page in pages)


async def test_a_view_whose_actor_dies_takes_nobody_with_it(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL + 1, "limelight")
    app = LiveApp("neighbours")
    app.config["LIVE_ENV"] = "development"
    app.live("/", Counter)
    async with app.running(), open_browser(app) as dying, open_browser(app) as living:
        await living.click("#add")
        for _ in range(4):
            await dying.crash()
        await living.click("#add")

        assert living.text("b") == "2"
        assert living.errors == []
        assert dying.errors[-1].kind == "down"
