"""The clock: pages that change although nobody touches them."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.fixtures.browser import NewPage

from .conftest import ServeOnce, Visit, is_live

CLOCK = "examples.clock:app"


def test_the_clock_ticks_by_itself(visit: Visit) -> None:
    page = visit(CLOCK)
    time = page.locator("time")
    second_hand = page.locator(".second")
    first, angle = time.inner_text(), second_hand.get_attribute("transform")
    assert angle is not None

    expect(time).not_to_have_text(first)

    expect(second_hand).not_to_have_attribute("transform", angle)
    expect(time).to_have_attribute("datetime", re.compile(r"T\d\d:\d\d:\d\d\+00:00$"))


def test_two_tabs_tick_together(serve_once: ServeOnce, new_page: NewPage) -> None:
    first, second = new_page(), new_page()
    for page in (first, second):
        page.goto(serve_once(CLOCK).url)
        is_live(page)

    for _ in range(2):
        before = first.locator("time").inner_text()
        expect(first.locator("time")).not_to_have_text(before)
        expect(second.locator("time")).to_have_text(first.locator("time").inner_text())


def test_a_chosen_city_stays_chosen_while_the_clock_ticks(visit: Visit) -> None:
    page = visit(CLOCK)

    page.get_by_label("Time in").select_option("Tokyo")
    expect(page.get_by_role("heading")).to_have_text("Tokyo")
    chosen_at = page.locator("time").inner_text()
    expect(page.locator("time")).not_to_have_text(chosen_at)

    expect(page.get_by_label("Time in")).to_have_value("Tokyo")
    expect(page.locator("time")).to_have_attribute("datetime", re.compile(r"\+09:00$"))
