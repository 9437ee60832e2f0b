"""The chat room with two people: who is there, who types, answers, limits, and a killed worker."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.fixtures.browser import NewPage, PageComplaints
from tests.fixtures.launching import Launched
from tests.fixtures.serving import Serve

from .conftest import AS_SHIPPED, is_live

Open = Callable[..., Page]
LUMEN = "Ask Lumen"
HOW = "How do these words get here?"
AT_END = "node => Math.abs(node.scrollTop) < 2 && node.scrollHeight > node.clientHeight"


@pytest.fixture
def open_room(serve: Serve, new_page: NewPage) -> Open:
    """Each call is another person's browser."""
    server = serve("examples.chat_room:app", env=AS_SHIPPED)

    def open_page(name: str, room: str = "harbour") -> Page:
        page = new_page()
        page.goto(f"{server.url}/?room={room}")
        rename(is_live(page), name)
        return page

    return open_page


def rename(page: Page, name: str) -> None:
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Your name").press("Enter")
    expect(people(page).filter(has_text=f"{name} (you)")).to_have_count(1)


def people(page: Page) -> Locator:
    return page.get_by_role("region", name="Here now").get_by_role("listitem")


def messages(page: Page) -> Locator:
    return page.get_by_role("log").get_by_role("article")


def text_box(page: Page) -> Locator:
    return page.get_by_label("Message", exact=True)


def say(page: Page, text: str) -> None:
    text_box(page).fill(text)
    text_box(page).press("Enter")
    # While a message waits for its answer the form takes no second one.
    expect(text_box(page)).to_have_value("")
    expect(messages(page).filter(has_text=text).first).to_be_visible()


def ask(page: Page, question: str) -> Locator:
    """Ask by the keyboard alone, and return the answer."""
    text_box(page).fill(question)
    text_box(page).press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".assistant")).not_to_have_count(0)
    return page.locator(".assistant .room-text").last


def test_two_people_talk_and_see_who_is_there(open_room: Open) -> None:
    ada, ben = open_room("Ada"), open_room("Ben")
    expect(people(ada)).to_have_text([re.compile("Ada"), re.compile("Ben")])

    say(ada, "Is <b>anybody</b> *there*?")
    say(ben, "Barely.")

    for page in (ada, ben):
        expect(messages(page).locator(".room-text")).to_have_text(
            ["Is <b>anybody</b> *there*?", "Barely."]
        )
    ben.close()
    expect(people(ada)).to_have_count(1)


def test_others_see_who_types_until_the_message_is_sent(open_room: Open) -> None:
    ada, ben = open_room("Ada"), open_room("Ben")
    status = ben.get_by_role("status")

    text_box(ada).press_sequentially("Hel")
    expect(status).to_have_text("Ada is typing …")
    expect(ada.get_by_role("status")).to_have_text("")
    text_box(ada).press("Enter")

    expect(status).to_have_text("")


def test_who_rests_is_not_typing_any_more(open_room: Open) -> None:
    ada, ben = open_room("Ada"), open_room("Ben")

    text_box(ada).press_sequentially("Hel")
    expect(ben.get_by_role("status")).to_have_text("Ada is typing …")

    expect(ben.get_by_role("status")).to_have_text("")
    expect(text_box(ada)).to_have_value("Hel")


def test_all_see_an_answer_being_made_and_its_end(open_room: Open) -> None:
    ada, ben = open_room("Ada"), open_room("Ben")

    ask(ada, HOW)

    answer = ben.locator(".assistant .room-text")
    expect(answer).to_have_attribute("data-stream-active", "")
    expect(ada.get_by_role("button", name="Stop")).to_be_visible()
    expect(ben.get_by_role("button", name="Stop")).to_have_count(0)
    eve = open_room("Eve")
    for page in (ada, ben, eve):
        answer = page.locator(".assistant .room-text")
        expect(answer).to_have_text(re.compile(r"^Word by word, .* and I end as well\.$"))
        expect(answer).not_to_have_attribute("data-stream-active", "")


def test_stop_ends_an_answer_for_all(open_room: Open) -> None:
    ada, ben = open_room("Ada"), open_room("Ben")
    answer = ask(ada, HOW)
    expect(answer).to_contain_text("Word by word")

    ada.get_by_role("button", name="Stop").click()

    for page in (ada, ben):
        expect(page.locator(".assistant")).to_contain_text("Stopped.")
    assert "I end as well" not in answer.inner_text()
    assert ben.locator(".assistant .room-text").inner_text() == answer.inner_text()
    expect(ask(ada, "What is 12 * 12?")).to_have_text("That makes 144. I counted twice.")


