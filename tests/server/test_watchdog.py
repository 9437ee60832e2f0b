"""Whoever holds the event loop is named."""

from __future__ import annotations

import logging
import threading
import time

from limelight import LiveView, event_handler
from limelight.server.watchdog import Watchdog
from limelight.testing import open_view


class Heavy(LiveView):
    template = "<button dj-click='compute'>compute</button>"
    release = threading.Event()

    @event_handler()
    def compute(self) -> None:
        self.release.wait(10)


class Releasing(logging.Handler):
    """Keeps what names the handler, and then lets it go on."""

    report = ""

    def emit(self, record: logging.LogRecord) -> None:
        if "Heavy.compute" in record.getMessage():
            self.report = record.getMessage()
            Heavy.release.set()


async def test_a_handler_that_holds_the_loop_is_named_while_it_does() -> None:
    logger = logging.getLogger("limelight.watchdog")
    logger.addHandler(handler := Releasing())
    watchdog = Watchdog(0.05)
    try:
        with watchdog.watching():
            async with open_view(Heavy) as page:
                began = time.monotonic()
                await page.click("button")
    finally:
        logger.removeHandler(handler)

    assert "held for 0.05 s by Heavy.compute" in handler.report
    assert "self.release.wait(10)" in handler.report
    assert watchdog.times_held >= 1
    assert time.monotonic() - began < 5


async def test_without_a_limit_nobody_watches() -> None:
    threads = threading.active_count()

    with Watchdog(0).watching():
        assert threading.active_count() == threads
