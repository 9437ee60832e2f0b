"""The counter, clicked in a real browser, and what happens when its view is killed."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.fixtures.browser import NewPage
from tests.fixtures.serving import Serve

from .conftest import ServeOnce, Visit, is_live

COUNTER = "examples.counter:app"
#: Counts mounts and lives of its views, and kills a view on request.
WITNESS = "tests/journeys/witness.py:app"


def test_a_hundred_clicks_are_counted_one_by_one(visit: Visit) -> None:
    page = visit(COUNTER)
    button = page.get_by_role("button", name="+2")

    for _ in range(100):
        button.click()

    expect(page.locator("h1")).to_have_text("200")


def test_the_counter_can_be_used_with_the_keyboard(visit: Visit) -> None:
    page = visit(COUNTER)

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Space")

    expect(page.locator("h1")).to_have_text("4")
    expect(page.get_by_role("button")).to_be_focused()


def test_a_click_on_a_page_that_has_just_come_is_not_lost(
    serve_once: ServeOnce, page: Page
) -> None:
    page.goto(serve_once(COUNTER).url, wait_until="domcontentloaded")

    page.get_by_role("button", name="+2").click()

    expect(page.locator("h1")).to_have_text("2")


def test_every_visitor_has_a_view_of_their_own(serve_once: ServeOnce, new_page: NewPage) -> None:
    first, second = new_page(), new_page()
    for page in (first, second):
        page.goto(serve_once(COUNTER).url)
        is_live(page)

    first.get_by_role("button").click()
    second.get_by_role("button").click()
    first.get_by_role("button").click()

    expect(first.locator("h1")).to_have_text("4")
    expect(second.locator("h1")).to_have_text("2")


def test_every_page_view_mounts_once(serve: Serve, page: Page) -> None:
    page.goto(serve(WITNESS).url)
    page.get_by_role("button", name="+2").click()
    expect(page.locator("h1")).to_have_text("2")
    expect(page.get_by_text("1 mounts, 1 lives")).to_be_visible()

    page.reload()
    page.get_by_role("button", name="+2").click()

    expect(page.locator("h1")).to_have_text("2")
    expect(page.get_by_text("2 mounts, 2 lives")).to_be_visible()


def test_a_killed_view_is_live_again_without_a_reload(serve: Serve, page: Page) -> None:
    server = serve(WITNESS)
    server.may_log_tracebacks = True
    page.goto(server.url)
    page.evaluate("document.isTheSamePage = true")
    page.get_by_role("button", name="+2").click()
    page.get_by_label("Note").fill("not sent to anybody")

    page.get_by_role("button", name="Die").click()
    expect(page.get_by_text("1 mounts, 2 lives")).to_be_visible()
    page.get_by_role("button", name="+2").click()

    expect(page.locator("h1")).to_have_text("4")
    expect(page.get_by_label("Note")).to_have_value("not sent to anybody")
    assert page.evaluate("document.isTheSamePage")
