"""Turns values of a tree into what goes over the socket to one browser."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from .escaping import escape_text
from .slots import fits, is_balanced_html
from .tree import Loop, Node, Shape, Value
from .writing import column_to_html, node_to_html, value_to_html

#: What a browser can only replace as a string: parts of an attribute, a tag, a raw text.
FLAT_KINDS = frozenset("agr")

#: Not a value: what was to be sent has tags that do not close, so whatever holds it must go
#: out as a string of HTML instead.
BROKEN: Any = type("Broken", (), {"__slots__": ()})()


_NONE: frozenset[Any] = frozenset()


class WireWriter:
    """Writes for one connection: knows its shapes, and the slots it could not find.

    A part with unbalanced tags cannot stand between two anchors. Then the part around it is
    sent as one string, and its `Shape` remembers that: a process pays once for such markup.
    """

    __slots__ = ("fresh", "known", "opaque")

    def __init__(self) -> None:
        #: The shapes that the browser has.
        self.known: frozenset[int] = _NONE
        #: Pairs of shape and slot that the browser could not find in its page.
        self.opaque: frozenset[tuple[int, int]] = _NONE
        #: The shapes that the message in the making needs and the browser lacks.
        self.fresh: dict[int, Shape] = {}

    def take_shapes(self) -> dict[str, Any]:
        """The shapes to send along; from now on the browser has them."""
        if not self.fresh:
            return {}
        shapes = {str(shape.id): shape_to_wire(shape) for shape in self.fresh.values()}
        self.known = one_of_equals(self.known.union(self.fresh))
        self.fresh = {}
        return shapes

    def use(self, shape: Shape) -> None:
        if shape.id not in self.known:
            self.fresh[shape.id] = shape

    def is_flat(self, shape: Shape, slot: int) -> bool:
        return shape.plan.kinds[slot] in FLAT_KINDS or (shape.id, slot) in self.opaque

    # --- values

    def value(self, value: Value, escaped: bool) -> Any:
        """A value in a place for content, or `BROKEN`."""
        kind = type(value)
        if kind is str:
            return escape_text(value) if escaped else self.html(value)
        if kind is tuple:
            return self.node(value)
        if kind is Loop:
            return self.loop(value)
        return self.html(str(value)) if kind is Markup else str(value)

    def html(self, text: str) -> Any:
        """A string of HTML, if it closes what it opens."""
        return text if is_balanced_html(text) else BROKEN

    def node(self, node: Node) -> Any:
        shape: Shape = node[0]
        if shape.is_addressable:
            row = self.row(shape, node[1:])
            if row is not BROKEN:
                self.use(shape)
                return [shape.id, *row]
            shape.note_broken()
        return self.html(node_to_html(node))

    def row(self, shape: Shape, values: Sequence[Value]) -> Any:
        """The values of an addressable node or row."""
        row = []
        for slot, (value, escaped) in enumerate(zip(values, shape.escapes, strict=False)):
            written = self.slot(shape, slot, value, escaped)
            if written is BROKEN:
                return BROKEN
            row.append(written)
        return row

    def slot(self, shape: Shape, slot: int, value: Value, escaped: bool) -> Any:
        if self.is_flat(shape, slot):
            text = value_to_html(value, escaped)
            return text if shape.plan.kinds[slot] in FLAT_KINDS else self.html(text)
        if not fits_slot(shape, slot, value):
            return BROKEN
        return self.value(value, escaped)

    def loop(self, loop: Loop) -> Any:
        shape = loop.shape
        if shape.is_addressable:
            rows = self.rows(loop)
            if rows is not BROKEN:
                self.use(shape)
                return {"c": shape.id, "r": rows}
            shape.note_broken()
        return self.html(value_to_html(loop, True))

    def rows(self, loop: Loop) -> Any:
        """All rows, slot by slot, since most columns are plain text throughout."""
        if not loop.shape.width:
            return [[] for _ in range(loop.count)]
        columns = []
        for slot, escaped in enumerate(loop.shape.escapes):
            column = loop.values[slot :: loop.shape.stride]
            written = self._column(loop.shape, slot, column, escaped)
            if written is BROKEN:
                return BROKEN
            columns.append(written)
        return list(map(list, zip(*columns, strict=True)))

    def _column(self, shape: Shape, slot: int, column: list[Value], escaped: bool) -> Any:
        kinds = set(map(type, column))
        if kinds <= _PLAIN or (escaped and kinds <= _PLAIN_ESCAPED):
            return column_to_html(column, escaped)
        written = [self.slot(shape, slot, value, escaped) for value in column]
        return BROKEN if any(value is BROKEN for value in written) else written


@lru_cache(1_000)
def one_of_equals(known: frozenset[int]) -> frozenset[int]:
    """One object for all views whose browsers know the same shapes."""
    return known


_PLAIN = frozenset({int, float, bool, type(None)})
_PLAIN_ESCAPED = _PLAIN | {str}


def fits_slot(shape: Shape, slot: int, value: Value) -> bool:
    """A browser leaves the value's elements where the slot is."""
    kind = type(value)
    if kind is tuple:
        child: Shape = value[0]
    elif kind is Loop:
        child = value.shape
    else:
        return True
    if (slot, child.id) in shape.fitting:
        return True
    is_fit = fits(shape.plan, slot, child.plan)
    if is_fit:
        shape.fitting.add((slot, child.id))
    return is_fit


def shape_to_wire(shape: Shape) -> dict[str, Any]:
    return {"s": list(shape.statics), "k": shape.plan.kinds}


def shapes_of(value: Value, found: dict[int, Shape]) -> dict[int, Shape]:
    """The shapes that a browser needs to know for what a value shows, by id."""
    is_loop = type(value) is Loop
    shape: Shape = value.shape if is_loop else value[0]
    if not shape.is_addressable:
        return found
    found[shape.id] = shape
    for slot, kind in enumerate(shape.plan.kinds):
        if kind in FLAT_KINDS:
            continue
        for part in value.values[slot :: shape.stride] if is_loop else (value[slot + 1],):
            if type(part) is tuple or type(part) is Loop:
                shapes_of(part, found)
    return found
