"""Expenses: logged in, filled in by keyboard, loaded anew in the middle, and handed in."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import FilePayload, Page, expect

from .conftest import ServeOnce, is_live

APPLICATION = "examples.expenses:app"
TRAIN: FilePayload = {"name": "train.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 a"}
HOTEL: FilePayload = {
    "name": "hotel.pdf",
    "mimeType": "application/pdf",
    "buffer": b"%PDF-1.4 " + bytes(2_000_000),
}
HTML: FilePayload = {"name": "bill.pdf", "mimeType": "application/pdf", "buffer": b"<html>"}


@pytest.fixture
def claim(serve_once: ServeOnce, page: Page) -> Page:
    page.goto(serve_once(APPLICATION).url + "/expenses/claim")
    is_live(page).get_by_role("button", name="Ada").press("Enter")
    expect(page).to_have_url(re.compile(r"/expenses/claim(\?|$)"))
    return is_live(page)


def write_trip(page: Page) -> None:
    page.get_by_label("Purpose").focus()
    page.keyboard.type("New lamps")
    page.keyboard.press("Tab")
    page.keyboard.type("Harbour")
    page.keyboard.press("Tab")
    page.keyboard.type("05042026")
    page.keyboard.press("Tab")  # the calendar's button
    page.keyboard.press("Tab")
    page.keyboard.type("05062026")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2)).to_contain_text("Receipts")


def choose(page: Page, *files: FilePayload) -> None:
    page.get_by_label("Drop receipts here").set_input_files(files=list(files))
    expect(page.get_by_label("Chosen receipts").get_by_text("100 % of")).to_have_count(len(files))


def test_nobody_claims_anything_without_a_login(serve_once: ServeOnce, page: Page) -> None:
    page.goto(serve_once(APPLICATION).url + "/expenses/claim")

    expect(page).to_have_url(re.compile(r"/expenses\?next=/expenses/claim$"))
    expect(page.get_by_text("Who has been on a journey?")).to_be_visible()


def test_a_claim_is_filled_in_by_keyboard_loaded_anew_and_handed_in(claim: Page) -> None:
    write_trip(claim)
    claim.get_by_label("Total in euros").fill("312.40")
    choose(claim, TRAIN, HOTEL)

    claim.reload()
    expect(is_live(claim).get_by_label("Purpose")).to_have_value("New lamps")
    expect(claim.get_by_label("Last day")).to_have_value("2026-05-06")
    claim.get_by_role("button", name="Next").press("Enter")
    expect(claim.get_by_label("Total in euros")).to_have_value("312.40")
    choose(claim, TRAIN, HOTEL)
    claim.get_by_role("button", name="Next").press("Enter")
    expect(claim.get_by_role("definition").filter(has_text="train.pdf")).to_contain_text("hotel")
    claim.get_by_role("button", name="Hand it in").press("Enter")

    expect(claim.get_by_role("heading", level=2)).to_have_text("Claim 1 is handed in")
    expect(claim.get_by_text("Thank you, Ada.")).to_be_visible()
    expect(claim.get_by_role("definition")).to_have_text(
        ["New lamps", "3", "312.40 €", re.compile(r"train.pdf, 10 Bytes\s*hotel.pdf, 2.0 MB")]
    )


def test_after_a_claim_was_handed_in_nothing_of_its_draft_is_left(claim: Page) -> None:
    write_trip(claim)
    claim.get_by_label("Total in euros").fill("9.50")
    choose(claim, TRAIN)
    claim.get_by_role("button", name="Next").click()
    claim.get_by_role("button", name="Hand it in").click()
    expect(claim.get_by_role("heading", level=2)).to_contain_text("handed in")

    claim.reload()

    expect(is_live(claim).get_by_label("Purpose")).to_have_value("")
    assert claim.evaluate("localStorage.length") == 0


def test_what_is_missing_is_said_at_its_field(claim: Page) -> None:
    write_trip(claim)
    claim.get_by_label("Total in euros").fill("12")
    claim.get_by_role("button", name="Next").click()
    expect(claim.get_by_text("Add a receipt that proves it.")).to_be_visible()

    claim.get_by_label("Drop receipts here").set_input_files(files=[HTML])

    expect(claim.get_by_role("alert")).to_contain_text('"bill.pdf" is')


def test_a_logout_closes_the_claim_and_its_draft_is_nobody_elses(claim: Page) -> None:
    claim.get_by_label("Purpose").fill("A secret journey")
    claim.get_by_label("Purpose").press("Tab")
    claim.get_by_role("button", name="Log out").click()
    expect(claim.get_by_text("Who has been on a journey?")).to_be_visible()

    is_live(claim).get_by_role("button", name="Ben").click()

    expect(claim).to_have_url(re.compile(r"/expenses/claim(\?|$)"))
    expect(is_live(claim).get_by_label("Purpose")).to_have_value("")
