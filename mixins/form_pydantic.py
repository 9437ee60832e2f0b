"""Forms written as models of pydantic, where that is installed."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import types
import typing
from collections.abc import Collection, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from functools import cached_property
from typing import Any

import pydantic
from pydantic_core import PydanticUndefined

from .form_fields import WHOLE_FORM, Choice, Entered, Errors, FormField, Kind, Prepare, in_words

#: The types of inputs that browsers have for types of Python.
INPUTS: tuple[tuple[type, str], ...] = (
    (datetime, "datetime-local"),
    (date, "date"),
    (time, "time"),
    (pydantic.SecretStr, "password"),
    (int, "number"),
    (float, "number"),
    (Decimal, "number"),
)
#: What a constraint of pydantic is in HTML.
LIMITS = {"ge": "min", "le": "max", "min_length": "minlength", "max_length": "maxlength"}


class PydanticForm:
    """What `form_valid` is given: a model, or why there is none."""

    def __init__(self, model: pydantic.BaseModel | None, errors: Errors) -> None:
        self.model = model
        self.errors = errors

    @property
    def data(self) -> dict[str, Any]:
        """The model's fields, of their types."""
        names = type(self.model).model_fields if self.model is not None else ()
        return {name: getattr(self.model, name) for name in names}

    @property
    def cleaned_data(self) -> dict[str, Any]:
        return self.data


class PydanticForms:
    """A class of models. `async def validate_<field>(value)`, a static method, may object as well."""

    def __init__(self, model_class: type[pydantic.BaseModel]) -> None:
        self._class = model_class
        self._fields = {
            name: described(name, one) for name, one in model_class.model_fields.items()
        }

    def bind(
        self, entered: Entered | None, initial: Mapping[str, Any], prepare: Prepare
    ) -> BoundPydanticForm:
        fields = {
            name: with_initial(one, initial[name]) if name in initial else one
            for name, one in self._fields.items()
        }
        if entered is None:
            entered = {name: one.initial for name, one in fields.items()}
        return BoundPydanticForm(self._class, fields, entered, prepare)


class BoundPydanticForm:
    """One model in the making."""

    def __init__(
        self,
        model_class: type[pydantic.BaseModel],
        fields: Mapping[str, FormField],
        entered: Entered,
        prepare: Prepare,
    ) -> None:
        self._class = model_class
        self._entered = entered
        self.fields = fields
        prepare(self)

    @cached_property
    def form(self) -> PydanticForm:
        try:
            return PydanticForm(self._class.model_validate(self._values()), {})
        except pydantic.ValidationError as error:
            found: Errors = {}
            for one in error.errors(include_url=False, include_input=False):
                name = str(one["loc"][0]) if one["loc"] else WHOLE_FORM
                found.setdefault(name, []).append(_worded(one["msg"]))
            return PydanticForm(None, found)

    @property
    def cleaned(self) -> dict[str, Any]:
        return self.form.data

    @property
    def asks(self) -> Collection[str]:
        return [name for name in self.fields if self._asked(name) is not None]

    def validate(self, touched: Collection[str]) -> Errors:
        return {name: list(errors) for name, errors in self.form.errors.items()}

    async def ask(self, name: str) -> list[str]:
        asked = self._asked(name)
        values = self.form.data or self._values()
        try:
            if asked is not None:
                await asked(values.get(name))
        except ValueError as error:
            return [str(error)]
        return []

    def _asked(self, name: str) -> Any:
        method = getattr(self._class, f"validate_{name}", None)
        return method if inspect.iscoroutinefunction(method) else None

    def _values(self) -> dict[str, Any]:
        """What was entered, as pydantic reads it: a field left empty is not there."""
        values: dict[str, Any] = {}
        for name, field in self.fields.items():
            entered = self._entered.get(name, ())
            if field.kind == "checkbox":
                values[name] = bool(entered)
            elif field.takes_several:
                values[name] = list(entered)
            elif entered and entered[0] != "":
                values[name] = entered[0]
            elif entered and takes_empty(self._class.model_fields[name]):
                values[name] = ""
        return values


def described(name: str, info: Any) -> FormField:
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    hint = _without_none(info.annotation)
    several = typing.get_origin(hint) in (list, set, tuple, frozenset)
    item = typing.get_args(hint)[0] if several else hint
    choices = tuple(choices_of(item))
    kind: Kind = "select" if choices else "checkbox" if item is bool else "input"
    input_type = next(
        (word for base, word in INPUTS if isinstance(item, type) and issubclass(item, base)), "text"
    )
    field = FormField(
        name=name,
        label=info.title or in_words(name),
        kind=extra.get("widget", kind),
        type=extra.get("type", input_type),
        choices=choices,
        takes_several=several,
        help=info.description or "",
        attributes=attributes_of(info, item),
        initial=("",) if kind == "input" else (),
    )
    default = info.get_default(call_default_factory=False)
    if default is not PydanticUndefined and default is not None:
        return with_initial(field, default)
    is_chosen = kind == "select" and not several and field.kind == "select"
    # A browser shows the first where none is chosen.
    return with_initial(field, choices[0].value) if is_chosen else field


def with_initial(field: FormField, value: Any) -> FormField:
    """Return the field with what it holds at first."""
    if field.kind == "checkbox":
        texts: tuple[str, ...] = ("y",) if value else ()
    elif field.takes_several:
        texts = tuple(_as_text(item) for item in value)
    else:
        texts = ("",) if value is None else (_as_text(value),)
    return dataclasses.replace(field, initial=texts)


def choices_of(hint: Any) -> list[Choice]:
    if typing.get_origin(hint) is typing.Literal:
        return [Choice(str(one), str(one)) for one in typing.get_args(hint)]
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return [Choice(str(one.value), in_words(one.name.lower())) for one in hint]
    return []


def attributes_of(info: Any, hint: Any) -> dict[str, Any]:
    said = {
        LIMITS[name]: value
        for rule in info.metadata
        for name in LIMITS
        if (value := getattr(rule, name, None)) is not None
    }
    if hint in (float, Decimal):
        said["step"] = "any"
    return {"required": True, **said} if info.is_required() and hint is not bool else said


def takes_empty(info: Any) -> bool:
    return info.annotation is str and not info.is_required()


def _without_none(hint: Any) -> Any:
    is_union = typing.get_origin(hint) in (typing.Union, types.UnionType)
    members = [one for one in typing.get_args(hint) if one is not type(None)]
    return members[0] if is_union and len(members) == 1 else hint


def _as_text(value: Any) -> str:
    return str(value.value if isinstance(value, enum.Enum) else value)


def _worded(message: str) -> str:
    """Return what a validator has said, without pydantic's own words before it."""
    return message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
