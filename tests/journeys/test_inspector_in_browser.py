"""The inspector in Chromium: watch turns, slow the line down, drop the socket, crash the view."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fixtures.serving import Serve, Server

from .conftest import AS_SHIPPED, is_live

SUPERVISED = "tests.journeys.supervised:app"
STRICT = "default-src 'self'; img-src 'self' data:; base-uri 'self'; object-src 'none'"
LOOKS_LIKE_A_PERSON = "Object.defineProperty(navigator, 'webdriver', { get: () => false })"


@pytest.fixture
def server(serve: Serve) -> Server:
    server = serve(SUPERVISED, env={"LIVE_CONTENT_SECURITY_POLICY": STRICT})
    server.may_log_tracebacks = True
    return server


@pytest.fixture
def inspected(server: Server, page: Page) -> Page:
    """A page with a counter, and the inspector open."""
    page.goto(server.url)
    is_live(page)
    page.keyboard.press("Alt+Shift+KeyL")
    expect(page.get_by_role("region", name="Inspector")).to_be_visible()
    return page


def test_each_answer_of_the_server_becomes_a_row(inspected: Page) -> None:
    rows = inspected.locator(".panel tbody tr")
    inspected.get_by_role("button", name="+1").click()
    expect(rows).to_have_count(1)
    expect(rows.first).to_have_text(re.compile(r"^add[\d.]+ ms[\d.]+ ms\d+1 change$"))
    inspected.get_by_role("button", name="Fail").click()
    expect(rows.first).to_contain_text("Counter.fail raised ValueError")


def test_a_slow_line_delays_both_ways_and_stays_after_a_reload(inspected: Page) -> None:
    inspected.get_by_role("slider").fill("150")
    inspected.get_by_role("button", name="+1").click()
    took = inspected.locator(".panel tbody tr td").nth(1)
    expect(took).to_have_text(re.compile(r"^[3-9]\d\d ms$"))
    expect(inspected.get_by_role("heading", level=1)).to_have_text("1")
    inspected.reload()
    is_live(inspected)
    inspected.keyboard.press("Alt+Shift+KeyL")
    expect(inspected.get_by_role("slider")).to_have_value("150")


def test_messages_keep_their_order_when_the_line_becomes_fast_again(inspected: Page) -> None:
    slider, add = inspected.get_by_role("slider"), inspected.get_by_role("button", name="+1")
    slider.fill("300")
    add.click()
    add.click()
    slider.fill("0")
    add.click()
    expect(inspected.get_by_role("heading", level=1)).to_have_text("3")
    names = inspected.locator(".panel tbody tr td:first-child")
    assert "error" not in " ".join(names.all_inner_texts())


def test_a_dropped_socket_and_a_crash_leave_the_page_alive(inspected: Page) -> None:
    heading = inspected.get_by_role("heading", level=1)
    inspected.get_by_role("button", name="+1").click()
    expect(heading).to_have_text("1")
    inspected.get_by_role("button", name="Drop socket").click()
    expect(inspected.locator(".panel tbody tr").first).to_contain_text("resumed")
    inspected.get_by_role("button", name="Crash view").click()
    expect(inspected.locator(".said")).to_have_text(re.compile("Counter was crashed"))
    inspected.get_by_role("button", name="+1").click()
    expect(heading).to_have_text("2")


def test_the_state_follows_the_page(inspected: Page) -> None:
    inspected.get_by_role("tab", name="Turns").focus()
    inspected.keyboard.press("ArrowRight")
    expect(inspected.get_by_role("tab", name="State")).to_be_focused()
    tree = inspected.locator(".tree")
    expect(tree).to_have_text(re.compile("number0"))
    inspected.get_by_role("button", name="+1").click()
    expect(tree).to_have_text(re.compile("number1"))


def test_escape_closes_and_the_application_hears_nothing(inspected: Page) -> None:
    inspected.evaluate(
        "for (const type of ['click', 'keydown', 'input']) document.addEventListener(type, "
        "(event) => { if (event.target.localName === 'limelight-inspector') window.heard = type })"
    )
    inspected.get_by_role("slider").fill("50")
    inspected.get_by_role("tab", name="State").click()
    inspected.keyboard.press("Escape")
    expect(inspected.get_by_role("region", name="Inspector")).to_be_hidden()
    assert inspected.evaluate("window.heard") is None


@pytest.mark.parametrize("width", [390, 1280])
def test_the_button_and_the_panel_fit_the_window(
    server: Server, chromium: Browser, width: int
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 700})
    context.add_init_script(LOOKS_LIKE_A_PERSON)
    page = context.new_page()
    page.goto(server.url)
    is_live(page)
    page.get_by_role("button", name="Inspector").click()
    panel = page.get_by_role("region", name="Inspector")
    expect(panel.get_by_role("button", name="Close")).to_be_focused()
    for control in (panel, *panel.get_by_role("button").all(), panel.get_by_role("slider")):
        box = control.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= 700
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Inspector")).to_be_focused()
    context.close()


def test_a_browser_that_is_driven_by_a_program_sees_no_button(server: Server, page: Page) -> None:
    page.goto(server.url)
    is_live(page)
    expect(page.get_by_role("button")).to_have_count(2)


def test_an_installed_package_brings_the_scripts_of_development(server: Server, page: Page) -> None:
    """It has no sources: the page loads `inspector.js` and what that asks for from beside it."""
    page_url = f"{server.url}/_live"
    for name in ("turns.js", "overlay.js", "inspector.js", "inspector_panel.js"):
        assert page.request.get(f"{page_url}/{name}").status == 200
    bundled = page.request.get(f"{page_url}/inspector.js").text()
    assert re.findall(r'import\("\./([\w.-]+)"\)', bundled) == ["inspector_panel.js"]
    assert not re.findall(r'from"\./', bundled)


def test_production_has_no_inspector(serve: Serve, page: Page) -> None:
    page.goto(serve(SUPERVISED.replace("supervised", "fragile"), env=AS_SHIPPED).url)
    is_live(page)
    page.keyboard.press("Alt+Shift+KeyL")
    assert page.locator("limelight-inspector").count() == 0
