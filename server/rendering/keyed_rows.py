"""Rendering rows that have keys: each against the row that had its key before.

As long as rows come in the old order, keys are only compared with the next old key. When
one differs, `seek` finds its row, and the walk through the old rows goes on from there.
So the stretches of rows that moved together are known when the loop is done.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, compress, count, repeat
from operator import is_not, length_hint
from typing import Any

from .frozen import Reads
from .keys import comparable, places_of
from .memo_rows import MemoRows
from .row_memory import RowMemory
from .rows import Pairs
from .tree import Loop, Shape, Value
from .values import nothing


class KeyedRows(MemoRows):
    """Rows compared with those of the same key."""

    __slots__ = (
        "blank", "end", "fresh_keys", "key_source", "keys", "new_keys", "remembers", "run_start",
        "runs", "start", "tail", "used", "values", "where",
    )  # fmt: skip

    def __init__(
        self, shape: Shape, previous: Any, reads: Reads, is_same: bool | None, is_shareable: bool
    ) -> None:
        super().__init__(shape, previous, reads, bool(is_same), is_shareable)
        #: The body is pure, so that the rows' objects are worth remembering.
        self.remembers = is_same is not None
        if self.old is not None and self.old.key_record is None:
            self.old = self.memory = None
        self.blank = (nothing,) * self.stride
        self.fresh_keys: list[Any] = []
        self.runs: list[tuple[int, int]] = []
        #: How many new rows stand before the present run, and where that starts in the old.
        self.start = self.run_start = 0
        #: How many rows at the end are those of before.
        self.tail = 0
        self.where: dict[Any, int] | None = None
        #: Keys that rows got which were looked at alone.
        self.new_keys: dict[int, Any] = {}

    def pairs(self, iterable: Iterable[Any]) -> Pairs:
        if self.remembers and self.begin(iterable):
            return iter(())
        old = self.old
        if old is None:
            return zip(iterable, repeat(nothing), *(repeat(nothing),) * self.stride, strict=False)
        if type(self.memory) is RowMemory:
            self.places = None
            iterable = self._between(iterable)
        elif self.places is not None:
            return self._some_pairs(old, self.places)
        self.keys = [*(old.keys or ()), nothing]
        self.values = [*old.values, *self.blank]
        self.used = bytearray(old.count)
        self.key_source, self.source = iter(self.keys), iter(self.values)
        self._go_to(self.start)
        self.start = 0
        return zip(iterable, self.key_source, *(self.source,) * self.stride, strict=False)

    def _some_pairs(self, old: Loop, places: list[int]) -> Pairs:
        """Only the touched rows of a tracked list, whose order is as before."""
        record = old.key_record
        self.source = iter(self.some_values(places))
        padded = chain(self.source, repeat(nothing))
        if isinstance(record, int):
            some_keys = [old.held_row(place)[record] for place in places]
        else:
            some_keys = [record[place] for place in places] if record else []
        return zip(self.some_objects(places), some_keys, *(padded,) * self.stride, strict=False)

    def _between(self, items: Any) -> Any:
        """The items between those that stand as before at the start and at the end."""
        objects: Sequence[Any] = self.memory.objects
        if type(items) not in (list, tuple) or not self.memory.is_verified:
            return items
        fewer = min(len(items), len(objects))
        self.start = next(compress(count(), map(is_not, objects, items)), fewer)
        rest = fewer - self.start
        differs = map(is_not, reversed(objects), reversed(items))
        self.tail = min(next(compress(count(), differs), fewer), rest)
        return items[self.start : len(items) - self.tail]

    def seek(self, key: Any) -> Sequence[Value]:
        """The earlier values of the row with this key, which is not the next old row."""
        if self.old is None:
            self.fresh_keys.append(key)
            return self.blank
        if self.places is not None:
            place = self.place()
            self.new_keys[place] = key
            return self.old.values[place * self.stride : (place + 1) * self.stride]
        expected = self._position() - 1
        found = self._find(key)
        if found == expected:
            return self._row(found)
        self._close_run(expected)
        if found < 0 or self.used[found]:
            self._add_run(-1, 1)
            self.fresh_keys.append(key)
            self._go_to(expected)
            self.run_start = expected
            return self.blank
        self._go_to(found + 1)
        self.run_start = found
        return self._row(found)

    def note(self, values: tuple[Value, ...]) -> None:
        if self.places is not None:
            super().note(values)
        else:
            self.edits.append((self.start + self._position() - 1 - self.run_start, values))

    def finish(self) -> Loop:
        if self.result is not None:
            return self.result
        loop = self._finished()
        return self.with_memory(loop) if self.remembers else loop

    def _finished(self) -> Loop:
        old = self.old
        if old is None:
            keys = printed_keys(self.shape, self.fresh, self.fresh_keys)
            return Loop(self.shape, self.fresh[:], len(self.fresh) // self.stride, keys)
        if self.places is not None:
            self.runs = [(0, old.count)]
        else:
            self._close_run(self._position())
            if self.tail:
                self._add_run(old.count - self.tail, self.tail)
        is_unmoved = self.runs == [(0, old.count)] or not (self.runs or old.count)
        if is_unmoved and not self.edits and not self.new_keys:
            return old
        is_simple = self.places is not None and not self.new_keys and not self._prints_other_keys()
        few = self._few_edits() if is_simple else None
        if few is not None:
            few.runs = self.runs
            return few
        values, keys = (old.values[:], self._kept_keys()) if is_unmoved else self._assembled()
        self.write_edits(values)
        loop = Loop(self.shape, values, len(values) // self.stride, self._key_record(values, keys))
        loop.base = old.serial
        loop.changed = [index for index, _ in self.edits]
        loop.runs = self.runs
        return loop

    def _kept_keys(self) -> list[Any]:
        assert self.old is not None
        keys = list(self.old.keys or ())
        for place, key in self.new_keys.items():
            keys[place] = key
        return keys

    def _prints_other_keys(self) -> bool:
        """Of rows in their old order: an edit has changed the slot in which the keys are held."""
        assert self.old is not None
        slot, old = self.old.key_record, self.old
        return isinstance(slot, int) and not _are_alike(
            [row[slot] for _, row in self.edits],
            [old.held_row(index)[slot] for index, _ in self.edits],
        )

    def _key_record(self, values: list[Value], keys: list[Any]) -> list[Any] | int:
        """The new keys, or the slot that prints them; looks only at rows that changed."""
        assert self.old is not None
        slot = self.old.key_record
        if not self.old.count:
            return printed_keys(self.shape, values, keys)
        if not isinstance(slot, int):
            return keys
        edits = [row[slot] for _, row in self.edits]
        is_printed = _are_alike(self.fresh[slot :: self.stride], self.fresh_keys) and _are_alike(
            edits, [keys[index] for index, _ in self.edits]
        )
        return slot if is_printed else keys

    def _assembled(self) -> tuple[list[Value], list[Any]]:
        """Values and keys in the new order, before edits."""
        stride, values, keys = self.stride, list[Value](), list[Any]()
        fresh = 0
        for start, length in self.runs:
            if start >= 0:
                values += self.values[start * stride : (start + length) * stride]
                keys += self.keys[start : start + length]
            else:
                values += self.fresh[fresh * stride : (fresh + length) * stride]
                keys += self.fresh_keys[fresh : fresh + length]
                fresh += length
        return values, keys

    # --- the walk through the old rows

    def _position(self) -> int:
        """How many old rows lie behind, the present one included."""
        return (len(self.values) - length_hint(self.source)) // self.stride

    def _go_to(self, index: int) -> None:
        self.key_source.__setstate__(index)  # type: ignore[attr-defined]
        self.source.__setstate__(index * self.stride)  # type: ignore[attr-defined]

    def _row(self, index: int) -> list[Value]:
        return self.values[index * self.stride : (index + 1) * self.stride]

    def _close_run(self, end: int) -> None:
        length = end - self.run_start
        if length > 0:
            self.used[self.run_start : end] = b"\1" * length
            self._add_run(self.run_start, length)

    def _add_run(self, start: int, length: int) -> None:
        self.start += length
        if self.runs:
            last, size = self.runs[-1]
            if (start < 0 and last < 0) or (start >= 0 and last >= 0 and last + size == start):
                self.runs[-1] = (last, size + length)
                return
        self.runs.append((start, length))

    def _find(self, key: Any) -> int:
        if self.where is None:
            assert self.old is not None
            self.where = places_of(self.keys[:-1])
            self.used[len(self.used) - self.tail :] = b"\1" * self.tail
        return self.where.get(comparable(key), -1)


def printed_keys(shape: Shape, values: list[Value], keys: list[Any]) -> list[Any] | int:
    """The slot that prints these keys, which need not be held twice then; else the keys."""
    for slot in range(shape.width if keys else 0):
        if values[slot] is keys[0] and _are_alike(values[slot :: shape.stride], keys):
            return slot
    return keys


def _are_alike(values: list[Value], keys: list[Any]) -> bool:
    """The values can stand for these keys: both are plain texts or plain numbers."""
    kinds = set(map(type, keys))
    is_plain = kinds <= {int} or kinds <= {str}
    return is_plain and set(map(type, values)) == kinds and values == keys
