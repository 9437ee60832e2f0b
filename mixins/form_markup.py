"""How fields and forms look in a page: labels, controls, and errors that are read aloud."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from .form_fields import FormField, html_attributes

#: `form_field(name)` and `live_form()`. They know `shown_field`, `whole` and `form`.
MACROS = """
{%- macro form_field(name) -%}
{%- set shown = shown_field(name) -%}{%- set field = shown.field -%}
{%- if field.kind == "hidden" -%}
<input type="hidden" name="{{ field.name }}" value="{{ shown.value }}">
{%- elif field.kind in ("radios", "boxes") -%}
<fieldset class="dj-field{{ shown.classes }}" id="{{ shown.id }}" {{ shown.group_attributes }}>
<legend>{{ field.label }}</legend>{{ form_help(shown) }}
{% for choice in field.choices %}<label class="dj-field-box"><input type="{{ shown.box_type }}" \
name="{{ field.name }}" value="{{ choice.value }}" {{ shown.box_attributes }}\
{% if choice.value in shown.entered %} checked{% endif %}> {{ choice.label }}</label>
{% endfor %}{{ form_errors_of(shown) }}
</fieldset>
{%- elif field.kind == "checkbox" -%}
<div class="dj-field{{ shown.classes }}">
<label class="dj-field-box"><input type="checkbox" value="y" {{ shown.attributes }}\
{% if shown.entered %} checked{% endif %}> {{ field.label }}</label>
{{ form_help(shown) }}{{ form_errors_of(shown) }}
</div>
{%- else -%}
<div class="dj-field{{ shown.classes }}">
<label for="{{ shown.id }}">{{ field.label }}</label>
{{ form_help(shown) }}
{%- if field.kind == "textarea" -%}
<textarea {{ shown.attributes }}>{{ shown.value }}</textarea>
{%- elif field.kind == "select" -%}
<select {{ shown.attributes }}{% if field.takes_several %} multiple{% endif %}>
{%- for group, choices in field.groups -%}
{%- if group -%}<optgroup label="{{ group }}">{{ form_options(choices, shown) }}</optgroup>
{%- else -%}{{ form_options(choices, shown) }}{%- endif -%}
{%- endfor -%}
</select>
{%- elif field.kind == "widget" -%}
{{ shown.widget }}
{%- elif field.is_secret -%}
<input type="{{ field.type }}" {{ shown.attributes }}>
{%- else -%}
<input type="{{ field.type }}" value="{{ shown.value }}" {{ shown.attributes }}>
{%- endif -%}
{{ form_errors_of(shown) }}
</div>
{%- endif -%}
{%- endmacro -%}

{%- macro form_options(choices, shown) -%}
{%- for choice in choices -%}
<option value="{{ choice.value }}"{% if choice.value in shown.entered %} selected{% endif %}>\
{{ choice.label }}</option>
{%- endfor -%}
{%- endmacro -%}

{%- macro form_help(shown) -%}
{%- if shown.field.help -%}
<p class="dj-field-help" id="{{ shown.id }}-help">{{ shown.field.help }}</p>
{%- endif -%}
{%- endmacro -%}

{%- macro form_errors_of(shown) -%}
<div class="dj-field-errors" id="{{ shown.id }}-errors" aria-live="polite">
{%- for error in shown.errors -%}<p>{{ error }}</p>{%- endfor -%}
</div>
{%- endmacro -%}

{%- macro live_form(submit="") -%}
<form class="dj-form" dj-submit="{{ form.handler }}" dj-value-form-stamp="{{ form.stamp }}" novalidate>
<div class="dj-form-errors" role="alert">
{%- for error in form.errors -%}<p>{{ error }}</p>{%- endfor -%}
</div>
{% for name in form.names %}{{ form_field(name) }}
{% endfor %}<button class="dj-form-submit">{{ submit or form.submit }}</button>
</form>
{%- endmacro -%}
""".replace("\\\n", "")


@dataclass(frozen=True, slots=True)
class ShownForm:
    """What `live_form` shows around its fields."""

    names: tuple[str, ...]
    errors: tuple[str, ...]
    stamp: str
    handler: str
    submit: str


@dataclass(frozen=True, slots=True)
class ShownField:
    """One field with what was entered and what is wrong with it."""

    field: FormField
    entered: tuple[str, ...]
    errors: tuple[str, ...]
    is_touched: bool
    is_checking: bool

    @property
    def id(self) -> str:
        return f"field-{self.field.name}"

    @property
    def value(self) -> str:
        return "" if self.field.is_secret or not self.entered else self.entered[0]

    @property
    def classes(self) -> str:
        invalid = " dj-field-invalid" if self.errors else ""
        return invalid + (" dj-field-checking" if self.is_checking else "")

    @property
    def attributes(self) -> Markup:
        """Those of a control, but for its type and what it holds."""
        return html_attributes(self._all.items())

    @property
    def widget(self) -> Markup:
        make = self.field.widget
        said = {name: value for name, value in self._all.items() if value is not None}
        return Markup() if make is None else make(said)

    @property
    def group_attributes(self) -> Markup:
        """Those of the group around radio buttons or boxes."""
        role = "radiogroup" if self.field.kind == "radios" else "group"
        needed = "true" if "required" in self.field.attributes and role == "radiogroup" else None
        return html_attributes({"role": role, "aria-required": needed, **self._state}.items())

    @property
    def box_type(self) -> str:
        return "radio" if self.field.kind == "radios" else "checkbox"

    @property
    def box_attributes(self) -> Markup:
        return html_attributes(self._events.items())

    @property
    def _all(self) -> dict[str, Any]:
        names = {"id": self.id, "name": self.field.name}
        return {**names, **self.field.attributes, **self._state, **self._events}

    @property
    def _state(self) -> Mapping[str, Any]:
        """What assistive technology reads. Without it a browser calls empty fields invalid."""
        described = [f"{self.id}-help"] if self.field.help else []
        return {
            "aria-invalid": "true" if self.errors else "false",
            "aria-describedby": " ".join([*described, f"{self.id}-errors"]),
            "aria-busy": "true" if self.is_checking else None,
        }

    @property
    def _events(self) -> Mapping[str, Any]:
        """Errors come when a field is left, and go as soon as it is right."""
        is_typed = self.field.kind in ("input", "textarea") and self.is_touched
        return {
            "dj-change": "validate_field",
            "dj-input": "validate_field" if is_typed else None,
        }
