"""Rows that a page shows once and then leaves to the browser: `{% for ... in streams.feed %}`.

The loop becomes a function of its own. Where it stands, the tree holds a `Region`: the rows'
HTML until it was sent, and from then on nothing but the place. So no later render compares
rows, and new ones are rendered alone, by the same function.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jinja2 import Environment, nodes
from jinja2.runtime import Context
from markupsafe import Markup

from .tree import Value
from .writing import value_to_html

#: What a template calls all streams, and the method by which they take a region.
STREAMS = "streams"
TAKE = "_take_region"


class Region:
    """The place of a stream's rows. It prints them until they are forgotten."""

    __slots__ = ("_html", "tree")

    def __init__(self, tree: Callable[..., Value], html: str) -> None:
        #: The function that renders rows of this loop.
        self.tree = tree
        # Nothing at all would mean: what the browser has.
        self._html = html or "<!---->"

    def __str__(self) -> str:
        return self._html

    def forget(self) -> None:
        """The rows were sent: a browser that gets this place again keeps what it shows there."""
        self._html = ""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Markup, ("",))


def region_tree(context: Context, name: str, tree: Callable[..., Value], previous: Value) -> Value:
    """What stands in the page for a stream's loop; an ordinary loop if it is no stream."""
    take = getattr(context.resolve_or_missing(STREAMS), TAKE, None)
    if take is None:
        return tree(context, previous)
    if type(previous) is Region and previous.tree is tree:
        return previous
    region = Region(tree, value_to_html(tree(context), True))
    take(name, region)
    return region


def cut_out_streams(
    template: nodes.Template, environment: Environment, fail: Callable[[str, int], Any]
) -> None:
    """Make each loop over a stream a block, which sees what the template's context holds."""
    found: set[str] = set()
    for loop in list(template.find_all(nodes.For)):
        name = _stream_of(loop)
        if not name:
            continue
        if loop.else_ or loop.test or loop.recursive:
            fail(
                f"A loop over streams.{name} takes no else, no if and no recursive: its rows are "
                f"rendered one by one. Write {{% if not streams.{name} %}} outside of it.",
                loop.lineno,
            )
        if name in found:
            fail(f"Two loops show streams.{name}; its rows can stand in one place.", loop.lineno)
        found.add(name)
        # The loop itself moves into the block, so that whatever holds it now holds the block.
        inner = nodes.For(loop.target, loop.iter, loop.body, [], None, False, lineno=loop.lineno)
        block = nodes.Block(f"stream__{name}", [inner], False, False, lineno=loop.lineno)
        block.stream = name  # type: ignore[attr-defined]
        block.set_environment(environment)
        _replace(template, loop, block)


def _stream_of(loop: nodes.For) -> str:
    source = loop.iter
    if isinstance(source, nodes.Getattr):
        name: Any = source.attr
    elif isinstance(source, nodes.Getitem) and isinstance(source.arg, nodes.Const):
        name = source.arg.value
    else:
        return ""
    is_stream = isinstance(source.node, nodes.Name) and source.node.name == STREAMS
    return name if is_stream and isinstance(name, str) and name.isidentifier() else ""


def _replace(parent: nodes.Node, old: nodes.Node, new: nodes.Node) -> bool:
    for _, value in parent.iter_fields():
        if isinstance(value, list):
            for index, child in enumerate(value):
                if child is old:
                    value[index] = new
                    return True
                if isinstance(child, nodes.Node) and _replace(child, old, new):
                    return True
        elif isinstance(value, nodes.Node) and _replace(value, old, new):
            return True
    return False
