"""The tutorial's steps show what the tutorial says that its reader sees."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest
from trio.testing import MockClock

from limelight import LiveApp
from limelight.testing import EventFailed, open_browser

TUTORIAL = Path(__file__).parents[2] / "docs/tutorial.md"
APPLICATION = re.compile(r"^```python saved=chat\.py\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def step(number: int) -> LiveApp:
    """The application as it stands in one step."""
    text = TUTORIAL.read_text().partition(f"\n## {number}. ")[2]
    source = APPLICATION.search(text)
    assert source, f"step {number} shows no chat.py"
    module = ModuleType("chat")
    eval(compile(source[1], f"step {number}", "exec"), vars(module))
    app: LiveApp = module.app
    app.config["LIVE_ENV"] = "development"
    return app


async def test_step_1_counts() -> None:
    async with open_browser(step(1)) as page:
        await page.click("button")
        assert page.text("h1") == "1 claps"


async def test_step_2_takes_numbers_and_text() -> None:
    async with open_browser(step(2)) as page:
        await page.click("button:has-text('ten')")
        await page.fill("input", "Ada")
        assert page.text("h1") == "10 claps for Ada"
        await page.click("button:has-text('Hush')")
        assert page.text("h1") == "0 claps for Ada"
        assert page.count("button:has-text('Hush')") == 0


async def test_step_3_lists_what_was_said_and_forgets_it() -> None:
    async with open_browser(step(3)) as page:
        assert page.text("li") == "Nothing was said yet."
        for text in ("one", "two"):
            await page.submit("#say", text=text)
        assert page.value("[name=text]") == ""
        await page.click("li:has-text('one') button")
        assert page.texts("li") == ["you two Forget"]


async def test_step_4_asks_for_a_name() -> None:
    async with open_browser(step(4)) as page:
        await page.fill("[name=name]", "oracle")
        assert "There is only one oracle." in page.text()
        await page.submit("form", name="Ada")
        await page.submit("#say", text="hello")
        assert page.texts("li") == ["Ada hello Forget"]


async def test_step_5_is_a_room_for_several(autojump_clock: MockClock) -> None:
    app = step(5)
    async with open_browser(app) as ada:
        async with open_browser(app) as bob:
            await ada.submit("form", name="Ada")
            await bob.submit("form", name="Bob")
            await bob.submit("#say", text="hello")
            await ada.wait_for("Bob hello")
            await ada.wait_for(lambda: ada.texts("p b") == ["Ada", "Bob"])
        await ada.wait_for(lambda: ada.texts("p b") == ["Ada"])


async def test_step_6_answers_word_by_word(autojump_clock: MockClock) -> None:
    async with open_browser(step(6)) as page:
        await page.submit("form", name="Ada")
        await page.submit("#say", text="Is it late?")
        await page.wait_for(lambda: page.text("p[dj-stream]").startswith("You ask Is"))
        await page.wait_for(lambda: page.count("li") == 2)
        assert page.text("p[dj-stream]") == ""


async def test_step_8_fails_and_changes_nothing() -> None:
    async with open_browser(step(8)) as page:
        await page.submit("form", name="Ada")
        await page.submit("#say", text="hello")
        with pytest.raises(EventFailed, match="Somebody pressed the button"):
            await page.click("button:has-text('Fail')")
        assert page.texts("li") == ["Ada hello"]
        await page.crash()
        assert page.texts("li") == ["Ada hello"]
