"""Rendering only those rows whose objects may have changed."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, repeat
from operator import length_hint
from typing import Any

from .frozen import Reads
from .row_memory import find_shared, may_be_shared, remember, share
from .rows import Pairs, Rows
from .tracked import Moment, TrackedList
from .tree import Loop, Shape, Value
from .values import nothing

#: With more edits than this, copying the values is no dearer.
_FEW = 16


class MemoRows(Rows):
    """Rows whose body depends on the row's object alone, and on names that did not change.

    Frozen objects that stand where they stood are not looked at, nor are the rows of a
    tracked list that nobody touched.
    """

    __slots__ = ("is_shareable", "items", "memory", "moment", "places", "reads", "result")

    def __init__(
        self, shape: Shape, previous: Any, reads: Reads, is_same: bool, is_shareable: bool
    ) -> None:
        super().__init__(shape, previous)
        self.reads = reads
        #: The body depends on nothing but the row, so that other views may use the loop.
        self.is_shareable = is_shareable
        self.items: Any = None
        self.moment: Moment | None = None
        #: What was remembered of the old rows' objects, if it still holds.
        self.memory: Any = self.old.memory if is_same and self.old is not None else None
        #: The places of the rows to look at; `None` for all.
        self.places: list[int] | None = None
        self.result: Loop | None = None

    def pairs(self, iterable: Iterable[Any]) -> Pairs:
        if self.begin(iterable):
            return iter(())
        if self.places is None:
            return super().pairs(iterable)
        values = self.some_values(self.places)
        objects = self.some_objects(self.places)
        self.source = iter(values)
        padded = chain(self.source, repeat(nothing))
        return zip(objects, *(padded,) * self.stride, strict=False)

    def begin(self, iterable: Iterable[Any]) -> bool:
        """Find out which rows to look at; true if the whole loop is there already."""
        kind = type(iterable)
        if self.is_shareable and kind is tuple:
            self.result = find_shared(self.shape, iterable, self.reads)  # type: ignore[arg-type]
            if self.result is not None:
                return True
        self.items = iterable
        if kind is TrackedList:
            self.moment = iterable.moment  # type: ignore[attr-defined]
        if self.memory is not None:
            self.places = self.memory.places_to_render(iterable)
        return False

    def some_objects(self, places: list[int]) -> list[Any]:
        """The objects at these places, and those behind the old rows."""
        assert self.old is not None
        items = self.items
        return [items[place] for place in places] + list(items[self.old.count :])

    def some_values(self, places: list[int]) -> list[Value]:
        assert self.old is not None
        stride, values = self.stride, self.old.values
        some: list[Value] = []
        for place in places:
            some += values[place * stride : (place + 1) * stride]
        return some

    def note(self, values: tuple[Value, ...]) -> None:
        if self.places is None:
            super().note(values)
        else:
            self.edits.append((self.place(), values))

    def place(self) -> int:
        """The place of the row that is being rendered, of those to look at."""
        assert self.places is not None
        return self.places[len(self.places) - length_hint(self.source) // self.stride - 1]

    def taken(self) -> int:
        if self.places is None:
            return super().taken()
        assert self.old is not None
        return min(self.old.count, len(self.items))

    def finish(self) -> Loop:
        if self.result is not None:
            return self.result
        return self.with_memory(self._few_edits() or super().finish())

    def _few_edits(self) -> Loop | None:
        """The old loop with some rows exchanged, if no more than that was done to it."""
        old, places = self.old, self.places
        if old is None or places is None or self.fresh or not 0 < len(self.edits) <= _FEW:
            return None
        if may_be_shared(old) or len(self.items) != old.count:
            return None
        return old.succeed(self.edits)

    def with_memory(self, loop: Loop) -> Loop:
        old = self.old
        known = None if old is None else old.memory
        memory = remember(self.items, known, self.places, self.reads, self.moment)
        if old is not None and loop is old and memory is not old.memory:
            # Never written to: others may show it, and this render may still fail.
            loop = Loop(self.shape, old.values[:], old.count, old.key_record)
            loop.base = old.serial
            loop.runs = [(0, old.count)]
        if loop is not old:
            loop.memory = memory
            if self.is_shareable:
                share(loop)
        return loop
