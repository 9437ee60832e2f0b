"""The catalogue: bound controls, and every key that was pressed arrives."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from .conftest import Visit


@pytest.fixture
def search(visit: Visit) -> Page:
    page = visit("examples.search:app")
    expect(page.get_by_role("status")).to_contain_text("10,000 found")
    return page


def test_the_list_follows_what_is_typed(search: Page) -> None:
    search.get_by_role("searchbox").press_sequentially("red lin la", delay=30)

    expect(search.get_by_role("status")).to_have_text("1 found")
    expect(search.locator("mark")).to_have_text(["Red", "lin", "la"])
    expect(search.get_by_role("searchbox")).to_have_value("red lin la")
    expect(search.get_by_role("searchbox")).to_be_focused()


def test_controls_show_what_the_view_holds(search: Page) -> None:
    expect(search.get_by_role("slider")).to_have_value("300")
    expect(search.get_by_role("checkbox")).not_to_be_checked()


def test_a_box_and_a_slider_narrow_it(search: Page) -> None:
    search.get_by_role("checkbox").check()
    expect(search.get_by_role("status")).to_contain_text("6,667 found")

    search.get_by_role("slider").fill("100")
    expect(search.get_by_text("Up to 100 €")).to_be_visible()
    expect(search.locator("tbody").get_by_text("sold out")).to_have_count(0)


def test_what_is_looked_for_is_text(search: Page) -> None:
    search.get_by_role("searchbox").fill('<img src=x onerror="alert(1)">')

    expect(search.get_by_role("status")).to_have_text("0 found")
    expect(search.locator("img")).to_have_count(0)
