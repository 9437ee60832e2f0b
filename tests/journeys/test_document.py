"""A document with two readers: they see each other come, point, reload and go."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.fixtures.browser import NewPage
from tests.fixtures.serving import Serve

from .conftest import is_live

Open = Callable[[], Page]


@pytest.fixture
def open_document(serve: Serve, new_page: NewPage) -> Open:
    """Each call is another reader's browser."""
    server = serve("examples.document:app")

    def open_page() -> Page:
        page = new_page()
        page.goto(server.url)
        is_live(page)
        return page

    return open_page


def readers(page: Page) -> Locator:
    return page.get_by_role("list", name="Readers").get_by_role("listitem")


def rename(page: Page, name: str) -> None:
    page.get_by_label("Others see you as").fill(name)
    page.get_by_role("button", name="Change").click()
    expect(readers(page).filter(has_text=name)).to_have_count(1)


def point(page: Page, x: float, y: float) -> None:
    """Move the pointer to these fractions of the document."""
    page.evaluate("scrollTo(0, 0)")
    box = page.locator("[dj-cursors]").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * x, box["y"] + box["height"] * y)


CURSOR_IS_AT = """([x, y]) => {
  const { left, top, width, height } = document.querySelector("[dj-cursors]").getBoundingClientRect();
  const cursor = document.querySelector(".dj-cursor:not([hidden])")?.getBoundingClientRect();
  if (!cursor) return false;
  const [across, down] = [(cursor.left - left) / width - x, (cursor.top - top) / height - y];
  return Math.abs(across) < 0.01 && Math.abs(down) < 0.01;
}"""
NOTE_STATUS = """() => {
  const status = document.querySelector("[role=status]");
  window.noted = [];
  const note = () => window.noted.push(status.textContent);
  new MutationObserver(note).observe(status, { childList: true, characterData: true, subtree: true });
}"""


def test_readers_see_each_other_come_and_go(open_document: Open) -> None:
    ada = open_document()
    bob = open_document()
    expect(readers(ada)).to_have_count(2)
    expect(readers(bob)).to_have_count(2)

    rename(bob, "Bob")
    expect(readers(ada).filter(has_text="Bob")).to_have_count(1)
    bob.close()

    expect(readers(ada)).to_have_count(1)
    expect(ada.get_by_role("status")).to_have_text(re.compile("Bob has gone"))


def test_a_reload_and_a_second_tab_change_nothing_for_others(open_document: Open) -> None:
    ada, bob, eve = open_document(), open_document(), open_document()
    rename(bob, "Bob")
    rename(eve, "Eve")
    expect(readers(ada).filter(has_text="Eve")).to_have_count(1)
    ada.evaluate(NOTE_STATUS)

    bob.reload()
    is_live(bob)
    tab = bob.context.new_page()
    tab.goto(bob.url)
    is_live(tab)
    expect(readers(tab)).to_have_count(3)
    tab.close()
    # Whoever leaves after the tab has been closed is seen to leave after it.
    eve.close()
    expect(ada.get_by_role("status")).to_have_text(re.compile("Eve has gone"))

    expect(readers(ada)).to_have_count(2)
    assert not [said for said in ada.evaluate("noted") if "gone" in said and "Eve" not in said]


def test_pointers_are_drawn_where_the_others_point(open_document: Open) -> None:
    ada, bob = open_document(), open_document()
    rename(ada, "<b>Ada</b>")

    point(ada, 0.25, 0.2)
    bob.wait_for_function(CURSOR_IS_AT, arg=[0.25, 0.2])
    expect(bob.locator(".dj-cursor:visible")).to_have_text("<b>Ada</b>")
    expect(ada.locator(".dj-cursor:visible")).to_have_count(0)

    for step in range(20):
        point(ada, 0.25 + step * 0.025, 0.2)
    bob.wait_for_function(CURSOR_IS_AT, arg=[0.725, 0.2])

    ada.close()
    expect(bob.locator(".dj-cursor")).to_have_count(0)


def test_a_pointer_that_rests_is_hidden(open_document: Open) -> None:
    ada, bob = open_document(), open_document()
    bob.clock.install()
    point(ada, 0.5, 0.1)
    expect(bob.locator(".dj-cursor:visible")).to_have_count(1)

    bob.clock.fast_forward(11_000)

    expect(bob.locator(".dj-cursor:visible")).to_have_count(0)


def test_who_wants_less_motion_gets_none(open_document: Open) -> None:
    ada, bob = open_document(), open_document()
    bob.emulate_media(reduced_motion="reduce")
    point(ada, 0.5, 0.1)
    cursor = bob.locator(".dj-cursor:visible")

    expect(cursor).to_have_css("transition-duration", "0s")
