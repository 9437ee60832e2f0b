"""A view may be ended at any moment of its life, and leaves nothing behind."""

from __future__ import annotations

import logging
from contextlib import suppress

import pytest
import trio
from trio.testing import MockClock

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.client.document import PageError
from limelight.client.line import NoAnswer
from limelight.client.link import EventFailed
from limelight.server.runtime import Runtime
from limelight.testing import SocketClosed, ViewPage, open_browser

#: The scenario below takes about this many steps of tasks; a prime stride visits others each time.
STEPS = 600
STRIDE = 7


class Busy(LiveView):
    """Waits in every hook and handler, so that there is much to interrupt."""

    template = "<b>{{ count }}</b><button dj-click='work'>work</button>"
    tick_interval = 50
    open_resources = 0

    async def mount(self, request: Request, **params: object) -> None:
        await trio.sleep(0.01)
        self.count = 0

    @event_handler()
    async def work(self) -> None:
        type(self).open_resources += 1
        try:
            await trio.sleep(0.02)
        finally:
            type(self).open_resources -= 1
        self.count += 1

    async def handle_tick(self) -> None:
        await trio.sleep(0.005)

    async def unmount(self) -> None:
        await trio.sleep(0.01)


class EndAtStep(trio.abc.Instrument):
    """Ends all views after so many steps of any task."""

    def __init__(self, runtime: Runtime, step: int) -> None:
        self._runtime = runtime
        self._left = step

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        self._left -= 1
        if self._left == 0:
            for seat in list(self._runtime.seats.values()):
                seat.address.request_stop(0)


async def use(page: ViewPage) -> None:
    await page.click("button")
    await page.disconnect()
    await trio.sleep(0.1)
    await page.reconnect()
    await page.click("button")
    await trio.sleep(0.2)


@pytest.mark.parametrize("first", range(STRIDE))
async def test_a_view_ended_at_any_step_leaves_nothing(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture, first: int
) -> None:
    caplog.set_level(logging.CRITICAL + 1, "limelight")
    app = LiveApp("busy")
    app.config["LIVE_ENV"] = "development"
    app.live("/", Busy)
    async with app.running() as runtime:
        await trio.testing.wait_all_tasks_blocked()
        for step in range(first + 1, STEPS, STRIDE):
            before = task_count()
            instrument = EndAtStep(runtime, step)
            async with open_browser(app, answer_seconds=1) as page:
                trio.lowlevel.add_instrument(instrument)
                with suppress(EventFailed, PageError, NoAnswer, SocketClosed):
                    await use(page)
                trio.lowlevel.remove_instrument(instrument)
            await trio.sleep(1)
            await trio.testing.wait_all_tasks_blocked()

            assert runtime.seats == {}
            assert Busy.open_resources == 0
            assert task_count() == before


def task_count() -> int:
    """Count the tasks that run in this loop."""
    root = trio.lowlevel.current_root_task()
    assert root is not None
    waiting, count = [root], 0
    while waiting:
        count += 1
        waiting += [
            child for nursery in waiting.pop().child_nurseries for child in nursery.child_tasks
        ]
    return count
