"""Messages in a real browser: shown, closed, waited for, and carried to the next page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import Visit, is_live

MOVING = "tests.journeys.moving_notices:app"
CORPUS = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a\u2028b")


@pytest.fixture
def notices(visit: Visit) -> Page:
    return visit("examples.notices:app")


def messages(page: Page) -> Locator:
    return page.locator(".dj-flash .dj-flash-item")


def test_messages_of_all_levels_appear_in_one_polite_region(notices: Page) -> None:
    for level in ("Info", "Success", "Warning", "Error"):
        notices.get_by_role("button", name=level).click()

    expect(messages(notices)).to_have_count(4)
    expect(messages(notices).nth(3)).to_have_class("dj-flash-item dj-flash-error")
    expect(notices.locator(".dj-flash[role=status]")).to_have_count(1)


def test_the_button_closes_one_message_by_mouse_and_by_keyboard(notices: Page) -> None:
    for level in ("Info", "Success"):
        notices.get_by_role("button", name=level).click()
    messages(notices).first.get_by_role("button", name="Close").click()
    expect(messages(notices)).to_have_count(1)
    expect(messages(notices)).to_contain_text("Your changes were saved.")

    messages(notices).get_by_role("button", name="Close").press("Enter")
    expect(messages(notices)).to_have_count(0)


def test_a_handler_clears_all(notices: Page) -> None:
    for level in ("Info", "Success"):
        notices.get_by_role("button", name=level).click()
    expect(messages(notices)).to_have_count(2)
    notices.get_by_role("button", name="Clear all").click()

    expect(messages(notices)).to_have_count(0)


def test_a_message_goes_by_itself_but_waits_while_it_is_pointed_at(visit: Visit) -> None:
    page = visit("examples.notices:app")
    page.clock.install()
    page.get_by_role("button", name="Info").click()
    expect(messages(page)).to_have_count(1)
    page.clock.run_for(3_000)
    messages(page).hover()
    page.clock.run_for(60_000)
    expect(messages(page)).to_have_count(1)

    page.mouse.move(1, 400)
    page.clock.run_for(2_500)
    expect(messages(page)).to_have_count(1)
    page.clock.run_for(3_500)
    expect(messages(page)).to_have_count(0)


@pytest.mark.parametrize("text", CORPUS)
def test_a_message_is_text(notices: Page, text: str) -> None:
    notices.get_by_label("Your own").fill(text)
    notices.get_by_role("button", name="Say it", exact=True).click()

    expect(messages(notices)).to_have_count(1)
    assert messages(notices).locator("span").text_content() == text
    expect(notices.locator(".dj-flash img, .dj-flash script")).to_have_count(0)


def test_a_patch_of_the_page_leaves_messages_alone(notices: Page) -> None:
    notices.get_by_role("button", name="Info").click()
    shown = messages(notices).element_handle()
    notices.get_by_role("button", name="Success").click()

    expect(messages(notices)).to_have_count(2)
    expect(notices.get_by_text("2 said since")).to_be_visible()
    assert messages(notices).first.evaluate("(element, shown) => element === shown", shown)


def test_a_message_follows_a_live_redirect_once(notices: Page) -> None:
    notices.get_by_role("button", name="Info").click()
    notices.get_by_role("button", name="Say it on the next page").click()

    expect(notices.get_by_text("0 said since")).to_be_visible()
    expect(messages(notices)).to_have_count(1)
    expect(messages(notices)).to_contain_text("This came along")


def test_a_message_follows_to_a_page_that_is_loaded_and_is_gone_after_a_reload(
    visit: Visit,
) -> None:
    page = visit(MOVING)
    page.get_by_role("button", name="Leave").click()
    expect(page).to_have_url(re.compile("/arrived$"))
    is_live(page)

    expect(messages(page)).to_have_count(1)
    expect(messages(page)).to_contain_text("Carried")
    assert page.evaluate("document.cookie") == ""
    page.reload()
    is_live(page)
    expect(messages(page)).to_have_count(0)


def test_what_mount_says_is_there_without_javascript_and_not_doubled_with_it(
    visit: Visit,
) -> None:
    page = visit(MOVING, "/greeting")

    expect(messages(page)).to_have_count(1)
    html = page.request.get(page.url).text()
    assert html.count("dj-flash-item dj-flash-info") == 1
    # Told as well, after the page's own event: still one.
    page.get_by_role("button", name="Nothing").click()
    expect(page.get_by_text("1 clicks")).to_be_visible()
    expect(messages(page)).to_have_count(1)


def test_nothing_moves_where_motion_is_reduced(notices: Page) -> None:
    notices.emulate_media(reduced_motion="reduce")
    notices.get_by_role("button", name="Info").click()

    expect(messages(notices)).to_have_css("animation-name", "none")
