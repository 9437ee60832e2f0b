"""What a template's `row.name` means when the object has no such attribute."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment


def item_instead(environment: Environment, obj: Any, name: str) -> Any:
    """The item of that name, or undefined."""
    try:
        return obj[name]
    except (TypeError, LookupError, AttributeError):
        return environment.undefined(obj=obj, name=name)


def missing_key(environment: Environment, obj: Any, name: str) -> Any:
    """Undefined for a dict without the key; other objects' `KeyError` is their own."""
    if type(obj) is not dict:
        raise  # noqa: PLE0704 - called while the error is handled
    return environment.undefined(obj=obj, name=name)
