"""How many events may leave in a second: a client that clicks in a loop stays within the limits."""

from __future__ import annotations

import trio

#: Below what a server allows for one socket (50 a second, 100 at once), as in the browser.
EVENTS_A_SECOND = 40.0
EVENTS_AT_ONCE = 80.0


class Pace:
    """A bucket of events that fills with time, the virtual time of a test included."""

    def __init__(self) -> None:
        self._left = EVENTS_AT_ONCE
        self._counted_at: float | None = None

    async def take(self) -> None:
        """Wait until one more event may leave."""
        self._fill()
        if self._left < 1:
            await trio.sleep((1 - self._left) / EVENTS_A_SECOND)
            self._counted_at = trio.current_time()
            self._left = 1.0
        self._left -= 1

    def _fill(self) -> None:
        now = trio.current_time()
        passed = now - (now if self._counted_at is None else self._counted_at)
        self._counted_at = now
        self._left = min(EVENTS_AT_ONCE, self._left + passed * EVENTS_A_SECOND)
