"""Keeps the tree of a view that nobody uses right now in a few kilobytes."""

from __future__ import annotations

import io
import pickle
import zlib
from typing import Any

from .tree import Loop, Node, Shape, Value

#: Repeated text is what a page consists of; the first levels find most of it.
_LEVEL = 4


def pack(node: Node) -> tuple[bytes, list[Shape]]:
    """Compress a tree, without what the renderer remembers; shapes stay where they are."""
    shapes: dict[Shape, int] = {}
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer, pickle.HIGHEST_PROTOCOL)
    pickler.dump(_portable(node, shapes))
    return zlib.compress(buffer.getvalue(), _LEVEL), list(shapes)


def unpack(packed: bytes, shapes: list[Shape]) -> Node:
    """The tree again: its values are equal, but no longer shared with the application."""
    node: Node = _tree(pickle.loads(zlib.decompress(packed)), shapes)
    return node


def _portable(value: Value, shapes: dict[Shape, int]) -> Any:
    """A value as plain data: `(shape, values)` for a node, with a row count for a loop."""
    if type(value) is tuple:
        shape: Shape = value[0]
        number = shapes.setdefault(shape, len(shapes))
        return (number, *(_portable(part, shapes) for part in value[1 : shape.width + 1]))
    if type(value) is Loop:
        shape = value.shape
        number = shapes.setdefault(shape, len(shapes))
        columns = [
            [_portable(part, shapes) for part in value.values[slot :: shape.stride]]
            for slot in range(shape.width)
        ]
        return [number, value.count, columns, _portable_keys(value.key_record)]
    return value


def _portable_keys(keys: list[Any] | int | None) -> list[Any] | int | None:
    """Keys of simple types; others might be anything, and rows then go by content."""
    if keys is None or isinstance(keys, int):
        return keys
    if not set(map(type, keys)) <= {str, int}:
        return None
    return keys


def _tree(data: Any, shapes: list[Shape]) -> Value:
    if type(data) is tuple:
        shape = shapes[data[0]]
        # What was remembered is gone, which the renderer takes for a node of another place.
        return (shape, *(_tree(part, shapes) for part in data[1:]))
    if type(data) is list:
        number, count, columns, keys = data
        shape = shapes[number]
        blank = [None] * (shape.stride - shape.width)
        values: list[Value] = []
        rows = zip(*columns, strict=True) if columns else ((),) * count
        for row in rows:
            values += [_tree(part, shapes) for part in row]
            values += blank
        return Loop(shape, values, count, keys)
    return data
