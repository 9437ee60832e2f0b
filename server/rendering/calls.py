"""Macros, blocks and recursive loops that keep their tree when they are printed directly.

`{{ input(name) }}` puts the macro's node into the slot; `{{ input(name)|upper }}` gets the
string that stock Jinja2 gives. Which of the two is decided here, by what is called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from jinja2 import Template
from jinja2.nodes import EvalContext
from jinja2.runtime import BlockReference, Context, LoopContext, Macro
from markupsafe import Markup

from .tree import Loop, Node, Shape, Value, node_to_html, value_to_html
from .values import nothing, settle_escaped, settle_markup, settle_plain

TreeFunction = Callable[..., Value]

_HIDDEN_ARGUMENTS = ("_loop_vars", "_block_vars")
_WHOLE = Shape(("", ""), (True,))


class TreeRequest(EvalContext):
    """Passed to a macro in place of the evaluation context: "give me your node".

    A macro hands the context's `autoescape` on to `_invoke` and does not look at it, so
    that is where the request travels.
    """

    def __init__(self, previous: Value) -> None:
        self.previous = previous
        self.autoescape = self  # type: ignore[assignment]


class LiveMacro(Macro):
    """A macro whose function returns a node."""

    def _invoke(self, arguments: list[Any], autoescape: Any) -> Any:
        if type(autoescape) is TreeRequest:
            return self._func(*arguments, autoescape.previous)
        html = node_to_html(self._func(*arguments, nothing))  # type: ignore[arg-type]
        return Markup(html) if autoescape else html


class LiveLoopContext(LoopContext):
    """The `loop` of a recursive `for`."""

    def __init__(
        self,
        iterable: Iterable[Any],
        undefined: Any,
        recurse: TreeFunction,
        depth0: int,
        is_markup: bool,
    ) -> None:
        super().__init__(iterable, undefined, recurse, depth0)
        self._is_markup = is_markup

    def __call__(self, iterable: Iterable[Any]) -> str:
        html = value_to_html(self.tree(iterable, nothing), True)
        return Markup(html) if self._is_markup else html

    def tree(self, iterable: Iterable[Any], previous: Value) -> Value:
        recurse: Any = self._recurse
        return recurse(iterable, recurse, self.depth, previous)

    def keeps_tree(self, escaped: bool) -> bool:
        return self._is_markup or not escaped


def call_tree(
    context: Context, previous: Value, escaped: bool, function: Any, /, *args: Any, **kwargs: Any
) -> Value:
    """Call what a slot prints; a settled value, or the node if the callee has one."""
    tree = _tree_of_call(context, previous, escaped, function, args, kwargs)
    if tree is not nothing:
        return tree
    value = context.call(function, *args, **kwargs)
    return (settle_escaped if escaped else settle_plain)(value, previous)


def call_block_tree(
    context: Context, previous: Value, function: Any, /, *args: Any, **kwargs: Any
) -> Value:
    """Call what a `{% call %}` names; its text is printed as it comes."""
    tree = _tree_of_call(context, previous, False, function, args, kwargs)
    if tree is not nothing:
        return tree
    return settle_markup("".join((context.call(function, *args, **kwargs),)), previous)


def _tree_of_call(
    context: Context,
    previous: Value,
    escaped: bool,
    function: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Value:
    kind = type(function)
    if kind is LiveMacro:
        if escaped and not context.eval_ctx.autoescape:
            return nothing
        given = {name: value for name, value in kwargs.items() if name not in _HIDDEN_ARGUMENTS}
        return function(TreeRequest(previous), *args, **given)
    if kind is BlockReference:
        if args or not _only_hidden(kwargs) or (escaped and not context.eval_ctx.autoescape):
            return nothing
        return function._stack[function._depth].tree(function._context, previous)
    if kind is LiveLoopContext:
        if len(args) != 1 or not _only_hidden(kwargs) or not function.keeps_tree(escaped):
            return nothing
        return function.tree(args[0], previous)
    return nothing


def _only_hidden(kwargs: dict[str, Any]) -> bool:
    return all(name in _HIDDEN_ARGUMENTS for name in kwargs)


# --- whole templates and blocks


def as_stream(tree: TreeFunction) -> Callable[[Context], Iterator[str]]:
    """The generator function that Jinja2 expects of a template or block."""

    def stream(context: Context) -> Iterator[str]:
        yield value_to_html(tree(context), True)

    stream.tree = tree  # type: ignore[attr-defined]
    return stream


def with_tree(stream: Any) -> Any:
    """Let a stock render function be asked for a tree: one slot with all of its text."""

    def tree(context: Context, previous: Value = nothing) -> Node:
        was = previous[1] if type(previous) is tuple and previous[0] is _WHOLE else nothing
        value = settle_markup("".join(stream(context)), was)
        return previous if value is was else (_WHOLE, value)

    stream.tree = tree
    return stream


def include_tree(
    template: Template, context: Context, local_names: dict[str, Any], previous: Value
) -> Value:
    """The tree of a template that is included with the context."""
    inner = template.new_context(context.get_all(), True, local_names)
    return template.root_render_func.tree(inner, previous)  # type: ignore[attr-defined]


def include_constant(template: Template, previous: Value) -> Value:
    """The text of a template that is included without the context."""
    return settle_markup("".join(template._get_default_module()._body_stream), previous)


__all__ = [
    "LiveLoopContext",
    "LiveMacro",
    "Loop",
    "as_stream",
    "call_block_tree",
    "call_tree",
    "include_constant",
    "include_tree",
    "with_tree",
]
