"""Drafts in a real browser: kept, restored after it was killed, agreed between tabs, and ended."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from playwright.sync_api import Error as BrowserError

from build_support.programs import find_chromium
from tests.fixtures.browser import QUIET, PageComplaints

from .conftest import ServeOnce, Visit, is_live

ARTICLE = "examples.article:app"
FIELDS = "tests.journeys.drafted_fields:app"


@pytest.fixture
def article(visit: Visit) -> Page:
    return visit(ARTICLE)


def stored(page: Page) -> dict[str, Any]:
    """Return what the browser keeps, by the drafts' keys."""
    text = page.evaluate("() => JSON.stringify({ ...localStorage })")
    return {name.rpartition(":")[2]: json.loads(kept) for name, kept in json.loads(text).items()}


def wait_for_draft(page: Page, value: str) -> None:
    page.wait_for_function(
        "value => JSON.stringify({ ...localStorage }).includes(value)", arg=value, timeout=5_000
    )


def write(page: Page, title: str, content: str) -> None:
    page.get_by_label("Title").fill(title)
    page.get_by_label("Text").fill(content)
    wait_for_draft(page, content)


def test_a_draft_is_restored_and_the_server_knows(article: Page) -> None:
    write(article, "On rain", "It rains again and again")
    article.get_by_label("Section").select_option("Recipe")
    article.get_by_label("Members").check()
    article.get_by_label("Comments are open").uncheck()
    wait_for_draft(article, "members")
    article.reload()
    is_live(article)

    expect(article.get_by_label("Text")).to_have_value("It rains again and again")
    expect(article.get_by_label("Title")).to_have_value("On rain")
    expect(article.get_by_label("Section")).to_have_value("Recipe")
    expect(article.get_by_label("Members")).to_be_checked()
    expect(article.get_by_label("Comments are open")).not_to_be_checked()
    expect(article.get_by_text("The server has 5 words, restored from your draft")).to_be_visible()


def test_clear_draft_works_three_times_in_one_page(article: Page) -> None:
    for number in range(3):
        write(article, f"Number {number}", f"text {number}")
        assert stored(article)["article_editor"]["values"]["title"] == f"Number {number}"
        article.get_by_role("button", name="Publish").click()

        expect(article.locator(".article li")).to_have_count(number + 1)
        expect(article.get_by_label("Title")).to_have_value("")
        assert stored(article) == {}
    article.reload()
    is_live(article)
    expect(article.get_by_label("Title")).to_have_value("")


def test_a_draft_that_follows_a_cleared_one_is_restored_without_a_question(article: Page) -> None:
    write(article, "First", "the first text")
    article.get_by_role("button", name="Publish").click()
    expect(article.get_by_label("Title")).to_have_value("")
    write(article, "Second", "the second text")
    article.reload()
    is_live(article)

    expect(article.get_by_label("Title")).to_have_value("Second")
    expect(article.locator(".dj-draft-choice")).to_have_count(0)


def test_it_is_kept_half_a_second_after_the_last_change(visit: Visit) -> None:
    page = visit(FIELDS)
    # What comes later is shown later: by then the drafts, which are loaded late, have begun.
    page.get_by_role("button", name="More").click()
    expect(page.locator("[name=late]")).to_be_visible()
    page.clock.install(time=0)
    # Installed alone it runs on with the machine's own, however slow that is.
    page.clock.pause_at(1_000)
    page.locator("[name=plain]").press_sequentially("one")
    page.clock.run_for(400)
    page.locator("[name=plain]").press_sequentially(" two")
    page.clock.run_for(400)
    assert stored(page) == {}
    page.clock.run_for(200)

    assert stored(page)["fields"]["values"]["plain"] == "one two"


def test_two_tabs_agree(article: Page) -> None:
    other = article.context.new_page()
    other.goto(article.url)
    is_live(other)
    write(article, "Both", "the same in both")
    expect(other.get_by_label("Text")).to_have_value("the same in both")
    expect(other.get_by_text("The server has 4 words")).to_be_visible()
    article.get_by_role("button", name="Publish").click()
    expect(article.locator(".article li")).to_have_count(1)

    assert stored(other) == {}


def test_no_secret_file_or_hidden_field_is_ever_kept(visit: Visit) -> None:
    page = visit(FIELDS)
    page.locator("[name=password]").fill("hunter2")
    page.locator("[name=shown]").fill("hunter3")
    page.locator("[name=shown]").evaluate("element => (element.type = 'text')")
    page.locator("[name=shown]").press_sequentially("4")
    page.locator("[name=card]").fill("4111111111111111")
    page.locator("[name=left_out]").fill("hunter5")
    page.locator("[name=plain]").fill("not a secret")
    wait_for_draft(page, "not a secret")

    kept = page.evaluate("() => JSON.stringify({ ...localStorage })")
    assert "hunter" not in kept
    assert "4111" not in kept
    assert set(stored(page)["fields"]["values"]) == {"plain", "several", "note", "box"}


def test_a_password_shown_before_drafts_were_loaded_is_never_kept(visit: Visit, page: Page) -> None:
    held: list[Route] = []
    page.route("**/draft-*.js", lambda route: held.append(route))
    with page.expect_request("**/draft-*.js"):
        visit(FIELDS)
    shown = page.locator("[name=shown]")
    shown.fill("hunter3")
    shown.evaluate("element => (element.type = 'text')")
    shown.press_sequentially("4")

    held.pop().continue_()
    page.locator("[name=plain]").fill("not a secret")
    wait_for_draft(page, "not a secret")

    assert "hunter" not in page.evaluate("() => JSON.stringify({ ...localStorage })")
    assert "shown" not in stored(page)["fields"]["values"]


