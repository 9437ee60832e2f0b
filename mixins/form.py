"""FormMixin: a form that is checked while it is filled in."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Hashable, Iterable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any, ClassVar, cast

from ..actors import handles
from ..client.events import event_handler
from .behaviour import Behaviour
from .form_checks import Checks, FieldChecked
from .form_fields import WHOLE_FORM, BoundForm, Entered, FormField, form_kind
from .form_markup import MACROS, ShownField, ShownForm
from .form_state import FormState, Verdict, taken_from

__all__ = ["FormBehaviour", "FormMixin"]

log = logging.getLogger("limelight.views")

LOST = "The connection was lost while this was sent. Look whether it has arrived before you send it again."


class FormBehaviour(Behaviour):
    """Holds what was entered into a form, as text, and lets the form's own rules judge it.

    A field shows no error before it was touched; a submit touches all. Rules that wait run
    beside the turns while the form is filled in, and within the turn that submits it.
    """

    __slots__ = ()

    _hooks: ClassVar[frozenset[str]] = frozenset({"form_invalid", "form_valid", "prepare_form"})

    #: A form of WTForms, or a model of pydantic.
    form_class: type[Any] | None = None
    #: What the fields hold at first, by name: set it in the class or in `mount`.
    form_initial: Mapping[str, Any] = MappingProxyType({})

    # --- the author's hooks -------------------------------------------------------------

    def form_valid(self, form: Any) -> Any:
        """Take what was submitted: `form.data`, cleaned and of its types."""

    def form_invalid(self, form: Any) -> Any:
        """A submit was refused; the page shows why."""

    def prepare_form(self, form: Any) -> None:
        """Fit a form that was just made to this view: set choices, take a field out."""

    # --- what the form is ---------------------------------------------------------------

    @property
    def form_data(self) -> dict[str, Any]:
        """What is entered, as it stands in the page; never a password."""
        return _data_of(self._bound_form, self._form_state) if self._form_class else {}

    @property
    def form_errors(self) -> dict[str, list[str]]:
        """The errors that are shown, by field; "__all__" has those of no single field."""
        return _errors_of(self._form_state) if self._form_class else {}

    @property
    def form_choices(self) -> dict[str, list[tuple[str, str]]]:
        """The choices of the fields that have any, as pairs of value and label."""
        return _choices_of(self._bound_form) if self._form_class else {}

    def get_field_errors(self, name: str) -> list[str]:
        """Return the errors that a field shows."""
        if name != WHOLE_FORM:
            self._require_field(name, self._bound_form)
        return self.form_errors.get(name, [])

    def add_form_error(self, name: str, text: str) -> None:
        """Object to what was entered, such as in `form_valid`; it is shown until that changes."""
        bound = self._bound_form
        if name != WHOLE_FORM:
            self._require_field(name, bound)
        self._form_state = self._form_state.with_objection(name, text).judged(bound)
        self._focus_invalid()

    def reset_form(self) -> None:
        """Empty the form, in the page as well, whatever its user is writing there."""
        bound = self._bind(None)
        self._cancel_checks(bound.fields)
        self._form_state = self._form_state.cleared(_initial(bound))
        self._put_effect("reset", list(bound.fields))

    # --- events -------------------------------------------------------------------------

    @event_handler()
    def validate_field(self, _target: str = "", **values: Any) -> None:
        """A field has changed: take it in, and check what was touched so far."""
        bound = self._bound_form
        self._note_unknown(values, bound)
        taken = taken_from(values, bound.fields, is_whole=bool(_target))
        touched = {_target} & bound.fields.keys() if _target else taken.keys()
        state = self._form_state.with_entered(taken).touching(touched)
        bound = self._bind(state.entered)
        self._form_state = state = state.judged(bound)
        self._form_edited()
        for name in state.to_ask(touched, bound):
            self._check_beside(name, state.entered.get(name, ()), bound)

    @event_handler()
    async def submit_form(self, form_stamp: str = "", **values: Any) -> None:
        """The form is submitted: `form_valid` or `form_invalid` runs, once for each form."""
        if self._is_repeated(form_stamp, values, is_whole=True):
            return
        bound = await self._judge_whole(values, is_whole=True)
        if self._form_state.errors:
            self._focus_invalid()
            await self._call("form_invalid", bound.form)
            return
        self._form_state = self._form_state.as_accepted(bound.cleaned)
        await self._call("form_valid", bound.form)

    def _form_edited(self) -> None:
        """Something was entered that may be new."""

    def _is_repeated(self, stamp: str, values: Mapping[str, Any], *, is_whole: bool) -> bool:
        """Look whether this very form was accepted already, or was shown by a view that is gone."""
        state = self._form_state
        taken = taken_from(values, self._bound_form.fields, is_whole=is_whole)
        standing = state.with_entered(taken).standing(stamp)
        if standing == "lost":
            self._form_state = state.with_entered(taken)
            self.add_form_error(WHOLE_FORM, LOST)
        return standing != "fresh"

    async def _judge_whole(self, values: Mapping[str, Any], *, is_whole: bool) -> BoundForm:
        """Take in what was sent, touch every field, and wait for every rule."""
        bound = self._bound_form
        self._note_unknown(values, bound)
        taken = taken_from(values, bound.fields, is_whole=is_whole)
        self._cancel_checks(bound.fields)
        state = self._form_state.without_objections().with_entered(taken).touching(bound.fields)
        bound = self._bind(state.entered)
        state = state.judged(bound)
        for name in [one for one in bound.asks if one not in state.errors]:
            # Asked again, whatever was answered before: this is when it counts.
            errors = tuple(await bound.ask(name))
            state = state.with_verdict(name, Verdict(state.entered.get(name, ()), errors))
        self._form_state = state.judged(bound)
        return bound

    def _note_unknown(self, values: Iterable[str], bound: BoundForm) -> None:
        unknown = sorted(set(values) - bound.fields.keys() - {"form_stamp"})
        if unknown and self._is_development:
            log.warning("%s takes no field %s.", self._form_class_name, ", ".join(unknown)[:200])

    def _focus_invalid(self) -> None:
        names = [name for name in self._form_state.errors if name != WHOLE_FORM]
        if names:
            self._put_effect("focus", names)

    # --- rules that wait ------------------------------------------------------------------

    @cached_property
    def _form_checks(self) -> Checks:
        return Checks()

    def _check_beside(self, name: str, entered: tuple[str, ...], bound: BoundForm) -> None:
        self._form_state = self._form_state.asking(name)
        form = self._form_name
        self._when_shown(
            lambda: self._nursery.start_soon(self._check_field, form, name, entered, bound)
        )

    async def _check_field(
        self, form: str, name: str, entered: tuple[str, ...], bound: BoundForm
    ) -> None:
        scope = self._form_checks.begin((form, name))
        errors: tuple[str, ...] | None = None
        with scope:
            try:
                errors = tuple(await bound.ask(name))
            except Exception as error:  # noqa: BLE001  # a rule that fails must not end the view
                self._report_failure(bound.ask, error)
            self._address.tell(FieldChecked(form, name, entered, errors))
        self._form_checks.ended((form, name), scope)

    @handles(FieldChecked)
    def _on_field_checked(self, checked: FieldChecked) -> None:
        state = self._form_states.get(checked.form)
        if state is None or state.entered.get(checked.field, ()) != checked.entered:
            return
        verdict = None if checked.errors is None else Verdict(checked.entered, checked.errors)
        state = state.with_verdict(checked.field, verdict)
        bound = self._bind(state.entered, checked.form)
        self._form_states = {**self._form_states, checked.form: state.judged(bound)}
        self._changed()

    def _cancel_checks(self, names: Iterable[str]) -> None:
        for name in names:
            self._form_checks.cancel((self._form_name, name))

    # --- forms by name: a wizard has several ------------------------------------------------

    @property
    def _form_name(self) -> str:
        return ""

    def _form_class_of(self, name: str) -> type[Any] | None:
        return self.form_class

    @property
    def _form_class(self) -> type[Any] | None:
        return self._form_class_of(self._form_name)

    @property
    def _form_class_name(self) -> str:
        return getattr(self._form_class, "__name__", "no form")

    @cached_property
    def _form_states(self) -> Mapping[str, FormState]:
        return {}

    @cached_property
    def _forms_saved(self) -> Mapping[str, list[Any]]:
        """What another process has saved, until it is looked at."""
        return {}

    @property
    def _form_state(self) -> FormState:
        return self._state_of(self._form_name)

    @_form_state.setter
    def _form_state(self, state: FormState) -> None:
        self._form_states = {**self._form_states, self._form_name: state}

    def _state_of(self, name: str) -> FormState:
        state = self._form_states.get(name)
        if state is not None:
            return state
        initial = _initial(self._bind(None, name))
        saved = self._forms_saved.get(name)
        if saved is None:
            state = FormState(initial)
        else:
            state = FormState.load(saved, initial)
            state = state.judged(self._bind(state.entered, name))
        self._form_states = {**self._form_states, name: state}
        return state

    @property
    def _bound_form(self) -> BoundForm:
        return self._bind(self._form_state.entered)

    def _bind(self, entered: Entered | None, name: str | None = None) -> BoundForm:
        """Make the form with what was entered; without, with its initial values."""
        name = self._form_name if name is None else name
        form_class = self._form_class_of(name)
        if form_class is None:
            raise ValueError(
                f"{type(self).__name__} has no form{f' in {name!r}' if name else ''}: set form_class."
            )
        initial = self.form_initial.get(name, {}) if name else self.form_initial
        kind = form_kind(cast(Hashable, form_class))
        return kind.bind(entered, initial, self.prepare_form)

    def _require_field(self, name: str, bound: BoundForm) -> None:
        if name not in bound.fields:
            near = difflib.get_close_matches(name, bound.fields, n=1)
            hint = f' Did you mean "{near[0]}"?' if near else ""
            known = ", ".join(bound.fields)
            raise ValueError(
                f'{self._form_class_name} has no field "{name}".{hint} It has: {known}.'
            )

    # --- the page ---------------------------------------------------------------------------

    @property
    def _submit_handler(self) -> tuple[str, str]:
        """The handler of `live_form`, and the label of its button."""
        return ("submit_form", "Submit")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        given = self._form_context() if self._form_class else dict(_NO_FORM)
        return super().get_context_data(**{**given, **kwargs})

    def _form_context(self) -> dict[str, Any]:
        bound, state = self._bound_form, self._form_state
        handler, submit = self._submit_handler
        errors = state.errors.get(WHOLE_FORM, ())
        form = ShownForm(tuple(bound.fields), errors, state.stamp, handler, submit)

        def shown_field(name: str) -> ShownField:
            self._require_field(name, bound)
            return ShownField(
                bound.fields[name],
                state.entered.get(name, ()),
                state.errors.get(name, ()),
                is_touched=name in state.touched,
                is_checking=name in state.checking,
            )

        macros = self._macros(MACROS, {"form": form, "shown_field": shown_field})
        return {
            "form_data": _data_of(bound, state),
            "form_errors": _errors_of(state),
            "form_choices": _choices_of(bound),
            "form_stamp": state.stamp,
            "get_field_errors": self.get_field_errors,
            "form_field": macros.form_field,
            "live_form": macros.live_form,
        }

    # --- in another process -----------------------------------------------------------------

    def _save(self) -> dict[str, Any]:
        saved = super()._save()
        if self._form_states:
            saved["form"] = {
                name: state.dump(self._bind(state.entered, name).fields)
                for name, state in self._form_states.items()
            }
        return saved

    def _load(self, saved: Mapping[str, Any]) -> None:
        super()._load(saved)
        self._forms_saved = saved.get("form", {})


class FormMixin(FormBehaviour):
    """`form_class`, `form_valid` and `form_invalid`, and `{{ form_field("name") }}`."""

    __slots__ = ()


_NO_FORM: Mapping[str, Any] = {
    "form_data": {},
    "form_errors": {},
    "form_choices": {},
    "form_stamp": "",
}


def _initial(bound: BoundForm) -> Entered:
    return {name: one.initial for name, one in bound.fields.items()}


def _data_of(bound: BoundForm, state: FormState) -> dict[str, Any]:
    entered = state.entered
    return {name: _as_shown(one, entered.get(name, ())) for name, one in bound.fields.items()}


def _errors_of(state: FormState) -> dict[str, list[str]]:
    return {name: list(texts) for name, texts in state.errors.items()}


def _choices_of(bound: BoundForm) -> dict[str, list[tuple[str, str]]]:
    return {
        name: [(choice.value, choice.label) for choice in one.choices]
        for name, one in bound.fields.items()
        if one.choices
    }


def _as_shown(field: FormField, entered: tuple[str, ...]) -> Any:
    """What a template written by hand wants: a text, a switch, or the chosen values."""
    if field.kind == "checkbox":
        return bool(entered)
    if field.takes_several:
        return list(entered)
    return "" if field.is_secret or not entered else entered[0]
