"""How long Python's collector has kept this process from all else."""

from __future__ import annotations

import gc
from time import perf_counter
from typing import Any

from .history import SECONDS


class Collections:
    """Counts and times the collector's runs, two calls a run."""

    def __init__(self) -> None:
        self.count = 0
        self.total_seconds = 0.0
        self._began = 0.0
        self._longest: list[tuple[float, float]] = []

    @property
    def longest_seconds(self) -> float:
        """The longest run of the last two minutes."""
        oldest = perf_counter() - SECONDS
        self._longest = [one for one in self._longest if one[0] > oldest]
        return max((seconds for _, seconds in self._longest), default=0.0)

    def start(self) -> None:
        gc.callbacks.append(self._note)

    def stop(self) -> None:
        gc.callbacks.remove(self._note)

    def _note(self, phase: str, about: dict[str, Any]) -> None:
        now = perf_counter()
        if phase == "start":
            self._began = now
            return
        seconds = now - self._began
        self.count += 1
        self.total_seconds += seconds
        # A run that was longer makes those before it of no account.
        self._longest = [one for one in self._longest if one[1] > seconds]
        self._longest.append((now, seconds))
