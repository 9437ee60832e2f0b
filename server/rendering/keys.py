"""`{% key row.id %}`: says which row is which when the rows of a loop move.

It stands first in a loop's body and prints nothing. In a plain render it only evaluates
its expression.
"""

from __future__ import annotations

from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser


class KeyTag(Extension):
    """The tag `key`."""

    tags = {"key"}  # noqa: RUF012

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        statement = nodes.ExprStmt(parser.parse_expression(), lineno=line)
        statement.is_row_key = True  # type: ignore[attr-defined]
        return statement
