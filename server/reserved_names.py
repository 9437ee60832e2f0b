"""Which names an author of views may not use, because every view has them already."""

from __future__ import annotations

import difflib
import inspect
import types
import warnings
from collections.abc import Iterator
from typing import Any

from ..client.events import handler_options
from .handlers import suggestion

#: What an author overrides, and when it is called.
HOOKS = frozenset(
    {
        "dump_state",
        "get_context_data",
        "handle_async_result",
        "handle_info",
        "handle_params",
        "handle_tick",
        "load_state",
        "mount",
        "unmount",
    }
)


#: So alike are names of which one is a slip of the other.
_NEAR = 0.85


def refuse_reserved_names(view: type[Any]) -> None:
    """Raise TypeError for a method that would silently replace one of Limelight's own.

    Classes of Limelight itself may do so: they know what they replace.
    """
    if _is_ours(view):
        return
    hooks = hooks_of(view)
    for name, value in vars(view).items():
        if name.startswith("__") or name in hooks:
            continue
        owner = _owner_of(view, name)
        if owner is not None:
            raise TypeError(
                f"{view.__module__}.{view.__qualname__} redefines {name!r}, which every view "
                f"has from {owner.__name__}. Choose another name. "
                f"Views override {', '.join(sorted(hooks))}."
            )
        _warn_of_near_miss(view, name, value)


def hooks_of(view: type[Any]) -> frozenset[str]:
    """Return what an author of this view overrides: the hooks of all views and of its mixins."""
    return HOOKS.union(*(vars(base).get("_hooks", ()) for base in view.__mro__))


def _owner_of(view: type[Any], name: str) -> type[Any] | None:
    """Return the class of Limelight that has a method or property of this name."""
    for base in view.__mro__[1:]:
        found = vars(base).get(name)
        if _is_ours(base) and isinstance(found, types.FunctionType | classmethod | property):
            return base
    return None


def _is_ours(cls: type[Any]) -> bool:
    return cls.__module__.startswith("limelight.")


def _warn_of_near_miss(view: type[Any], name: str, value: object) -> None:
    """A hook or a setting with a wrong letter changes nothing: say so."""
    is_plain = isinstance(value, type) or not callable(value)
    if is_plain and not isinstance(value, staticmethod | classmethod | property):
        _warn_of_setting(view, name)
        return
    is_plain = callable(value) and handler_options(value) is None
    near = suggestion(name, HOOKS) if is_plain and name.startswith("handle_") else ""
    if near:
        warnings.warn(
            f"{view.__qualname__}.{name} is no hook and is never called by Limelight.{near}",
            stacklevel=5,
        )


def _warn_of_setting(view: type[Any], name: str) -> None:
    own = {*_settings_of(view, is_ours=False)}
    known = {*_settings_of(view, is_ours=True)}
    if name.startswith("_") or name in known or name in own:
        return
    near = difflib.get_close_matches(name, known, n=1, cutoff=_NEAR)
    # A plural is rather another name than a slip.
    if near and name != f"{near[0]}s":
        warnings.warn(
            f"{view.__qualname__}.{name} is nothing that Limelight knows, so it has no effect. "
            f'Did you mean "{near[0]}"?',
            stacklevel=6,
        )


def _settings_of(view: type[Any], *, is_ours: bool) -> Iterator[str]:
    """Yield the class attributes that are no methods: of Limelight's classes, or of others."""
    for base in view.__mro__[1:]:
        if _is_ours(base) is is_ours and base is not object:
            declared = {**vars(base), **inspect.get_annotations(base)}
            for name, value in declared.items():
                if name[0] != "_" and not inspect.isroutine(value):
                    yield name
