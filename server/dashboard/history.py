"""The last two minutes, one value a second: what the sparklines show."""

from __future__ import annotations

from collections import deque
from typing import Final

from .records import Totals

SECONDS: Final = 120
SERIES: Final = ("views", "turns", "frames", "sent_bytes", "failed_turns", "lag_ms", "p99_ms")


class History:
    """Takes a sample now and then, and makes rates out of sums."""

    def __init__(self) -> None:
        self.series = {name: deque[float](maxlen=SECONDS) for name in SERIES}
        self._former: Totals | None = None

    def take(
        self, views: int, totals: Totals, seconds: float, *, lag_seconds: float, p99_seconds: float
    ) -> None:
        """Add one value to each series. `seconds` have passed since the sample before."""
        former = self._former or totals
        self._former = totals
        self.series["views"].append(float(views))
        for name in ("turns", "frames", "sent_bytes", "failed_turns"):
            grown: int = getattr(totals, name) - getattr(former, name)
            # A view that ends between two looks is counted once: with those that have ended.
            self.series[name].append(round(max(grown, 0) / max(seconds, 0.001), 1))
        self.series["lag_ms"].append(round(lag_seconds * 1000, 1))
        self.series["p99_ms"].append(round(p99_seconds * 1000, 2))

    def as_lists(self) -> dict[str, list[float]]:
        return {name: list(values) for name, values in self.series.items()}
