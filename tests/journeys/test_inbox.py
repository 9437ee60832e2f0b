"""The inbox: what the head of a page says follows its view."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from .conftest import Visit


def meta(page: Page, selector: str, attribute: str = "content") -> str | None:
    return page.locator(f"head {selector}").last.get_attribute(attribute)


def test_the_title_counts_what_is_unread(visit: Visit) -> None:
    page = visit("examples.inbox:app")
    expect(page).to_have_title("Inbox (2)")

    page.get_by_role("button", name="Fetch mail").click()
    expect(page).to_have_title("Inbox (3)")
    page.get_by_role("button", name="Ada Byron").click()
    expect(page).to_have_title("Inbox (2)")
    page.get_by_role("button", name="Mark all as read").click()

    expect(page).to_have_title("Inbox")


def test_the_icon_bears_a_badge_while_something_is_unread(visit: Visit) -> None:
    page = visit("examples.inbox:app")
    icon = page.locator("head link[rel=icon]").last
    expect(icon).to_have_attribute("href", re.compile("^data:image/png"))

    page.get_by_role("button", name="Mark all as read").click()

    expect(icon).to_have_attribute("href", "data:,")


def test_the_description_stands_in_the_html(visit: Visit) -> None:
    page = visit("examples.inbox:app")

    assert meta(page, 'meta[name="description"]') == "Letters from people who knew."


HEADS = "tests.journeys.heads:app"


def test_keys_come_change_and_go(visit: Visit) -> None:
    page = visit(HEADS)
    assert meta(page, 'meta[property="og:title"]') == "First"

    page.get_by_role("button", name="Change").click()
    expect(page).to_have_title("Second")
    assert meta(page, 'meta[property="og:title"]') == '"><script>alert(1)</script>'
    assert meta(page, 'meta[name="theme-color"]') == "#abc"
    assert meta(page, 'link[rel="canonical"]', "href") == "/second"
    page.get_by_role("button", name="Remove").click()

    expect(page).to_have_title("Heads")
    expect(page.locator("head [dj-meta]")).to_have_count(0)


def test_a_live_move_takes_the_former_view_s_metadata_away_and_back_brings_it(
    visit: Visit,
) -> None:
    page = visit(HEADS)
    page.get_by_role("link", name="Elsewhere").click()
    expect(page).to_have_title("Other")
    expect(page.locator("head [dj-meta]")).to_have_count(0)

    page.go_back()

    expect(page).to_have_title("First")
    expect(page.locator('head meta[property="og:title"]')).to_have_count(1)
    assert meta(page, 'meta[property="og:title"]') == "First"
