"""What a page shows, kept as values: what a browser does with the DOM, done without one.

The values are those of the wire (`docs/wire.md`): a string, a node `[shape, value, ...]`, or a
loop `{"c": shape, "r": [[value, ...], ...]}`. They are never changed in place, so that a patch
that does not fit leaves the mirror as it was.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

#: A string, a node or a loop, as the wire brings it.
Value: TypeAlias = Any
Row: TypeAlias = list[Any]

#: Slots inside an attribute, an open tag or a raw text element: a browser can only replace them.
REPLACED_KINDS = frozenset("agr")
UNADDRESSABLE = "x"


class MirrorError(ValueError):
    """The server sent something that does not fit what this client knows."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"At {path or 'the root'}: {problem}")
        self.path = path
        self.problem = problem


@dataclass(frozen=True, slots=True)
class MirrorShape:
    """The static strings of a shape, and one letter for each slot between them."""

    statics: tuple[str, ...]
    kinds: str


class Mirror:
    """The tree of one view, its shapes, and the HTML that they make."""

    def __init__(self) -> None:
        self.shapes: dict[str, MirrorShape] = {}
        self.root: Value = ""

    def learn(self, shapes: Mapping[str, Any]) -> None:
        """Take in the shapes of a message. A shape never changes its meaning."""
        learned = {name: _read_shape(name, wire) for name, wire in shapes.items()}
        for name, shape in learned.items():
            if self.shapes.get(name, shape) != shape:
                raise MirrorError(
                    f"shape {name}",
                    f"it was {self.shapes[name]} and comes as {shape}. "
                    "An id stands for one shape as long as the connection lives.",
                )
        self.shapes.update(learned)

    def forget_shapes(self) -> None:
        """Start with a new server process, whose shape ids mean something else."""
        self.shapes = {}

    def replace(self, root: Value) -> None:
        """Show this whole value: a node, a loop, or a string of HTML."""
        self._check(root, "")
        self.root = root

    def patch(self, diff: Any) -> None:
        """Apply the diff of the root node; raises `MirrorError` and changes nothing if unfit."""
        if not isinstance(self.root, list):
            raise MirrorError(
                "",
                f"a diff came, but the root is {_named(self.root)}, not a node. "
                "Such a view is sent whole, as `root`.",
            )
        self.root = self._patched(self.root, diff, "")

    def html(self) -> str:
        """Return the HTML of the whole tree, without markers."""
        parts: list[str] = []
        self._write(self.root, parts)
        return "".join(parts)

    # --- whole values ----------------------------------------------------------------

    def _shape(self, name: Any, path: str) -> MirrorShape:
        shape = self.shapes.get(str(name)) if not isinstance(name, bool) else None
        if shape is None:
            raise MirrorError(
                path,
                f"shape {name!r} is not known. Known are {', '.join(self.shapes) or 'none'}; "
                "a message brings the shapes that it needs and this connection lacks.",
            )
        return shape

    def _check(self, value: Value, path: str) -> None:
        match value:
            case str():
                return
            case [name, *values]:
                self._check_row(self._shape(name, path), values, path)
            case {"c": name, "r": list(rows)} if len(value) == 2:
                shape = self._shape(name, path)
                for index, row in enumerate(rows):
                    self._check_row(shape, row, _below(path, index))
            case _:
                raise MirrorError(
                    path, f"expected a string, a node or a loop, got {_named(value)}."
                )

    def _check_row(self, shape: MirrorShape, values: Any, path: str) -> None:
        if not isinstance(values, list):
            raise MirrorError(path, f"expected a list of values, got {_named(values)}.")
        if len(values) != len(shape.kinds):
            raise MirrorError(
                path, f"{len(values)} values came for {len(shape.kinds)} slots of {shape.statics}."
            )
        for slot, value in enumerate(values):
            self._check(value, _below(path, slot))

    # --- diffs -----------------------------------------------------------------------

    def _patched(self, node: list[Any], diff: Any, path: str) -> list[Any]:
        shape = self._shape(node[0], path)
        return [node[0], *self._patched_row(shape, node[1:], diff, path)]

    def _patched_row(self, shape: MirrorShape, row: Row, diff: Any, path: str) -> Row:
        if not isinstance(diff, dict):
            raise MirrorError(path, f"expected a diff by slot index, got {_named(diff)}.")
        if UNADDRESSABLE in shape.kinds:
            raise MirrorError(
                path, f"a diff goes into {shape.statics}, which a browser cannot address."
            )
        patched = list(row)
        for key, change in diff.items():
            slot = _index(key, len(row), path, "slot")
            patched[slot] = self._changed(shape.kinds[slot], row[slot], change, _below(path, slot))
        return patched

    def _changed(self, kind: str, old: Value, change: Any, path: str) -> Value:
        if not isinstance(change, dict) or "c" in change:
            self._check(change, path)
            return change
        if kind in REPLACED_KINDS:
            raise MirrorError(path, f"a slot of kind {kind!r} takes a whole value, not a diff.")
        if isinstance(old, list):
            return self._patched(old, change, path)
        if isinstance(old, dict):
            return self._patched_loop(old, change, path)
        raise MirrorError(path, f"a diff came, but what is shown is {_named(old)}.")

    def _patched_loop(self, loop: dict[str, Any], diff: dict[str, Any], path: str) -> Value:
        if not diff.keys() <= {"o", "u"}:
            raise MirrorError(path, f"a loop's diff has the keys 'o' and 'u', got {sorted(diff)}.")
        shape = self._shape(loop["c"], path)
        rows = self._ordered(shape, loop["r"], diff["o"], path) if "o" in diff else list(loop["r"])
        updates = diff.get("u", {})
        if not isinstance(updates, dict):
            raise MirrorError(path, f"'u' maps new row indexes to diffs, got {_named(updates)}.")
        for key, change in updates.items():
            index = _index(key, len(rows), path, "row")
            rows[index] = self._patched_row(shape, rows[index], change, _below(path, index))
        return {"c": loop["c"], "r": rows}

    def _ordered(self, shape: MirrorShape, old: list[Row], runs: Any, path: str) -> list[Row]:
        if not isinstance(runs, list):
            raise MirrorError(path, f"'o' is a list of runs and new rows, got {_named(runs)}.")
        rows: list[Row] = []
        rest = iter(runs)
        for start in rest:
            if isinstance(start, list):
                self._check_row(shape, start, _below(path, len(rows)))
                rows.append(start)
            else:
                rows.extend(_run(old, start, next(rest, None), path))
        return rows

    # --- HTML ------------------------------------------------------------------------

    def _write(self, value: Value, parts: list[str]) -> None:
        if isinstance(value, str):
            parts.append(value)
        elif isinstance(value, list):
            self._write_row(self.shapes[str(value[0])], value[1:], parts)
        else:
            shape = self.shapes[str(value["c"])]
            for row in value["r"]:
                self._write_row(shape, row, parts)

    def _write_row(self, shape: MirrorShape, row: Row, parts: list[str]) -> None:
        parts.append(shape.statics[0])
        for value, static in zip(row, shape.statics[1:], strict=True):
            self._write(value, parts)
            parts.append(static)


