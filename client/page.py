"""A page without a screen: what a user can do with it and see in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from selectolax.lexbor import LexborNode

from .controls import (
    CONTROLS,
    ControlValue,
    controls_of,
    form_of,
    is_checkable,
    is_control,
    is_disabled,
    is_focusable,
    kind_of,
    name_of,
    option_value,
    sent_value,
    takes_several,
    takes_text,
)
from .document import PageError, attribute_of, described, text_of, with_ancestors
from .gestures import Call, Visit, Wish, no_handler
from .messages import Signal
from .reactions import (
    click_wishes,
    edit_calls,
    focus_calls,
    press_calls,
    require_use,
    submit_calls,
)
from .uploading import Uploading

Condition = str | Callable[[], object]


class Page(Uploading):
    """One live page and its user.

    Each verb finds exactly one element by a CSS selector, does what a browser would do, and
    returns once the server has acknowledged it and its effect can be seen.
    """

    # --- what the page says ------------------------------------------------------------

    def text(self, selector: str | None = None) -> str:
        """Return the text of an element, or of the whole page, as a reader sees it."""
        return self.shown.text(selector)

    def texts(self, selector: str) -> list[str]:
        """Return the text of every element that fits, in the page's order."""
        return self.shown.texts(selector)

    def count(self, selector: str) -> int:
        """Return how many elements fit."""
        return self.shown.count(selector)

    def attribute(self, selector: str, name: str) -> str | None:
        """Return an attribute's value, "" for one without a value, None for one not there."""
        return self.shown.attribute(selector, name)

    def value(self, selector: str) -> ControlValue:
        """Return what a control holds, the user's edits included; for a box whether it is on."""
        return self._user.value(self.document, self._control(selector))

    def fields(self, selector: str = "form") -> dict[str, Any]:
        """Return what a form would send now."""
        return self._user.fields(self.document, self.document.find(selector))

    @property
    def focused(self) -> str:
        """The open tag and text of the element that has the focus, or ""."""
        node = self._user.focused(self.document)
        return "" if node is None else described(node)

    async def wait_for(self, condition: Condition, timeout: float = 5.0) -> None:
        """Wait until the page's text contains this, or until a function returns true."""
        seconds, self._answer_seconds = self._answer_seconds, timeout
        try:
            await self._until(self._as_function(condition), self._unmet(condition))
        finally:
            self._answer_seconds = seconds

    def _as_function(self, condition: Condition) -> Callable[[], bool]:
        if isinstance(condition, str):
            return lambda: condition in self.text()
        return lambda: bool(condition())

    def _unmet(self, condition: Condition) -> str:
        wanted = repr(condition) if isinstance(condition, str) else "the condition"
        return f"{wanted} was not met; the page says {self.text()[:300]!r}"

    # --- clicks, keys and focus -----------------------------------------------------------

    async def click(self, selector: str) -> None:
        """Click: handlers, live links, boxes, labels, and buttons that submit their form."""
        node = self._labelled(self.document.find(selector))
        wishes: list[Wish] = [*focus_calls(self.document, self._user, self._focusable(node))]
        asked: list[Wish] = []
        if is_checkable(node) and not is_disabled(node):
            edited = self._toggle(node)
            asked = [*click_wishes(self.document, self._user, node), *edited]
        else:
            asked = click_wishes(self.document, self._user, node)
        if not asked and not is_checkable(node) and not is_control(node):
            raise no_handler(self.document, node, "dj-click", "dj-navigate", "dj-patch")
        await self._perform(wishes + asked)

    async def press(self, selector: str | None, key: str) -> None:
        """Press a key ("Enter", "Escape", "a") on an element, or where the focus is."""
        node = self.document.find(selector) if selector else self._user.focused(self.document)
        wishes: list[Wish] = []
        if selector and node is not None:
            wishes += focus_calls(self.document, self._user, self._focusable(node))
        pressed = press_calls(self.document, self._user, node, key)
        if not pressed:
            target = node if node is not None else self.document.find("body")
            raise no_handler(
                self.document, target, "dj-keydown", "dj-keyup", "dj-window-keydown", "dj-submit"
            )
        await self._perform(wishes + list(pressed))

    async def focus(self, selector: str) -> None:
        """Put the focus on an element; the one that had it is left as by a click elsewhere."""
        node = self.document.find(selector)
        if self._focusable(node) is None:
            raise PageError(f"{described(node)} cannot have the focus; tabindex makes it so.")
        await self._perform([*focus_calls(self.document, self._user, node)])

    async def blur(self) -> None:
        """Take the focus away from whatever has it."""
        await self._perform([*focus_calls(self.document, self._user, None)])

    def _focusable(self, node: LexborNode) -> LexborNode | None:
        return next((one for one in with_ancestors(node) if is_focusable(one)), None)

    def _labelled(self, node: LexborNode) -> LexborNode:
        """A click on a label is one on its control."""
        label = next((one for one in with_ancestors(node) if one.tag == "label"), None)
        if label is None or is_control(node) or node.tag in {"button", "a"}:
            return node
        target = attribute_of(label, "for")
        found = self.document.find_all(f'[id="{target}"]') if target else label.css(CONTROLS)
        return found[0] if found else node

    # --- forms ------------------------------------------------------------------------------

    async def type(self, selector: str, text: str) -> None:
        """Type behind what is there. dj-input is told at the end, as after a debounce."""
        control = self._text_control(selector)
        value = str(self._user.value(self.document, control)) + text
        await self._perform(self._edited(control, value, is_committed=False))

    async def fill(self, selector: str, text: str) -> None:
        """Replace the text, and leave the field: dj-input is told, then dj-change."""
        control = self._text_control(selector)
        await self._perform(self._edited(control, text, is_committed=True))

    async def check(self, selector: str, checked: bool = True) -> None:
        """Check a box or choose a radio button; `checked=False` takes the check away."""
        control = self._control(selector)
        if not is_checkable(control):
            raise PageError(f"{described(control)} is neither a checkbox nor a radio button.")
        if self._user.value(self.document, control) is not checked:
            await self.click(selector)

    async def uncheck(self, selector: str) -> None:
        """Take the check from a box."""
        await self.check(selector, checked=False)

    async def choose(self, selector: str, *choices: str) -> None:
        """Choose options of a select by value or text, or the radio button of that value."""
        found = self.document.find_all(selector)
        if found and all(kind_of(one) == "radio" for one in found):
            await self._choose_radio(found, choices)
            return
        control = self._control(selector)
        if control.tag != "select":
            raise PageError(f"{described(control)} is neither a select nor a radio button.")
        values = [_option(control, choice) for choice in choices]
        chosen: ControlValue = values if takes_several(control) else (values or [""])[-1]
        await self._perform(self._edited(control, chosen, is_committed=True))

    async def submit(
        self, selector: str = "form", values: Mapping[str, Any] | None = None, /, **fields: Any
    ) -> None:
        """Fill the named fields and submit the form (or that of this button or field).

        The fields' own handlers are not told: `fill` and `check` do that. Names that are no
        Python names go into a mapping: `submit("form", {"item[]": ["a", "b"]})`.
        """
        node = self.document.find(selector)
        form = form_of(self.document, node)
        if form is None:
            raise PageError(f"{described(node)} is no form and belongs to none.")
        for name, value in {**(values or {}), **fields}.items():
            self._fill_field(form, name, value)
        calls = submit_calls(self.document, self._user, form, None if node == form else node)
        if not calls:
            raise no_handler(self.document, form, "dj-submit")
        await self._perform([*calls])

    def _fill_field(self, form: LexborNode, name: str, value: Any) -> None:
        controls = controls_of(self.document, form)
        named = [one for one in controls if name_of(one) == name and one.tag != "button"]
        if not named:
            known = ", ".join(dict.fromkeys(name_of(one) for one in controls if name_of(one)))
            raise PageError(f"The form has no field {name!r}. It has: {known or 'none'}.")
        wanted = [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]
        for position, control in enumerate(named):
            new: ControlValue
            if is_checkable(control):
                new = value if isinstance(value, bool) else sent_value(control) in wanted
            elif control.tag == "select":
                options = [_option(control, one) for one in wanted]
                new = options if takes_several(control) else options[-1]
            elif position < len(wanted):
                new = wanted[position]
            else:
                continue
            self._user.edit(self.document, control, new)

    async def _choose_radio(self, buttons: list[LexborNode], choices: tuple[str, ...]) -> None:
        wanted = [one for one in buttons if sent_value(one) in choices]
        if len(choices) != 1 or not wanted:
            known = ", ".join(sent_value(one) for one in buttons)
            raise PageError(f"{choices!r} is not one of the radio buttons' values: {known}.")
        await self._perform(self._toggle(wanted[0]))

    def _toggle(self, control: LexborNode) -> list[Wish]:
        is_on = kind_of(control) == "radio" or not self._user.value(self.document, control)
        self._user.edit(self.document, control, is_on)
        return [*edit_calls(self.document, self._user, control, "dj-input", "dj-change")]

    def _edited(
        self, control: LexborNode, value: ControlValue, *, is_committed: bool
    ) -> list[Wish]:
        require_use(self.document, control)
        wishes: list[Wish] = [*focus_calls(self.document, self._user, control)]
        self._user.edit(self.document, control, value, is_committed=is_committed)
        heard = ("dj-input", "dj-change") if is_committed else ("dj-input",)
        return wishes + list(edit_calls(self.document, self._user, control, *heard))

    def _control(self, selector: str) -> LexborNode:
        node = self._labelled(self.document.find(selector))
        if not is_control(node):
            raise PageError(f"{described(node)} is no form control.")
        if is_disabled(node):
            raise PageError(f"{described(node)} is disabled: a user cannot change it.")
        return node

    def _text_control(self, selector: str) -> LexborNode:
        control = self._control(selector)
        if not takes_text(control):
            raise PageError(f"{described(control)} takes no text; use check() or choose().")
        if "readonly" in control.attributes:
            raise PageError(f"{described(control)} is readonly: a user cannot change it.")
        return control

    # --- addresses --------------------------------------------------------------------------

    async def navigate(self, path: str) -> None:
        """Go to another address over the same socket, as a dj-navigate link does."""
        await self._perform([Visit(path, "redirect")])

    async def patch(self, path: str) -> None:
        """Go to another address of the same view, as a dj-patch link does."""
        await self._perform([Visit(path, "patch")])

    async def back(self) -> None:
        """Go back as by the browser's button; raise PageError where nothing lies behind."""
        await self._step(-1)

    async def forward(self) -> None:
        """Go forward again; raise PageError where nothing lies ahead."""
        await self._step(1)

    async def _step(self, steps: int) -> None:
        entry = self._history.step(steps)
        if entry is None:
            raise PageError(f"The history of this tab ends here, at {self.path}.")
        await self._perform([Visit(entry.url, self._history.kind_of(entry), "stay")])

    # --- scripts ----------------------------------------------------------------------------

    async def call(self, handler: str, /, **parameters: Any) -> None:
        """Call a handler as a script of the page does, whatever the page's elements say."""
        await self._perform([Call(handler, parameters)])

    async def signal(self, name: str, payload: Any = None) -> None:
        """Signal what counts only while it is new, as `dj-cursors` does. Nothing answers it."""
        await self._send_or_lose(Signal(name, payload))


def _option(select: LexborNode, choice: str) -> str:
    options = [one for one in select.css("option") if not is_disabled(one)]
    for option in options:
        if choice in (option_value(option), text_of(option)):
            return option_value(option)
    known = ", ".join(f"{option_value(one)!r} ({text_of(one)})" for one in options)
    raise PageError(f"{described(select)} has no option {choice!r}. It has: {known or 'none'}.")
