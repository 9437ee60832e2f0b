"""The chat: words that arrive one by one, a stop, a failure, and a lost connection."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import Visit, is_live

WORDS_AT_ONCE = "Write ten thousand words at once"
HOW = "How do these words get here?"


@pytest.fixture
def chat(visit: Visit) -> Page:
    return visit("examples.chat_tokens:app")


def answer(page: Page) -> Locator:
    return page.locator(".chat-answer").last


def ask(page: Page, question: str) -> None:
    page.get_by_label("Question").fill(question)
    page.get_by_label("Question").press("Enter")


def test_an_answer_grows_and_ends(chat: Page) -> None:
    ask(chat, "Hello <b>you</b>")

    expect(answer(chat)).to_have_attribute("data-stream-active", "")
    expect(answer(chat)).to_contain_text('You said "Hello <b>you</b>".')
    expect(answer(chat)).to_contain_text("I have more to tell.")
    expect(answer(chat)).not_to_have_attribute("data-stream-active", "")
    expect(chat.get_by_role("button", name="Ask", exact=True)).to_be_visible()
    expect(chat.get_by_label("Question")).to_have_value("")


def test_stop_ends_the_answer_and_the_next_one_can_be_asked_for(chat: Page) -> None:
    ask(chat, HOW)
    expect(answer(chat)).to_contain_text("I am no model")

    chat.get_by_role("button", name="Stop").click()

    expect(chat.get_by_text("Stopped.")).to_be_visible()
    expect(answer(chat)).not_to_have_attribute("data-stream-active", "")
    assert "read in peace" not in answer(chat).inner_text()
    ask(chat, "Again")
    expect(answer(chat)).to_contain_text('You said "Again".')


def test_ten_thousand_words_arrive_complete_and_in_order(chat: Page) -> None:
    chat.get_by_role("button", name=WORDS_AT_ONCE).click()
    expect(answer(chat)).to_contain_text(" 10000 ", timeout=20_000)

    words = answer(chat).inner_text().split()
    assert words == [str(number) for number in range(1, 10_001)]


def test_a_failure_keeps_what_was_said_and_is_announced(chat: Page) -> None:
    chat.get_by_role("button", name="Fail in the middle").click()

    expect(answer(chat).get_by_role("alert")).to_contain_text("lost its thread")
    expect(answer(chat)).to_have_attribute("data-stream-error", "")
    expect(answer(chat)).to_contain_text("I am no model at all")


def test_the_answer_goes_on_where_it_was_after_a_lost_connection(chat: Page) -> None:
    ask(chat, HOW)
    expect(answer(chat)).to_contain_text("I am no model")

    chat.evaluate("window.limelight.disconnect()")
    chat.evaluate("window.limelight.connect()")

    is_live(chat)
    expect(answer(chat)).to_contain_text("and the page follows me.", timeout=15_000)
    text = " ".join(answer(chat).inner_text().split())
    assert text.startswith("I am no model at all: a few sentences in the source of this page,")
    assert text.count("Each word is a call of stream_text().") == 1


def test_the_conversation_follows_its_end_unless_the_reader_has_gone_up(chat: Page) -> None:
    turns = chat.locator(".chat-turns")
    chat.get_by_role("button", name=WORDS_AT_ONCE).click()
    expect(answer(chat)).to_contain_text(" 10000 ", timeout=20_000)
    rest = "node => node.scrollHeight - node.scrollTop - node.clientHeight"
    assert turns.evaluate(rest) < 100

    turns.evaluate("node => (node.scrollTop = 0)")
    ask(chat, "More")
    expect(answer(chat)).to_contain_text("I have more to tell.")

    assert turns.evaluate("node => node.scrollTop") == 0
