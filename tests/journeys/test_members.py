"""The members' example in two tabs: a login, a permission, and a logout that reaches both."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.serving import Serve

from .conftest import is_live

APPLICATION = "examples.members:app"
SETTINGS = {"SECRET_KEY": "of no worth outside these tests"}


@pytest.fixture
def door(serve: Serve, page: Page) -> Page:
    page.goto(serve(APPLICATION, env=SETTINGS).url + "/members/lounge")
    return is_live(page)


def log_in(page: Page, name: str) -> Page:
    page.get_by_role("button", name=name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Good to see you, {name}")
    return is_live(page)


def test_a_login_leads_to_where_the_visitor_wanted_to_go(door: Page) -> None:
    assert door.url.endswith("/members?next=/members/lounge")
    log_in(door, "Ben")

    assert door.url.endswith("/members/lounge")
    door.get_by_role("button", name="Pour a cup of tea").click()
    expect(door.get_by_role("status")).to_have_text("1 cup so far")


def test_only_who_has_the_permission_sees_what_it_is_needed_for(door: Page) -> None:
    log_in(door, "Ben")
    expect(door.get_by_text("for those who have the key")).to_be_visible()
    expect(door.get_by_role("heading", name="The safe")).to_have_count(0)
    door.get_by_role("button", name="Log out").click()
    log_in(door, "Ada")
    door.get_by_role("button", name="Open it").click()

    expect(door.get_by_text("Three cups, a spoon")).to_be_visible()


def test_a_logout_in_one_tab_closes_the_other(door: Page) -> None:
    log_in(door, "Ada")
    other = door.context.new_page()
    other.goto(door.url)
    is_live(other).get_by_role("button", name="Open it").click()
    expect(other.get_by_role("button", name="Lock it")).to_be_visible()
    door.get_by_role("button", name="Log out").click()
    expect(door.get_by_text("Who are you?")).to_be_visible()

    expect(other.get_by_text("The lounge is for members. Who are you?")).to_be_visible(
        timeout=2_000
    )
    assert other.url.endswith("/members?next=/members/lounge")
    expect(is_live(other).get_by_role("button", name="Lock it")).to_have_count(0)
