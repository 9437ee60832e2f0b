"""What the turns of one actor cost, kept for whoever looks at it."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Final

#: So many of the newest turns are remembered; a power of two.
REMEMBERED: Final = 64


class Meter:
    """Remembers how long an actor's newest turns took. The actor's own loop writes it."""

    __slots__ = ("_seconds", "count", "on_turn", "total_seconds")

    def __init__(self) -> None:
        self._seconds = array("f", bytes(4 * REMEMBERED))
        #: Turns since the meter was attached, and how long they took together.
        self.count = 0
        self.total_seconds = 0.0
        #: Called with each message after its turn, and with the turn's seconds. Must not raise.
        self.on_turn: Callable[[object, float], None] | None = None

    def note(self, message: object, seconds: float) -> None:
        """A turn is over."""
        self._seconds[self.count & (REMEMBERED - 1)] = seconds
        self.count += 1
        self.total_seconds += seconds
        if self.on_turn is not None:
            self.on_turn(message, seconds)

    @property
    def newest(self) -> array[float]:
        """The durations of the newest turns, in seconds and in no order."""
        return self._seconds[: self.count] if self.count < REMEMBERED else self._seconds[:]

    @property
    def slowest(self) -> float:
        """The longest of the newest turns, in seconds; zero before the first."""
        return max(self._seconds)


def percentile(sorted_values: list[float], share: float) -> float:
    """Return the value below which this share of them lies; zero if there are none."""
    if not sorted_values:
        return 0.0
    return sorted_values[min(int(len(sorted_values) * share), len(sorted_values) - 1)]