def _read_shape(name: str, wire: Any) -> MirrorShape:
    match wire:
        case {"s": [*statics], "k": str(kinds)} if (
            all(isinstance(static, str) for static in statics) and len(statics) == len(kinds) + 1
        ):
            return MirrorShape(tuple(statics), kinds)
    raise MirrorError(
        f"shape {name}",
        f'expected {{"s": [strings], "k": "one letter a slot"}} with one string more than '
        f"letters, got {_named(wire)}.",
    )


def _run(old: list[Row], start: Any, count: Any, path: str) -> list[Row]:
    fits = type(start) is int and type(count) is int and start >= 0 and count > 0
    if not fits or start + count > len(old):
        raise MirrorError(
            path, f"the run ({start!r}, {count!r}) is not within the {len(old)} old rows."
        )
    return old[start : start + count]


def _index(key: Any, length: int, path: str, what: str) -> int:
    if not isinstance(key, str) or not re.fullmatch(r"0|[1-9][0-9]{0,8}", key):
        raise MirrorError(path, f"expected the index of a {what} as digits, got {key!r}.")
    if int(key) >= length:
        raise MirrorError(path, f"a diff came for {what} {key}, but there are {length}.")
    return int(key)


def _below(path: str, index: int) -> str:
    return f"{path}.{index}" if path else str(index)


def _named(value: Any) -> str:
    return f"{type(value).__name__} {value!r:.80}"
