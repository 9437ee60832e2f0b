"""The account: errors that come when a field is left, a name that is taken, work done once."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from .conftest import Visit


@pytest.fixture
def signup(visit: Visit) -> Page:
    return visit("examples.signup:app")


def fill(page: Page, name: str = "ada-1") -> None:
    page.get_by_label("User name").fill(name)
    page.get_by_label("Email").fill("ada@example.org")
    page.get_by_label("Password", exact=True).fill("correct horse")
    page.get_by_label("Password again").fill("correct horse")
    page.get_by_label("I have read the terms").check()


def test_a_field_says_what_is_wrong_when_it_is_left(signup: Page) -> None:
    name = signup.get_by_label("User name")
    name.press_sequentially("ab")
    expect(name).to_have_attribute("aria-invalid", "false")
    name.press("Tab")

    expect(name).to_have_attribute("aria-invalid", "true")
    expect(name).to_have_accessible_description(re.compile("Use 3 to 20 characters"))
    expect(signup.get_by_label("Email")).to_have_attribute("aria-invalid", "false")

    name.press("End")
    name.press_sequentially("c")
    expect(name).to_have_attribute("aria-invalid", "false")
    expect(name).to_have_value("abc")


def test_a_name_that_is_taken_is_told_after_a_moment(signup: Page) -> None:
    name = signup.get_by_label("User name")
    name.fill("ada")
    name.blur()
    expect(name).to_have_attribute("aria-busy", "true")
    expect(signup.get_by_text("Is ada-1 right for you?")).to_be_visible()

    name.fill("ada-1")
    expect(signup.get_by_text("right for you?")).to_have_count(0)
    expect(name).not_to_have_attribute("aria-busy", "true")


def test_a_submit_puts_the_focus_on_the_first_invalid_field(signup: Page) -> None:
    signup.get_by_label("User name").fill("ada-1")
    signup.get_by_role("button", name="Create account").click()

    expect(signup.get_by_label("Email")).to_be_focused()
    expect(signup.get_by_label("I have read the terms")).to_have_attribute("aria-invalid", "true")


def test_an_account_is_created_once_however_often_the_button_is_pressed(signup: Page) -> None:
    fill(signup)
    button = signup.get_by_role("button", name="Create account")
    button.dblclick()

    expect(signup.get_by_role("heading", name="Hello, ada-1")).to_be_visible()
    expect(signup.get_by_text("Account created!")).to_have_count(1)


def test_a_form_that_is_reset_is_empty_also_where_one_writes(signup: Page) -> None:
    fill(signup)
    signup.get_by_role("button", name="Create account").click()
    signup.get_by_role("button", name="Create another account").click()

    expect(signup.get_by_label("User name")).to_have_value("")
    expect(signup.get_by_label("Password", exact=True)).to_have_value("")
    expect(signup.locator("[aria-invalid=true]")).to_have_count(0)
