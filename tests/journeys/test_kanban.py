"""The board with two people: cards that are added, written, moved and removed, and seen at once."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from build_support.programs import find_postgres
from tests.fixtures.browser import NewPage
from tests.fixtures.databases import PostgresServer
from tests.fixtures.serving import Serve

from .conftest import AS_SHIPPED, is_live

Open = Callable[[], Page]
BOARD = "examples.kanban:app"
OPEN, MOVE, EDIT, HALF, WATCH = (
    "Open this board in a second browser",
    "Move a card: pick it up, then use the arrow keys",
    "Edit this text: press Enter, or click on it",
    "Write half a card, close the tab, come back",
    "Watch somebody else's pointer",
)


@pytest.fixture
def open_board(serve: Serve, new_page: NewPage) -> Open:
    """Each call is another person's browser."""
    server = serve(BOARD, env=AS_SHIPPED)

    def open_page() -> Page:
        page = new_page()
        page.goto(server.url)
        return is_live(page)

    return open_page


def column(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=re.compile(name))


def expect_column(page: Page, name: str, *texts: str) -> None:
    expect(column(page, name).locator(".board-text")).to_have_text(list(texts))


def grip(page: Page, text: str) -> Locator:
    return page.get_by_role("button", name=f"Move: {text}", exact=True)


def tools(page: Page) -> Locator:
    return page.get_by_role("toolbar", name="Move the card")


def pick_up(page: Page, text: str) -> None:
    """By the keyboard."""
    grip(page, text).focus()
    page.keyboard.press("Enter")
    expect(tools(page)).to_be_focused()


def test_a_card_is_added_where_it_was_asked_for_and_seen_by_all(open_board: Open) -> None:
    ada, ben = open_board(), open_board()

    ada.get_by_label("New card").fill("Buy <b>bread</b>")
    ada.get_by_label("Column").select_option("Doing")
    ada.get_by_label("New card").press("Enter")

    for page in (ada, ben):
        expect_column(page, "Doing", MOVE, "Buy <b>bread</b>")
        expect(page.get_by_role("status")).to_have_text("“Buy <b>bread</b>” is new in Doing.")
    expect(ada.get_by_label("New card")).to_have_value("")


def test_a_card_is_moved_by_the_keyboard_and_the_focus_stays_with_it(open_board: Open) -> None:
    ada, ben = open_board(), open_board()
    pick_up(ada, EDIT)
    expect(column(ben, "To do")).to_contain_text("moves this")

    ada.keyboard.press("ArrowDown")
    expect_column(ben, "To do", HALF, EDIT, WATCH)
    ada.keyboard.press("ArrowRight")
    expect_column(ben, "Doing", MOVE, EDIT)
    ada.keyboard.press("ArrowUp")
    expect_column(ben, "Doing", EDIT, MOVE)
    ada.keyboard.press("ArrowUp")
    ada.keyboard.press("ArrowRight")
    for page in (ada, ben):
        expect_column(page, "Done", EDIT, OPEN)
    tools(ada).get_by_role("button", name="Done").press("Enter")

    expect(tools(ada)).to_have_count(0)
    expect(grip(ada, EDIT)).to_be_focused()
    expect(ben.get_by_text("moves this")).to_have_count(0)


def test_the_arrow_keys_move_the_card_and_not_the_page(open_board: Open) -> None:
    ada = open_board()
    ada.set_viewport_size({"width": 820, "height": 400})
    pick_up(ada, HALF)
    before = ada.evaluate("scrollY")

    for number in range(1, 3):
        ada.keyboard.press("ArrowDown" if number == 1 else "ArrowUp")
        expect_column(ada, "To do", *((EDIT, WATCH, HALF) if number == 1 else (EDIT, HALF, WATCH)))

    assert ada.evaluate("scrollY") == before


def test_escape_puts_a_card_back_where_it_was(open_board: Open) -> None:
    ada, ben = open_board(), open_board()
    pick_up(ada, HALF)
    ada.keyboard.press("ArrowRight")
    expect_column(ben, "Doing", MOVE, HALF)

    ada.keyboard.press("Escape")

    for page in (ada, ben):
        expect_column(page, "To do", EDIT, HALF, WATCH)
    expect(grip(ada, HALF)).to_be_focused()


def test_a_card_is_put_between_two_others_by_the_pointer(open_board: Open) -> None:
    ada, ben = open_board(), open_board()
    grip(ada, OPEN).click()

    column(ada, "To do").get_by_role("button", name=f"Put it here, before {WATCH}").click()

    for page in (ada, ben):
        expect_column(page, "To do", EDIT, HALF, OPEN, WATCH)
        expect_column(page, "Done")
    expect(tools(ada)).to_have_count(0)


