"""React islands in a real browser: state that stays, roots that end, servers that give up."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.fixtures.serving import Serve

from .conftest import Visit, is_live

ISLANDS = "tests.journeys.islands:app"
CORPUS = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a\u2028b")


@pytest.fixture
def islands(visit: Visit) -> Page:
    return alive(visit(ISLANDS))


def alive(page: Page) -> Page:
    expect(page.locator("[dj-react]:not([data-react=alive])")).to_have_count(0)
    return page


def button(page: Page, label: str) -> Locator:
    return page.locator("[dj-react] button", has_text=f"{label} (")


def test_a_hundred_new_props_leave_the_state_alone(islands: Page) -> None:
    own = islands.locator("[dj-react] button").first
    for _ in range(3):
        own.click()
    expect(islands.locator("output")).to_have_text("3")
    same = own.element_handle()

    for _ in range(100):
        islands.locator("#next").click()

    expect(own).to_have_text("100 (3)")
    assert same is not None
    assert same.evaluate("button => button.isConnected")


def test_an_element_that_is_removed_unmounts_its_component(islands: Page) -> None:
    own = islands.locator("[dj-react] button").first
    own.click()
    container = islands.locator("[dj-react]").first.element_handle()
    assert container is not None
    islands.locator("#drop").click()

    expect(islands.locator("[dj-react]")).to_have_count(3)
    assert container.evaluate("element => element.childNodes.length") == 0
    islands.locator("#drop").click()
    expect(own).to_have_text("0 (0)")


def test_rows_that_move_take_their_state_along_and_new_ones_begin(islands: Page) -> None:
    button(islands, "b").click()
    islands.locator("#turn").click()

    expect(islands.locator("li")).to_have_text(["b (1)", "a (0)", "c (0)"])


def test_a_click_in_a_hidden_region_waits_until_it_is_shown(islands: Page) -> None:
    hidden = islands.locator("[dj-activity=later] button")
    hidden.evaluate("button => button.click()")
    expect(hidden).to_have_text("later (1)")
    islands.locator("#next").click()
    expect(islands.locator("output")).to_have_text("0")

    islands.locator("#open").click()

    expect(islands.locator("output")).to_have_text("1")
    expect(hidden).to_have_text("later (1)")


def test_where_the_server_gives_up_the_browser_renders_alone(serve: Serve, page: Page) -> None:
    server = serve(ISLANDS)
    server.may_log_tracebacks = True
    page.goto(f"{server.url}/broken")
    alive(is_live(page))

    expect(page.locator("li")).to_have_text(["a (0)", "b (0)"])
    button(page, "a").click()
    expect(page.locator("output")).to_have_text("1")
    assert "terminated by timeout" in server.log
    assert "the time that its page may take is over" in server.log


@pytest.mark.parametrize("text", CORPUS)
def test_props_are_text(visit: Visit, text: str) -> None:
    page = alive(visit(ISLANDS, f"/?label={quote(text)}"))

    own = page.locator("[dj-react] button").first
    assert own.text_content() == f"{text} (0)"
    expect(page.locator("[dj-react] script, [dj-react] img")).to_have_count(0)
