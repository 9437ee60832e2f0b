"""Which rows a browser shows, in order, as their ids alone; a failed turn's changes go back."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Literal

RowId = int | str
Edge = Literal["top", "bottom"]
Undo = Callable[[], None]


class RowOrder:
    """Ids in order. Both ends are cheap to change, however many there are."""

    __slots__ = ("_gone", "_ids", "_line", "_undo")

    def __init__(self, undo: list[Undo]) -> None:
        self._line: deque[RowId] = deque()
        self._ids: set[RowId] = set()
        #: Deleted ids that still stand in the line, since taking them out costs a search.
        self._gone: set[RowId] = set()
        #: How to take back each change, newest last.
        self._undo = undo

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, row: RowId) -> bool:
        return row in self._ids

    def __iter__(self) -> Iterator[RowId]:
        return (row for row in self._line if row not in self._gone)

    def insert(self, rows: list[RowId], at: int) -> None:
        """Put in ids that are not there, before the one at this index; -1: at the end."""
        if at > 0 or not self._gone.isdisjoint(rows):
            self._tidy()
        line, ids = self._line, self._ids
        if at < 0 or at >= len(line):
            line.extend(rows)
            take = line.pop
        elif at == 0:
            line.extendleft(reversed(rows))
            take = line.popleft
        else:
            line.rotate(-at)
            line.extendleft(reversed(rows))
            line.rotate(at)
            take = None
        ids.update(rows)

        def take_back() -> None:
            ids.difference_update(rows)
            for row in rows:
                if take is None:
                    line.remove(row)
                else:
                    take()

        self._undo.append(take_back)

    def delete(self, row: RowId) -> None:
        """Take out an id that is there."""
        ids, gone = self._ids, self._gone
        ids.discard(row)
        gone.add(row)

        def put_back() -> None:
            gone.discard(row)
            ids.add(row)

        self._undo.append(put_back)
        if len(gone) > len(ids):
            self._tidy()

    def prune(self, most: int, edge: Edge) -> list[RowId]:
        """Take out what is too much at this edge, and return it."""
        pruned: list[RowId] = []
        while len(self._ids) > most:
            row = self._line.popleft() if edge == "top" else self._line.pop()
            self._undo.append(self._put_back(row, edge, was_gone=row in self._gone))
            if row in self._gone:
                self._gone.discard(row)
            else:
                self._ids.discard(row)
                pruned.append(row)
        return pruned

    def clear(self) -> None:
        """Take out all ids."""
        self._replace(deque(), set())

    def _put_back(self, row: RowId, edge: Edge, *, was_gone: bool) -> Undo:
        line, rows = self._line, self._gone if was_gone else self._ids

        def put_back() -> None:
            (line.appendleft if edge == "top" else line.append)(row)
            rows.add(row)

        return put_back

    def _tidy(self) -> None:
        if self._gone:
            self._replace(deque(self), self._ids)

    def _replace(self, line: deque[RowId], ids: set[RowId]) -> None:
        former = self._line, self._ids, self._gone

        def put_back() -> None:
            self._line, self._ids, self._gone = former

        self._undo.append(put_back)
        self._line, self._ids, self._gone = line, ids, set()
