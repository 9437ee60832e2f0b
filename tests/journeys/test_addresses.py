"""The address bar says where the view is, however close addresses follow one another."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from .conftest import Visit

WANDERING = "tests.journeys.wandering:app"
BOTH = "names => names.forEach(name => document.querySelector(name).click())"


def is_at(page: Page, place: str) -> None:
    expect(page.locator("h1")).to_have_text(place)
    expect(page).to_have_url(re.compile(f"place={place}$"))


def test_an_address_that_leads_on_is_left_for_the_one_it_leads_to(visit: Visit) -> None:
    page = visit(WANDERING)
    page.click("#moved")
    is_at(page, "new")


def test_a_link_that_follows_an_event_at_once_decides_the_address(visit: Visit) -> None:
    page = visit(WANDERING)
    page.evaluate(BOTH, ["button", "#chosen"])
    is_at(page, "chosen")


def test_an_event_that_follows_a_link_at_once_decides_the_address(visit: Visit) -> None:
    page = visit(WANDERING)
    page.evaluate(BOTH, ["#chosen", "button"])
    is_at(page, "event")
