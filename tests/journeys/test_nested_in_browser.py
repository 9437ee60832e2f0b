"""Views within a view in a real browser: joined by themselves, kept through every patch."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from .conftest import ServeOnce, Visit, is_live

APPLICATION = "tests.journeys.nesting:app"
HOOK = """
window.mounted = 0; window.destroyed = 0;
window.limelight = { hooks: { Hooked: {
  mounted() { window.mounted++; }, destroyed() { window.destroyed++; } } } };
"""


@pytest.fixture(params=["/", "/?html"])
def nested(page: Page, visit: Visit, serve_once: ServeOnce, request: pytest.FixtureRequest) -> Page:
    serve_once(APPLICATION).may_log_tracebacks = True
    page.add_init_script(HOOK)
    return visit(APPLICATION, request.param)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_a_nested_view_is_alive_and_kept_while_its_surroundings_change(nested: Page) -> None:
    nested.get_by_label("kitchen note").fill("typed")
    for _ in range(3):
        press(nested, "Click in kitchen")
        press(nested, "Count")
    press(nested, "Unpatchable")
    press(nested, "Unpatchable")
    press(nested, "Rename")

    expect(nested.locator("h1")).to_have_text("3")
    expect(nested.locator(".inner")).to_have_text("hall 3")
    expect(nested.get_by_label("hall note")).to_have_value("typed")
    assert nested.evaluate("[window.mounted, window.destroyed]") == [1, 0]


def test_nested_views_come_and_go(nested: Page) -> None:
    press(nested, "Click in kitchen")
    press(nested, "Toggle")
    expect(nested.locator(".inner")).to_have_count(0)
    press(nested, "Toggle")
    press(nested, "Click in kitchen")
    expect(nested.locator(".inner")).to_have_text("kitchen 1")
    press(nested, "Swap")
    expect(nested.locator(".inner")).to_have_text("kitchen 0")
    press(nested, "Click in kitchen")

    expect(nested.locator(".inner")).to_have_text("kitchen 1")
    assert nested.evaluate("[window.mounted, window.destroyed]") == [3, 2]


def test_a_lost_socket_and_a_crash_around_it_leave_a_nested_view_alone(nested: Page) -> None:
    press(nested, "Click in kitchen")
    nested.evaluate("window.limelight.disconnect()")
    nested.evaluate("window.limelight.connect()")
    is_live(nested)
    press(nested, "Click in kitchen")
    expect(nested.locator(".inner")).to_have_text("kitchen 2")
    press(nested, "Die")
    press(nested, "Count")
    press(nested, "Click in kitchen")

    expect(nested.locator("h1")).to_have_text("1")
    expect(nested.locator(".inner")).to_have_text("kitchen 3")


def test_a_link_in_a_nested_view_moves_the_whole_page(nested: Page) -> None:
    nested.get_by_role("link", name="Leave from kitchen").click()

    expect(nested.locator("h1")).to_have_text("Other")
    expect(nested.locator(".inner")).to_have_count(0)
    assert nested.url.endswith("/other")
    nested.go_back()
    press(nested, "Click in kitchen")
    expect(nested.locator(".inner")).to_have_text("kitchen 1")
