"""Calls back after a while: one task for however many callbacks."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable

import trio


class Later:
    """What is to be called when. Touched by the event loop's thread only."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._sooner: trio.Event | None = None

    def call(self, seconds: float, callback: Callable[[], None]) -> None:
        """Call back after some seconds. The callback must neither wait nor raise."""
        due = trio.current_time() + seconds
        heapq.heappush(self._due, (due, next(self._numbers), callback))
        if self._sooner is not None and self._due[0][0] == due:
            self._sooner.set()

    async def run(self) -> None:
        """Call what is due, for ever."""
        while True:
            while self._due and self._due[0][0] <= trio.current_time():
                heapq.heappop(self._due)[2]()
            self._sooner = trio.Event()
            with trio.move_on_at(self._due[0][0] if self._due else math.inf):
                await self._sooner.wait()
