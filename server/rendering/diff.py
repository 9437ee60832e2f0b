"""The difference between what a browser shows and what it should show.

Two values that are the same object are the same: the renderer shares what did not change.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import compress, count
from operator import is_not, ne
from typing import Any

from .keys import comparable, places_of
from .tree import Loop, Node, Shape, Value
from .wire import BROKEN, FLAT_KINDS, WireWriter, fits_slot
from .writing import node_to_html, value_to_html

#: A stretch of rows: where it starts in the old loop (-1: new rows), and how many.
Run = tuple[int, int]


class DiffWriter(WireWriter):
    """Writes differences for one connection."""

    __slots__ = ()

    def node_diff(self, old: Node, new: Node) -> Any:
        """The diff between two nodes of one addressable shape; `BROKEN` if it cannot be."""
        return self._row_diff(new[0], old[1:], new[1:])

    def _row_diff(self, shape: Shape, old: Sequence[Value], new: Sequence[Value]) -> Any:
        changes: dict[str, Any] = {}
        slot = -1
        for before, after, escaped in zip(old, new, shape.escapes, strict=False):
            slot += 1
            if before is after:
                continue
            if shape.plan.kinds[slot] in FLAT_KINDS:
                self._group_diff(shape, slot, old, new, changes)
                continue
            if (shape.id, slot) in self.opaque:
                change = self._text_diff(before, after, escaped)
            else:
                change = self._value_diff(shape, slot, before, after)
            if change is BROKEN:
                return BROKEN
            if change is not None:
                changes[str(slot)] = change
        return changes

    def _group_diff(
        self,
        shape: Shape,
        slot: int,
        old: Sequence[Value],
        new: Sequence[Value],
        changes: dict[str, Any],
    ) -> None:
        """The browser keeps no values, so all slots of one attribute or tag go together."""
        escaped = shape.escapes[slot]
        if value_to_html(old[slot], escaped) == value_to_html(new[slot], escaped):
            return
        for other in shape.plan.groups[slot]:
            changes[str(other)] = value_to_html(new[other], shape.escapes[other])

    def _text_diff(self, before: Value, after: Value, escaped: bool) -> Any:
        text = value_to_html(after, escaped)
        return None if text == value_to_html(before, escaped) else self.html(text)

    def _value_diff(self, shape: Shape, slot: int, before: Value, after: Value) -> Any:
        """The change of one slot for content; `None` if it prints the same."""
        kind = type(after)
        escaped = shape.escapes[slot]
        if kind is tuple:
            if type(before) is tuple and before[0] is after[0]:
                return self._same_shape_diff(before, after)
        elif kind is Loop:
            if type(before) is Loop and before.shape is after.shape:
                return self.loop_diff(before, after)
        elif type(before) is not tuple and type(before) is not Loop:
            change = self.value(after, escaped)
            return None if change == value_to_html(before, escaped) else change
        return self.value(after, escaped) if fits_slot(shape, slot, after) else BROKEN

    def _same_shape_diff(self, before: Node, after: Node) -> Any:
        shape: Shape = after[0]
        if shape.is_addressable:
            changes = self.node_diff(before, after)
            if changes is not BROKEN:
                return changes or None
            shape.note_broken()
        text = node_to_html(after)
        return None if text == node_to_html(before) else self.html(text)

    # --- loops

    def loop_diff(self, old: Loop, new: Loop) -> Any:
        """The change of a loop; `None` if it prints the same."""
        shape = new.shape
        if shape.is_addressable:
            changes = self._rows_diff(old, new)
            if changes is not BROKEN:
                return changes or None
            shape.note_broken()
        text = value_to_html(new, True)
        return None if text == value_to_html(old, True) else self.html(text)

    def _rows_diff(self, old: Loop, new: Loop) -> Any:
        runs = _runs_between(old, new)
        changes: dict[str, Any] = {}
        if not _is_unmoved(runs, old, new):
            order = self._order(runs, new)
            if order is BROKEN:
                return BROKEN
            changes["o"] = order
        updates: dict[str, Any] = {}
        for before, after in _paired_rows(old, new, runs):
            diff = self._row_diff(new.shape, old.held_row(before), new.held_row(after))
            if diff is BROKEN:
                return BROKEN
            if diff:
                updates[str(after)] = diff
        if updates:
            changes["u"] = updates
        return changes

    def _order(self, runs: list[Run], new: Loop) -> Any:
        order: list[Any] = []
        position = 0
        for start, length in runs:
            if start >= 0:
                order += (start, length)
            else:
                for index in range(position, position + length):
                    row = self.row(new.shape, new.held_row(index))
                    if row is BROKEN:
                        return BROKEN
                    order.append(row)
            position += length
        if any(start < 0 for start, _ in runs):
            self.use(new.shape)
        return order


def _is_unmoved(runs: list[Run], old: Loop, new: Loop) -> bool:
    return old.count == new.count and (not new.count or runs == [(0, new.count)])


# --- which row was which


def _runs_between(old: Loop, new: Loop) -> list[Run]:
    if new.base == old.serial and new.runs is not None:
        return _used_once(new.runs, old.count)
    if new.keys is not None and old.keys is not None:
        return _used_once(_runs_by_key(old.keys, new.keys), old.count)
    if old.count == new.count:
        return [(0, new.count)]
    return _runs_by_content(old, new)


def _used_once(runs: list[Run], size: int) -> list[Run]:
    """A browser can put an old row in one place only: with equal keys, others are new."""
    used = bytearray(size)
    once: list[Run] = []
    for start, length in runs:
        if start >= 0 and not any(used[start : start + length]):
            used[start : start + length] = b"\1" * length
            _add_run(once, start, length)
        else:
            _add_run(once, -1, length)
    return once


def _add_run(runs: list[Run], start: int, length: int) -> None:
    if runs:
        last, size = runs[-1]
        if (start < 0 and last < 0) or (start >= 0 and last >= 0 and last + size == start):
            runs[-1] = (last, size + length)
            return
    runs.append((start, length))


def _runs_by_key(old: list[Any], new: list[Any]) -> list[Run]:
    places = places_of(old)
    runs: list[Run] = []
    for key in new:
        _add_run(runs, places.pop(comparable(key), -1), 1)
    return runs


def _runs_by_content(old: Loop, new: Loop) -> list[Run]:
    """Rows that look alike at the start and at the end stay; those between go by place."""
    stride = new.shape.stride
    fewer = min(old.count, new.count)
    start = min(_alike(iter(old.values), iter(new.values), fewer * stride) // stride, fewer)
    end = min(
        _alike(reversed(old.values), reversed(new.values), fewer * stride) // stride, fewer - start
    )
    old_middle = old.count - start - end
    new_middle = new.count - start - end
    runs: list[Run] = []
    for first, length in (
        (0, start),
        (start, min(old_middle, new_middle)),
        (-1, max(new_middle - old_middle, 0)),
        (old.count - end, end),
    ):
        if length:
            _add_run(runs, first, length)
    return runs


def _alike(old: Iterator[Value], new: Iterator[Value], fewer: int) -> int:
    """How many values are equal before the first that is not. Equal may print differently,
    so this only decides which rows are compared."""
    return next(compress(count(), map(ne, old, new)), fewer)


def _paired_rows(old: Loop, new: Loop, runs: list[Run]) -> Iterator[tuple[int, int]]:
    """Pairs of an old and a new row that may differ."""
    if new.base == old.serial and (new.runs is not None or old.count == new.count):
        yield from _noted_rows(new, runs)
        return
    stride = new.shape.stride
    position = 0
    for start, length in runs:
        if start >= 0:
            before = old.values[start * stride : (start + length) * stride]
            after = new.values[position * stride : (position + length) * stride]
            last = -1
            for place in compress(count(), map(is_not, before, after)):
                row = place // stride
                if row != last:
                    last = row
                    yield start + row, position + row
        position += length


def _noted_rows(new: Loop, runs: list[Run]) -> Iterator[tuple[int, int]]:
    """The rows that the renderer noted, which come in rising order."""
    noted = iter(new.changed)
    index = next(noted, -1)
    position = 0
    for start, length in runs:
        while 0 <= index < position + length:
            if start >= 0:
                yield start + index - position, index
            index = next(noted, -1)
        position += length
