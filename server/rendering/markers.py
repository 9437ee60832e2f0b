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
import secrets
from collections.abc import Iterator
from typing import Any

from markupsafe import Markup

from .escaping import escape_text
from .slots import is_balanced_html
from .tree import Loop, Node, Shape, Value
from .wire import FLAT_KINDS, fits_slot
from .writing import (
    SHORT_LOOP,
    Writer,
    column_of_kinds,
    column_to_html,
    make_writer,
    node_to_html,
    value_to_html,
    written_rows,
)

#: Stands for the nonce until the page is written, so that marks can be made once for all
#: pages. It leaves the process in no page, so nobody can put it into one.
_NONCE = f"nonce-{secrets.token_hex(8)}"
_START = f"<!--[{_NONCE}"
_END = f"<!--]{_NONCE}-->"
_ROW = f"<!--r{_NONCE}-->"
_FIRST_NEWLINE = re.compile(f"\\A((?:<!--[\\[\\]r]{_NONCE}[^>]*-->)+)\n")


class _Broken(Exception):
    """A value whose tags do not balance was found in a shape."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape


def marked_html(node: Node, nonce: str) -> str:
    """A view's outermost node as HTML with marks; plain HTML if nothing can be addressed.

    A shape in which a browser would not find its slots again is marked for the life of the
    process, and the page written anew without marks in it.
    """
    while node[0].is_addressable:
        try:
            return _inside(node).replace(_NONCE, nonce)
        except _Broken as broken:
            broken.shape.note_broken()
    return node_to_html(node)


def _inside(node: Node) -> str:
    return (node[0].write_marked or _marked_writer(node[0]))(*node)


def _marked_writer(shape: Shape) -> Writer:
    """The function that writes a node or row of an addressable shape."""
    statics, slots = list(shape.statics), []
    for slot, escaped in enumerate(shape.escapes):
        kind = shape.plan.kinds[slot]
        if slot in shape.plan.drops_newline:
            slots.append("after_pre(shape_, n, v)")
        elif kind in FLAT_KINDS:
            slots.append(f"flat(v, {escaped})")
        else:
            if kind == "c":
                statics[slot] += _START
                statics[slot + 1] = _END + statics[slot + 1]
            slots.append(_EXPRESSIONS[kind, escaped])
    shape.write_marked = make_writer(tuple(statics), tuple(slots), {**_names(), "shape_": shape})
    return shape.write_marked


_EXPRESSIONS = {
    ("c", True): "'-->' + escape(v) if type(v) is str else content(shape_, n, v)",
    ("c", False): "content(shape_, n, v)",
    ("o", True): "escape(v) if type(v) is str else only(shape_, n, v)",
    ("o", False): "only(shape_, n, v)",
}


def _names() -> dict[str, Any]:
    return {
        "escape": escape_text,
        "flat": value_to_html,
        "content": _content,
        "only": _only,
        "after_pre": _after_pre,
    }


def _content(shape: Shape, slot: int, value: Value) -> str:
    """A value that stands between two marks, from the end of the first to the second."""
    kind = type(value)
    if kind is tuple or kind is Loop:
        _require(fits_slot(shape, slot, value), shape)
        if kind is tuple and value[0].is_addressable:
            return f" {value[0].id}-->{_inside(value)}"
        if kind is Loop and value.shape.is_addressable:
            return f" {value.shape.id}*-->{_rows(value)}"
    elif kind is not Markup and kind is not str:
        return f"-->{value}"
    html = value_to_html(value, shape.escapes[slot])
    # Escaped text has no tags.
    _require((kind is str and shape.escapes[slot]) or is_balanced_html(html), shape)
    return f"-->{html}"


def _only(shape: Shape, slot: int, value: Value) -> str:
    """The only content of an element, with the marks it needs."""
    html = _content(shape, slot, value)
    # Only text is sure to stay the only child.
    if html.startswith("-->") and "<" not in html:
        return html[3:]
    return f"{_START}{html}{_END}"


def _after_pre(shape: Shape, slot: int, value: Value) -> str:
    """What follows `<pre>` at once, where browsers drop a newline but do not behind a mark."""
    if shape.plan.kinds[slot] == "o":
        html = _only(shape, slot, value)
    else:
        html = f"{_START}{_content(shape, slot, value)}{_END}"
    return _FIRST_NEWLINE.sub(r"\1", html)


def _require(is_fit: bool, shape: Shape) -> None:
    if not is_fit:
        raise _Broken(shape)


def _rows(loop: Loop) -> str:
    shape = loop.shape
    if loop.count <= SHORT_LOOP:
        rows = written_rows(loop, shape.write_marked or _marked_writer(shape))
        return _ROW + _ROW.join(rows) if loop.count else ""
    return _long_rows(loop)


def _long_rows(loop: Loop) -> str:
    """All rows, written slot by slot: a loop in Python for each column, not each cell."""
    shape = loop.shape
    pieces: list[str] = [""] * (2 * shape.width + 1)
    pieces[0::2] = shape.statics
    pieces[0] = _ROW + pieces[0]
    step = len(pieces)
    columns = list(_columns(loop, pieces))
    filled = pieces * loop.count
    for slot, column in enumerate(columns):
        filled[2 * slot + 1 :: step] = column
    return "".join(filled)


def _columns(loop: Loop, pieces: list[str]) -> Iterator[list[str]]:
    """Each slot of all rows as HTML; marks that are the same in all go into `pieces`."""
    shape = loop.shape
    kinds = shape.plan.kinds
    for slot, escaped in enumerate(shape.escapes):
        values = loop.values[slot :: shape.stride][: loop.count]
        kind = kinds[slot]
        if kind in FLAT_KINDS:
            yield column_to_html(values, escaped)
        elif slot in shape.plan.drops_newline:
            yield [_after_pre(shape, slot, value) for value in values]
        elif _is_plain_text(kinds_of_values := set(map(type, values)), escaped):
            if kind == "c":
                pieces[2 * slot] += _START + "-->"
                pieces[2 * slot + 2] = _END + pieces[2 * slot + 2]
            yield column_of_kinds(values, kinds_of_values, escaped)
        elif kind == "o":
            yield [_only(shape, slot, value) for value in values]
        else:
            pieces[2 * slot] += _START
            pieces[2 * slot + 2] = _END + pieces[2 * slot + 2]
            yield [_content(shape, slot, value) for value in values]


_PLAIN = frozenset({int, float, bool, type(None)})


def _is_plain_text(kinds: set[type], escaped: bool) -> bool:
    return kinds <= _PLAIN or (escaped and kinds <= _PLAIN | {str})
