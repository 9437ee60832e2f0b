"""`@handles(MessageType)`: which method of an actor runs for which message."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeVar

HandlerT = TypeVar("HandlerT", bound=Callable[..., Any])


def handles(*message_types: type) -> Callable[[HandlerT], HandlerT]:
    """Mark a method, `def` or `async def`, as the handler of these types of message.

    A subclass that redefines the method overrides the handler. Two methods for one type are
    an error when the class is made. The handler of a base class of messages also gets its
    subclasses that have no handler of their own.
    """
    for kind in message_types:
        if not isinstance(kind, type):
            raise TypeError(
                f"@handles expects types of messages, not {kind!r}. "
                "Write @handles(Increment) above the method."
            )
    if not message_types:
        raise TypeError("@handles expects at least one type: write @handles(Increment).")

    def mark(method: HandlerT) -> HandlerT:
        method.__dict__["__handles__"] = message_types
        return method

    return mark


def collect_handlers(actor_class: type) -> dict[type, Callable[..., Any]]:
    """Return the handlers of a class, its bases' included, by type of message."""
    types_by_method: dict[str, tuple[type, ...]] = {}
    for base in reversed(actor_class.__mro__):
        for name, value in vars(base).items():
            if isinstance(value, FunctionType) and "__handles__" in value.__dict__:
                types_by_method[name] = value.__dict__["__handles__"]
            elif value is None:
                types_by_method.pop(name, None)
    method_by_type: dict[type, str] = {}
    for name, kinds in types_by_method.items():
        for kind in kinds:
            other = method_by_type.setdefault(kind, name)
            if other != name:
                raise TypeError(
                    f"{actor_class.__name__} has two handlers for {kind.__name__}: {other}() and "
                    f"{name}(). Give both one name, so that one overrides the other, or remove one."
                )
    return {kind: getattr(actor_class, name) for kind, name in method_by_type.items()}
