"""Tells which values never change, so that what was rendered from them still holds.

A value is frozen if its type cannot be changed after it was made (a frozen dataclass or
struct, a named tuple, a tuple, a plain scalar), if nothing mutable hangs below it, and if
none of the attributes that the template reads is computed: a property may look anywhere.
Printing or comparing a frozen value is taken to depend on nothing else.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime, time, timedelta, timezone
from operator import attrgetter
from types import FunctionType, MemberDescriptorType
from typing import Any
from zoneinfo import ZoneInfo

from jinja2.utils import missing
from markupsafe import Markup

from .values import RAW

#: The names of attributes that a template reads; `None` if any might be read.
Reads = frozenset[str] | None

#: Exactly these types: immutable, and printed alike for ever.
STABLE = RAW | {Markup, timedelta, type(missing)}


class _Unstable:
    """Stands for something that may have changed since."""

    __slots__ = ()


unstable: Any = _Unstable()


class _Seen:
    """An object that was there at the last render, not yet known to be frozen."""

    __slots__ = ("is_refused", "value")

    def __init__(self, value: Any, *, is_refused: bool = False) -> None:
        self.value = value
        self.is_refused = is_refused


def keep(value: Any, previous: Any, reads: Reads) -> Any:
    """What to remember of a name's value: itself if the same object means the same value.

    A container is looked through when it comes a second time, not before: many come once.
    """
    kind = type(value)
    if kind in STABLE:
        return value
    if _layout(kind) is None:
        return unstable
    if type(previous) is not _Seen or previous.value is not value:
        return _Seen(value)
    if previous.is_refused:
        return previous
    return value if all_frozen((value,), reads) else _Seen(value, is_refused=True)


def all_frozen(values: Sequence[Any], reads: Reads, depth: int = 12) -> bool:
    """All of these are frozen. Looks at one attribute of all of them at a time."""
    kinds = set(map(type, values))
    if kinds <= STABLE:
        return True
    if not depth:
        return False
    for kind in kinds - STABLE:
        layout = _layout(kind)
        if layout is None or not layout.is_plain_for(reads):
            return False
        same = values if len(kinds) == 1 else [value for value in values if type(value) is kind]
        if not all(all_frozen(part, reads, depth - 1) for part in layout.parts(same)):
            return False
    return True


def is_candidate(value: Any) -> bool:
    """The value's type allows it to be frozen."""
    return type(value) in STABLE or _layout(type(value)) is not None


class _Layout:
    """How objects of an immutable type hold their parts."""

    def __init__(self, kind: type, fields: tuple[str, ...] | None) -> None:
        #: `None`: the parts are the items.
        self.fields = fields
        self.has_dict = fields is not None and getattr(kind, "__dictoffset__", 0) != 0
        self.computed = computed_names(kind, fields or ())
        getter: Any = kind.__getattribute__
        is_usual = getter in (object.__getattribute__, tuple.__getattribute__)
        self.is_wild = hasattr(kind, "__getattr__") or not is_usual

    def is_plain_for(self, reads: Reads) -> bool:
        if self.is_wild:
            return False
        return not self.computed if reads is None else self.computed.isdisjoint(reads)

    def parts(self, values: Sequence[Any]) -> list[list[Any]]:
        if self.has_dict:
            return [[part for value in values for part in vars(value).values()]]
        if self.fields is None:
            return [[part for value in values for part in value]]
        return [list(map(attrgetter(field), values)) for field in self.fields]


class _MomentLayout(_Layout):
    """A point in time, which asks its time zone when it is printed."""

    def parts(self, values: Sequence[Any]) -> list[list[Any]]:
        zones = {type(value.tzinfo) for value in values}
        return [] if zones <= {type(None), timezone, ZoneInfo} else [[unstable]]


def _layout(kind: type) -> _Layout | None:
    """The layout of an immutable type; `None` for all others."""
    try:
        return _layouts[kind]
    except KeyError:
        fields = _fields_if_immutable(kind)
        layout = None if fields is None else _Layout(kind, fields)
        if layout is not None and issubclass(kind, tuple):
            layout.fields = None
            layout.has_dict = False
        _layouts[kind] = layout
        return layout


def _fields_if_immutable(kind: type) -> tuple[str, ...] | None:
    parameters: Any = getattr(kind, "__dataclass_params__", None)
    if parameters is not None:
        # A subclass that is no dataclass itself may add anything.
        is_own = "__dataclass_params__" in vars(kind)
        if not is_own or not parameters.frozen:
            return None
        return tuple(field.name for field in dataclasses.fields(kind))
    config: Any = getattr(kind, "__struct_config__", None)
    if config is not None:
        return tuple(kind.__struct_fields__) if config.frozen else None  # type: ignore[attr-defined]
    if issubclass(kind, tuple) and "_fields" in vars(kind):
        return tuple(kind._fields)  # type: ignore[attr-defined]
    return None


def computed_names(kind: type, fields: Sequence[str]) -> frozenset[str]:
    """Attributes of a class that are neither stored fields nor plain methods."""
    names: set[str] = set()
    for base in kind.__mro__:
        if base in (object, tuple) or base.__module__ in ("msgspec", "typing"):
            continue
        for name, value in vars(base).items():
            is_dunder = name.startswith("__") and name.endswith("__")
            if name in fields or is_dunder or isinstance(value, FunctionType):
                continue
            if not isinstance(value, MemberDescriptorType):
                names.add(name)
    return frozenset(names)


_layouts: dict[type, _Layout | None] = {
    tuple: _Layout(tuple, None),
    frozenset: _Layout(frozenset, None),
    datetime: _MomentLayout(datetime, None),
    time: _MomentLayout(time, None),
}


__all__ = ["STABLE", "Reads", "all_frozen", "computed_names", "keep", "unstable"]
