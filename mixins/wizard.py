"""WizardMixin: a form in steps, each checked before the next, with its own address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import urlencode

from ..client.events import EventRefused, event_handler
from .form import LOST, FormBehaviour
from .form_fields import WHOLE_FORM
from .form_state import taken_from
from .wizard_steps import Step, StepPlan, plan_steps

__all__ = ["Step", "WizardBehaviour", "WizardMixin"]

#: The parameter of the address that names the step.
STEP = "step"


class WizardBehaviour(FormBehaviour):
    """Leads through steps. Which are done is known here and nowhere else.

    Each step has a form of its own (`FormMixin`'s hooks and tags concern the current one). A
    step is done when its form was valid; a change in it revokes what depended on it.
    """

    __slots__ = ()

    _hooks: ClassVar[frozenset[str]] = frozenset({"on_wizard_complete"})

    #: Dictionaries with `name` and as needed `title`, `form_class`, `when`, `depends_on`.
    wizard_steps: ClassVar[Sequence[Mapping[str, Any]]] = ()

    def on_wizard_complete(self, step_data: dict[str, dict[str, Any]]) -> Any:
        """Take what was entered, by step, cleaned and of its types. Runs once."""

    # --- events ---------------------------------------------------------------------------

    @event_handler()
    async def next_step(self, form_stamp: str = "", **values: Any) -> None:
        """Check this step with the values that came along, and go on to the next."""
        step = self._current_step
        if self._is_of_another_step(form_stamp):
            return
        if self._is_last(step):
            raise EventRefused(f"{step.name!r} is the last step: submit_wizard ends it.")
        if await self._finish_step(values, is_whole=self._is_whole(form_stamp, values)):
            self._open_step(self._active[self._active.index(step) + 1])

    @event_handler()
    def prev_step(self, form_stamp: str = "", **values: Any) -> None:
        """Go back; the values that came along are kept as they are."""
        index = self._active.index(self._current_step)
        if index == 0:
            raise EventRefused("This is the first step: there is none before it.")
        self._keep(values, is_whole=self._is_whole(form_stamp, values))
        self._open_step(self._active[index - 1])

    @event_handler()
    def go_to_step(self, i: int) -> None:
        """Jump to a step, counted from 0: one that is done, or the one after those."""
        if not 0 <= i < len(self._active) or not self._can_open(self._active[i]):
            raise EventRefused(f"Step {i} cannot be opened: the steps before it are not done.")
        self._open_step(self._active[i])

    @event_handler()
    async def submit_wizard(self, form_stamp: str = "", **values: Any) -> None:
        """Check all steps once more; `on_wizard_complete` runs, or the first unfit step is shown."""
        if self._wizard_is_complete or self._is_of_another_step(form_stamp):
            return
        step = self._current_step
        if not self._is_last(step):
            raise EventRefused(f"{step.name!r} is not the last step: next_step goes on from it.")
        if not await self._finish_step(values, is_whole=self._is_whole(form_stamp, values)):
            return
        for plan in self._active:
            self._wizard_step = plan.name
            if not await self._finish_step({}, is_whole=False):
                self._show_step(plan)
                return
        self._wizard_is_complete = True
        data = self._wizard_data()
        await self._call("on_wizard_complete", {one.name: data[one.name] for one in self._active})

    @event_handler()
    async def submit_form(self, form_stamp: str = "", **values: Any) -> None:
        """The step's form was submitted: the next step, or the end."""
        submit = self.submit_wizard if self._is_last(self._current_step) else self.next_step
        await submit(form_stamp, **values)

    def reset_wizard(self) -> None:
        """Begin anew, with nothing entered."""
        self._wizard_done = frozenset()
        self._wizard_is_complete = False
        self._form_states = {}
        self._open_step(self._plans[0])
        if self._form_class:
            self.reset_form()

    # --- what becomes of a step -------------------------------------------------------------

    def _is_whole(self, stamp: str, values: Mapping[str, Any]) -> bool:
        """A button that is no submit button sends nothing of the form."""
        fields = self._bound_form.fields if self._form_class else {}
        return bool(stamp) or not fields.keys().isdisjoint(values)

    def _is_of_another_step(self, stamp: str) -> bool:
        """A form was sent twice, or by a page that this view never showed."""
        if not stamp or (self._form_class and stamp == self._form_state.stamp):
            return False
        if self._form_class and not any(stamp in one.spent for one in self._form_states.values()):
            self.add_form_error(WHOLE_FORM, LOST)
        return True

    def _form_edited(self) -> None:
        """Until it is checked again, a step with other values is not done."""
        if self._form_state.accepted not in (None, self._form_state.entered):
            self._revoke(self._current_step, itself=True)

    def _keep(self, values: Mapping[str, Any], *, is_whole: bool) -> None:
        if self._form_class:
            bound = self._bound_form
            self._note_unknown(values, bound)
            taken = taken_from(values, bound.fields, is_whole=is_whole)
            state = self._form_state.with_entered(taken)
            self._form_state = state.judged(self._bind(state.entered))
            self._form_edited()

    async def _finish_step(self, values: Mapping[str, Any], *, is_whole: bool) -> bool:
        """Check the current step. Where it is done with other values, what follows is revoked."""
        step = self._current_step
        if step.form_class is not None:
            bound = await self._judge_whole(values, is_whole=is_whole)
            if self._form_state.errors:
                self._revoke(step, itself=True)
                self._focus_invalid()
                await self._call("form_invalid", bound.form)
                return False
            if self._form_state.accepted not in (None, self._form_state.entered):
                self._revoke(step)
            self._form_state = self._form_state.as_accepted(bound.cleaned)
        self._wizard_done |= {step.name}
        return True

    def _revoke(self, step: StepPlan, *, itself: bool = False) -> None:
        """Take back that steps are done: those behind this one which depend on it."""
        behind = self._plans[self._plans.index(step) + 1 :]
        revoked = {plan.name for plan in behind if plan.is_revoked_by(step.name)}
        self._wizard_done -= revoked | ({step.name} if itself else set())

    # --- where it stands --------------------------------------------------------------------

    @cached_property
    def _wizard_step(self) -> str:
        return self._plans[0].name

    @cached_property
    def _wizard_done(self) -> frozenset[str]:
        return frozenset()

    @cached_property
    def _wizard_is_complete(self) -> bool:
        return False

    @property
    def _plans(self) -> tuple[StepPlan, ...]:
        return plan_steps(type(self).__name__, self.wizard_steps)

    @property
    def _active(self) -> list[StepPlan]:
        """The steps that there are, judged by what was entered so far."""
        return [plan for plan, is_there in self._judged_steps()[0] if is_there]

    def _judged_steps(self) -> tuple[list[tuple[StepPlan, bool]], dict[str, dict[str, Any]]]:
        data: dict[str, dict[str, Any]] = {plan.name: {} for plan in self._plans}
        judged = []
        for plan in self._plans:
            is_there = plan.is_there(data)
            judged.append((plan, is_there))
            if is_there and plan.name in self._wizard_done:
                data[plan.name] = self._cleaned(plan)
        return judged, data

    def _wizard_data(self) -> dict[str, dict[str, Any]]:
        """The cleaned data of all steps; empty for those that are not done, or not there."""
        return self._judged_steps()[1]

    def _cleaned(self, plan: StepPlan) -> dict[str, Any]:
        if plan.form_class is None:
            return {}
        state = self._state_of(plan.name)
        if state.cleaned is not None and state.accepted == state.entered:
            return dict(state.cleaned)
        return self._bind(state.entered, plan.name).cleaned

    @property
    def _current_step(self) -> StepPlan:
        return next(plan for plan in self._plans if plan.name == self._wizard_step)

    def _is_last(self, step: StepPlan) -> bool:
        return self._active[-1] == step

    def _can_open(self, step: StepPlan) -> bool:
        """All before it are done."""
        before = self._active[: self._active.index(step)]
        return all(plan.name in self._wizard_done for plan in before)

    def _open_step(self, step: StepPlan) -> None:
        self._wizard_step = step.name
        self._show_step(step)
        self._put_effect("focus", [])

    # --- the address --------------------------------------------------------------------------

    def _show_step(self, step: StepPlan, *, replace: bool = False) -> None:
        query = {**self.request.args, STEP: step.name}
        self.live_patch(query, replace=replace)

    def _address_shown(self, params: Mapping[str, Any]) -> None:
        super()._address_shown(params)
        asked = params.get(STEP, self._plans[0].name)
        step = next((plan for plan in self._active if plan.name == asked), None)
        if step is None or not self._can_open(step):
            self._show_step(self._current_step, replace=True)
        elif step.name != self._wizard_step:
            self._wizard_step = step.name
            self._put_effect("focus", [])

    # --- FormBehaviour: the form is the step's --------------------------------------------------

    @property
    def _form_name(self) -> str:
        return self._wizard_step

    def _form_class_of(self, name: str) -> type[Any] | None:
        return next(plan.form_class for plan in self._plans if plan.name == name)

    # --- the page -----------------------------------------------------------------------------

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        active, current = self._active, self._current_step
        index = active.index(current)
        steps = tuple(self._step(plan, number) for number, plan in enumerate(active))
        percent = 100 if self._wizard_is_complete else round(100 * index / len(active))
        given = {
            "current_step": steps[index],
            "steps": steps,
            "total_steps": len(steps),
            "progress_percent": percent,
            "can_go_back": index > 0,
            "is_last_step": index == len(steps) - 1,
            "step_data": self._wizard_data(),
            "is_wizard_complete": self._wizard_is_complete,
        }
        return super().get_context_data(**{**given, **kwargs})

    def _step(self, plan: StepPlan, index: int) -> Step:
        query = urlencode({**self.request.args, STEP: plan.name}, doseq=True)
        return Step(
            index,
            plan.name,
            plan.title,
            is_current=plan.name == self._wizard_step,
            is_complete=plan.name in self._wizard_done,
            can_open=self._can_open(plan),
            url=f"{self.request.path}?{query}",
        )

    @property
    def _submit_handler(self) -> tuple[str, str]:
        if self._is_last(self._current_step):
            return ("submit_wizard", "Submit")
        return ("next_step", "Next")

    # --- in another process -----------------------------------------------------------------

    def _save(self) -> dict[str, Any]:
        saved = super()._save()
        done = sorted(self._wizard_done)
        return {**saved, "wizard": [self._wizard_step, done, self._wizard_is_complete]}

    def _load(self, saved: Mapping[str, Any]) -> None:
        super()._load(saved)
        if "wizard" in saved:
            step, done, self._wizard_is_complete = saved["wizard"]
            self._wizard_step, self._wizard_done = step, frozenset(done)


class WizardMixin(WizardBehaviour):
    """`wizard_steps`, `next_step`, `prev_step`, `go_to_step` and `submit_wizard`."""

    __slots__ = ()
