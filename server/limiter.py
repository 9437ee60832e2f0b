"""How often something may happen: a bucket that fills by time and is emptied by use."""

from __future__ import annotations

from collections.abc import Callable

import trio


class TokenBucket:
    """Allows `rate` uses a second in the long run and `burst` of them at once."""

    __slots__ = ("_burst", "_clock", "_level", "_rate", "_touched")

    def __init__(self, rate: float, burst: int, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._level = float(burst)
        self._touched = clock()

    def take(self) -> bool:
        """Use one; return whether there was one."""
        now = self._clock()
        self._level = min(self._burst, self._level + (now - self._touched) * self._rate)
        self._touched = now
        if self._level < 1:
            return False
        self._level -= 1
        return True

    async def wait(self) -> None:
        """Use one as soon as there is one: what cannot be refused is slowed down."""
        while not self.take():
            await trio.sleep((1 - self._level) / self._rate)
