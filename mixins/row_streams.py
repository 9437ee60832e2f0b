"""The rows of streams: what the page has not shown yet, and where each of them stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .row_order import RowId, RowOrder, Undo

DomId = Callable[[Any], object]


class RowStream:
    """One stream, as the template sees it: rows that have to be shown, and how many there are."""

    __slots__ = ("_undo", "dom_id", "name", "order", "rows")

    def __init__(self, name: str, undo: list[Undo]) -> None:
        self.name = name
        self.dom_id: DomId | None = None
        self.order = RowOrder(undo)
        #: The rows themselves, until the page has shown them.
        self.rows: dict[RowId, Any] = {}
        self._undo = undo

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        rows = self.rows
        return ((self.dom_id_of(row), rows[row]) for row in self.order if row in rows)

    def __len__(self) -> int:
        return len(self.order)

    @property
    def count(self) -> int:
        """How many rows the browser shows."""
        return len(self.order)

    def dom_id_of(self, row: RowId) -> str:
        return f"{self.name}-{row}"

    def id_of(self, item: Any) -> RowId:
        """Return what tells a row from others; raise ValueError if nothing does."""
        found = self.dom_id(item) if self.dom_id is not None else _own_id(item)
        if found is None or found == "":
            raise ValueError(
                f'Stream "{self.name}": {item!r:.80} has no id. A row needs an attribute or key '
                "`id` or `pk`, or give stream() a function `dom_id` that returns one."
            )
        return row_id(found)

    def hold(self, new: dict[RowId, Any]) -> None:
        """Keep rows that the page has not shown yet."""
        rows = self.rows
        former = {row: rows[row] for row in new if row in rows}

        def let_go() -> None:
            for row in new:
                rows.pop(row, None)
            rows.update(former)

        self._undo.append(let_go)
        rows.update(new)


class RowStreams:
    """All streams of a view: `streams` in its template. It is changed in place."""

    def __init__(self) -> None:
        self._by_name: dict[str, RowStream] = {}
        #: How to take back what was changed since the page was last shown, newest last.
        self.undo: list[Undo] = []
        #: Where the page shows each stream.
        self.regions: dict[str, Any] = {}
        #: A browser has the page. Until then it may have to be rendered once more.
        self.has_begun = False

    def __deepcopy__(self, _: object) -> RowStreams:
        return self

    def __getattr__(self, name: str) -> RowStream:
        if name[0] == "_":
            raise AttributeError(name)
        return self._by_name.get(name) or RowStream(name, [])

    def __getitem__(self, name: str) -> RowStream:
        return self.__getattr__(name)

    def find(self, name: str) -> RowStream:
        if name not in self._by_name:
            known = ", ".join(self._by_name) or "none"
            raise ValueError(
                f'There is no stream "{name}"; there are: {known}. stream("{name}", items) '
                "begins one."
            )
        return self._by_name[name]

    def make(self, name: str) -> RowStream:
        if name not in self._by_name:
            if not name.isidentifier() or name[0] == "_" or name in dir(self):
                raise ValueError(f"{name!r} cannot be a stream's name: it is read as streams.name.")
            self._by_name[name] = RowStream(name, self.undo)
            self.undo.append(lambda: self._forget(name))
        return self._by_name[name]

    def _forget(self, name: str) -> None:
        del self._by_name[name]

    @property
    def has_rows(self) -> bool:
        return any(map(len, self._by_name.values()))

    def _take_region(self, name: str, region: Any) -> None:
        if self.has_begun and name in self.regions:
            # The page is rendered once more, and has these rows.
            region.forget()
        self.regions[name] = region

    def forget_shown(self) -> None:
        """The page was sent: the rows of its regions are the browser's from now on."""
        for name, region in self.regions.items():
            region.forget()
            if name in self._by_name:
                self._by_name[name].rows = {}


def row_id(found: object) -> RowId:
    """Return an id as it is compared: 7 and "7" are the same, and so is their row."""
    if type(found) is int:
        return found
    text = str(found)
    return int(text) if text.isascii() and text.isdigit() and str(int(text)) == text else text


def _own_id(item: Any) -> object:
    for name in ("id", "pk"):
        found = item.get(name) if isinstance(item, Mapping) else getattr(item, name, None)
        if found is not None:
            return found
    return None
