"""The user's side of a page: what was typed, checked, chosen and focused, kept across patches."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from selectolax.lexbor import LexborNode

from .controls import (
    ControlValue,
    checkbox_group,
    controls_of,
    default_of,
    form_of,
    identities,
    is_checkable,
    is_disabled,
    is_written,
    kind_of,
    name_of,
    sent_value,
    takes_text,
)
from .document import Document, closest

FOCUSABLE = "input, textarea, select, button, a, [tabindex], [dj-focus], [dj-blur]"


@dataclass(slots=True)
class Edit:
    """The user's last edit of one control."""

    value: ControlValue
    #: What the server showed when the user began.
    shown: ControlValue
    #: The event that brought this edit to the server; 0 while none has.
    carried_by: int = 0
    #: That event has submitted the form.
    is_submitted: bool = False
    #: Text that was typed and not yet left with a change event.
    is_committed: bool = True


class UserInput:
    """What the user did to the controls of a page.

    An edit is *dirty* until an acknowledged event has carried it. A dirty edit stands against
    whatever the server sends; a clean one gives way as soon as the server's value changes.
    """

    def __init__(self) -> None:
        self._edits: dict[str, Edit] = {}
        self._focused: str | None = None

    @property
    def has_edits(self) -> bool:
        return bool(self._edits)

    def value(self, document: Document, control: LexborNode) -> ControlValue:
        edit = self._edits.get(_identity(document, control))
        return default_of(control) if edit is None else edit.value

    def edit(
        self,
        document: Document,
        control: LexborNode,
        value: ControlValue,
        *,
        is_committed: bool = True,
    ) -> None:
        """Take down what the user did to one control; choosing a radio button clears its group."""
        if kind_of(control) == "radio" and value is True:
            for other in _radio_group(document, control):
                self._keep(document, other, False, is_committed=True)
        self._keep(document, control, value, is_committed=is_committed)

    def _keep(
        self, document: Document, control: LexborNode, value: ControlValue, *, is_committed: bool
    ) -> None:
        name = _identity(document, control)
        former = self._edits.get(name)
        shown = former.shown if former is not None else default_of(control)
        self._edits[name] = Edit(value, shown, is_committed=is_committed)

    def commit(self, document: Document, control: LexborNode) -> bool:
        """Tell whether leaving the control now is a change, and take it down as made."""
        edit = self._edits.get(_identity(document, control))
        if edit is None or edit.is_committed:
            return False
        edit.is_committed = True
        return True

    def carry(
        self,
        document: Document,
        controls: Collection[LexborNode],
        number: int,
        *,
        is_submit: bool = False,
    ) -> None:
        """Take down that this event brings the newest edits of these controls."""
        present = identities(document) if self._edits else {}
        for name, edit in self._edits.items():
            if present.get(name) in controls:
                edit.carried_by, edit.is_submitted = number, is_submit

    def settle(self, document: Document, acknowledged: int) -> None:
        """After a patch: what the server changed counts where the user's edit is answered."""
        present = identities(document)
        for name, edit in list(self._edits.items()):
            control = present.get(name)
            if control is None:
                del self._edits[name]
                continue
            default = default_of(control)
            is_dirty = edit.carried_by == 0 or edit.carried_by > acknowledged
            has_changed = default != edit.shown
            # A field filled and emptied within one turn came with no change, and shows it all
            # the same once its form was submitted.
            is_done = edit.is_submitted and takes_text(control) and is_written(control)
            if not is_dirty and (has_changed or is_done):
                edit.value = edit.shown = default

    def recover(self, document: Document) -> list[LexborNode]:
        """After the view had to start anew: return the edited controls, to be told again."""
        found = []
        present = identities(document)
        for name, edit in self._edits.items():
            control = present.get(name)
            if control is not None and closest(control, "dj-no-recover") is None:
                edit.shown, edit.carried_by = default_of(control), 0
                found.append(control)
        return found

    def parameters(self, document: Document, element: LexborNode) -> dict[str, Any]:
        """Return what an event on this element sends: its value by its name, or as `value`."""
        kind = kind_of(element)
        if element.tag not in {"input", "textarea", "select", "button"} or kind == "file":
            return {}
        key = name_of(element) or ("checked" if kind == "checkbox" else "value")
        if kind == "radio":
            return {key: sent_value(element)}
        if kind in {"button", "submit", "reset", "image"}:
            return {key: default_of(element)}
        group = checkbox_group(document, element) if kind == "checkbox" else []
        if len(group) > 1:
            return {key: [sent_value(one) for one in group if self.value(document, one)]}
        return {key: self.value(document, element)}

    def fields(
        self, document: Document, form: LexborNode, submitter: LexborNode | None = None
    ) -> dict[str, Any]:
        """Return what the form sends: a repeated name is a list, an unchecked box is absent."""
        found: dict[str, list[str]] = {}
        for control in controls_of(document, form):
            name = name_of(control)
            if name and not is_disabled(control):
                found.setdefault(name, []).extend(self._sent(document, control, submitter))
        return {
            name: values if len(values) > 1 else values[0]
            for name, values in found.items()
            if values
        }

    def _sent(
        self, document: Document, control: LexborNode, submitter: LexborNode | None
    ) -> list[str]:
        if kind_of(control) in {"button", "submit", "reset", "image", "file"}:
            return [str(default_of(control))] if control == submitter else []
        value = self.value(document, control)
        if is_checkable(control):
            return [sent_value(control)] if value else []
        return value if isinstance(value, list) else [str(value)]

    # --- focus -----------------------------------------------------------------------

    def focused(self, document: Document) -> LexborNode | None:
        """Return the element that has the focus, if it is still on the page."""
        if self._focused is None:
            return None
        return identities(document, FOCUSABLE).get(self._focused)

    def focus(self, document: Document, node: LexborNode | None) -> None:
        self._focused = None if node is None else _identity(document, node, FOCUSABLE)


def _identity(document: Document, node: LexborNode, selector: str = "") -> str:
    present = identities(document, selector) if selector else identities(document)
    for name, candidate in present.items():
        if candidate == node:
            return name
    raise ValueError(f"{node.tag} is no control of this page.")


def _radio_group(document: Document, radio: LexborNode) -> list[LexborNode]:
    form = form_of(document, radio)
    return [
        other
        for other in document.find_all("input")
        if kind_of(other) == "radio"
        and name_of(other) == name_of(radio)
        and form_of(document, other) == form
        and other != radio
    ]
