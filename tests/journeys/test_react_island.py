"""React components in a page: hydrated, fed with new props, and left alone otherwise."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from .conftest import Visit, is_live

ISLAND = "examples.react_island:app"


def alive(page: Page) -> Page:
    expect(page.locator("[dj-react='Chart']")).to_have_attribute("data-react", "alive")
    return page


def test_the_first_html_has_the_chart_and_hydrates_without_a_complaint(visit: Visit) -> None:
    page = visit(ISLAND)
    circles = page.locator(".chart circle")
    expect(circles).to_have_count(20)
    html = page.request.get(page.url).text()
    assert html.count("<circle") == 20
    assert html.count("dj-react-server") == 2

    alive(page)
    circles.nth(3).click()

    expect(circles.nth(3)).to_have_attribute("data-chosen", "true")


def test_new_props_arrive_and_what_was_chosen_stays(visit: Visit) -> None:
    page = alive(visit(ISLAND))
    page.get_by_role("slider").fill("40")
    expect(page.locator(".chart output")).to_have_text("40")
    page.locator("circle[data-at='39']").click()
    expect(page.locator(".chart span")).to_have_text(re.compile("chosen"))
    expect(page.locator("circle[data-at='42']")).to_have_count(1)

    expect(page.locator("circle[data-chosen]")).to_have_attribute("data-at", "39")
    expect(page.locator(".chart output")).to_have_text("40")


def test_a_component_calls_the_view_and_hears_from_it(visit: Visit) -> None:
    page = alive(visit(ISLAND))
    page.get_by_role("button", name="Pause the wind").click()
    page.locator("circle[data-at='38']").click()
    page.get_by_role("button", name="Keep this value").click()

    expect(page.locator(".heard")).to_have_text(re.compile(r"The view said: value \d+ is kept\."))
    expect(page.get_by_text(re.compile(r"Kept by the view: \d+\."))).to_be_visible()


def test_it_goes_on_after_a_lost_socket(visit: Visit) -> None:
    page = alive(visit(ISLAND))
    page.locator("circle[data-at='39']").click()
    page.evaluate("limelight.disconnect(), limelight.connect()")
    is_live(page)

    expect(page.locator("circle[data-at='41']")).to_have_count(1)
    expect(page.locator("circle[data-chosen]")).to_have_attribute("data-at", "39")
