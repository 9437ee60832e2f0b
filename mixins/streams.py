"""StreamsMixin: long lists whose rows are sent once and then live in the browser alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, get_args

from .behaviour import Behaviour
from .row_order import Edge, RowId
from .row_streams import DomId, RowStream, RowStreams, row_id


class RowsForgotten(Exception):
    """A saved view has streamed rows that nobody holds: it has to be mounted anew."""


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
