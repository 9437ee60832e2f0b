"""What the page is told, in development, about the cost of its turns."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.fixtures.serving import Serve

from .conftest import Visit, is_live

LISTEN = """
window.turns = [];
document.addEventListener("limelight:turn", ({ detail }) => turns.push(
  { ...detail, shown: document.querySelector("h1").textContent }));
"""

NEXT_FRAME = """
new Promise((done) => document.addEventListener("limelight:turn", ({ detail }) => done(detail)))
"""


def turns_of(page: Page) -> list[dict[str, Any]]:
    turns: list[dict[str, Any]] = page.evaluate("window.turns")
    return turns


def visit_in_development(serve: Serve, page: Page, application: str) -> Page:
    page.add_init_script(LISTEN)
    page.goto(serve(application).url)
    return is_live(page)


def test_a_turn_is_told_once_the_page_shows_its_effect(serve: Serve, page: Page) -> None:
    visit_in_development(serve, page, "examples.counter:app")

    page.get_by_role("button", name="+2").click()
    expect(page.locator("h1")).to_have_text("2")

    joined, turn = turns_of(page)
    assert (joined["message"], joined["event"], joined["milliseconds"]) == ("joined", "", None)
    assert (turn["message"], turn["event"], turn["answers"]) == ("frame", "increment", 1)
    assert turn["shown"] == "2"
    assert 0 < turn["serverMilliseconds"] < turn["milliseconds"]
    assert turn["bytes"] < 80


def test_what_nobody_asked_for_is_told_without_an_event(serve: Serve, page: Page) -> None:
    visit_in_development(serve, page, "examples.clock:app")

    turn = page.evaluate(NEXT_FRAME)

    assert (turn["message"], turn["event"], turn["answers"]) == ("frame", "", 0)
    assert turn["milliseconds"] is None
    assert turn["serverMilliseconds"] > 0


def test_in_production_no_page_hears_of_it(visit: Visit, page: Page) -> None:
    page.add_init_script(LISTEN)
    visit("examples.counter:app")

    page.get_by_role("button", name="+2").click()

    expect(page.locator("h1")).to_have_text("2")
    assert turns_of(page) == []
    assert page.locator("script[src*=turns]").count() == 0
