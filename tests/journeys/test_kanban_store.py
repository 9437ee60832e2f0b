"""The board's order: there is always room between two cards, whatever was put there before."""

from __future__ import annotations

import pytest
import trio

from examples import kanban
from limelight import LiveApp
from limelight.client.page import Page
from limelight.testing import open_browser

TURNS = 60


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> LiveApp:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    app = LiveApp("kanban")
    app.config["SECRET_KEY"] = "of no worth outside these tests"
    kanban.install(app, "/")
    return app


async def put_before(page: Page, card: int, before: int) -> None:
    await page.click(f"#card-{card} .board-grip")
    await page.click(f'.board-slot[dj-value-before="{before}"]')


async def test_two_cards_can_change_places_before_a_third_for_ever(
    app: LiveApp, autojump_clock: trio.testing.MockClock
) -> None:
    async with open_browser(app) as ada, open_browser(app) as ben:
        # Cards 3, 4 and 5: each in its turn goes between the two others.
        for turn in range(TURNS):
            card = 4 if turn % 2 else 3
            await put_before(ada, card, 5)
            shown = ada.texts("#stage-todo ~ ol .board-text")

            assert [text[:5] for text in shown] == [*order_with(card), "Watch"]
        await ben.settle()
        assert ben.texts(".board-text") == ada.texts(".board-text")


def order_with(card: int) -> list[str]:
    return ["Write", "Edit "] if card == 3 else ["Edit ", "Write"]


async def test_what_is_no_key_no_card_and_no_column_moves_nothing(
    app: LiveApp, autojump_clock: trio.testing.MockClock
) -> None:
    async with open_browser(app) as ada:
        before = ada.texts(".board-text")
        await ada.call("put", stage="todo", before=1)
        await ada.call("pick_up", card=99)
        await ada.call("step", key="ArrowDown")
        await ada.call("edit", card=99)
        await ada.click("#card-1 .board-grip")
        await ada.call("put", stage="nowhere")
        await ada.call("step", key="Home")
        await ada.call("add", new_text=" ", new_stage="todo")
        await ada.call("add", new_text="x", new_stage="nowhere")

        assert ada.texts(".board-text") == before


async def test_a_full_board_says_so_and_keeps_the_text(
    app: LiveApp, autojump_clock: trio.testing.MockClock
) -> None:
    async with open_browser(app) as ada:
        for number in range(kanban.MOST_CARDS - 5):
            await ada.call("add", new_text=f"Card {number}", new_stage="done")

        await ada.submit(".board-add", new_text="One more")

        assert "200 cards are on the board" in ada.text("[role=status]")
        assert ada.value("[name=new_text]") == "One more"
        assert ada.count(".board-text") == kanban.MOST_CARDS
