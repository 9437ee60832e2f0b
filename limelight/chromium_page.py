"""A page in a real Chromium, with the verbs of a page without a screen."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urljoin, urlsplit

import trio

from limelight.chromium import Chromium
from limelight.chromium_wire import ChromiumWire
from limelight.client.document import INLINE_TAGS, UNSEEN_TAGS, ElementNotFound
from limelight.client.line import NoAnswer
from limelight.client.link import EventFailed, PushedEvent
from limelight.client.messages import (
    Error,
)

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page

#: A sync read of the page may take so long. The server stands still meanwhile.
READ_SECONDS = 5.0
STEP_MILLISECONDS = 10
#: Text fields send what was typed after a pause.
PAUSE_MILLISECONDS = 120

IS_SETTLED = """() => !document.querySelector("[dj-view]")
    || document.documentElement.dataset.live === "connected" """
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
PRESS_HIDDEN = """([attributes]) => {
  const button = document.createElement("button");
  for (const [name, value] of attributes) button.setAttribute(name, value);
  button.hidden = true;
  document.querySelector("[dj-view]").append(button);
  button.click();
  button.remove();
}"""
TEXT = """(root, [inline, unseen]) => {
  const texts = (node) => [...node.childNodes].map((child) => {
    if (child.nodeType === Node.TEXT_NODE) return child.data;
    if (child.nodeType !== Node.ELEMENT_NODE) return "";
    const tag = child.localName;
    if (unseen.includes(tag)) return "";
    return inline.includes(tag) ? texts(child) : ` ${texts(child)} `;
  }).join("");
  return texts(root).split(/\\s+/).filter(Boolean).join(" ");
}"""

OWN = ":not(limelight-inspector, limelight-inspector *)"

ResultT = TypeVar("ResultT")


class ChromiumPage:
    """A tab of a browser of its own. Verbs return once the server has acknowledged them."""

    def __init__(self, chromium: Chromium, answer_seconds: float) -> None:
        self._wire = ChromiumWire()
        #: What went wrong, as the server said it, oldest first.
        self.errors: list[Error] = self._wire.errors
        #: What the view has sent with `push_event`.
        self.events: list[PushedEvent] = self._wire.events
        self._chromium = chromium
        self._answer_seconds = answer_seconds
        self._page: Page

    # --- what the page says -------------------------------------------------------------------

    def text(self, selector: str | None = None) -> str:
        """Return the text of an element, or of the whole page, as a reader sees it."""
        return self._read(lambda: self._text_of(self._one(selector or "body")))

    def texts(self, selector: str) -> list[str]:
        """Return the text of every element that fits, in the page's order."""
        return self._read(lambda: [self._text_of(one) for one in self._find(selector).all()])

    def count(self, selector: str) -> int:
        """Return how many elements fit."""
        return self._read(lambda: self._find(selector).count())

    def attribute(self, selector: str, name: str) -> str | None:
        """Return an attribute's value, "" for one without a value, None for one not there."""
        return self._read(lambda: self._one(selector).get_attribute(name))

    def value(self, selector: str) -> Any:
        """Return what a control holds; for a box whether it is on."""
        script = """(node) => /^(checkbox|radio)$/.test(node.type) ? node.checked
            : node.multiple ? [...node.selectedOptions].map((one) => one.value) : node.value"""
        return self._read(lambda: self._one(selector).evaluate(script))

    @property
    def path(self) -> str:
        """The address, without the site."""
        parts = urlsplit(self._read(lambda: self._page.url))
        return f"{parts.path}?{parts.query}" if parts.query else parts.path

    @property
    def title(self) -> str:
        return self._read(lambda: self._page.title())

    async def wait_for(self, condition: str | Callable[[], object], timeout: float = 5.0) -> None:
        """Wait until the page's text contains this, or until a function returns true."""
        with trio.move_on_after(timeout):
            while True:
                await self._chromium.run(lambda: self._page.wait_for_timeout(STEP_MILLISECONDS))
                if condition in self.text() if isinstance(condition, str) else condition():
                    return
        raise NoAnswer(f"{condition!r} was not met; the page says {self.text()[:300]!r}")

    # --- what the user does -------------------------------------------------------------------

    async def click(self, selector: str) -> None:
        await self._do(lambda: self._one(selector).click())

    async def type(self, selector: str, text: str) -> None:
        """Type behind what is there."""

        def write() -> None:
            control = self._one(selector)
            control.press("End")
            control.press_sequentially(text)

        await self._do(write, pause=selector)

    async def fill(self, selector: str, text: str) -> None:
        """Replace the text, and leave the field."""

        def write() -> None:
            self._one(selector).fill(text)
            self._one(selector).blur()

        await self._do(write, pause=selector)

    async def check(self, selector: str, checked: bool = True) -> None:
        await self._do(lambda: self._one(selector).set_checked(checked))

    async def uncheck(self, selector: str) -> None:
        await self.check(selector, checked=False)

    async def choose(self, selector: str, *choices: str) -> None:
        """Choose options of a select by value or text, or the radio button of that value."""

        def pick() -> None:
            found = self._find(selector)
            if found.first.get_attribute("type") == "radio":
                self._one(f'{selector}[value="{choices[0]}"]').check()
            else:
                found.select_option([*choices])

        await self._do(pick)

    async def submit(
        self, selector: str = "form", values: Mapping[str, Any] | None = None, /, **fields: Any
    ) -> None:
        """Fill fields by name and submit their form."""

        def send() -> None:
            form = self._one(selector)
            for name, value in {**(values or {}), **fields}.items():
                control = form.locator(f'[name="{name}"]')
                if isinstance(value, bool):
                    control.set_checked(value)
                elif control.evaluate("(node) => node.localName") == "select":
                    control.select_option(str(value))
                else:
                    control.fill(str(value))
            form.evaluate("(form) => form.requestSubmit()")

        await self._do(send)

    async def press(self, selector: str | None, key: str) -> None:
        """Press a key on an element, or where the focus is."""
        if selector is None:
            await self._do(lambda: self._page.keyboard.press(key))
        else:
            await self._do(lambda: self._one(selector).press(key))

    async def focus(self, selector: str) -> None:
        await self._do(lambda: self._one(selector).focus())

    async def blur(self) -> None:
        await self._do(lambda: self._page.evaluate("() => document.activeElement?.blur()"))

    async def navigate(self, path: str) -> None:
        """Go to another address over the same socket, as a dj-navigate link does."""
        await self._press_hidden({"dj-navigate": path})

    async def patch(self, path: str) -> None:
        """Go to another address of the same view, as a dj-patch link does."""
        await self._press_hidden({"dj-patch": path})

    async def back(self) -> None:
        await self._do(lambda: self._page.evaluate("() => history.back()"))

    async def forward(self) -> None:
        await self._do(lambda: self._page.evaluate("() => history.forward()"))

    async def call(self, handler: str, /, **parameters: Any) -> None:
        """Run a handler, whatever the page's elements say."""
        values = {
            f"dj-value-{name.replace('_', '-')}:json": json.dumps(value)
            for name, value in parameters.items()
        }
        await self._press_hidden({"dj-click": handler, **values})

    # --- between here and the browser -----------------------------------------------------------

    async def _press_hidden(self, attributes: Mapping[str, str]) -> None:
        pairs = [[name, value] for name, value in attributes.items()]
        await self._do(lambda: self._page.evaluate(PRESS_HIDDEN, [pairs]))

    async def _do(self, work: Callable[[], object], *, pause: str = "") -> None:
        """Do it, and wait until the server has answered and the page shows it."""
        known = len(self.errors)

        def act() -> None:
            work()
            if pause:
                self._page.wait_for_timeout(self._pause_of(pause))

        await self._chromium.run(act)
        await self.settle()
        failed = next((error for error in self.errors[known:] if error.number), None)
        if failed is not None:
            raise EventFailed(failed)

    def _pause_of(self, selector: str) -> float:
        asked = self._page.locator(selector).first.get_attribute("dj-debounce") or ""
        return float(asked) + 2 * STEP_MILLISECONDS if asked.isdigit() else PAUSE_MILLISECONDS

    async def settle(self) -> None:
        """Wait until all events are acknowledged and the page shows what came of them."""
        await self._chromium.run(self._settle)

    def _settle(self) -> None:
        deadline = time.monotonic() + self._answer_seconds
        while not self._is_settled():
            if time.monotonic() > deadline:
                raise NoAnswer(
                    f"After {self._answer_seconds:g} s the server did not acknowledge an event."
                )
        self._page.evaluate(PAINTED)

    def _is_settled(self) -> bool:
        from playwright.sync_api import Error as PlaywrightError

        self._page.wait_for_timeout(STEP_MILLISECONDS)
        if not self._wire.is_answered:
            return False
        try:
            return bool(self._page.evaluate(IS_SETTLED))
        except PlaywrightError:
            return False  # Another page is being loaded.

    def _read(self, work: Callable[[], ResultT]) -> ResultT:
        return self._chromium.submit(work).result(READ_SECONDS)

    def _find(self, selector: str) -> Locator:
        # The inspector of development is no part of the page.
        return self._page.locator(selector).and_(self._page.locator(OWN))

    def _one(self, selector: str) -> Locator:
        found = self._find(selector)
        count = found.count()
        if count != 1:
            raise ElementNotFound(f"{count} elements match {selector!r}, and one was expected.")
        return found

    def _text_of(self, found: Locator) -> str:
        text: str = found.evaluate(TEXT, [sorted(INLINE_TAGS), sorted(UNSEEN_TAGS)])
        return text

    def _begin(self, context: BrowserContext, url: str) -> None:
        self._page = context.new_page()
        self._page.set_default_timeout(self._answer_seconds * 1000)
        self._page.on("websocket", self._wire.watch)
        self._page.goto(url)
        self._settle()


@asynccontextmanager
async def open_in_chromium(
    chromium: Chromium, url: str, *, cookies: Mapping[str, str], answer_seconds: float = 30.0
) -> AsyncIterator[ChromiumPage]:
    """Open a page in a browser of its own, with cookies of its own."""
    page = ChromiumPage(chromium, answer_seconds)
    contexts: list[BrowserContext] = []

    def begin() -> None:
        context = chromium.browser.new_context()
        contexts.append(context)
        # With a path in the address the cookies would be for what lies below it only.
        site = urljoin(url, "/")
        context.add_cookies([{"name": n, "value": v, "url": site} for n, v in cookies.items()])
        page._begin(context, url)

    try:
        await chromium.run(begin)
        yield page
    finally:
        with trio.CancelScope(shield=True, deadline=trio.current_time() + READ_SECONDS):
            for context in contexts:
                await chromium.run(context.close)
