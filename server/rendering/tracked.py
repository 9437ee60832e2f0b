"""Lists and rows that know which of them changed (opt-in)."""

from __future__ import annotations

from typing import Any


class TrackedList(list[Any]):
    """A list."""


class TrackedRow:
    """A row."""

    def __init__(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self, name, value)
