"""Regions that stay as they are while they are hidden: `{% dj_activity "name" %}`.

A region is compiled to a function of its own inside of its template, which sees all names
that its place sees. While the region is hidden the function is not called and the tree holds
what it returned last; what that function has compared its names with stays in there as well.
So once it is called again, it finds everything that has changed since.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol, cast

from jinja2.runtime import Context
from jinja2.utils import missing
from markupsafe import Markup

from .tree import Loop, Node, Shape, Value, node_values
from .values import nothing
from .writing import value_to_html

#: What marks the statement that is compiled as a region.
MARK = "is_activity"
#: The element around a region; behind its slots: it was kept from a tree that had rested.
ELEMENT = Shape(
    ('<div class="dj-activity" dj-activity="', '"', ">", "</div>"),
    (True, False, False),
    remembered=1,
)
#: No template can name it.
_KEPT = "live regions"


class Place(Protocol):
    """What the tag's function answers for one region in one render."""

    name: str
    is_shown: bool
    #: Its expressions are evaluated in this render.
    is_evaluated: bool

    def rendering(self) -> AbstractContextManager[object]:
        """Surround the rendering of what stands in it."""
        ...

    def rendered(self, read_html: Callable[[], str], *, has_changed: bool) -> None:
        """What its element holds is known, and can be read."""


def activity_tree(
    context: Context,
    previous: Value,
    tree: Callable[[Value], Value],
    function: Any,
    /,
    *args: Any,
    **kwargs: Any,
) -> Node:
    """The element of a region: with what is in it now, or with what was, if it is hidden."""
    place = cast("Place", context.call(function, *args, **kwargs))
    before, is_rested = nothing, False
    if type(previous) is tuple and previous[0] is ELEMENT and previous[1] == place.name:
        before, is_rested = previous[3], previous[4]
    elif previous is nothing:
        before, is_rested = _kept(context, place.name), True
    if before is nothing or place.is_evaluated:
        with place.rendering():
            body = tree(nothing if is_rested else before)
        is_rested = False
    else:
        body = before
    place.rendered(lambda: value_to_html(body, True), has_changed=body is not before)
    node = (ELEMENT, place.name, _SHOWN if place.is_shown else _HIDDEN, body, is_rested)
    is_same = type(previous) is tuple and all(a is b for a, b in zip(node, previous, strict=False))
    return previous if is_same else node


_SHOWN = Markup()
_HIDDEN = Markup(" hidden inert")


def with_rested_regions(context: Mapping[str, object], rested: Node) -> Mapping[str, object]:
    """A context for a render without its earlier tree, of which the hidden regions are kept."""
    found: dict[str, Value] = {}
    _find(rested, found)
    return {**context, _KEPT: found} if found else context


def _kept(context: Context, name: str) -> Value:
    kept = context.resolve_or_missing(_KEPT)
    return nothing if kept is missing else kept.get(name, nothing)


def _find(value: Value, found: dict[str, Value]) -> None:
    if type(value) is tuple:
        if value[0] is ELEMENT:
            found[value[1]] = value[3]
        for part in node_values(value):
            _find(part, found)
    elif type(value) is Loop:
        for row in value.rows():
            for part in row:
                _find(part, found)
