"""In development, each save is proved: what was written loads equal and of the same types."""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Mapping
from typing import Any

import msgspec

from .state import decode_state
from .state_errors import StateNotLoadable, StateNotSavable


def check_round_trip(attributes: Mapping[str, Any], encoded: bytes) -> None:
    """Raise StateNotSavable that names the first attribute that does not load as it was."""
    try:
        loaded = decode_state(encoded)
    except StateNotLoadable as error:
        raise StateNotSavable("(all)", error) from error
    for name, value in attributes.items():
        if not is_same(value, loaded[name]):
            kind = type(value).__qualname__
            raise StateNotSavable(name, f"This {kind} loads as {loaded[name]!r}, not {value!r}.")


def is_same(one: Any, other: Any) -> bool:
    """Tell whether two values are equal, of the same types inside as well, NaN included."""
    if type(one) is not type(other):
        return False
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(is_same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple | deque):
        return len(one) == len(other) and all(map(is_same, one, other))
    fields = _fields_of(one)
    if fields:
        return all(is_same(getattr(one, name), getattr(other, name)) for name in fields)
    return bool(one == other) or (_is_nan(one) and _is_nan(other))


def _fields_of(value: Any) -> list[str]:
    if isinstance(value, msgspec.Struct):
        return list(value.__struct_fields__)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [field.name for field in dataclasses.fields(value) if hasattr(value, field.name)]
    return []


def _is_nan(value: Any) -> bool:
    return bool(value != value)  # noqa: PLR0124  # nothing else differs from itself
