"""Rendering the rows of a loop against what they were before.

The generated `for` walks over `pairs(iterable)`: each step gives a row's object and the
values that the row had before. Rows that did not change cost nothing here; changed ones
are noted, and `finish` makes the new loop, or returns the old one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, repeat
from operator import length_hint
from typing import Any

from .tree import Loop, Shape, Value
from .values import nothing

Pairs = Iterator[tuple[Any, ...]]


class Rows:
    """Rows compared with those at the same place."""

    __slots__ = ("edits", "fresh", "old", "shape", "source", "stride")

    def __init__(self, shape: Shape, previous: Any) -> None:
        self.shape = shape
        self.stride = shape.stride
        self.old: Loop | None = None
        self.source: Iterator[Value] = iter(())
        if type(previous) is Loop and previous.shape is shape:
            self.old = previous
            self.source = iter(previous.values)
        self.edits: list[tuple[int, tuple[Value, ...]]] = []
        self.fresh: list[Value] = []

    def pairs(self, iterable: Iterable[Any]) -> Pairs:
        """Each object with the earlier values of its row, or `nothing` for each of them."""
        padded = chain(self.source, repeat(nothing))
        return zip(iterable, *(padded,) * self.stride, strict=False)

    def note(self, values: tuple[Value, ...]) -> None:
        """The row just rendered differs from before."""
        self.edits.append((self.taken() - 1, values))

    def finish(self) -> Loop:
        """The rows as a loop; the old one if nothing changed."""
        old = self.old
        if old is None:
            return self.new_loop(self.fresh[:], None)
        taken = self.taken()
        if not self.edits and not self.fresh and taken == old.count:
            return old
        values = old.values[: taken * self.stride]
        self.write_edits(values)
        values += self.fresh
        return self.new_loop(values, old)

    def taken(self) -> int:
        """How many of the old rows have been compared."""
        assert self.old is not None
        return self.old.count - length_hint(self.source) // self.stride

    def write_edits(self, values: list[Value]) -> None:
        stride = self.stride
        for index, row in self.edits:
            values[index * stride : (index + 1) * stride] = row

    def new_loop(self, values: list[Value], old: Loop | None) -> Loop:
        loop = Loop(self.shape, values, len(values) // self.stride)
        if old is not None:
            loop.base = old.serial
            loop.changed = [index for index, _ in self.edits]
        return loop