def test_fields_of_all_kinds_are_restored_also_late_ones(visit: Visit) -> None:
    page = visit(FIELDS)
    page.get_by_role("button", name="More").click()
    page.locator("[name=late]").fill("arrived late")
    page.locator("[name=several]").select_option(["b", "c"])
    page.locator("[data-draft=note]").fill("bold words")
    page.locator("[value=y]").check()
    wait_for_draft(page, "arrived late")
    page.reload()
    is_live(page)
    expect(page.locator("[data-draft=note]")).to_have_text("bold words")
    expect(page.locator("[name=several]")).to_have_values(["b", "c"])
    expect(page.locator("[value=y]")).to_be_checked()
    page.get_by_role("button", name="More").click()

    expect(page.locator("[name=late]")).to_have_value("arrived late")
    expect(page.locator("#told")).to_contain_text("arrived late")


def test_the_user_chooses_where_the_server_has_something_newer(visit: Visit) -> None:
    page = visit(FIELDS, "/?plain=first")
    page.locator("[name=plain]").fill("mine")
    wait_for_draft(page, "mine")
    page.goto(page.url.replace("first", "theirs"))
    is_live(page)
    expect(page.locator("[name=plain]")).to_have_value("theirs")
    page.get_by_role("button", name="Restore the draft").click()
    expect(page.locator("[name=plain]")).to_have_value("mine")
    page.reload()
    is_live(page)
    page.get_by_role("button", name="Keep the page").click()

    expect(page.locator("[name=plain]")).to_have_value("theirs")
    assert stored(page) == {}


def test_a_full_or_closed_storage_is_an_event_and_no_crash(visit: Visit) -> None:
    page = visit(FIELDS)
    page.evaluate(
        """() => {
            window.heard = [];
            window.addEventListener("live:draft-failed", ({ detail }) => heard.push(detail));
            Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };
        }"""
    )
    page.locator("[name=plain]").fill("too much")
    page.wait_for_function("() => window.heard.length === 1")

    assert page.evaluate("() => heard[0].key") == "fields"
    assert "QuotaExceeded" in page.evaluate("() => heard[0].reason")
    page.get_by_role("button", name="More").click()
    expect(page.locator("[name=late]")).to_be_visible()


def test_a_draft_that_somebody_has_tampered_with_runs_nothing(
    visit: Visit, page_complaints: PageComplaints
) -> None:
    page_complaints.expect("inline")
    page = visit(FIELDS)
    page.locator("[data-draft=note]").fill("harmless")
    wait_for_draft(page, "harmless")
    page.evaluate(
        """() => {
            const [name] = Object.keys(localStorage);
            const kept = JSON.parse(localStorage[name]);
            kept.values.note = '<img onerror="window.hacked = 1"><script>hacked = 1</script>'
                + '<a href="java\\tscript:hacked = 1">x</a><b>kept</b>';
            localStorage[name] = JSON.stringify(kept);
        }"""
    )
    page.reload()
    is_live(page)

    expect(page.locator("[data-draft=note] b")).to_have_text("kept")
    expect(page.locator("[data-draft=note] [onerror], [data-draft=note] script")).to_have_count(0)
    expect(page.locator("[data-draft=note] [href]")).to_have_count(0)
    assert page.evaluate("() => window.hacked") is None


@contextmanager
def own_browser(chromium: Browser, folder: Path) -> Iterator[BrowserContext]:
    """A browser with a disk of its own, which it can be killed on."""
    arguments = [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    context = chromium.browser_type.launch_persistent_context(
        folder, executable_path=find_chromium(), args=arguments
    )
    try:
        yield context
    finally:
        # One that was killed may be gone already.
        with suppress(BrowserError):
            context.close()


def wait_for_disk(folder: Path, text: bytes) -> None:
    """The browser writes its storage to the disk a little later than the page asked for it."""
    deadline = time.monotonic() + 30
    while not any(text in log.read_bytes() for log in folder.rglob("Local Storage/leveldb/*.log")):
        assert time.monotonic() < deadline, "The browser has not written its storage."
        time.sleep(0.1)


def kill(folder: Path) -> None:
    """Kill the browser that runs on this folder, as a crash would; its lock names it."""
    lock = os.readlink(folder / "SingletonLock")
    os.kill(int(lock.rpartition("-")[2]), signal.SIGKILL)


def test_a_draft_survives_a_killed_browser(
    chromium: Browser, serve_once: ServeOnce, tmp_path: Path
) -> None:
    url = serve_once(ARTICLE).url
    with own_browser(chromium, tmp_path) as context:
        page = context.new_page()
        page.goto(url)
        is_live(page)
        write(page, "Survivor", "what was typed before the end")
        wait_for_disk(tmp_path, b"what was typed before the end")
        kill(tmp_path)
    with own_browser(chromium, tmp_path) as context:
        page = context.new_page()
        page.goto(url)
        is_live(page)

        expect(page.get_by_label("Title")).to_have_value("Survivor")
        expect(page.get_by_label("Text")).to_have_value("what was typed before the end")
        expect(page.get_by_text("The server has 6 words, restored")).to_be_visible()
