"""Writes a page's first HTML so that the browser can find each slot in it again.

The marks are comments, which are allowed wherever content is. They carry a nonce of the
page, because text from users that is trusted as HTML may contain comments as well:

    <!--[NONCE--> ... <!--]NONCE-->      text, or HTML as a string
    <!--[NONCE 7--> ... <!--]NONCE-->    a node of shape 7
    <!--[NONCE 7*--> ... <!--]NONCE-->   a loop with rows of shape 7, each behind <!--rNONCE-->

Text that is its element's only content needs no marks. What a browser moves elsewhere, such
as rows without a `<tbody>`, breaks the marks, and the browser notices when it binds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .tree import (
    Loop,
    Node,
    Shape,
    Value,
    column_to_html,
    node_to_html,
    node_values,
    value_to_html,
)


def marked_html(node: Node, nonce: str) -> str:
    """A view's outermost node as HTML with marks; plain HTML if nothing can be addressed."""
    if not node[0].is_addressable:
        return node_to_html(node)
    return _Marker(nonce).body(node)


class _Marker:
    """Writes values with the marks of one page."""

    def __init__(self, nonce: str) -> None:
        self._start = f"<!--[{nonce}"
        self._end = f"<!--]{nonce}-->"
        self._row = f"<!--r{nonce}-->"
        marks = f"<!--[\\[r]{re.escape(nonce)}[^>]*-->"
        self._first_newline = re.compile(f"\\A((?:{marks})+)\n")

    def body(self, node: Node) -> str:
        """The inside of a node."""
        shape: Shape = node[0]
        parts = [shape.statics[0]]
        for slot, value in enumerate(node_values(node)):
            parts.append(self._slot(shape, slot, value))
            parts.append(shape.statics[slot + 1])
        return "".join(parts)

    def _slot(self, shape: Shape, slot: int, value: Value) -> str:
        kind, escaped = shape.plan.kinds[slot], shape.escapes[slot]
        if kind in "agr":
            return value_to_html(value, escaped)
        html = self._content(value, kind, escaped)
        if slot in shape.plan.drops_newline:
            return self._first_newline.sub(r"\1", html)
        return html

    def _content(self, value: Value, kind: str, escaped: bool) -> str:
        if type(value) is tuple and value[0].is_addressable:
            return f"{self._start} {value[0].id}-->{self.body(value)}{self._end}"
        if type(value) is Loop and value.shape.is_addressable:
            return f"{self._start} {value.shape.id}*-->{self._rows(value)}{self._end}"
        html = value_to_html(value, escaped)
        # Only text is sure to stay the only child.
        return html if kind == "o" and "<" not in html else f"{self._start}-->{html}{self._end}"

    def _rows(self, loop: Loop) -> str:
        """All rows, written slot by slot: a loop in Python for each column, not each cell."""
        shape = loop.shape
        pieces: list[str] = [""] * (2 * shape.width + 1)
        pieces[0::2] = shape.statics
        pieces[0] = self._row + pieces[0]
        step = len(pieces)
        columns = list(self._columns(loop, pieces))
        filled = pieces * loop.count
        for slot, column in enumerate(columns):
            filled[2 * slot + 1 :: step] = column
        return "".join(filled)

    def _columns(self, loop: Loop, pieces: list[str]) -> Iterator[list[str]]:
        """Each slot of all rows as HTML; marks that are the same in all go into `pieces`."""
        shape = loop.shape
        kinds = shape.plan.kinds
        for slot, escaped in enumerate(shape.escapes):
            values = loop.values[slot :: shape.stride][: loop.count]
            kind = kinds[slot]
            if kind in "agr":
                yield column_to_html(values, escaped)
            elif slot in shape.plan.drops_newline or not _is_plain_text(values, escaped):
                yield [self._slot(shape, slot, value) for value in values]
            else:
                if kind == "c":
                    pieces[2 * slot] += self._start + "-->"
                    pieces[2 * slot + 2] = self._end + pieces[2 * slot + 2]
                yield column_to_html(values, escaped)


_PLAIN = frozenset({int, float, bool, type(None)})


def _is_plain_text(values: list[Value], escaped: bool) -> bool:
    kinds = set(map(type, values))
    return kinds <= _PLAIN or (escaped and kinds <= _PLAIN | {str})
