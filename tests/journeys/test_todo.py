"""The to-do list, feature by feature, with mouse and keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import Visit, is_live

FIRST = "Open this page and look around"
SECOND = "Edit this row: Enter saves, Escape leaves it as it was"
THIRD = "Choose a filter, then reload the page"


@pytest.fixture
def todo(visit: Visit) -> Page:
    return visit("examples.todo:app")


def rows(page: Page) -> Locator:
    return page.get_by_role("listitem")


def row(page: Page, text: str) -> Locator:
    return rows(page).filter(has_text=text)


def draft(page: Page) -> Locator:
    return page.get_by_label("New item")


def show(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("link", name=name, exact=True)).to_have_attribute(
        "aria-current", "page"
    )


def test_enter_adds_an_item_and_clears_the_field_for_the_next(todo: Page) -> None:
    for text in ("Buy milk", "Buy bread"):
        draft(todo).press_sequentially(text)
        draft(todo).press("Enter")
        expect(rows(todo).last).to_contain_text(text)
        expect(draft(todo)).to_have_value("")

    expect(draft(todo)).to_be_focused()
    expect(todo.get_by_text("items left")).to_have_text("4 items left")


def test_the_button_adds_an_item_as_well(todo: Page) -> None:
    draft(todo).fill('Buy <b>milk</b> & "bread"')
    todo.get_by_role("button", name="Add").click()

    expect(rows(todo)).to_have_count(4)
    expect(rows(todo).last.locator("span")).to_have_text('Buy <b>milk</b> & "bread"')


def test_blank_text_is_no_item(todo: Page) -> None:
    draft(todo).fill("   ")
    draft(todo).press("Enter")

    expect(draft(todo)).to_have_value("")
    expect(rows(todo)).to_have_count(3)


def test_the_server_follows_what_is_typed(todo: Page) -> None:
    draft(todo).press_sequentially("Buy milk")

    expect(todo.get_by_text("72 characters left")).to_be_visible()


def test_typed_text_survives_patches(todo: Page) -> None:
    draft(todo).press_sequentially("Buy mi")
    row(todo, THIRD).get_by_role("checkbox").check()
    expect(row(todo, THIRD)).to_have_class("done")
    expect(draft(todo)).to_have_value("Buy mi")

    draft(todo).press("End")
    draft(todo).press_sequentially("lk")
    draft(todo).press("Enter")

    expect(rows(todo).last).to_contain_text("Buy milk")


def test_ticking_an_item_off_and_on(todo: Page) -> None:
    left = todo.get_by_text(re.compile("items? left"))

    row(todo, SECOND).get_by_role("checkbox").check()
    expect(left).to_have_text("1 item left")
    row(todo, FIRST).get_by_role("checkbox").uncheck()
    expect(left).to_have_text("2 items left")

    expect(row(todo, FIRST)).not_to_have_class("done")
    expect(row(todo, SECOND)).to_have_class("done")


def edit(page: Page, text: str) -> Locator:
    page.get_by_role("button", name=f"Edit {text}").click()
    field = page.get_by_label("New text")
    expect(field).to_have_value(text)
    expect(field).to_be_focused()
    return field


def test_enter_saves_an_edited_row(todo: Page) -> None:
    field = edit(todo, SECOND)
    field.fill("Water the plants")
    field.press("Enter")

    expect(field).to_have_count(0)
    expect(rows(todo).locator("span")).to_have_text([FIRST, "Water the plants", THIRD])


def test_leaving_the_field_saves_an_edited_row(todo: Page) -> None:
    edit(todo, SECOND).fill("Water the plants")
    draft(todo).click()

    expect(rows(todo).locator("span")).to_have_text([FIRST, "Water the plants", THIRD])
    expect(draft(todo)).to_be_focused()


def test_escape_leaves_an_edited_row_as_it_was(todo: Page) -> None:
    field = edit(todo, SECOND)
    field.fill("Water the plants")
    field.press("Escape")

    expect(field).to_have_count(0)
    expect(rows(todo).locator("span")).to_have_text([FIRST, SECOND, THIRD])
    assert edit(todo, SECOND).input_value() == SECOND


def test_a_row_is_edited_while_others_change(todo: Page) -> None:
    field = edit(todo, SECOND)
    field.press("End")
    field.press_sequentially("!")
    todo.get_by_role("button", name=f"Delete {FIRST}").click()

    expect(rows(todo).locator("span")).to_have_text([f"{SECOND}!", THIRD])


def test_deleting_an_item_leaves_the_others_alone(todo: Page) -> None:
    last = row(todo, THIRD).element_handle()
    todo.get_by_role("button", name=f"Delete {SECOND}").click()

    expect(rows(todo)).to_have_count(2)
    assert row(todo, THIRD).evaluate("(row, last) => row === last", last)


def test_clearing_completed_items(todo: Page) -> None:
    todo.get_by_role("button", name="Clear completed").click()

    expect(rows(todo).locator("span")).to_have_text([SECOND, THIRD])
    expect(todo.get_by_role("button", name="Clear completed")).to_have_count(0)


def test_the_filter_is_in_the_address_and_survives_a_reload(todo: Page) -> None:
    show(todo, "Done")
    expect(todo).to_have_url(re.compile(r"\?show=done$"))
    expect(rows(todo).locator("span")).to_have_text([FIRST])

    todo.reload()
    is_live(todo)

    expect(todo).to_have_url(re.compile(r"\?show=done$"))
    expect(rows(todo).locator("span")).to_have_text([FIRST])


def test_back_and_forward_walk_through_the_filters(todo: Page) -> None:
    show(todo, "Open")
    show(todo, "Done")

    todo.go_back()
    expect(rows(todo).locator("span")).to_have_text([SECOND, THIRD])
    todo.go_back()
    expect(rows(todo)).to_have_count(3)
    todo.go_forward()
    expect(rows(todo)).to_have_count(2)


def test_filtering_keeps_the_state_of_the_page(todo: Page) -> None:
    draft(todo).press_sequentially("Buy milk")
    row(todo, SECOND).get_by_role("checkbox").check()

    show(todo, "Done")
    expect(rows(todo).locator("span")).to_have_text([FIRST, SECOND])
    show(todo, "Open")

    expect(rows(todo).locator("span")).to_have_text([THIRD])
    expect(draft(todo)).to_have_value("Buy milk")


def test_an_item_added_among_the_done_ones_leads_to_the_open_ones(todo: Page) -> None:
    show(todo, "Done")
    draft(todo).fill("Buy milk")
    draft(todo).press("Enter")

    expect(rows(todo).locator("span")).to_have_text([SECOND, THIRD, "Buy milk"])
    expect(todo).to_have_url(re.compile(r"\?show=open$"))


def test_an_empty_list_says_so(todo: Page) -> None:
    for text in (FIRST, SECOND, THIRD):
        todo.get_by_role("button", name=f"Delete {text}").click()

    expect(rows(todo)).to_have_text(["Nothing here."])
    expect(todo.get_by_text("0 items left")).to_be_visible()


def test_everything_can_be_reached_with_the_keyboard(todo: Page) -> None:
    draft(todo).press_sequentially("Buy milk")
    todo.keyboard.press("Tab")
    todo.keyboard.press("Space")
    expect(rows(todo)).to_have_count(4)
    row(todo, "Buy milk").get_by_role("checkbox").focus()
    todo.keyboard.press("Space")
    expect(row(todo, "Buy milk")).to_have_class("done")

    todo.keyboard.press("Tab")
    todo.keyboard.press("Enter")
    expect(todo.get_by_label("New text")).to_be_focused()
    todo.keyboard.press("End")
    todo.keyboard.type(" and bread")
    todo.keyboard.press("Enter")

    expect(row(todo, "Buy milk and bread").get_by_role("checkbox")).to_be_checked()
