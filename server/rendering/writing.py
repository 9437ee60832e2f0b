"""Writes a tree as plain HTML, with one function for each shape.

Looking at every slot in a general loop costs more than writing it. So each shape gets a
function that does just what its slots need, on first use. Shapes whose slots need the same
share its code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import repeat
from types import CodeType, FunctionType
from typing import Any

from .escaping import escape_text
from .tree import Loop, Node, Shape, Value

#: Longer loops are written column by column, so that no row costs a Python step.
SHORT_LOOP = 24

Writer = Callable[..., str]


def value_to_html(value: Value, escaped: bool) -> str:
    """One value as plain HTML text; `escaped` is the slot's flag in `Shape.escapes`."""
    kind = type(value)
    if kind is str:
        return escape_text(value) if escaped else str(value)
    return _other_to_html(value)


def node_to_html(node: Node) -> str:
    """A node as plain HTML text."""
    return (node[0].write or _plain_writer(node[0]))(*node)


def column_to_html(values: list[Value], escaped: bool) -> list[str]:
    """The same slot of many rows as HTML texts, as few steps as possible."""
    return column_of_kinds(values, set(map(type, values)), escaped)


def column_of_kinds(values: list[Value], kinds: set[type], escaped: bool) -> list[str]:
    """The same, for whoever knows already which types the values have."""
    if kinds == {str}:
        return list(map(escape_text, values)) if escaped else values
    if kinds <= _NEEDS_NO_ESCAPE:
        return list(map(str, values))
    return [value_to_html(value, escaped) for value in values]


_NEEDS_NO_ESCAPE = frozenset({int, float, bool, type(None)})


def _other_to_html(value: Value) -> str:
    """Whatever is no text."""
    kind = type(value)
    if kind is tuple:
        return (value[0].write or _plain_writer(value[0]))(*value)
    return _loop_to_html(value) if kind is Loop else str(value)


def _loop_to_html(loop: Loop) -> str:
    shape = loop.shape
    if loop.count <= SHORT_LOOP:
        return "".join(written_rows(loop, shape.write or _plain_writer(shape)))
    pieces: list[str] = [""] * (2 * shape.width + 1)
    pieces[0::2] = shape.statics
    step = len(pieces)
    filled = pieces * loop.count
    for slot, escaped in enumerate(shape.escapes):
        column = loop.values[slot :: shape.stride][: loop.count]
        filled[2 * slot + 1 :: step] = column_to_html(column, escaped)
    return "".join(filled)


def written_rows(loop: Loop, write: Writer) -> Iterator[str]:
    """Each row as the function of the rows' shape writes it."""
    stride, values = loop.shape.stride, loop.values
    columns = [values[slot::stride] for slot in range(loop.shape.width)]
    return map(write, repeat(None, loop.count), *columns)


def _plain_writer(shape: Shape) -> Writer:
    slots = tuple(
        "escape(v) if type(v) is str else other(v)"
        if escaped
        else "v if type(v) is str else other(v)"
        for escaped in shape.escapes
    )
    shape.write = make_writer(shape.statics, slots, _PLAIN_NAMES)
    return shape.write


_PLAIN_NAMES: Mapping[str, Any] = {"escape": escape_text, "other": _other_to_html}


def make_writer(
    statics: tuple[str, ...], slots: tuple[str, ...], names: Mapping[str, Any]
) -> Writer:
    """A function of a node's or row's parts (the shape, then its values) that joins the fixed
    texts with what these expressions make of a value `v` of slot number `n`."""
    fixed = {f"s{number}": text for number, text in enumerate(statics)}
    return FunctionType(_code(slots), {**names, **fixed})


@lru_cache(1_000)
def _code(slots: tuple[str, ...]) -> CodeType:
    arguments, pieces = ["shape"], ["{s0}"]
    for number, expression in enumerate(slots):
        name = f"v{number}"
        arguments.append(name)
        pieces.append(f"{{{_in_slot(expression, name, number)}}}{{s{number + 1}}}")
    source = f"lambda {', '.join(arguments)}, *remembered: f'''{''.join(pieces)}'''"
    code: CodeType = eval(source, {}).__code__
    return code


def _in_slot(expression: str, name: str, number: int) -> str:
    words = {"v": name, "n": str(number)}
    return re.sub(r"\b[vn]\b", lambda found: words[found[0]], expression)
