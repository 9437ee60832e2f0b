"""Regions that are hidden and shown: what was typed, scrolled and counted is as it was left."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from .conftest import Visit

TABS = "examples.tabs:app"


def show(page: Page, title: str) -> None:
    page.get_by_role("tab", name=title).click()
    expect(page.get_by_role("tab", name=title)).to_have_attribute("aria-selected", "true")


def test_typed_text_and_scrolling_outlive_other_tabs(visit: Visit) -> None:
    page = visit(TABS)
    page.get_by_role("textbox").fill("half a sen")
    show(page, "Log")
    expect(page.locator("#panel-notes")).to_be_hidden()
    log = page.locator(".tabs-log")
    log.evaluate("log => log.scrollTo(0, 120)")
    assert log.evaluate("log => log.scrollTop") == 120

    show(page, "Notes")
    expect(page.get_by_role("textbox")).to_have_value("half a sen")
    show(page, "Log")

    expect(log).to_be_visible()
    assert log.evaluate("log => log.scrollTop") == 120


def test_a_hidden_log_gets_nothing_and_then_all(visit: Visit) -> None:
    page = visit(TABS)
    lines = page.locator(".tabs-log li")
    expect(page.get_by_role("status").first).to_contain_text(re.compile(r"[2-9] s on this page"))
    assert lines.count() == 30

    show(page, "Log")

    expect(lines.nth(31)).to_have_text("Line 32")


def test_a_counter_goes_on_playing_and_its_beats_are_heard_in_the_end(visit: Visit) -> None:
    page = visit(TABS)
    show(page, "Player")
    page.get_by_role("button", name="Play").click()
    show(page, "Notes")
    expect(page.locator("#player output")).to_have_text(re.compile(r"^([3-9]|\d\d)$"))

    show(page, "Player")
    page.get_by_role("button", name="Pause").click()

    played = page.locator("#player output").inner_text()
    expect(page.locator("#panel-player strong")).to_have_text(played)


def test_the_page_hears_that_a_region_is_shown(visit: Visit) -> None:
    page = visit(TABS)
    page.evaluate(
        "window.shown = []; addEventListener('live:activity-shown', e => shown.push(e.detail.name))"
    )
    show(page, "Log")
    show(page, "Notes")

    assert page.evaluate("window.shown") == ["log", "notes"]
