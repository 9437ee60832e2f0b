"""A headless Chromium for tests, which a thread of its own drives."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import trio

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ResultT = TypeVar("ResultT")


@contextmanager
def plain_asyncio() -> Iterator[None]:
    """Let Playwright make an event loop: it refuses what trio-asyncio puts in its place."""
    policy = asyncio.get_event_loop_policy()
    asyncio.set_event_loop_policy(asyncio.DefaultEventLoopPolicy())
    yield
    asyncio.set_event_loop_policy(policy)


class Chromium:
    """One headless browser, driven from a thread of its own."""

    def __init__(self, executable: Path | None = None) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="chromium")
        self._executable = executable
        self.browser: Browser
        self.submit(self._start).result()

    def _start(self) -> None:
        from playwright.sync_api import sync_playwright

        with plain_asyncio():
            self._playwright = sync_playwright().start()
        self.browser = self._playwright.chromium.launch(
            executable_path=self._executable, args=_arguments()
        )

    def submit(self, work: Callable[[], ResultT]) -> Future[ResultT]:
        return self._thread.submit(work)

    async def run(self, work: Callable[[], ResultT]) -> ResultT:
        """Do something with the browser while the server goes on."""
        return await trio.to_thread.run_sync(
            lambda: self.submit(work).result(), abandon_on_cancel=True
        )

    def close(self) -> None:
        def end() -> None:
            self.browser.close()
            self._playwright.stop()

        self.submit(end).result()
        self._thread.shutdown()


def _arguments() -> list[str]:
    arguments = ["--no-first-run", "--disable-background-networking"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # Chromium refuses to build its sandbox for root.
        arguments.append("--no-sandbox")
    return arguments
