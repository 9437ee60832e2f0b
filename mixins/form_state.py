"""What has been entered into one form so far, and what is said about it."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from .form_fields import WHOLE_FORM, BoundForm, Entered, Errors, FormField, as_texts

#: Stamps of forms that have been accepted; a browser holds one page, so a few are enough.
MOST_SPENT = 8


@dataclass(frozen=True, slots=True)
class Verdict:
    """What validators that wait have said of a value."""

    entered: tuple[str, ...]
    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FormState:
    """One form as it stands. It is replaced, never changed, so a failed turn takes it back."""

    entered: Entered
    touched: frozenset[str] = frozenset()
    #: Those that the page shows.
    errors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: The fields whose validators have not answered yet.
    checking: frozenset[str] = frozenset()
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    #: What the application has said of values, until others are entered.
    objections: Mapping[str, Verdict] = field(default_factory=dict)
    #: Told with a submit: a form that was accepted is not accepted again.
    stamp: str = field(default_factory=lambda: secrets.token_urlsafe(6))
    spent: tuple[str, ...] = ()
    #: What was entered when it was accepted last, and what the form has made of it.
    accepted: Entered | None = None
    cleaned: Mapping[str, Any] | None = None

    # --- what happens to it --------------------------------------------------------------

    def with_entered(self, entered: Entered) -> FormState:
        """Take in new values. What was said of other values is forgotten."""
        now = {**self.entered, **entered}
        return replace(
            self,
            entered=now,
            verdicts=_still_true(self.verdicts, now),
            objections=_still_true(self.objections, now),
            checking=self.checking
            - {name for name in entered if entered[name] != self.entered.get(name)},
        )

    def touching(self, names: Collection[str]) -> FormState:
        return replace(self, touched=self.touched | frozenset(names))

    def asking(self, name: str) -> FormState:
        return replace(self, checking=self.checking | {name})

    def with_verdict(self, name: str, verdict: Verdict | None) -> FormState:
        """Note what was answered for a field; None if nothing was."""
        verdicts = {key: one for key, one in self.verdicts.items() if key != name}
        if verdict is not None:
            verdicts[name] = verdict
        return replace(self, verdicts=verdicts, checking=self.checking - {name})

    def with_objection(self, name: str, text: str) -> FormState:
        entered = self.entered.get(name, ())
        former = self.objections.get(name)
        errors = (*(former.errors if former else ()), text)
        objections = {**self.objections, name: Verdict(entered, errors)}
        return replace(self, objections=objections, accepted=None)

    def without_objections(self) -> FormState:
        return replace(self, objections={})

    def judged(self, bound: BoundForm) -> FormState:
        """Run the rules that wait for nothing, and show what concerns touched fields."""
        found = bound.validate(self.touched)
        for name, verdict in (*self.verdicts.items(), *self.objections.items()):
            if verdict.errors:
                found.setdefault(name, []).extend(verdict.errors)
        return replace(self, errors=self._shown(found, bound.fields))

    def _shown(self, found: Errors, fields: Mapping[str, FormField]) -> dict[str, tuple[str, ...]]:
        is_whole = all(name in self.touched for name, one in fields.items() if one.kind != "hidden")
        ordered = [*(name for name in fields if name in found), *(set(found) - set(fields))]
        return {
            name: tuple(found[name])
            for name in ordered
            if (name in self.touched if name != WHOLE_FORM else is_whole) or name in self.objections
        }

    def to_ask(self, names: Collection[str], bound: BoundForm) -> list[str]:
        """The fields of these whose validators have to be asked: nothing else is wrong with them."""
        return [
            name
            for name in names
            if name in bound.asks and name not in self.errors and name not in self.verdicts
        ]

    # --- submitting ------------------------------------------------------------------------

    def standing(self, stamp: str) -> Literal["fresh", "again", "lost"]:
        """Tell whether a submit is new, a repetition, or of a page that this view never showed."""
        if stamp in self.spent or (not stamp and self.accepted == self.entered):
            return "again"
        return "fresh" if stamp in ("", self.stamp) else "lost"

    def as_accepted(self, cleaned: Mapping[str, Any]) -> FormState:
        spent = (*self.spent, self.stamp)[-MOST_SPENT:]
        return replace(
            self,
            stamp=secrets.token_urlsafe(6),
            spent=spent,
            accepted=dict(self.entered),
            cleaned=cleaned,
        )

    def cleared(self, initial: Entered) -> FormState:
        spent = (*self.spent, self.stamp)[-MOST_SPENT:]
        return FormState(initial, spent=spent)

    # --- in another process ------------------------------------------------------------------

    def dump(self, fields: Mapping[str, FormField]) -> list[Any]:
        """Return plain values, without what is secret."""
        entered = {
            name: list(values)
            for name, values in self.entered.items()
            if name in fields and not fields[name].is_secret
        }
        return [entered, sorted(self.touched), self.stamp, list(self.spent)]

    @classmethod
    def load(cls, dumped: list[Any], initial: Entered) -> FormState:
        entered, touched, stamp, spent = dumped
        known = {name: tuple(values) for name, values in entered.items()}
        return cls({**initial, **known}, frozenset(touched), stamp=stamp, spent=tuple(spent))


def taken_from(
    sent: Mapping[str, Any], fields: Mapping[str, FormField], *, is_whole: bool
) -> dict[str, tuple[str, ...]]:
    """Return what was sent for the form's own fields; all else is left out.

    Of a whole form, what is not there was cleared: boxes that are not checked are not sent.
    """
    taken = {name: _as_sent(one, sent[name]) for name, one in fields.items() if name in sent}
    if is_whole:
        taken |= {name: () for name, one in fields.items() if one.clears and name not in sent}
    return taken


def _as_sent(field: FormField, value: Any) -> tuple[str, ...]:
    if value is True and field.kind == "boxes" and len(field.choices) == 1:
        # A single box tells whether it is checked, several which.
        return (field.choices[0].value,)
    return as_texts(field.name, value)


def _still_true(verdicts: Mapping[str, Verdict], entered: Entered) -> dict[str, Verdict]:
    return {name: one for name, one in verdicts.items() if entered.get(name, ()) == one.entered}
