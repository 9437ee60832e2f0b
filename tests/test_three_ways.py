"""The same test in process, over a real socket and in Chromium: `visit` opens pages in each way."""

from __future__ import annotations

from typing import Any

import pytest
import trio_asyncio

from limelight import Account, LiveApp, LiveView, Request, event_handler
from limelight.pytest_plugin import WAYS, Visit
from limelight.testing import ElementNotFound, EventFailed, PushedEvent

# Whoever uses asyncpg or Redis has imported it: asyncio's loops are of another kind from then on.
assert trio_asyncio

pytestmark = pytest.mark.parametrize("live_way", WAYS)


class Counter(LiveView):
    template = """
    <h1>{{ count }}</h1>
    <button dj-click="increment" dj-value-by:int="2">+2</button>
    <a dj-patch="?page=2">Next</a>
    <i>page {{ number }}</i>
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.count = 0

    def handle_params(self, params: dict[str, Any], uri: str) -> None:
        self.number = params.get("page", "1")

    @event_handler()
    def increment(self, by: int = 1) -> None:
        self.count += by
        self.push_event("counted", {"to": self.count})

    @event_handler()
    def explode(self) -> None:
        raise ValueError("boom")


class Groceries(LiveView):
    template = """
    <form dj-submit="add">
      <input name="what" dj-input="look" value="{{ typed }}">
      <select name="shop"><option value="a">Baker</option><option value="b">Dairy</option></select>
      <label><input type="checkbox" name="soon"> soon</label>
      <button>Add</button>
    </form>
    <p>{{ typed | length }} letters</p>
    <ul>{% for one in items %}<li>{{ one }}</li>{% endfor %}</ul>
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.typed = ""
        self.items: tuple[str, ...] = ()

    @event_handler()
    def look(self, what: str = "", **kwargs: Any) -> None:
        self.typed = what

    @event_handler()
    def add(self, what: str, shop: str, soon: bool = False, **kwargs: Any) -> None:
        self.items = (*self.items, f"{what} from {shop}{', soon' if soon else ''}")
        self.typed = ""


class Room(LiveView):
    template = "<ul>{% for line in lines %}<li>{{ line }}</li>{% endfor %}</ul><b>{{ who }}</b>"

    def mount(self, request: Request, **params: Any) -> None:
        self.lines: tuple[str, ...] = ()
        self.who = request.user.username
        self.subscribe("room")

    def handle_info(self, message: str) -> None:
        self.lines = (*self.lines, message)

    @event_handler()
    def say(self, text: str) -> None:
        self.broadcast("room", f"{self.who}: {text}")


async def test_a_counter_counts(visit: Visit) -> None:
    async with visit(Counter) as page:
        await page.click("button")
        await page.call("increment", by=5)
        assert page.text("h1") == "7"
        assert page.attribute("button", "dj-value-by:int") == "2"
        assert page.events == [PushedEvent("counted", {"to": 2}), PushedEvent("counted", {"to": 7})]

        await page.click("a")
        assert (page.text("i"), page.path) == ("page 2", "/?page=2")
        await page.back()
        assert page.text("i") == "page 1"


async def test_a_form_is_filled_and_sent(visit: Visit) -> None:
    async with visit(Groceries) as page:
        await page.fill("[name=what]", "bread")
        assert page.text("p") == "5 letters"
        await page.type("[name=what]", " roll")
        await page.choose("select", "Dairy")
        await page.check("[name=soon]")
        assert (page.value("select"), page.value("[name=soon]")) == ("b", True)

        await page.click("button")

        assert page.texts("li") == ["bread roll from b, soon"]
        assert page.count("li") == 1


async def test_two_users_see_each_other(visit: Visit) -> None:
    app = LiveApp(__name__)
    app.config.update(SECRET_KEY="k" * 32, LIVE_ENV="development")
    app.user_loader(lambda auth_id: Account(auth_id, []))
    app.live("/rooms/<name>", Room)
    async with (
        visit(app, "/rooms/red", user="ann") as ann,
        visit(app, "/rooms/red", user="ben") as ben,
    ):
        assert (ann.text("b"), ben.text("b")) == ("ann", "ben")
        await ann.call("say", text="hello")
        await ben.wait_for("ann: hello")
        assert ann.texts("li") == ben.texts("li") == ["ann: hello"]


async def test_a_failed_handler_fails_the_verb(visit: Visit) -> None:
    async with visit(Counter) as page:
        with pytest.raises(EventFailed, match="boom"):
            await page.call("explode")
        assert [error.kind for error in page.errors] == ["crash"]


async def test_an_element_that_is_not_there_is_said(visit: Visit) -> None:
    async with visit(Counter) as page:
        with pytest.raises(ElementNotFound, match="nothing"):
            page.text("nothing")
