"""What was measured of each system, once a round, and what could not be."""

from __future__ import annotations

import statistics
from collections.abc import Mapping

#: Figures by the name of their row.
Measured = Mapping[str, float]


class Results:
    """Collects figures and reasons, and answers with medians."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, str], list[float]] = {}
        #: Sentences about what is missing.
        self.failures: list[str] = []

    def add(self, system: str, measured: Measured) -> None:
        for row, value in measured.items():
            self._values.setdefault((system, row), []).append(value)

    def median(self, system: str, row: str) -> float | None:
        values = self._values.get((system, row))
        return statistics.median(values) if values else None
