"""Finds the parts of a template that depend on nothing but names of the context.

Such a part need not be evaluated again while the objects behind its names are the same and
frozen. Whatever calls, assigns, includes or defines something is not pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from jinja2 import Environment, nodes
from jinja2.filters import FILTERS
from jinja2.tests import TESTS

Function = TypeVar("Function", bound=Callable[..., Any])

_PURE_FILTERS = [
    "abs",
    "capitalize",
    "center",
    "count",
    "d",
    "default",
    "e",
    "escape",
    "filesizeformat",
    "first",
    "float",
    "forceescape",
    "format",
    "indent",
    "int",
    "last",
    "length",
    "list",
    "lower",
    "round",
    "safe",
    "string",
    "striptags",
    "title",
    "trim",
    "truncate",
    "upper",
    "urlencode",
    "wordcount",
]
_PURE_TESTS = [
    "boolean",
    "defined",
    "divisibleby",
    "eq",
    "equalto",
    "even",
    "false",
    "float",
    "ge",
    "gt",
    "greaterthan",
    "in",
    "integer",
    "le",
    "lessthan",
    "lower",
    "lt",
    "mapping",
    "ne",
    "none",
    "number",
    "odd",
    "sameas",
    "sequence",
    "string",
    "true",
    "undefined",
    "upper",
    "==",
    "!=",
    ">",
    ">=",
    "<",
    "<=",
]
_PURE_FUNCTIONS = frozenset(
    [FILTERS[name] for name in _PURE_FILTERS] + [TESTS[name] for name in _PURE_TESTS]
)
#: Names that mean something else in every function.
_SPECIAL = frozenset({"self", "super", "caller", "varargs", "kwargs"})


def pure(function: Function) -> Function:
    """Mark a filter or test whose result depends on its arguments alone.

    The renderer then reuses its result while the arguments are the same frozen objects.
    """
    function.is_pure = True  # type: ignore[attr-defined]
    return function


class Purity:
    """Answers for one environment."""

    def __init__(self, environment: Environment) -> None:
        self.filters = environment.filters
        self.tests = environment.tests
        #: A sandbox watches every step, and `finalize` may look at anything.
        self.is_possible = not environment.sandboxed and environment.finalize is None

    def names_of(
        self, parts: Iterable[nodes.Node], local_names: frozenset[str] = frozenset()
    ) -> frozenset[str] | None:
        """The context's names that these statements or expressions depend on; `None` if they
        depend on more than that."""
        if not self.is_possible:
            return None
        names: set[str] = set()
        try:
            for part in parts:
                self._visit(part, local_names, names)
        except _ImpureError:
            return None
        return frozenset(names)

    def is_pure_function(self, node: nodes.Filter | nodes.Test) -> bool:
        functions = self.filters if isinstance(node, nodes.Filter) else self.tests
        function = functions.get(node.name)
        try:
            is_builtin = function in _PURE_FUNCTIONS
        except TypeError:
            is_builtin = False
        return is_builtin or getattr(function, "is_pure", False) is True

    def _visit(self, node: nodes.Node, local_names: frozenset[str], names: set[str]) -> None:
        if isinstance(node, nodes.Name):
            if node.name in _SPECIAL or node.ctx != "load":
                raise _ImpureError
            if node.name not in local_names:
                names.add(node.name)
            return
        if isinstance(node, nodes.For):
            self._visit_for(node, local_names, names)
            return
        if isinstance(node, nodes.With):
            self._visit_with(node, local_names, names)
            return
        if not isinstance(node, _TRANSPARENT) and not self._is_allowed(node):
            raise _ImpureError
        for child in node.iter_child_nodes():
            self._visit(child, local_names, names)

    def _is_allowed(self, node: nodes.Node) -> bool:
        if isinstance(node, nodes.Filter | nodes.Test):
            return self.is_pure_function(node)
        if isinstance(node, nodes.ScopedEvalContextModifier):
            return all(isinstance(option.value, nodes.Const) for option in node.options)
        return isinstance(node, nodes.ExprStmt) and hasattr(node, "is_row_key")

    def _visit_for(self, node: nodes.For, local_names: frozenset[str], names: set[str]) -> None:
        if node.recursive:
            raise _ImpureError
        self._visit(node.iter, local_names, names)
        inner = local_names | stored_names(node.target) | {"loop"}
        for child in (*node.body, *([node.test] if node.test else [])):
            self._visit(child, inner, names)
        for child in node.else_:
            self._visit(child, local_names, names)

    def _visit_with(self, node: nodes.With, local_names: frozenset[str], names: set[str]) -> None:
        inner = local_names
        for target, value in zip(node.targets, node.values, strict=True):
            self._visit(value, local_names, names)
            inner |= stored_names(target)
        for child in node.body:
            self._visit(child, inner, names)


class _ImpureError(Exception):
    """Something depends on more than names."""


_TRANSPARENT = (
    nodes.Output, nodes.If, nodes.Const, nodes.TemplateData, nodes.Getattr, nodes.Getitem,
    nodes.Slice, nodes.Tuple, nodes.List, nodes.Dict, nodes.Pair, nodes.Keyword, nodes.Concat,
    nodes.BinExpr, nodes.UnaryExpr, nodes.Compare, nodes.Operand, nodes.CondExpr,
)  # fmt: skip


def stored_names(node: nodes.Node) -> frozenset[str]:
    """The names that a target assigns."""
    found = node.find_all(nodes.Name)
    names = {name.name for name in found if name.ctx != "load"}
    return frozenset(names | ({node.name} if isinstance(node, nodes.Name) else set()))


def assigned_names(body: Iterable[nodes.Node]) -> frozenset[str]:
    """All names that are assigned, bound or imported anywhere in these statements."""
    names: set[str] = {"loop", *_SPECIAL}
    template = nodes.Scope(list(body))
    for node in template.find_all((nodes.Name, nodes.Import, nodes.FromImport, nodes.Macro)):
        if isinstance(node, nodes.Name):
            if node.ctx != "load":
                names.add(node.name)
        elif isinstance(node, nodes.Import):
            names.add(node.target)
        elif isinstance(node, nodes.FromImport):
            names.update(name[1] if isinstance(name, tuple) else name for name in node.names)
        elif isinstance(node, nodes.Macro):
            names.add(node.name)
    return frozenset(names)


def read_attributes(template: nodes.Template) -> frozenset[str] | None:
    """The names of all attributes that a template reads; `None` if some are computed."""
    names: set[str] = set()
    for node in template.find_all((nodes.Getattr, nodes.Getitem)):
        if isinstance(node, nodes.Getattr):
            names.add(node.attr)
        elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
            names.add(str(node.arg.value))
        elif not isinstance(node, nodes.Getitem) or not isinstance(node.arg, nodes.Slice):
            return None
    return frozenset(names)
