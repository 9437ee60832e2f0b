"""Fits what a browser sends for a bound control to the attribute that it is bound to."""

from __future__ import annotations

import math
import typing
from collections.abc import Collection, Hashable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from types import GenericAlias
from typing import Any, cast
from uuid import UUID

import msgspec

#: What an attribute without annotation and without a value may become.
ANYTHING = str | bool | int | float | list[str] | None
#: Types whose values stand in a control as text.
SCALARS = (bool, int, float, str, Decimal, datetime, date, time, timedelta, UUID, Enum)
SEQUENCES = (list, tuple, set, frozenset)
SWITCHES = {"true": True, "1": True, "yes": True, "on": True}
SWITCHES |= {"false": False, "0": False, "no": False, "off": False, "": False}


class Unfit(Exception):
    """What was sent cannot be the attribute's value. The text is for whoever entered it."""


def annotations_of(view: type[Any]) -> dict[str, Any]:
    """Return the resolved annotations of a view's attributes; of those that can be resolved."""
    return _annotations_of(cast(Hashable, view))


@lru_cache(maxsize=1_000)
def _annotations_of(view: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for base in reversed(view.__mro__):
        own = vars(base).get("__annotations__", {})
        try:
            hints = typing.get_type_hints(base)
        except NameError:
            continue
        found |= {name: hints[name] for name in own if name in hints}
    return found


def type_of(value: Any) -> Any:
    """Return the type that a new value must have, judged by the one that is there."""
    if value is None:
        return ANYTHING
    if isinstance(value, SCALARS):
        return type(value)
    if isinstance(value, SEQUENCES):
        items = {type(item) for item in value}
        item: Any = items.pop() if len(items) == 1 else str
        kind = next(one for one in SEQUENCES if isinstance(value, one))
        return GenericAlias(kind, (item, ...) if kind is tuple else (item,))
    raise Unfit("It cannot be set from the page.")


def fit(value: Any, hint: Any) -> Any:
    """Return the value as this type has it. Raises Unfit."""
    if not is_plain(value):
        raise Unfit(f"{_shown(value)} is nothing that a control holds.")
    try:
        fitted = msgspec.convert(_bridged(value, hint), hint, strict=_is_strict(value, hint))
    except (msgspec.ValidationError, TypeError, ValueError, OverflowError):
        raise Unfit(f"{_shown(value)} is not {_name(hint)}.") from None
    if _holds_no_number(fitted):
        raise Unfit(f"{_shown(value)} is not a number.")
    return fitted


def is_plain(value: Any) -> bool:
    """Tell whether a form control could hold this: a text, a number, a switch, some choices."""
    if isinstance(value, list):
        return all(isinstance(item, str) for item in value)
    return value is None or isinstance(value, str | bool | int | float)


def as_wire(value: Any) -> Any:
    """Return what a control shows of an attribute."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str) and not isinstance(value, Enum):
        return str.__str__(value)
    if isinstance(value, Enum):
        return as_wire(value.value)
    if isinstance(value, int | float):
        # Others than these JavaScript does not hold.
        is_held = math.isfinite(value) and abs(value) < 2**53
        return value if is_held else str(value)
    if isinstance(value, SEQUENCES):
        return [str(as_wire(item)) for item in value]
    return str(value)


def _bridged(value: Any, hint: Any) -> Any:
    """Return the value as its type would read it: words for switches, nothing for None."""
    members = _members(hint)
    if not isinstance(value, str) or str in members or hint is ANYTHING:
        return value
    if value == "" and type(None) in members:
        return None
    if bool in members:
        return SWITCHES.get(value.strip().lower(), value)
    literals = [one for member in members for one in _literals(member)]
    return next((one for one in literals if str(one) == value), value)


def _is_strict(value: Any, hint: Any) -> bool:
    """Text is read as whatever the type wants; a switch is no number, and no number is text."""
    return not isinstance(value, str | list) or hint is ANYTHING


def _members(hint: Any) -> tuple[Any, ...]:
    is_union = typing.get_origin(hint) is typing.Union or type(hint) is type(int | str)
    return typing.get_args(hint) if is_union else (hint,)


def _literals(hint: Any) -> Collection[Any]:
    if typing.get_origin(hint) is typing.Literal:
        return typing.get_args(hint)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return [member.value for member in hint]
    return ()


def _holds_no_number(fitted: Any) -> bool:
    if isinstance(fitted, SEQUENCES):
        return any(_holds_no_number(item) for item in fitted)
    return isinstance(fitted, float | Decimal) and not math.isfinite(fitted)


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return f'"{text[:40]}{"…" if len(text) > 40 else ""}"'


def _name(hint: Any) -> str:
    """Return a type in words that a reader of the page knows."""
    names = {int: "a whole number", float: "a number", Decimal: "a number", bool: "yes or no"}
    names |= {str: "a text", date: "a date", datetime: "a date with a time", time: "a time"}
    members = [one for one in _members(hint) if one is not type(None)]
    if len(members) == 1 and members[0] in names:
        return names[members[0]]
    return "one of the choices" if any(map(_literals, members)) else "a value that fits"