def test_an_answer_ends_for_the_others_when_who_asked_has_left(open_room: Open) -> None:
    ada, ben = open_room("Ada"), open_room("Ben")
    expect(ask(ada, HOW)).to_contain_text("Word by word")

    ada.close()

    answer = ben.locator(".assistant")
    expect(answer).to_contain_text("Stopped.")
    expect(answer.locator("[data-stream-active]")).to_have_count(0)


def test_too_many_messages_and_too_long_ones_are_refused_and_kept(open_room: Open) -> None:
    ada = open_room("Ada")
    for number in range(5):
        say(ada, f"Number {number}")
    text_box(ada).fill("Number 5")
    text_box(ada).press("Enter")
    expect(ada.get_by_role("alert")).to_contain_text("5 messages in 10 seconds")
    expect(text_box(ada)).to_have_value("Number 5")

    text_box(ada).evaluate("node => node.removeAttribute('maxlength')")
    text_box(ada).fill("x" * 401)
    text_box(ada).press("Enter")

    expect(ada.get_by_role("alert")).to_contain_text("401 characters are too many: 400 fit")
    expect(messages(ada)).to_have_count(5)


def test_the_end_stays_in_sight_unless_the_reader_has_gone_up(open_room: Open) -> None:
    ada, ben = open_room("Ada"), open_room("Ben")
    log = ada.get_by_role("log")
    for page in (ada, ben):
        for number in range(4):
            say(page, f"{number}: " + "a long message " * 20)
    expect(messages(ada)).to_have_count(8)
    assert log.evaluate(AT_END)

    log.focus()
    ada.keyboard.press("Home")
    expect(messages(ada).first).to_be_in_viewport()
    ask(ben, "hello")
    expect(ada.locator(".assistant .room-text")).to_contain_text("or for a sum.")

    expect(messages(ada).first).to_be_in_viewport()
    expect(messages(ada).last).not_to_be_in_viewport()


def test_another_room_has_other_messages_and_tells_what_is_unread(open_room: Open) -> None:
    ada, ben = open_room("Ada"), open_room("Ben", room="kitchen")
    say(ben, "The kettle is on")
    kitchen = ada.get_by_role("link", name="Kitchen")
    expect(kitchen).to_have_accessible_name(re.compile("1 unread"))
    expect(messages(ada)).to_have_count(0)

    kitchen.click()

    expect(messages(ada)).to_contain_text(["The kettle is on"])
    expect(kitchen).to_have_accessible_name("Kitchen")
    expect(people(ben).filter(has_text="Ada")).to_have_count(1)
    ada.go_back()
    expect(messages(ada)).to_have_count(0)


# --- a worker is killed -----------------------------------------------------------------


@pytest.fixture
def launched(tmp_path: Path) -> Iterator[Launched]:
    """The room as `limelight serve` serves it, by one worker."""
    command = [sys.executable, "-m", "limelight", "serve", "examples.chat_room:app"]
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", 0))
        settings = {**AS_SHIPPED, "PYTHONUNBUFFERED": "1"}
        server = Launched(
            [*command, "--workers", "1"], listener, tmp_path / "launcher.log", settings
        )
        try:
            yield server
            server.stop()
        finally:
            server.kill()


def test_the_room_survives_a_killed_worker(
    launched: Launched, new_page: NewPage, page_complaints: PageComplaints
) -> None:
    page_complaints.expect("WebSocket")
    page = new_page()
    page.goto(launched.url)
    rename(is_live(page), "Ada")
    say(page, "Remember this")
    expect(ask(page, HOW)).to_contain_text("Word by word")
    text_box(page).press_sequentially("half a sen")

    os.kill(launched.workers[0], signal.SIGKILL)

    expect(page.locator(".assistant")).to_contain_text("The server stopped here.", timeout=20_000)
    expect(messages(page).first).to_contain_text("Remember this")
    expect(page.locator(".assistant .room-text")).to_contain_text("Word by word")
    expect(text_box(page)).to_have_value("half a sen")
    expect(people(is_live(page))).to_have_text(re.compile("Ada"))
    expect(ask(page, "hello")).to_contain_text("or for a sum.")
