"""Tells developers, once, which markup keeps a browser from changing single slots."""

from __future__ import annotations

import logging

from .slots import fallback_warnings, fits, misplaced_warning
from .tree import Loop, Node, Shape, Value
from .wire import FLAT_KINDS

_log = logging.getLogger("limelight.templates")


class Adviser:
    """Looks at what is rendered, and remembers what it has said."""

    def __init__(self) -> None:
        self._seen: set[Shape] = set()
        self._said: set[str] = set()

    def look(self, node: Node) -> None:
        """Look at a tree: at the shapes that stand in content, wherever they are new."""
        self._look_at(node[0], node[1:])

    def _look_at(self, shape: Shape, values: Node) -> None:
        if shape not in self._seen:
            self._seen.add(shape)
            for warning in fallback_warnings(shape.statics, _name(shape), shape.line):
                self._say(str(warning))
        for slot, kind in enumerate(shape.plan.kinds):
            if kind not in FLAT_KINDS:
                self._look_into(shape, slot, values[slot])

    def _look_into(self, shape: Shape, slot: int, value: Value) -> None:
        if type(value) is tuple:
            self._look_at(value[0], value[1:])
            self._look_at_place(shape, slot, value[0])
        elif type(value) is Loop and value.count:
            # Rows differ in what they hold, but the first few show most of it.
            for index in range(min(value.count, 3)):
                self._look_at(value.shape, tuple(value.row(index)))
            self._look_at_place(shape, slot, value.shape)

    def _look_at_place(self, shape: Shape, slot: int, child: Shape) -> None:
        if not fits(shape.plan, slot, child.plan):
            advice = misplaced_warning(shape.plan, slot, child.plan)
            self._say(f"{_name(child)}, near line {child.line}: {advice}")

    def _say(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            _log.warning("%s", text)


def _name(shape: Shape) -> str:
    return shape.template or "<template>"