def test_a_card_is_edited_in_its_place(open_board: Open) -> None:
    ada, ben = open_board(), open_board()
    ada.get_by_role("button", name=HALF, exact=True).press("Enter")
    box = ada.get_by_label("Text of the card")
    expect(box).to_be_focused()
    expect(column(ben, "To do")).to_contain_text("edits this")

    box.fill("Write a whole card")
    ada.get_by_role("button", name="Save").press("Enter")

    for page in (ada, ben):
        expect_column(page, "To do", EDIT, "Write a whole card", WATCH)
    expect(grip(ada, "Write a whole card")).to_be_focused()
    expect(ben.get_by_text("edits this")).to_have_count(0)


def test_a_text_that_is_being_written_survives_a_move_by_somebody_else(open_board: Open) -> None:
    ada, ben = open_board(), open_board()
    ada.get_by_role("button", name=HALF, exact=True).press("Enter")
    box = ada.get_by_label("Text of the card")
    box.press_sequentially(", and go on")
    expect(box).not_to_have_class(re.compile("dj-loading"))

    pick_up(ben, HALF)
    ben.keyboard.press("ArrowRight")

    expect(column(ada, "Doing").get_by_label("Text of the card")).to_have_value(
        f"{HALF}, and go on"
    )
    expect(box).to_be_focused()
    box.press("Escape")
    expect_column(ada, "Doing", MOVE, HALF)


def test_a_removed_card_can_be_put_back_by_who_removed_it(open_board: Open) -> None:
    ada, ben = open_board(), open_board()
    ada.get_by_role("button", name=f"Remove: {HALF}").click()
    expect(ben.get_by_role("status")).to_have_text(f"“{HALF}” was removed.")
    expect_column(ben, "To do", EDIT, WATCH)
    expect(ben.get_by_role("button", name="Put it back")).to_have_count(0)

    ada.get_by_role("button", name="Put it back").click()

    for page in (ada, ben):
        expect_column(page, "To do", EDIT, HALF, WATCH)


def test_half_a_card_is_there_again_after_the_tab_was_closed(open_board: Open) -> None:
    ada = open_board()
    ada.get_by_label("New card").fill("Half a ca")
    ada.wait_for_function("() => Object.values(localStorage).join().includes('Half a ca')")
    ada.close()

    tab = ada.context.new_page()
    tab.goto(open_board().url)

    expect(is_live(tab).get_by_label("New card")).to_have_value("Half a ca")
    tab.get_by_label("New card").press("Enter")
    expect_column(tab, "To do", EDIT, HALF, WATCH, "Half a ca")
    tab.reload()
    expect(is_live(tab).get_by_label("New card")).to_have_value("")


def test_people_and_their_pointers_are_seen_over_the_cards(open_board: Open) -> None:
    ada, ben = open_board(), open_board()
    faces = ada.get_by_role("list", name="People at this board").get_by_role("listitem")
    expect(faces).to_have_count(2)
    expect(ben.locator("html > .dj-cursors")).to_be_attached()

    column(ben, "Doing").hover()

    expect(ada.locator(".dj-cursor:visible")).to_have_count(1)
    ben.close()
    expect(ada.locator(".dj-cursor")).to_have_count(0)
    expect(faces).to_have_count(1)


def psql(server: PostgresServer, command: str) -> None:
    program = (find_postgres() or Path()) / "psql"
    subprocess.run([program, "-q", server.url, "-c", command], check=True, capture_output=True)


def test_the_board_follows_postgresql(
    serve: Serve, page: Page, postgres_server: PostgresServer
) -> None:
    server = serve(BOARD, env={**AS_SHIPPED, "DATABASE_URL": postgres_server.url})
    page.goto(server.url)
    expect(is_live(page).locator("footer")).to_contain_text("in PostgreSQL")
    pick_up(page, EDIT)
    page.keyboard.press("ArrowRight")
    expect_column(page, "Doing", EDIT, MOVE)
    page.keyboard.press("Escape")
    expect_column(page, "To do", EDIT, HALF, WATCH)

    psql(postgres_server, "UPDATE kanban_cards SET text = 'By psql' WHERE id = 1")
    expect_column(page, "Done", "By psql")
    page.get_by_label("New card").fill("By hand")
    page.get_by_label("New card").press("Enter")
    expect_column(page, "To do", EDIT, HALF, WATCH, "By hand")
    # No room between two cards: the column is numbered anew.
    psql(postgres_server, "UPDATE kanban_cards SET place = 1 WHERE stage = 'todo'")
    grip(page, "By psql").click()
    page.get_by_role("button", name=f"Put it here, before {WATCH}").click()

    expect_column(page, "To do", EDIT, HALF, "By psql", WATCH, "By hand")
