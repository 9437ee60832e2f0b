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
from jinja2.utils import missing
from markupsafe import Markup

from .tree import Loop, Node, Shape, Value
from .values import nothing, settle_escaped, settle_markup, settle_plain
from .writing import node_to_html, value_to_html

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

    def tree(self, previous: Value, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Value:
        """Call it, and get its node."""
        lacking = self._argument_count - len(args)
        if kwargs or lacking < 0 or self.caller or self.catch_kwargs or self.catch_varargs:
            return self(TreeRequest(previous), *args, **kwargs)
        if lacking:
            args += (missing,) * lacking
        return self._func(*args, previous)

    def _invoke(self, arguments: list[Any], autoescape: Any) -> Any:
        if type(autoescape) is TreeRequest:
            return self._func(*arguments, autoescape.previous)
        html = node_to_html(self._func(*arguments, nothing))  # type: ignore[arg-type]
        return Markup(html) if autoescape else html


class LiveLoopContext(LoopContext):
    """The `loop` of a `for`; the body of a recursive one is the function `recurse`."""

    def __init__(
        self,
        iterable: Iterable[Any],
        undefined: Any,
        recurse: TreeFunction | None = None,
        depth0: int = 0,
        is_markup: bool = False,
    ) -> None:
        super().__init__(iterable, undefined, recurse, depth0)
        self._is_markup = is_markup

    def __iter__(self) -> Any:
        # A generator takes half the time of Jinja2's `__next__`. What follows may have been
        # looked at already (`loop.last`), or the iterator been replaced (`loop.length`).
        while True:
            item = self._after
            if item is not missing:
                self._after = missing
            else:
                item = next(self._iterator, missing)
                if item is missing:
                    return
            self.index0 += 1
            self._before = self._current
            self._current = item
            yield item, self

    def __call__(self, iterable: Iterable[Any]) -> str:
        html = value_to_html(self.tree(iterable, nothing), True)
        return Markup(html) if self._is_markup else html

    def tree(self, iterable: Iterable[Any], previous: Value) -> Value:
        """The rows of the same loop over other items."""
        recurse: Any = self._recurse
        if recurse is None:
            return super().__call__(iterable)  # Says what is wrong.
        return recurse(iterable, recurse, self.depth0 + 1, previous)

    def slot(self, iterable: Iterable[Any], previous: Value, escaped: bool) -> Value:
        """What `{{ loop(iterable) }}` puts into its slot."""
        if self._is_markup or not escaped:
            return self.tree(iterable, previous)
        return settle_escaped(self(iterable), previous)


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
    text: Any = context.call(function, *args, **kwargs)
    if not isinstance(text, str):
        raise TypeError(f"{{% call %}} prints what it calls, which must be text; got {text!r}.")
    return settle_markup(text, previous)


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
        return function.tree(previous, args, _without_hidden(kwargs) if kwargs else kwargs)
    if kind is BlockReference:
        is_plain = not escaped or context.eval_ctx.autoescape
        if args or not is_plain or _without_hidden(kwargs):
            return nothing
        return function._stack[function._depth].tree(function._context, previous)
    if kind is LiveLoopContext and len(args) == 1 and not _without_hidden(kwargs):
        return function.slot(args[0], previous, escaped)
    return nothing


def _without_hidden(kwargs: dict[str, Any]) -> dict[str, Any]:
    """The keyword arguments that the template wrote."""
    return {name: value for name, value in kwargs.items() if name not in _HIDDEN_ARGUMENTS}


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
