"""What a slot may hold, and when two values print the same."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from jinja2.nodes import EvalContext
from markupsafe import Markup, escape


class _Nothing:
    """Stands where there is no earlier value."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "nothing"


nothing: Any = _Nothing()

#: Types whose values never change and print the same for ever. Subclasses may do anything,
#: so only exactly these count. An aware datetime asks its time zone when it is printed.
RAW = frozenset({str, int, float, bool, type(None), Decimal, date, UUID})

#: Types for which equal means printed alike: 0.0 == -0.0 and Decimal("1.0") == 1 do not.
_EQUAL_PRINTS_ALIKE = frozenset({str, int})


def settle_escaped(value: Any, previous: Any) -> Any:
    """A value for a slot that escapes: raw, or formatted now since it might change later."""
    kind = type(value)
    if kind in RAW:
        if kind in _EQUAL_PRINTS_ALIKE and kind is type(previous) and value == previous:
            return previous
        return value
    if kind is not Markup:
        value = Markup(str(escape(value)))
    return previous if type(previous) is Markup and value == previous else value


def settle_plain(value: Any, previous: Any) -> Any:
    """A value for a slot that prints whatever it gets."""
    kind = type(value)
    if kind in RAW:
        if kind in _EQUAL_PRINTS_ALIKE and kind is type(previous) and value == previous:
            return previous
        return value
    if kind is not Markup:
        value = Markup(str(value))
    return previous if type(previous) is Markup and value == previous else value


def settle_now(value: Any, previous: Any, eval_ctx: EvalContext) -> Any:
    """A value for a slot that learns only while rendering whether it escapes."""
    text = escape(value) if eval_ctx.autoescape else value
    return settle_markup(str(text), previous)


def settle_markup(text: str, previous: Any) -> Any:
    """A text that is HTML already."""
    if type(previous) is Markup and text == previous:
        return previous
    return text if type(text) is Markup else Markup(text)
