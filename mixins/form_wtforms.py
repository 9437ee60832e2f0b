"""Forms written with WTForms."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property
from typing import Any

from markupsafe import Markup
from wtforms import Field, FieldList, FileField, RadioField, SubmitField, widgets
from wtforms import FormField as SubForm
from wtforms.form import BaseForm
from wtforms.validators import StopValidation, ValidationError

from .form_fields import WHOLE_FORM, Choice, Entered, Errors, FormField, Kind, Prepare, Values

#: Names that WTForms spells so that they are none of Python's words.
SPELLED = {"class_": "class", "for_": "for"}


class WTForms:
    """A class of WTForms. Its validators may be `async def`, which WTForms itself does not know."""

    def __init__(self, form_class: type[Any]) -> None:
        if not (isinstance(form_class, type) and issubclass(form_class, BaseForm)):
            raise TypeError(
                f"form_class is {form_class!r}. Expected a WTForms form or a pydantic model."
            )
        names = [name for name in dir(form_class) if name.startswith("validate_")]
        self._waiting = {
            name.removeprefix("validate_"): method
            for name in names
            if _waits(method := getattr(form_class, name))
        }
        # WTForms would call what waits and drop what it returns.
        own: dict[str, Any] = {f"validate_{name}": None for name in self._waiting}
        own["cleaned_data"] = property(lambda form: form.data)
        own["__module__"] = form_class.__module__
        metaclass: Any = type(form_class)
        self._class: Any = metaclass(form_class.__name__, (form_class,), own)

    def bind(
        self, entered: Entered | None, initial: Mapping[str, Any], prepare: Prepare
    ) -> BoundWTForm:
        values = None if entered is None else Values(entered)
        # The socket's token has said already that the page is ours.
        form = self._class(formdata=values, data=dict(initial), meta={"csrf": False})
        prepare(form)
        return BoundWTForm(form, self._waiting)


class BoundWTForm:
    """One form of WTForms with what was entered."""

    def __init__(self, form: Any, waiting: Mapping[str, Callable[..., Any]]) -> None:
        self.form: Any = form
        self._leaves = {leaf.name: leaf for leaf in leaves(form)}
        self._waiting: dict[str, list[Callable[..., Any]]] = {}
        for name, leaf in self._leaves.items():
            asked = [one for one in leaf.validators if _waits(one)]
            leaf.validators = [one for one in leaf.validators if not _waits(one)]
            asked += [waiting[name]] if name in waiting else []
            if asked:
                self._waiting[name] = asked

    @property
    def fields(self) -> Mapping[str, FormField]:
        return self._fields

    @cached_property
    def _fields(self) -> dict[str, FormField]:
        return {name: described(leaf) for name, leaf in self._leaves.items()}

    @property
    def cleaned(self) -> dict[str, Any]:
        return dict(self.form.data)

    @property
    def asks(self) -> Collection[str]:
        return self._waiting

    def validate(self, touched: Collection[str]) -> Errors:
        for leaf in self._leaves.values():
            # `EqualTo` and its like name the other field.
            leaf.validators = [
                one
                for one in leaf.validators
                if getattr(one, "fieldname", None) in (None, *touched)
            ]
        self.form.validate()
        found = {
            name: [str(error) for error in leaf.errors]
            for name, leaf in self._leaves.items()
            if leaf.errors
        }
        if self.form.form_errors:
            found[WHOLE_FORM] = [str(error) for error in self.form.form_errors]
        return found

    async def ask(self, name: str) -> list[str]:
        field, found = self._leaves[name], []
        for validator in self._waiting.get(name, ()):
            try:
                await validator(self.form, field)
            except (ValidationError, StopValidation) as error:
                found.append(str(error))
                break
        return found


def leaves(fields: Any) -> Iterator[Field]:
    """Yield the fields that a browser sends, those of forms within the form as well."""
    for field in fields:
        if isinstance(field, SubForm):
            yield from leaves(field.form)
        elif isinstance(field, FieldList):
            yield from leaves(field.entries)
        elif not isinstance(field, SubmitField | FileField):
            yield field


def described(field: Any) -> FormField:
    kind = kind_of(field)
    return FormField(
        name=field.name,
        label=str(field.label.text),
        kind=kind,
        type=getattr(field.widget, "input_type", None) or "text",
        choices=tuple(choices_of(field)),
        takes_several=kind == "boxes" or bool(getattr(field.widget, "multiple", False)),
        help=str(field.description),
        attributes=attributes_of(field),
        initial=entered_of(field, kind),
        widget=field_markup(field) if kind == "widget" else None,
    )


def kind_of(field: Any) -> Kind:
    widget = field.widget
    if isinstance(field, RadioField):
        return "radios"
    if isinstance(getattr(field, "option_widget", None), widgets.CheckboxInput):
        return "boxes"
    if not type(widget).__call__.__module__.startswith("wtforms."):
        return "widget"
    for base, kind in _KINDS:
        if isinstance(widget, base):
            return kind
    return "widget"


def choices_of(field: Any) -> Iterator[Choice]:
    if getattr(field, "choices", None) is None:
        return
    if field.has_groups():
        for group, choices in field.iter_groups():
            yield from (Choice(str(one[0]), str(one[1]), str(group)) for one in choices)
    else:
        yield from (Choice(str(one[0]), str(one[1])) for one in field.iter_choices())


def entered_of(field: Any, kind: Kind) -> tuple[str, ...]:
    """What a browser would send of the field as it is."""
    if kind == "checkbox":
        return (str(field._value()),) if field.data else ()
    if kind in ("select", "radios", "boxes"):
        if field.choices is None:
            return ()
        chosen = tuple(str(one[0]) for one in field.iter_choices() if one[2])
        if chosen or kind != "select" or field.widget.multiple:
            return chosen
        # A browser shows the first where none is chosen.
        return tuple(str(one[0]) for one in field.iter_choices())[:1]
    value = field._value() if hasattr(field, "_value") else field.data
    return ("",) if value is None else (str(value),)


def attributes_of(field: Any) -> dict[str, Any]:
    """What the author gives the control, and what its validators say of it in HTML."""
    said = {
        name: getattr(field.flags, name)
        for name in getattr(field.widget, "validation_attrs", ())
        if getattr(field.flags, name, None) is not None
    }
    given = {
        SPELLED.get(name) or (name.replace("_", "-") if "_" in name else name): value
        for name, value in (field.render_kw or {}).items()
    }
    return {
        **{name: value() if callable(value) else value for name, value in said.items()},
        **given,
    }


def field_markup(field: Any) -> Callable[[Mapping[str, Any]], Markup]:
    return lambda attributes: Markup(field(**attributes))


def _waits(validator: Any) -> bool:
    return inspect.iscoroutinefunction(validator) or inspect.iscoroutinefunction(
        getattr(validator, "__call__", None)  # noqa: B004  # which function it is, not whether
    )


#: The more special come first.
_KINDS: tuple[tuple[Any, Kind], ...] = (
    (widgets.HiddenInput, "hidden"),
    (widgets.CheckboxInput, "checkbox"),
    (widgets.TextArea, "textarea"),
    (widgets.Select, "select"),
    (widgets.Input, "input"),
)
