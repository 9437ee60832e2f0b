"""Streams in a real browser: text, errors, rows, hooks, and strings that look like code."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.fixtures.browser import PageComplaints
from tests.fixtures.serving import Serve

from .conftest import AS_SHIPPED, Visit, is_live
from .streaming_streams import CORPUS

HEARD = """
window.heard = [];
for (const type of ["start", "text", "error", "done"]) {
  document.addEventListener(`stream:${type}`, ({ detail }) => window.heard.push([type, detail.name]));
}
"""
HOOK = "window.limelight = { hooks: { Row: { mounted() { this.el.dataset.hooked = 1; } } } };"


@pytest.fixture
def streamed(page: Page, visit: Visit) -> Page:
    page.add_init_script(HOOK)
    opened = visit("tests.journeys.streaming_streams:app")
    opened.evaluate(HEARD)
    return opened


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def texts(page: Page) -> Locator:
    return page.locator("tbody tr")


def test_what_looks_like_code_stays_text(streamed: Page) -> None:
    press(streamed, "Corpus")

    expect(streamed.locator("#text")).to_have_text("".join(CORPUS))
    expect(texts(streamed)).to_have_count(7)
    expect(texts(streamed).nth(4)).to_have_text(CORPUS[1])
    expect(streamed.locator("#text *, td *")).to_have_count(0)


def test_the_element_and_its_events_tell_how_far_a_stream_is(streamed: Page) -> None:
    press(streamed, "Corpus")
    expect(streamed.locator("h1")).to_have_text("1")
    heard = streamed.evaluate("window.heard")

    assert heard[0] == ["start", "text"]
    assert heard[-1] == ["done", "text"]
    assert ["text", "text"] in heard
    expect(streamed.locator("#text")).not_to_have_attribute("data-stream-active", "")


def test_text_for_an_element_that_comes_later_is_shown_there(streamed: Page) -> None:
    press(streamed, "Late")

    expect(streamed.locator("#late")).to_have_text("there all the same")
    expect(streamed.locator("#late")).to_have_attribute("data-stream-active", "")


def test_an_error_is_an_alert_behind_the_text(streamed: Page) -> None:
    press(streamed, "Fail")

    expect(streamed.locator("#text [role=alert]")).to_have_text(CORPUS[0])
    expect(streamed.locator("#text")).to_contain_text("half")
    press(streamed, "Corpus")
    expect(streamed.locator("#text [role=alert]")).to_have_count(0)


def test_html_stands_between_text_before_and_behind(streamed: Page) -> None:
    press(streamed, "HTML")

    expect(streamed.locator("#text")).to_have_text("before bold behind")
    expect(streamed.locator("#text em")).to_have_text("bold")


def test_rows_come_move_change_and_go(streamed: Page) -> None:
    press(streamed, "Last")
    press(streamed, "Second")
    expect(texts(streamed)).to_have_text(["row 0", "new 2", "row 1", "row 2", "new 1"])

    press(streamed, "Move")
    expect(texts(streamed)).to_have_text(["moved", "row 0", "new 2", "row 1", "new 1"])

    press(streamed, "Change")
    expect(texts(streamed)).to_have_text(["moved", "new 2", "changed", "new 1"])

    press(streamed, "Prune")
    expect(texts(streamed)).to_have_text(["new 1"])


def test_a_page_that_is_sent_whole_keeps_what_streams_have_built(streamed: Page) -> None:
    for name in ("Last", "HTML", "Whole"):
        press(streamed, name)

    expect(streamed.locator("h1")).to_have_text("11")
    expect(texts(streamed)).to_have_text(["row 0", "row 1", "row 2", "new 1"])
    expect(streamed.locator("#text")).to_have_text("before bold behind")


def test_hooks_of_new_rows_are_mounted(streamed: Page) -> None:
    press(streamed, "Last")

    expect(texts(streamed).last).to_have_attribute("data-hooked", "1")


def test_a_view_that_begins_anew_shows_what_its_mount_streams(
    serve: Serve, page: Page, page_complaints: PageComplaints
) -> None:
    page_complaints.expect("WebSocket")
    server = serve("tests.journeys.streaming_streams:app", env=AS_SHIPPED)
    page.goto(server.url)
    is_live(page)
    for name in ("Last", "Second", "HTML"):
        press(page, name)
    expect(texts(page)).to_have_count(5)
    expect(page.locator("#text")).to_have_text("before bold behind")

    server.restart()

    expect(texts(page)).to_have_text(["row 0", "row 1", "row 2"], timeout=20_000)
    expect(page.locator("#text")).to_have_text("")
    is_live(page)
    press(page, "Last")
    expect(texts(page)).to_have_text(["row 0", "row 1", "row 2", "new 1"])
