"""StreamsMixin: long lists whose rows are sent once and then live in the browser alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, get_args

from .behaviour import Behaviour
from .row_order import Edge, RowId, RowOrder, Undo

DomId = Callable[[Any], object]


class RowsForgotten(Exception):
    """A saved view has streamed rows that nobody holds: it has to be mounted anew."""


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


class StreamsInTemplate:
    """Is `streams` in every template; a view that has none pays nothing for it."""

    __slots__ = ("_view",)

    def __init__(self, view: StreamsBehaviour) -> None:
        self._view = view

    def __getattr__(self, name: str) -> Any:
        return getattr(self._view._undone(), name)

    def __getitem__(self, name: str) -> Any:
        return self.__getattr__(name)


class OneStream:
    """Stands for `streams` while new rows are rendered alone."""

    def __init__(self, streams: RowStreams, name: str, rows: list[tuple[str, Any]]) -> None:
        self._streams = streams
        self._name = name
        self._rows = rows

    def __getattr__(self, name: str) -> Any:
        return self._rows if name == self._name else getattr(self._streams, name)


class StreamsBehaviour(Behaviour):
    """Sends operations on rows: the new ones are rendered alone, and no row is kept."""

    __slots__ = ()

    @cached_property
    def _row_streams(self) -> RowStreams:
        streams = RowStreams()
        if self._before_turn is not None:
            self._before_turn["_row_streams"] = streams
        return streams

    # --- verbs ------------------------------------------------------------------------

    def stream(
        self,
        name: str,
        items: Iterable[Any],
        *,
        at: int = -1,
        reset: bool = False,
        limit: int | None = None,
        dom_id: DomId | None = None,
    ) -> None:
        """Add rows to a stream, which begins with the first call; `reset` takes all others away.

        `at` is -1 for the end, 0 for the start, or an index; rows that are there are updated.
        With a `limit`, rows beyond it go at the edge opposite to the new ones.
        """
        self._require_places(name, at, limit)
        stream = self._undone().make(name)
        self._note_changes()
        if dom_id is not None:
            stream.dom_id = dom_id
        if reset:
            self._clear(stream)
        self._insert(stream, items, at, limit)

    def stream_insert(self, name: str, item: Any, at: int = -1, limit: int | None = None) -> None:
        """Add one row. One that is there is updated in its place, or moved if `at` says where."""
        self._require_places(name, at, limit)
        self._insert(self._undone().find(name), [item], at, limit)

    def stream_delete(self, name: str, item_or_id: Any) -> None:
        """Take a row away; one that is not there is no error."""
        stream = self._undone().find(name)
        is_id = isinstance(item_or_id, int | str)
        row = row_id(item_or_id) if is_id else stream.id_of(item_or_id)
        if row in stream.order:
            stream.order.delete(row)
            self._operate(stream, "delete", stream.dom_id_of(row))

    def stream_reset(self, name: str, items: Iterable[Any] = ()) -> None:
        """Take all rows away, and show these."""
        stream = self._undone().find(name)
        self._clear(stream)
        self._insert(stream, items, -1, None)

    def stream_prune(self, name: str, limit: int, edge: Edge = "top") -> None:
        """Keep at most `limit` rows; the others go at this edge."""
        if edge not in get_args(Edge):
            raise ValueError(f'Stream "{name}": the edge is "top" or "bottom", not {edge!r}.')
        self._require_places(name, -1, limit)
        self._prune(self._undone().find(name), limit, edge)

    # --- what they do -------------------------------------------------------------------

    def _require_places(self, name: str, at: int, limit: int | None) -> None:
        if type(at) is not int or at < -1:
            raise ValueError(f'Stream "{name}": `at` is -1, 0 or an index, not {at!r}.')
        if limit is not None and (type(limit) is not int or limit < 0):
            raise ValueError(f'Stream "{name}": the limit is 0 or more, not {limit!r}.')

    def _undone(self) -> RowStreams:
        """Return the streams, without what a turn did that has failed since.

        How many changes there were stands in an attribute, which a failed turn brings back.
        """
        streams = self._row_streams
        known = vars(self).get("_row_changes", 0)
        while len(streams.undo) > known:
            streams.undo.pop()()
        return streams

    def _note_changes(self) -> None:
        vars(self)["_row_changes"] = len(self._row_streams.undo)

    def _insert(self, stream: RowStream, items: Iterable[Any], at: int, limit: int | None) -> None:
        rows = {stream.id_of(item): item for item in items}
        region = self._row_streams.regions.get(stream.name)
        # Rendered first: what cannot be rendered changes nothing.
        html = self._rendered_rows(stream, region, rows) if region and rows else ""
        self._place(stream, list(rows), at)
        if region is None or not self._row_streams.has_begun:
            stream.hold(rows)
        if region and rows:
            self._put_operation(["rows", stream.name, "insert", at, html])
        self._note_changes()
        if limit is not None:
            self._prune(stream, limit, "top" if at < 0 else "bottom")

    def _rendered_rows(self, stream: RowStream, region: Any, rows: dict[RowId, Any]) -> str:
        shown = [(stream.dom_id_of(row), item) for row, item in rows.items()]
        return self._render_rows(region, OneStream(self._row_streams, stream.name, shown)).strip()

    def _place(self, stream: RowStream, rows: list[RowId], at: int) -> None:
        """Follow the browser: an id that is there stays, or moves if the place is given."""
        order = stream.order
        for row in rows:
            if row in order and at >= 0:
                order.delete(row)
        order.insert([row for row in rows if row not in order], at)

    def _clear(self, stream: RowStream) -> None:
        stream.order.clear()
        self._operate(stream, "reset")

    def _prune(self, stream: RowStream, limit: int, edge: Edge) -> None:
        if stream.order.prune(limit, edge):
            self._operate(stream, "prune", limit, edge)

    def _operate(self, stream: RowStream, kind: str, *details: object) -> None:
        """Tell the browser, if it has the stream; rows that wait to be shown go by the order."""
        if stream.name in self._row_streams.regions:
            self._put_operation(["rows", stream.name, kind, *details])
        self._note_changes()

    # --- the page -----------------------------------------------------------------------

    def _add_to_context(self, context: dict[str, Any]) -> None:
        context["streams"] = StreamsInTemplate(self)

    def _page_rendered(self) -> None:
        if "_row_streams" in vars(self):
            streams = self._row_streams
            if streams.has_begun:
                streams.forget_shown()
            streams.undo.clear()
            self._note_changes()
            self._show_once(streams.has_rows)

    def _page_begun(self) -> None:
        super()._page_begun()
        if "_row_streams" in vars(self):
            self._row_streams.has_begun = True
            self._row_streams.forget_shown()

    def _save(self) -> dict[str, Any]:
        saved = super()._save()
        if "_row_streams" in vars(self) and self._row_streams.has_rows:
            saved["streams"] = True
        return saved

    def _load(self, saved: Mapping[str, Any]) -> None:
        super()._load(saved)
        if "streams" in saved:
            raise RowsForgotten("The rows of its streams are gone; the view is mounted anew.")


class StreamsMixin(StreamsBehaviour):
    """`stream`, `stream_insert`, `stream_prune`. Every LiveView includes it."""

    __slots__ = ()


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
