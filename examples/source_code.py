"""The text of a Python module as it stands beside an example: escaped, with a little colour."""

from __future__ import annotations

import inspect
import io
import keyword
import token
import tokenize
from collections.abc import Iterator
from functools import cache
from types import ModuleType

from markupsafe import Markup, escape


@cache
def source_of(module: ModuleType) -> Markup:
    """Return a module's source as safe HTML, with keywords, texts and comments marked."""
    source = inspect.getsource(module)
    pieces = Markup()
    end_of_last = 0
    for start, end, kind in _coloured_spans(source):
        pieces += escape(source[end_of_last:start])
        pieces += Markup('<span class="{}">{}</span>').format(kind, source[start:end])
        end_of_last = end
    return pieces + escape(source[end_of_last:])


def _coloured_spans(source: str) -> Iterator[tuple[int, int, str]]:
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    is_decorator = False
    for one in tokenize.generate_tokens(io.StringIO(source).readline):
        kind = _kind(one, is_decorator=is_decorator)
        is_decorator = one.exact_type == token.AT or (is_decorator and one.string == ".")
        if kind:
            (row, column), (end_row, end_column) = one.start, one.end
            yield starts[row - 1] + column, starts[end_row - 1] + end_column, kind


def _kind(one: tokenize.TokenInfo, *, is_decorator: bool) -> str:
    if one.type == token.COMMENT:
        return "comment"
    if one.type == token.STRING:
        return "text"
    if one.type == token.NAME and keyword.iskeyword(one.string):
        return "keyword"
    return "decorator" if is_decorator or one.exact_type == token.AT else ""
