"""The steps of a wizard: which there are, which are done, and which may be opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .form_fields import in_words

KEYS = frozenset({"name", "title", "form_class", "when", "depends_on"})

#: The cleaned data of all steps by name; empty for one that is not done.
StepData = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class StepPlan:
    """One step as its author has declared it."""

    name: str
    title: str
    form_class: type[Any] | None
    #: Whether there is such a step, judged by what was entered before; None for always.
    when: Callable[[StepData], bool] | None
    #: The earlier steps whose change revokes it; None for all.
    depends_on: frozenset[str] | None

    def is_there(self, data: StepData) -> bool:
        return self.when is None or bool(self.when(data))

    def is_revoked_by(self, name: str) -> bool:
        return self.depends_on is None or name in self.depends_on


@dataclass(frozen=True, slots=True)
class Step:
    """One step as a template shows it."""

    index: int
    name: str
    title: str
    is_current: bool
    is_complete: bool
    #: It may be jumped to.
    can_open: bool
    url: str

    @property
    def number(self) -> int:
        """As people count."""
        return self.index + 1


def plan_steps(view: str, declared: Sequence[Mapping[str, Any]]) -> tuple[StepPlan, ...]:
    """Return the steps of a view's `wizard_steps`. Raises ValueError for what cannot be one."""
    frozen = tuple(_frozen(view, one) for one in declared)
    return _plan(view, frozen)


def _frozen(view: str, step: Mapping[str, Any]) -> tuple[Any, ...]:
    unknown = sorted(step.keys() - KEYS)
    if unknown or not step.get("name"):
        raise ValueError(
            f"{view}.wizard_steps has {dict(step)!r}. A step is a dictionary with a `name`, and "
            f"{', '.join(sorted(KEYS - {'name'}))} as it needs."
        )
    depends_on = step.get("depends_on")
    return (
        step["name"],
        step.get("title") or in_words(step["name"]),
        step.get("form_class"),
        step.get("when"),
        None if depends_on is None else frozenset(depends_on),
    )


@lru_cache(maxsize=1_000)
def _plan(view: str, frozen: tuple[tuple[Any, ...], ...]) -> tuple[StepPlan, ...]:
    plans = tuple(StepPlan(*one) for one in frozen)
    names = [one.name for one in plans]
    if not plans or len(set(names)) != len(names):
        raise ValueError(f"{view}.wizard_steps needs steps with different names, not {names}.")
    return plans
