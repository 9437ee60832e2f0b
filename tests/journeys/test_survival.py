"""A page in a real browser lives on: through proxies, histories, restarts and crashes."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.fixtures.browser import PageComplaints
from tests.fixtures.serving import Serve, Server

from .conftest import AS_SHIPPED, is_live
from .proxies import ProxyThread

FRAGILE = "tests.journeys.fragile:app"
DEVELOPMENT = {"LIVE_ENV": "development"}


def visit(page: Page, url: str) -> Page:
    """Open a page, and mark it, so that a reload would be noticed."""
    page.goto(url)
    page.evaluate("document.isTheSamePage = true")
    return is_live(page)


def was_not_reloaded(page: Page) -> bool:
    return bool(page.evaluate("document.isTheSamePage"))


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def count(page: Page) -> Locator:
    return page.locator("h1")


# --- the network ------------------------------------------------------------------------


def test_a_page_behind_a_proxy_that_cuts_idle_sockets_comes_back_by_itself(
    serve: Serve, page: Page, proxied: Callable[[Server], ProxyThread]
) -> None:
    proxy = proxied(serve(FRAGILE, env=AS_SHIPPED))
    visit(page, proxy.url)
    for times in range(1, 4):
        press(page, "Add")
        expect(count(page)).to_have_text(str(times))
        proxy.cut_all()
        expect(page.locator("html")).to_have_attribute("data-live", "disconnected")
        is_live(page)

    expect(page.get_by_text("1 lives")).to_be_visible()
    assert was_not_reloaded(page)


def test_what_is_done_while_the_network_is_away_is_done_after_it(
    serve: Serve, page: Page, page_complaints: PageComplaints
) -> None:
    page_complaints.expect("ERR_INTERNET_DISCONNECTED")
    visit(page, serve(FRAGILE, env=AS_SHIPPED).url)

    page.evaluate("window.limelight.disconnect()")
    page.context.set_offline(True)
    for _ in range(5):
        press(page, "Add")
    expect(count(page)).to_have_text("0")
    page.context.set_offline(False)
    page.evaluate("window.limelight.connect()")

    expect(count(page)).to_have_text("5")
    assert was_not_reloaded(page)


def test_a_hidden_tab_stays_alive_and_shows_the_newest_state(serve: Serve, page: Page) -> None:
    visit(page, serve(FRAGILE, env=AS_SHIPPED).url)
    press(page, "Add")
    other = page.context.new_page()
    other.bring_to_front()
    other.goto("about:blank")

    page.get_by_role("button", name="Add", exact=True).dispatch_event("click")
    page.bring_to_front()

    expect(count(page)).to_have_text("2")
    is_live(page)


# --- the history ------------------------------------------------------------------------


def test_a_page_from_the_history_is_live_again_with_its_state(serve: Serve, page: Page) -> None:
    visit(page, serve(FRAGILE, env=AS_SHIPPED).url)
    press(page, "Add")
    expect(count(page)).to_have_text("1")
    page.evaluate("addEventListener('pageshow', (e) => document.wasKept = e.persisted)")

    page.get_by_role("link", name="Elsewhere").click()
    expect(count(page)).to_have_text("Elsewhere")
    page.go_back()
    is_live(page)
    press(page, "Add")

    if page.evaluate("document.wasKept"):
        expect(count(page)).to_have_text("2")
        expect(page.get_by_text("1 lives")).to_be_visible()
    else:
        expect(count(page)).to_have_text("1")


# --- a restart of the server --------------------------------------------------------------


@pytest.mark.parametrize("signal_name", ["SIGKILL", "SIGTERM"])
def test_half_a_form_survives_a_restart_of_the_server(
    serve: Serve, page: Page, page_complaints: PageComplaints, signal_name: str
) -> None:
    page_complaints.expect("WebSocket connection to")
    server = serve(FRAGILE, env=AS_SHIPPED)
    visit(page, server.url)
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("Colour").select_option("blue")
    page.get_by_label("Agreed").check()
    page.get_by_label("Wish").press_sequentially("a larger tab")
    page.get_by_label("Wish").press("ArrowLeft")

    server.restart(getattr(__import__("signal"), signal_name))
    expect(page.locator("html")).to_have_attribute("data-live", "connected", timeout=20_000)
    page.keyboard.type("le")

    expect(page.get_by_label("Wish")).to_have_value("a larger taleb")
    expect(page.get_by_label("Wish")).to_be_focused()
    press(page, "Save")
    expect(page.locator("#saved")).to_have_text("Ada, a larger taleb, blue, on")
    assert was_not_reloaded(page)


# --- crashes ----------------------------------------------------------------------------


@pytest.fixture
def development(serve: Serve, page: Page) -> Page:
    server = serve(FRAGILE, env=DEVELOPMENT)
    server.may_log_tracebacks = True
    return visit(page, server.url)


def test_a_killed_view_goes_on_where_it_was(development: Page) -> None:
    press(development, "Add")
    development.get_by_label("Name").fill("Ada")
    expect(count(development)).to_have_text("1")

    press(development, "Die")
    expect(development.get_by_text("2 lives")).to_be_visible()
    press(development, "Add")

    expect(count(development)).to_have_text("2")
    expect(development.get_by_label("Name")).to_have_value("Ada")
    assert was_not_reloaded(development)


def test_a_view_that_is_down_can_be_asked_for_again(development: Page) -> None:
    for lives in range(2, 5):
        press(development, "Die")
        expect(development.get_by_text(f"{lives} lives")).to_be_visible()
    press(development, "Die")
    pill = development.get_by_role("status")
    expect(pill).to_contain_text("stays down")

    pill.get_by_role("button", name="Try again").click()
    press(development, "Add")

    expect(count(development)).to_have_text("1")
    assert was_not_reloaded(development)


def test_in_development_a_failure_shows_everything_in_a_panel(development: Page) -> None:
    press(development, "Fail")
    panel = development.get_by_role("alert")

    expect(panel).to_contain_text("RuntimeError: failed at depth 7")
    expect(panel).to_contain_text("Fragile.fail")
    expect(panel).to_contain_text("Traceback")
    expect(panel).to_contain_text("fragile.py")
    for name, content in {
        "parameters": '"depth": "7"',
        "state": "count",
        "supervisor": "The turn was undone; the view goes on.",
    }.items():
        panel.get_by_text(name, exact=True).click()
        expect(panel.locator("details", has_text=name).last).to_contain_text(content)


def test_the_panel_leaves_room_for_the_page_and_can_be_closed(development: Page) -> None:
    press(development, "Fail")
    panel = development.get_by_role("alert")
    expect(panel).to_be_visible()
    expect(panel).to_be_in_viewport()

    press(development, "Add")
    expect(count(development)).to_have_text("1")
    expect(panel).to_be_visible()
    panel.get_by_role("button", name="Close").click()

    expect(panel).to_have_count(0)


def test_in_production_a_failure_has_an_id_that_is_in_the_log(serve: Serve, page: Page) -> None:
    server = serve(FRAGILE, env=AS_SHIPPED)
    server.may_log_tracebacks = True
    visit(page, server.url)

    press(page, "Fail")
    pill = page.get_by_role("status")
    expect(pill).to_contain_text("Something went wrong.")

    expect(page.get_by_role("alert")).to_have_count(0)
    assert "failed at depth" not in page.content()
    found = re.search(r"\b[0-9a-f]{8}\b", pill.inner_text())
    assert found is not None, pill.inner_text()
    assert f"[{found.group()}]" in server.log
    assert was_not_reloaded(page)
