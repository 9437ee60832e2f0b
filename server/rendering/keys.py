"""`{% key row.id %}` or `dj-key="{{ row.id }}"`: says which row is which when rows move.

The tag stands first in a loop's body and prints nothing; in a plain render it only
evaluates its expression. The attribute stands in the first element of the body.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from markupsafe import Markup


class KeyTag(Extension):
    """The tag `key`."""

    tags = {"key"}  # noqa: RUF012

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        statement = nodes.ExprStmt(parser.parse_expression(), lineno=line)
        statement.is_row_key = True  # type: ignore[attr-defined]
        return statement


@dataclass(frozen=True, slots=True)
class RowKey:
    """The key of a loop's rows."""

    expression: nodes.Expr
    #: What the body prints before it, which is read before it.
    before: tuple[nodes.Expr, ...] = ()
    statement: nodes.Stmt | None = None


def row_key(loop: nodes.For) -> RowKey | None:
    """The key that a loop's body declares first of all."""
    for node in loop.body:
        if isinstance(node, nodes.ExprStmt) and hasattr(node, "is_row_key"):
            return RowKey(node.node, (), node)  # type: ignore[arg-type]
        if not isinstance(node, nodes.Output):
            return None
        if not _is_blank(node):
            return _attribute_key(node)
    return None


def _is_blank(node: nodes.Output) -> bool:
    return all(
        isinstance(part, nodes.TemplateData) and not part.data.strip() for part in node.nodes
    )


_IN_FIRST_TAG = re.compile(r"\s*<[a-zA-Z][^<>]*\sdj-key\s*=\s*[\"']?\Z")


def _attribute_key(node: nodes.Output) -> RowKey | None:
    text = ""
    before: list[nodes.Expr] = []
    for part in node.nodes:
        if isinstance(part, nodes.TemplateData):
            text += part.data
        elif _IN_FIRST_TAG.match(text):
            return RowKey(part, tuple(before)) if _is_simple(part, *before) else None
        else:
            before.append(part)
            text += "x"
    return None


def _is_simple(*expressions: nodes.Expr) -> bool:
    """Evaluating the key first changes nothing: all of these are chains of attributes, which
    are loaded in their own order."""
    return all(_is_attribute(expression) for expression in expressions)


def _is_attribute(node: nodes.Node) -> bool:
    if isinstance(node, nodes.Name | nodes.Const):
        return True
    if isinstance(node, nodes.Getitem):
        return isinstance(node.arg, nodes.Const) and _is_attribute(node.node)
    return isinstance(node, nodes.Getattr) and _is_attribute(node.node)


# --- comparing keys

#: Keys that are compared by value.
SIMPLE_KEYS = frozenset({int, str, UUID, date})
_BY_VALUE = SIMPLE_KEYS | {bool, float, bytes, type(None), Markup}


def comparable(key: Any) -> Any:
    """A key as something that a dict may hold: simple values and tuples of them as they
    are, anything else by identity, since its `__eq__` or `__hash__` might do anything."""
    if type(key) in _BY_VALUE:
        return key
    if type(key) is tuple and all(type(part) in _BY_VALUE for part in key):
        return key
    return (comparable, id(key))


def places_of(keys: list[Any]) -> dict[Any, int]:
    """Where each key stands; the first place of equal ones."""
    if set(map(type, keys)) <= SIMPLE_KEYS:
        return {key: len(keys) - 1 - index for index, key in enumerate(reversed(keys))}
    places: dict[Any, int] = {}
    for index, key in enumerate(keys):
        places.setdefault(comparable(key), index)
    return places
