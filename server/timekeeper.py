"""One clock for all views: it tells actors that their time has come, and calls back."""

from __future__ import annotations

import heapq
import itertools
import logging
import math
from collections.abc import Callable
from functools import partial
from typing import Any

import trio

from ..actors import Actor, ActorEnded, Address, MailboxFull

#: Times are rounded up to this grid (seconds), so that many ticks share one pass of the loop:
#: waking the loop costs more than handing out the ticks of a thousand views.
GRID_SECONDS = 0.01

log = logging.getLogger("limelight.timekeeper")


class Alarms:
    """What is to be told to whom and when; outlives the actor that tells it."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = itertools.count()
        self._sooner: trio.Event | None = None

    def tell_later(self, seconds: float, address: Address[Any], message: object) -> None:
        """Tell a message after some seconds. Who has ended by then is passed over."""
        self.call_later(seconds, partial(address.tell, message))

    def call_later(self, seconds: float, callback: Callable[[], object]) -> None:
        """Call back after some seconds. Call it from the event loop's thread."""
        due = math.ceil((trio.current_time() + seconds) / GRID_SECONDS) * GRID_SECONDS
        heapq.heappush(self._due, (due, next(self._numbers), callback))
        if self._sooner is not None and self._due[0][0] == due:
            self._sooner.set()

    async def wait_for_next(self) -> None:
        """Wait until the first alarm is due."""
        while (due := self._next_due()) > trio.current_time():
            self._sooner = trio.Event()
            with trio.move_on_at(due):
                await self._sooner.wait()
            self._sooner = None

    def take_due(self) -> list[Callable[[], object]]:
        """Return what to call now."""
        now, taken = trio.current_time(), []
        while self._due and self._due[0][0] <= now:
            taken.append(heapq.heappop(self._due)[2])
        return taken

    def _next_due(self) -> float:
        return self._due[0][0] if self._due else math.inf


class Timekeeper(Actor):
    """Makes each alarm's call when it is due."""

    def __init__(self, alarms: Alarms) -> None:
        self._alarms = alarms

    async def started(self) -> None:
        self._nursery.start_soon(self._keep_time)

    async def _keep_time(self) -> None:
        while True:
            await self._alarms.wait_for_next()
            for callback in self._alarms.take_due():
                try:
                    callback()
                except (ActorEnded, MailboxFull) as refusal:
                    log.debug("an alarm came to nothing: %s", refusal)
            await trio.lowlevel.checkpoint()
