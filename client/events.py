"""Mark the methods of a view that a browser may call."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar, overload

import msgspec

Method = TypeVar("Method", bound=Callable[..., Any])

_MARK = "_limelight_event_handler"

#: Browsers send parameters by name.
BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class EventRefused(Exception):
    """A handler refuses what it was sent. The turn is undone, counted, and the browser told."""


class HandlerOptions(msgspec.Struct, frozen=True):
    """What `@event_handler(...)` was told."""

    background: bool = False


@overload
def event_handler(method: Method, /) -> Method: ...
@overload
def event_handler(*, background: bool = False) -> Callable[[Method], Method]: ...
def event_handler(method: Any = None, /, *, background: bool = False) -> Any:
    """Let the browser call this method.

    Parameters are coerced by their annotations (bool, int, float, Decimal, UUID, date, Optional,
    list[T], Literal, Enum). A missing, surplus (without `**kwargs`) or unfit one is refused with
    an error that names it, and the method does not run. With `background=True` the method runs
    in the view's nursery, so that other events are handled meanwhile.
    """

    def mark(method: Method) -> Method:
        for parameter in list(inspect.signature(method).parameters.values())[1:]:
            if parameter.kind not in (*BY_NAME, inspect.Parameter.VAR_KEYWORD):
                raise TypeError(
                    f"Event handler {method.__qualname__} takes {parameter}. Browsers send "
                    "parameters by name: use plain or keyword-only ones, and **kwargs."
                )
        setattr(method, _MARK, HandlerOptions(background))
        return method

    return mark(method) if method is not None else mark


def handler_options(method: object) -> HandlerOptions | None:
    """Return what a method was marked with, or None if the browser may not call it."""
    return getattr(method, _MARK, None)
