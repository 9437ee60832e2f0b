"""What the form mixins know of a form, whichever library it was written with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, Protocol

from markupsafe import Markup

#: Where errors stand that belong to no single field.
WHOLE_FORM = "__all__"

#: How a field is shown: one input, a text area, a box, several boxes, what its own widget makes.
Kind = Literal["input", "textarea", "select", "checkbox", "boxes", "radios", "hidden", "widget"]

#: What was entered, by field: what a browser sends, always as several.
Entered = Mapping[str, tuple[str, ...]]
Errors = dict[str, list[str]]
#: Fits a new form to its view: the choices that a database has, a field less.
Prepare = Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a select, one box, one radio button."""

    value: str
    label: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class FormField:
    """One field, as a page shows it."""

    name: str
    label: str
    kind: Kind = "input"
    #: Of an input, as in HTML.
    type: str = "text"
    choices: tuple[Choice, ...] = ()
    takes_several: bool = False
    help: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    #: What it holds before anybody has entered something.
    initial: tuple[str, ...] = ()
    #: Makes the markup of a widget that is none of the others.
    widget: Callable[[Mapping[str, Any]], Markup] | None = None

    @property
    def is_secret(self) -> bool:
        """It is neither shown again nor kept anywhere else."""
        return self.type == "password"

    @property
    def clears(self) -> bool:
        """A browser sends nothing of it where nothing is chosen."""
        return self.takes_several or self.kind in ("checkbox", "radios")

    @property
    def groups(self) -> list[tuple[str, list[Choice]]]:
        """The choices by the label of their group; those without one under ""."""
        found: dict[str, list[Choice]] = {}
        for choice in self.choices:
            found.setdefault(choice.group, []).append(choice)
        return list(found.items())


class BoundForm(Protocol):
    """A form with what was entered."""

    @property
    def form(self) -> Any:
        """What `form_valid` is given. It has `data`, `cleaned_data` and `errors`."""
        ...

    @property
    def fields(self) -> Mapping[str, FormField]: ...

    @property
    def cleaned(self) -> dict[str, Any]:
        """What was entered, of its types."""
        ...

    @property
    def asks(self) -> Collection[str]:
        """The fields whose validators wait for something."""
        ...

    def validate(self, touched: Collection[str]) -> Errors:
        """Run the rules that wait for nothing; those across fields once all theirs are touched."""
        ...

    async def ask(self, name: str) -> list[str]:
        """Run a field's validators that wait, and return their errors."""
        ...


class FormKind(Protocol):
    """A class of forms."""

    def bind(
        self, entered: Entered | None, initial: Mapping[str, Any], prepare: Prepare
    ) -> BoundForm:
        """Return the form; without what was entered, one with the initial values."""
        ...


@cache
def form_kind(form_class: Any) -> FormKind:
    """Return what knows this class of forms. The library is imported only where it is used."""
    if hasattr(form_class, "model_fields"):
        from .form_pydantic import PydanticForms

        return PydanticForms(form_class)
    from .form_wtforms import WTForms

    return WTForms(form_class)


class Values(dict[str, Sequence[str]]):
    """What was entered, in the way in which form libraries ask for it."""

    def getlist(self, name: str) -> list[str]:
        return list(self.get(name, ()))


def as_texts(name: str, value: Any) -> tuple[str, ...]:
    """Return what a browser has sent for a field as texts. Raises ValueError for what none sends."""
    if value is None or value is False or value == []:
        return ()
    if value is True:
        return ("y",)
    items = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str | int | float) and item is not True for item in items):
        raise ValueError(f"{name}: {value!r:.80} is nothing that a form sends.")
    return tuple(str(item) for item in items)


def in_words(name: str) -> str:
    """Return a name as a label: `first_name` is "First Name"."""
    return name.replace("_", " ").title()


def html_attributes(attributes: Iterable[tuple[str, Any]]) -> Markup:
    """Return attributes as they stand in a tag. True has no value, False and None leave it out."""
    parts = []
    for name, value in attributes:
        if value is True:
            parts.append(Markup(name))
        elif value is not None and value is not False:
            parts.append(Markup('{}="{}"').format(Markup(name), str(value)))
    return Markup(" ").join(parts)
