"""The kinds of classes whose values can be saved without registering them."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, Flag
from functools import cache
from typing import Any

import msgspec

from .state_errors import TypeNotSavable


@dataclass(frozen=True, slots=True)
class ClassKind:
    """How values of all classes of one kind are saved and loaded."""

    dump: Callable[[Any], Any]
    load: Callable[[type, Any], Any]


@cache
def kind_of(cls: type) -> str | None:
    """Return the letter of a class's kind; None if its values cannot be saved."""
    if issubclass(cls, Enum):
        return "e"
    if dataclasses.is_dataclass(cls):
        return "d"
    if issubclass(cls, msgspec.Struct):
        return "s"
    if issubclass(cls, tuple) and hasattr(cls, "_make"):
        return "n"
    return None


@cache
def class_name(cls: type) -> str:
    """Return the name by which a class is found again, in this process or in the next."""
    name = f"{cls.__module__}:{cls.__qualname__}"
    try:
        found: object = find_class(name)
    except LookupError:
        found = None
    if found is not cls:
        raise TypeNotSavable(
            cls, "no module has it under this name, so it could not be found again"
        )
    return name


def find_class(name: str) -> type:
    """Return a class of a module that is imported already; raise LookupError if there is none.

    Saved state never causes an import.
    """
    module_name, _, path = name.partition(":")
    found: Any = sys.modules.get(module_name)
    for part in path.split("."):
        found = getattr(found, "__dict__", {}).get(part)
    if isinstance(found, type):
        return found
    raise LookupError(f"the class {name} is not there")


def _dump_enum(member: Enum) -> list[Any]:
    is_combination = isinstance(member, Flag) and member.name not in type(member).__members__
    return [None, member.value] if is_combination else [member.name, None]


def _load_enum(cls: Any, parts: list[Any]) -> Any:
    name, value = parts
    return cls[name] if name is not None else cls(value)


def _dump_fields(value: Any) -> dict[str, Any]:
    names = (field.name for field in dataclasses.fields(value))
    return {name: getattr(value, name) for name in names if hasattr(value, name)}


def _load_dataclass(cls: Any, saved: dict[str, Any]) -> Any:
    """Set the fields as they were: neither `__init__` nor `__post_init__` runs."""
    value = cls.__new__(cls)
    fields = {field.name: field for field in dataclasses.fields(cls)}
    _require_known(cls, saved, set(fields))
    for name, field in fields.items():
        if name in saved:
            object.__setattr__(value, name, saved[name])
        elif field.default is not dataclasses.MISSING:
            object.__setattr__(value, name, field.default)
        elif field.default_factory is not dataclasses.MISSING:
            object.__setattr__(value, name, field.default_factory())
    return value


def _dump_struct(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__struct_fields__}


def _load_struct(cls: Any, saved: dict[str, Any]) -> Any:
    _require_known(cls, saved, set(cls.__struct_fields__))
    return cls(**saved)


def _load_named_tuple(cls: Any, saved: dict[str, Any]) -> Any:
    _require_known(cls, saved, set(cls._fields))
    return cls(**saved)


def _require_known(cls: type, saved: dict[str, Any], known: set[str]) -> None:
    surplus = saved.keys() - known
    if surplus:
        raise TypeError(f"{cls.__qualname__} has no field {', '.join(sorted(surplus))} any more")


KINDS = {
    "e": ClassKind(_dump_enum, _load_enum),
    "d": ClassKind(_dump_fields, _load_dataclass),
    "s": ClassKind(_dump_struct, _load_struct),
    "n": ClassKind(lambda value: value._asdict(), _load_named_tuple),
}
