"""The chat room's assistant: its rules, and another one in its place."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
import trio

from examples import chat_room
from examples.chat_room_answerer import AnswererFailed, LocalAnswerer, Said, answer_to
from examples.chat_room_memory import MOST_KEPT, Memory, Message
from limelight import LiveApp
from limelight.client.page import Page
from limelight.testing import open_browser


class ModelInItsPlace:
    """Says back what it was asked, and then loses its connection."""

    def __init__(self) -> None:
        self.has_closed = False
        self.heard: list[tuple[str, str]] = []

    async def answer(self, question: str, said: Said) -> AsyncGenerator[str, None]:
        self.heard = list(said)
        try:
            for word in ("You", " said ", question):
                await trio.sleep(0.1)
                yield word
            raise AnswererFailed("The model has gone away.")
        finally:
            self.has_closed = True


@pytest.fixture
def model() -> ModelInItsPlace:
    return ModelInItsPlace()


@pytest.fixture
def app(model: ModelInItsPlace) -> LiveApp:
    app = LiveApp("chat room")
    app.config["SECRET_KEY"] = "of no worth outside these tests"
    chat_room.install(app, "/", answerer=model)
    return app


async def answered(page: Page) -> str:
    await page.wait_for("The model has gone away.")
    return page.text(".assistant .room-text")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is 12 * 12?", "That makes 144."),
        ("7 / 0", "Nothing can be divided by zero."),
        ("Shall we have tea or coffee?", "I would go for tea."),
        ("What did I miss?", "2 messages so far. Those who said most: Ada (1), Ben (1)."),
        ("Where is the moon?", "“Where is the moon” is a good question"),
    ],
)
async def test_the_local_answerer_says_the_same_each_time(
    question: str, answer: str, autojump_clock: trio.testing.MockClock
) -> None:
    said = [("Ada", "Hello"), ("Ben", "Good morning")]

    tokens = [token async for token in LocalAnswerer().answer(question, said)]

    assert "".join(tokens) == answer_to(question, said)
    assert "".join(tokens).startswith(answer)


async def test_another_model_is_asked_with_what_was_said_and_its_failure_is_shown(
    app: LiveApp, model: ModelInItsPlace, autojump_clock: trio.testing.MockClock
) -> None:
    async with open_browser(app) as ada, open_browser(app) as ben:
        await ben.submit(".room-say", text="The kettle is on")
        await ada.wait_for("The kettle is on")
        await ada.submit(".room-say", text="@Lumen, hello there")

        assert await answered(ada) == await answered(ben) == "You said hello there"
    assert [text for _, text in model.heard] == ["The kettle is on"]


async def test_a_closed_page_closes_the_connection_to_its_model(
    app: LiveApp, model: ModelInItsPlace, autojump_clock: trio.testing.MockClock
) -> None:
    async with open_browser(app) as ben:
        async with open_browser(app) as ada:
            await ada.submit(".room-say", text="@lumen hello")
            await ben.wait_for(lambda: ben.text(".assistant .room-text") == "You")

        await ben.wait_for("Stopped.")
        assert model.has_closed
        assert ben.count("[dj-stream]") == 0


async def test_nobody_may_be_called_like_the_assistant(
    app: LiveApp, autojump_clock: trio.testing.MockClock
) -> None:
    async with open_browser(app) as ada:
        before = ada.value("[name=name]")

        await ada.submit(".room-name", name=" LUMEN ")

        assert ada.text("[role=alert]") == f"That name is not free. You are still {before}."


def message(number: int, *, is_open: bool = False, text: str = "") -> Message:
    return Message(str(number), "kitchen", "ada", "Ada", "", text, number, "", is_open=is_open)


def test_the_memory_keeps_each_message_once_in_order_and_the_newest() -> None:
    memory = Memory()

    memory.take(message(number) for number in (*range(150, 0, -1), 149, 150))

    assert [one.at for one in memory.past("kitchen")] == list(range(51, 151))
    assert len(memory.past("kitchen")) == MOST_KEPT


def test_the_memory_never_opens_an_answer_again() -> None:
    memory = Memory()
    memory.take([message(1, is_open=True)])
    memory.take([message(1, text="Done")])

    memory.take([message(1, is_open=True)])

    assert [one.text for one in memory.past("kitchen")] == ["Done"]
    assert memory.open_answers() == []
