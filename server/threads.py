"""Runs what blocks in worker threads: so many at once, so many waiting, then an error."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import trio

Result = TypeVar("Result")


class ThreadsBusy(Exception):
    """All threads are at work, and more wait for one than the setting allows."""


class Threads:
    """The threads that all views of a process share for background work."""

    def __init__(self, most_threads: int, most_waiting: int) -> None:
        #: A thread that nobody waits for any more keeps its token until it ends.
        self.limiter = trio.CapacityLimiter(most_threads)
        self._most_waiting = most_waiting

    async def run(self, function: Callable[[], Result]) -> Result:
        """Return what the function returns in a thread.

        If the caller is cancelled it goes on at once; the thread ends when its function does,
        or looks at `trio.from_thread.check_cancelled()`, and what it returns is dropped.
        """
        if self.limiter.statistics().tasks_waiting >= self._most_waiting:
            raise ThreadsBusy(
                f"{self.limiter.borrowed_tokens} threads are at work and {self._most_waiting} "
                "works wait for one. Ask for less at a time, or raise LIVE_BACKGROUND_THREADS or "
                "LIVE_BACKGROUND_WAITING."
            )
        return await trio.to_thread.run_sync(function, abandon_on_cancel=True, limiter=self.limiter)
