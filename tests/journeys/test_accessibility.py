"""Every example as axe-core, the keyboard and people who want less motion find it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from examples.catalogue import EXAMPLES
from tests.fixtures.serving import Serve

from .conftest import ServeOnce, Visit, is_live

GALLERY = "examples.gallery:app"
ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules/axe-core/axe.min.js"
STATIC = ROOT / "client/static"
PATHS = ("/", "/guides/form", *(example.path for example in EXAMPLES))

#: Everything that axe calls a rule, the best practices among them.
RUN_AXE = """async ([rules, without]) => {
  const options = { resultTypes: ["violations"], ...(rules && { runOnly: rules }) };
  const { violations } = await axe.run({ include: [["html"]], exclude: [[without]] }, options);
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}\\n${html.slice(0, 200)}\\n${failureSummary}`));
}"""

#: What the keyboard has to reach: of radio buttons with one name the chosen or the first.
CONTROLS = """() => {
  const isThere = (one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest("[inert]")
    && !one.matches(":disabled") && one.tabIndex >= 0;
  const groups = new Set();
  const isAlone = (one) => one.type !== "radio" || !groups.has(one.name) && groups.add(one.name);
  const all = document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex], [contenteditable]");
  window.unreached = new Set([...all].filter((one) => isThere(one) && isAlone(one)));
  return window.unreached.size;
}"""
#: Whether the element that has the focus shows it: null at the end of the page.
VISIT_FOCUS = """() => {
  const focused = document.activeElement;
  if (!focused || focused === document.body) return null;
  for (const one of window.unreached) {
    if (one === focused || one.type === "radio" && one.name === focused.name) window.unreached.delete(one);
  }
  const isShown = (one) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(one);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 1;
  };
  const shown = isShown(focused) || isShown(focused.parentElement);
  return shown ? "" : focused.outerHTML.slice(0, 150);
}"""
UNREACHED = """() => [...window.unreached].filter((one) => one.isConnected)
  .map((one) => one.outerHTML.slice(0, 150))"""

#: Elements that move for longer than a blink, by their style.
MOVING = """() => {
  const seconds = (text) => Math.max(...text.split(",").map(parseFloat));
  const found = [];
  for (const one of document.querySelectorAll("*")) {
    for (const part of [null, "::before", "::after"]) {
      const style = getComputedStyle(one, part);
      const animated = style.animationName !== "none" && seconds(style.animationDuration) > 0.001;
      if (animated || seconds(style.transitionDuration) > 0.001 || style.scrollBehavior === "smooth") {
        found.push(`${one.tagName}.${one.className} ${part ?? ""}`);
      }
    }
  }
  return found;
}"""


#: Rules of a stylesheet that move something, and do not stop for who wants less motion.
UNSTILLED = """(text) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  const seconds = (list) => Math.max(0, ...list.split(",").map((one) => (parseFloat(one) || 0) / (/\\dms/.test(one) ? 1000 : 1)));
  const moves = ({ style }) => seconds(style.transitionDuration) > 0.001
    || style.animationName !== "none" && seconds(style.animationDuration) > 0.001;
  const parts = (selector) => selector.replaceAll(":where", "").split(/[(),\\s]+/).filter(Boolean);
  const rules = [...sheet.cssRules];
  const stilled = rules.filter(({ media }) => media?.mediaText.includes("prefers-reduced-motion"))
    .flatMap(({ cssRules }) => [...cssRules]).flatMap(({ selectorText }) => parts(selectorText));
  return rules.filter((rule) => rule.style && moves(rule)).map(({ selectorText }) => selectorText)
    .filter((selector) => !parts(selector).every((part) => stilled.includes(part)));
}"""


@pytest.fixture
def with_axe(page: Page) -> Page:
    """A page with axe in it. Nothing moves, so that colours are final."""
    page.add_init_script(path=AXE)
    page.emulate_media(reduced_motion="reduce", color_scheme="light")
    return page


@pytest.fixture
def looked_at(serve_once: ServeOnce, with_axe: Page) -> Callable[[str], Page]:
    """Open a page of the gallery to look at it with axe."""

    def visit(path: str) -> Page:
        with_axe.goto(serve_once(GALLERY).url + path)
        return is_live(with_axe)

    return visit


def complaints(page: Page) -> list[str]:
    """What axe finds, in the light and, as far as colours go, in the dark."""
    # The colours of a source are the same everywhere, and counting them takes a second.
    without = "#none" if page.url.endswith("/counter") else ".gallery-source pre"
    light: list[str] = page.evaluate(RUN_AXE, [None, without])
    page.emulate_media(color_scheme="dark")
    dark: list[str] = page.evaluate(RUN_AXE, [["color-contrast"], without])
    page.emulate_media(color_scheme="light")
    return light + [f"in the dark: {one}" for one in dark]


@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing_and_nothing_moves(looked_at: Callable[[str], Page], path: str) -> None:
    page = looked_at(path)

    assert complaints(page) == []
    assert page.evaluate(MOVING) == []


def test_axe_finds_nothing_in_a_form_with_errors(looked_at: Callable[[str], Page]) -> None:
    page = looked_at("/signup")

    page.get_by_label("The example").get_by_role("button").first.click()
    expect(page.locator("[aria-invalid=true]").first).to_be_focused()

    assert complaints(page) == []


def test_axe_finds_nothing_in_messages_of_every_kind(looked_at: Callable[[str], Page]) -> None:
    page = looked_at("/notices")

    for button in page.get_by_label("The example").get_by_role("button").all():
        button.click()
    expect(page.locator(".dj-flash-item").first).to_be_visible()

    assert complaints(page) == []


@pytest.mark.parametrize("path", ["/members", "/expenses"])
def test_axe_finds_nothing_behind_a_login(looked_at: Callable[[str], Page], path: str) -> None:
    page = looked_at(path)

    page.get_by_role("button", name="Ada").click()
    expect(is_live(page).get_by_role("button", name="Log out")).to_be_visible()

    assert complaints(page) == []


def test_axe_finds_nothing_where_a_turn_has_failed(serve: Serve, with_axe: Page) -> None:
    server = serve(GALLERY)
    server.may_log_tracebacks = True
    with_axe.goto(server.url + "/crash")

    is_live(with_axe).get_by_role("button", name="Crash this view").click()
    expect(with_axe.get_by_role("alert")).to_contain_text("RuntimeError")

    assert "\n".join(complaints(with_axe)) == ""


@pytest.mark.parametrize("path", PATHS)
def test_the_keyboard_reaches_every_control_and_shows_where_it_is(visit: Visit, path: str) -> None:
    page = visit(GALLERY, path)
    count = page.evaluate(CONTROLS)
    hidden: list[str] = []
    focus: str | None = ""

    # Parts of a date are stops of their own, and so is what scrolls.
    for _ in range(4 * count + 20):
        page.keyboard.press("Tab")
        focus = page.evaluate(VISIT_FOCUS)
        if focus is None:
            break
        hidden += [focus] if focus else []

    assert focus is None, "The focus never left the page."
    assert page.evaluate(UNREACHED) == []
    assert hidden == []


@pytest.mark.parametrize("name", ["limelight.css", "supervision.css"])
def test_our_styles_stop_moving_without_the_page_s_help(page: Page, name: str) -> None:
    assert page.evaluate(UNSTILLED, (STATIC / name).read_text(encoding="utf-8")) == []
