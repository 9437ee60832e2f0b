"""The feed: a hundred thousand posts, of which a hundred and twenty are in the page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import Visit

MOST = 120


@pytest.fixture
def feed(visit: Visit) -> Page:
    page = visit("examples.feed:app")
    page.get_by_label("New posts arrive").uncheck()
    return page


def rows(page: Page) -> Locator:
    return page.locator(".feed li")


def numbers(page: Page) -> list[int]:
    ids = page.locator(".feed ol").evaluate("list => [...list.children].map(({ id }) => id)")
    return [int(one.removeprefix("posts-")) for one in ids]


def scroll(page: Page, place: str) -> None:
    page.locator(".feed ol").evaluate(f"list => (list.scrollTop = {place})")


def first_seen(page: Page) -> str:
    """The row at the upper edge of what is seen."""
    script = """list => {
      const { left, top } = list.getBoundingClientRect();
      return document.elementFromPoint(left + 90, top + 8).closest("li").id;
    }"""
    return str(page.locator(".feed ol").evaluate(script))


def test_it_scrolls_down_without_end_and_back(feed: Page) -> None:
    expect(rows(feed)).to_have_count(40)
    newest = numbers(feed)[0]

    for _ in range(8):
        oldest = numbers(feed)[-1]
        scroll(feed, "list.scrollHeight")
        expect(feed.locator(f"#posts-{oldest - 40}")).to_be_attached()
    assert numbers(feed) == list(range(newest - 240, newest - 360, -1))

    for _ in range(8):
        upper = numbers(feed)[0]
        scroll(feed, "0")
        expect(feed.locator(f"#posts-{min(upper + 40, newest)}")).to_be_attached()
    assert numbers(feed) == list(range(newest, newest - MOST, -1))


def test_what_comes_above_leaves_the_reader_where_he_is(feed: Page) -> None:
    feed.get_by_role("button", name="Middle").click()

    # The first row is in sight at once, and asks for what is above it.
    expect(feed.locator("#posts-50040")).to_be_attached()
    assert first_seen(feed) == "posts-50000"

    scroll(feed, "0")
    expect(feed.locator("#posts-50080")).to_be_attached()
    assert first_seen(feed) == "posts-50040"
    assert feed.locator(".feed ol").evaluate("list => list.scrollTop") > 1_000
    assert numbers(feed) == list(range(50_080, 50_080 - MOST, -1))


def test_new_posts_arrive_at_the_top(feed: Page) -> None:
    newest = numbers(feed)[0]

    feed.get_by_label("New posts arrive").check()

    expect(feed.locator(f"#posts-{newest + 1}")).to_be_visible(timeout=10_000)
    expect(feed.get_by_role("status")).to_contain_text(re.compile(r"to 100,\d\d\d"))


def test_a_liked_post_changes_in_its_place_and_keeps_the_focus(feed: Page) -> None:
    newest = numbers(feed)[0]
    like = feed.get_by_label(f"Like post {newest - 1}", exact=True)

    like.focus()
    like.press("Enter")

    expect(like).to_have_attribute("aria-pressed", "true")
    expect(like).to_be_focused()
    assert numbers(feed)[:3] == [newest, newest - 1, newest - 2]


def test_both_ends_can_be_reached_at_once(feed: Page) -> None:
    feed.get_by_role("button", name="Oldest").click()

    expect(feed.locator("#posts-1")).to_be_attached()
    scroll(feed, "list.scrollHeight")
    expect(rows(feed).last).to_contain_text("#1")
