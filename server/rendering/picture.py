"""What one view shows: its last render, and what its browser knows of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .diff import DiffWriter
from .markers import marked_html
from .survey import survey
from .templates import LiveTemplate, LiveTemplates
from .tree import Node, node_to_html
from .values import nothing
from .wire import BROKEN, shape_to_wire, shapes_of


@dataclass(frozen=True, slots=True)
class Patch:
    """What brings a browser from the last render to this one: a diff, or a whole root."""

    diff: Any | None
    root: Any | None
    shapes: dict[str, Any]


class Picture:
    """One view's last render and what its browser knows.

    Every method either succeeds, or raises what the template raises and changes nothing.
    """

    def __init__(self, template: LiveTemplate) -> None:
        self.template = template
        self._shown: Node | None = None
        self._writer = DiffWriter()
        #: The browser could not find the view's root: from now on it is sent whole.
        self._is_rootless = False

    def first_html(self, context: Mapping[str, object], nonce: str) -> str:
        """Render the page's HTML, with marks by which the browser finds the slots again."""
        node = self.template.tree(context)
        survey(node)
        html = marked_html(node, nonce)
        self._shown = node
        return html

    def adopt(self) -> tuple[int | str, dict[str, Any]]:
        """The browser has the page: the id of its root, and the shapes of all it shows."""
        shown = self._require_shown()
        shapes = shapes_of(shown, {})
        self._restart()
        self._writer.known = set(shapes)
        return shown[0].id, {str(number): shape_to_wire(shape) for number, shape in shapes.items()}

    def whole(self, context: Mapping[str, object]) -> tuple[Any, dict[str, Any]]:
        """Render everything for a browser that has nothing: the root, and all its shapes."""
        node = self.template.tree(context)
        writer = DiffWriter()
        root = _whole_value(writer, node)
        shapes = writer.take_shapes()
        self._shown, self._writer, self._is_rootless = node, writer, False
        return root, shapes

    def update(self, context: Mapping[str, object]) -> Patch | None:
        """Render against what is shown; `None` if nothing changed."""
        shown = self._shown
        node = self.template.tree(context, nothing if shown is None else shown)
        if node is shown:
            return None
        self._writer.fresh = {}
        patch = self._patch(shown, node)
        self._shown = node
        return patch

    def unbind(self, slots: list[tuple[int, int]]) -> None:
        """The browser could not find these slots (pairs of shape and slot); none: the root."""
        if slots:
            self._writer.opaque.update((shape, slot) for shape, slot in slots)
        else:
            self._is_rootless = True

    def plain_html(self) -> str:
        """What is shown, without marks."""
        return node_to_html(self._require_shown())

    # --- how it is done

    def _patch(self, shown: Node | None, node: Node) -> Patch | None:
        writer = self._writer
        if shown is not None and self._is_addressable(node):
            if shown[0] is node[0]:
                diff = writer.node_diff(shown, node)
                if diff is not BROKEN:
                    return Patch(diff, None, writer.take_shapes()) if diff else None
                node[0].is_broken = True
            else:
                return Patch(None, _whole_value(writer, node), writer.take_shapes())
        html = node_to_html(node)
        if shown is not None and html == node_to_html(shown):
            return None
        return Patch(None, html, {})

    def _is_addressable(self, node: Node) -> bool:
        return not self._is_rootless and bool(node[0].is_addressable)

    def _restart(self) -> None:
        self._writer = DiffWriter()
        self._is_rootless = False

    def _require_shown(self) -> Node:
        if self._shown is None:
            raise RuntimeError(
                "Nothing is shown yet. Call first_html() or whole() before asking for it."
            )
        return self._shown


def _whole_value(writer: DiffWriter, node: Node) -> Any:
    root = writer.node(node)
    return node_to_html(node) if root is BROKEN else root


__all__ = ["LiveTemplate", "LiveTemplates", "Patch", "Picture"]
