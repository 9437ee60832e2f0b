"""Gives the methods that a browser may call parameters of the right type."""

from __future__ import annotations

import difflib
import inspect
import math
import typing
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from ..client.events import BY_NAME, HandlerOptions, handler_options

#: Which field of a form has changed; only a handler that names this parameter is told.
TARGET = "_target"
_SWITCH = {"on": True, "yes": True, "off": False, "no": False, "": False}


class ParameterError(Exception):
    """A parameter of an event is missing, surplus or unfit. The handler did not run."""


class UnknownEvent(Exception):
    """The view has no event handler of that name."""


class EventHandler:
    """One callable handler of a view class, with the struct that its parameters must fit."""

    __slots__ = ("_accepts_surplus", "_fields", "_struct", "_switches", "background", "name")

    def __init__(
        self, owner: type, name: str, method: Callable[..., Any], options: HandlerOptions
    ) -> None:
        self.name = name
        self.background: bool = options.background
        signature = list(inspect.signature(method).parameters.values())[1:]
        hints = _resolved_hints(owner, name, method)
        plain = [one for one in signature if one.kind in BY_NAME]
        self._accepts_surplus = any(one.kind not in BY_NAME for one in signature)
        self._fields = {one.name: hints.get(one.name, Any) for one in plain}
        self._switches = [one for one, hint in self._fields.items() if _allows(hint, bool)]
        self._struct = msgspec.defstruct(
            f"{owner.__name__}_{name}",
            [_struct_field(one, self._fields[one.name]) for one in plain],
            forbid_unknown_fields=not self._accepts_surplus,
        )

    def coerce(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments for the method.

        Raises ParameterError that names the parameter, what was expected and what came.
        """
        if TARGET in parameters and TARGET not in self._fields:
            parameters = {name: value for name, value in parameters.items() if name != TARGET}
        prepared = self._prepare(parameters) if self._fields else parameters
        try:
            fitted = msgspec.convert(prepared, self._struct, strict=False)
        except msgspec.ValidationError as error:
            raise ParameterError(self._explain(str(error), parameters)) from None
        arguments = {name: getattr(fitted, name) for name in self._fields if name in prepared}
        _refuse_unfit_numbers(self.name, arguments)
        if self._accepts_surplus:
            arguments |= {
                name: value for name, value in parameters.items() if name not in self._fields
            }
        return arguments

    def _prepare(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Bridge what HTML forms send and what types mean: one box is a list, "" is no number."""
        prepared = dict(parameters)
        for name, hint in self._fields.items():
            value = prepared.get(name)
            if isinstance(value, str):
                if _allows(hint, list) and not _allows(hint, str):
                    prepared[name] = [value]
                elif value == "" and _allows(hint, type(None)) and not _allows(hint, str):
                    prepared[name] = None
                elif name in self._switches and not _allows(hint, str):
                    prepared[name] = _SWITCH.get(value.lower(), value)
                else:
                    prepared[name] = _literal(hint, value)
        return prepared

    def _explain(self, problem: str, parameters: Mapping[str, Any]) -> str:
        text, _, path = problem.partition(" - at `$")
        name = path.rstrip("`").lstrip(".").partition("[")[0].partition(".")[0]
        if name:
            came = repr(parameters.get(name))
            return f'{self.name}: parameter "{name}" does not fit: {text}; it was {came[:80]}.'
        unknown = text.rpartition("`")[0].rpartition("`")[2]
        if "unknown field" in text:
            hint = suggestion(unknown, self._fields)
            return f'{self.name} takes no parameter "{unknown}".{hint} It takes {self._taken()}.'
        return f'{self.name}: parameter "{unknown}" is missing. It takes {self._taken()}.'

    def _taken(self) -> str:
        return ", ".join(self._fields) or "none"


def collect_event_handlers(owner: type) -> dict[str, EventHandler]:
    """Return the handlers of a view class by name. An override without the mark is no handler."""
    found: dict[str, EventHandler] = {}
    for name in dir(owner):
        method = inspect.getattr_static(owner, name)
        options = handler_options(method)
        if options is not None:
            if name.startswith("_"):
                raise TypeError(f"{owner.__name__}.{name}: an event handler's name is public.")
            found[name] = EventHandler(owner, name, method, options)
    return found


def find_event_handler(
    owner: type, handlers: Mapping[str, EventHandler], name: str
) -> EventHandler:
    """Return the handler of that name, or raise UnknownEvent with the nearest name."""
    try:
        return handlers[name]
    except KeyError:
        raise UnknownEvent(missing_handler(owner, handlers, name)) from None


def missing_handler(owner: type, handlers: Mapping[str, EventHandler], name: str) -> str:
    """Say that there is no such handler, and what was probably meant."""
    method = inspect.getattr_static(owner, name, None)
    is_authors = inspect.isfunction(method) and not method.__module__.startswith("limelight.")
    if is_authors and not name.startswith("_"):
        return (
            f"{owner.__name__}.{name} is not marked, so no browser may call it. "
            "Write @event_handler() above it."
        )
    return (
        f'{owner.__name__} has no event handler "{name}".{suggestion(name, handlers)} '
        "Handlers are methods marked @event_handler()."
    )


def suggestion(name: str, known: typing.Iterable[str]) -> str:
    """Return ' Did you mean "x"?' or nothing."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f' Did you mean "{near[0]}"?' if near else ""


def _resolved_hints(owner: type, name: str, method: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(method)
    except NameError as error:
        raise TypeError(
            f"{owner.__name__}.{name}: an annotation cannot be resolved ({error}). "
            "Define or import the type at the top of the module."
        ) from None


def _struct_field(parameter: inspect.Parameter, hint: Any) -> Any:
    if parameter.default is inspect.Parameter.empty:
        return (parameter.name, hint)
    # The method itself knows its default: this one only says that none need be sent.
    return (parameter.name, hint, msgspec.field(default=None))


def _allows(hint: Any, kind: type) -> bool:
    return hint is kind or typing.get_origin(hint) is kind or kind in typing.get_args(hint)


def _literal(hint: Any, value: str) -> Any:
    """Return the member of a Literal of numbers that this text spells."""
    if typing.get_origin(hint) is typing.Literal:
        return next((one for one in typing.get_args(hint) if str(one) == value), value)
    return value


def _refuse_unfit_numbers(handler: str, arguments: dict[str, Any]) -> None:
    for name, value in arguments.items():
        if isinstance(value, float | Decimal) and not math.isfinite(value):
            raise ParameterError(
                f'{handler}: parameter "{name}" does not fit: expected a finite number, '
                f"it was {value!r}."
            )
