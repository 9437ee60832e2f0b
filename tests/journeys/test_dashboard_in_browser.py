"""The supervision page in Chromium: watch a view, crash it, and look at it on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fixtures.browser import NewPage, PageComplaints
from tests.fixtures.serving import Serve, Server

from .conftest import is_live

SUPERVISED = "tests.journeys.supervised:app"


@pytest.fixture
def server(serve: Serve) -> Server:
    server = serve(SUPERVISED)
    server.may_log_tracebacks = True
    return server


def visit(server: Server, page: Page, path: str = "/") -> Page:
    page.goto(server.url + path)
    is_live(page)
    return page


def test_a_view_is_watched_crashed_and_goes_on(
    server: Server, new_page: NewPage, page_complaints: PageComplaints
) -> None:
    counter = visit(server, new_page())
    board = visit(server, new_page(), "/_supervision")
    counter.get_by_role("button", name="+1").click()
    expect(counter.get_by_role("heading")).to_have_text("1")

    counter.get_by_role("button", name="Fail").click()
    expect(board.locator(".sv-cause")).to_contain_text("ValueError: This button fails.")

    board.get_by_role("link", name="Counter").click()
    expect(board.locator(".sv-state")).to_contain_text("number")
    board.locator(".sv-detail").get_by_role("button", name="Crash").click()
    expect(board.get_by_role("alertdialog")).to_contain_text("Crash: Counter of somebody")
    board.keyboard.press("Escape")
    expect(board.get_by_role("alertdialog")).to_have_count(0)

    board.locator(".sv-detail").get_by_role("button", name="Crash").click()
    board.get_by_role("button", name="Yes, do it").click()
    expect(board.get_by_role("status")).to_have_text("Counter was crashed.")
    expect(board.locator(".sv-cause").first).to_contain_text("restarted, 1 so far")
    expect(board.locator(".sv-detail")).to_contain_text("1 of 3")
    counter.get_by_role("button", name="+1").click()
    expect(counter.get_by_role("heading")).to_have_text("2")


def test_a_dropped_socket_comes_back_without_a_reload(server: Server, new_page: NewPage) -> None:
    counter = visit(server, new_page())
    counter.get_by_role("button", name="+1").click()
    counter.evaluate("window.isTheSamePage = true")
    board = visit(server, new_page(), "/_supervision?search=counter")

    board.get_by_role("link", name="Counter").click()
    board.get_by_role("button", name="Drop its socket").click()
    board.get_by_role("button", name="Yes, do it").click()

    expect(board.get_by_role("status")).to_contain_text("was closed")
    counter.get_by_role("button", name="+1").click()
    expect(counter.get_by_role("heading")).to_have_text("2")
    assert counter.evaluate("window.isTheSamePage")


def test_a_search_stands_in_the_address_and_is_kept_while_the_page_follows(
    server: Server, new_page: NewPage
) -> None:
    visit(server, new_page())
    board = visit(server, new_page(), "/_supervision")
    field = board.get_by_role("searchbox")

    field.type("supervis")

    expect(board).to_have_url(re.compile(r"search=supervis"))
    expect(board.locator(".sv-views tbody tr")).to_have_count(1)
    turns = board.locator(".sv-views [data-label=Turns]")
    before = turns.inner_text()
    expect(turns).not_to_have_text(before)
    expect(field).to_have_value("supervis")


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_its_window(
    server: Server, chromium: Browser, width: int, scheme: str
) -> None:
    size = {"width": width, "height": 844}
    context = chromium.new_context(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
    board = visit(server, context.new_page(), "/_supervision")
    board.get_by_role("link", name="Supervision").first.click()
    expect(board.locator(".sv-detail")).to_be_visible()

    assert board.evaluate("document.documentElement.scrollWidth") <= width
    ground = board.evaluate("getComputedStyle(document.body).backgroundColor")
    shade = sum(int(part) for part in re.findall(r"\d+", ground)[:3])
    assert (shade > 3 * 200) == (scheme == "light")
    context.close()
