"""What one view shows: its last render, and what its browser knows of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .activities import with_rested_regions
from .diff import DiffWriter
from .markers import marked_html
from .resting import pack, unpack
from .templates import LiveTemplate, LiveTemplates
from .tree import Node, Shape
from .wire import BROKEN, one_of_equals, shape_to_wire, shapes_of
from .writing import node_to_html


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

    __slots__ = ("_is_doubtful", "_is_rootless", "_packed", "_shown", "_writer", "template")

    def __init__(self, template: LiveTemplate) -> None:
        self.template = template
        self._shown: Node | None = None
        #: What is shown, compressed while the view rests.
        self._packed: tuple[bytes, list[Shape]] | None = None
        self._writer = DiffWriter()
        #: The browser could not find the view's root: from now on it is sent whole.
        self._is_rootless = False
        #: Nobody knows what the browser shows: the next update sends the view whole.
        self._is_doubtful = False

    def first_html(self, context: Mapping[str, object], nonce: str) -> str:
        """Render the page's HTML, with marks by which the browser finds the slots again."""
        node = self.template.tree(context)
        html = marked_html(node, nonce)
        self._show(node)
        return html

    def adopt(self) -> tuple[int | str, dict[str, Any]]:
        """The browser has the page: the id of its root, and the shapes of all it shows."""
        shown = self._require_shown()
        shapes = shapes_of(shown, {})
        self._restart()
        self._writer.known = one_of_equals(frozenset(shapes))
        return shown[0].id, {str(number): shape_to_wire(shape) for number, shape in shapes.items()}

    def whole(self, context: Mapping[str, object]) -> tuple[Any, dict[str, Any]]:
        """Render everything for a browser that has nothing: the root, and all its shapes."""
        node = self.template.tree(context)
        writer = DiffWriter()
        root = _whole_value(writer, node)
        shapes = writer.take_shapes()
        self._show(node)
        self._writer, self._is_rootless = writer, False
        return root, shapes

    def update(self, context: Mapping[str, object]) -> Patch | None:
        """Render against what is shown; `None` if nothing changed."""
        shown = self._shown
        if shown is None:
            # Rendered afresh, so that its values are again those of the application.
            shown = self._unpacked()
            node = self.template.tree(
                context if shown is None else with_rested_regions(context, shown)
            )
        else:
            node = self.template.tree(context, shown)
            if node is shown and not self._is_doubtful:
                return None
        if self._is_doubtful:
            shown = None
        self._writer.fresh = {}
        patch = self._patch(shown, node)
        self._show(node)
        return patch

    def unbind(self, slots: list[tuple[int, int]]) -> None:
        """The browser could not find these slots (pairs of shape and slot); none: the root.

        What it shows there is unknown, so the next update sends the view whole.
        """
        if slots:
            self._writer.opaque |= set(slots)
        else:
            self._is_rootless = True
        self._is_doubtful = True

    def rest(self, *, drop: bool = False) -> None:
        """Use less memory until the next update, which pays for it once.

        What is shown is compressed; with `drop` it is let go, and the next update sends the
        view whole. For a view that was idle for half a minute, or for several.
        """
        if drop:
            self._shown = self._packed = None
        elif self._shown is not None:
            self._packed = pack(self._shown)
            self._shown = None

    @property
    def is_held(self) -> bool:
        """What is shown is known here, and was not let go."""
        return self._shown is not None or self._packed is not None

    def plain_html(self) -> str:
        """What is shown, without marks."""
        return node_to_html(self._require_shown())

    # --- how it is done

    def _patch(self, shown: Node | None, node: Node) -> Patch | None:
        if self._is_rootless or not node[0].is_addressable:
            return self._html_patch(shown, node)
        writer = self._writer
        if shown is None or shown[0] is not node[0]:
            return Patch(None, _whole_value(writer, node), writer.take_shapes())
        diff = writer.node_diff(shown, node)
        if diff is not BROKEN:
            return Patch(diff, None, writer.take_shapes()) if diff else None
        node[0].note_broken()
        return self._html_patch(shown, node)

    def _html_patch(self, shown: Node | None, node: Node) -> Patch | None:
        html = node_to_html(node)
        if shown is not None and html == node_to_html(shown):
            return None
        return Patch(None, html, {})

    def _restart(self) -> None:
        self._writer = DiffWriter()
        self._is_rootless = False

    def _show(self, node: Node) -> None:
        self.template.templates.advise(node)
        self._shown = node
        self._packed = None
        self._is_doubtful = False

    def _unpacked(self) -> Node | None:
        return None if self._packed is None else unpack(*self._packed)

    def _require_shown(self) -> Node:
        shown = self._shown or self._unpacked()
        if shown is None:
            raise RuntimeError(
                "Nothing is shown. Call first_html(), whole() or update() before asking for it."
            )
        return shown


def _whole_value(writer: DiffWriter, node: Node) -> Any:
    root = writer.node(node)
    return node_to_html(node) if root is BROKEN else root


__all__ = ["LiveTemplate", "LiveTemplates", "Patch", "Picture"]
