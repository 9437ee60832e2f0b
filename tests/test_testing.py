"""Views are tried in process: a real GET, the real wire, and any clock."""

from __future__ import annotations

import time
from typing import Any

import pytest
import trio
import trio.testing
from quart import redirect, session

from limelight import LiveApp, LiveView, event_handler
from limelight.testing import (
    ElementNotFound,
    EventFailed,
    NoHandler,
    PageError,
    PushedEvent,
    SocketClosed,
    open_browser,
    open_view,
)


class Counter(LiveView):
    template = """<h1>{{ count }}</h1><button dj-click='increment' dj-value-by='2'>+2</button>
        <p dj-click="explode">boom</p><i dj-click="missing">?</i>"""

    def mount(self, request: Any, **params: Any) -> None:
        self.count = int(request.args.get("from", 0))
        self.page_title = "A counter"

    @event_handler()
    def increment(self, by: int = 1, **kwargs: Any) -> None:
        self.count += by
        self.push_event("counted", {"to": self.count})

    @event_handler()
    def explode(self) -> None:
        self.count = -1
        raise RuntimeError("boom")

    def handle_info(self, message: Any) -> None:
        self.count = message


class Slow(LiveView):
    template = "<h1>{{ state }}</h1><button dj-click='work'>go</button>"
    tick_interval = 60_000

    def mount(self, request: Any, **params: Any) -> None:
        self.state = "idle"

    @event_handler()
    async def work(self) -> None:
        await trio.sleep(20)
        self.state = "done"

    def handle_tick(self) -> None:
        self.state = "ticked"


class Todo(LiveView):
    template = """
        <form dj-submit="add"><input name="what" value="{{ draft }}" dj-input="note">
          <select name="rank" dj-change="rank"><option>low</option><option>high</option></select>
          <button>Add</button></form>
        <ul>{% for item in items %}<li dj-key="{{ item.id }}">
          <input type="checkbox" name="done" {{ "checked" if item.done }} dj-change="mark"
            dj-value-id:int="{{ item.id }}"> {{ item.what }} ({{ item.rank }})</li>{% endfor %}</ul>
        <p dj-window-keydown.escape="clear">{{ items|selectattr("done")|list|length }} done</p>"""

    def mount(self, request: Any, **params: Any) -> None:
        self.items: list[dict[str, Any]] = []
        self.draft = ""
        self.rank_asked = ""

    @event_handler()
    def note(self, what: str) -> None:
        self.draft = what

    @event_handler()
    def rank(self, rank: str) -> None:
        self.rank_asked = rank

    @event_handler()
    def add(self, what: str, rank: str) -> None:
        item = {"id": len(self.items), "what": what, "rank": rank, "done": False}
        self.items = [*self.items, item]
        self.draft = ""

    @event_handler()
    def mark(self, id: int, done: bool) -> None:
        self.items = [{**one, "done": done} if one["id"] == id else one for one in self.items]

    @event_handler()
    def clear(self, key: str) -> None:
        self.items = []


class Shelf(LiveView):
    template = """<h1>page {{ number }}</h1><a dj-patch="?page=2">two</a>
        <a dj-navigate="/counter?from=7">count</a><button dj-click="leave">leave</button>
        <button dj-click="login">login</button>"""

    def mount(self, request: Any, **params: Any) -> None:
        self.number = 1

    def handle_params(self, params: dict[str, Any], uri: str) -> None:
        self.number = int(params.get("page", 1))

    @event_handler()
    def leave(self) -> None:
        self.live_redirect("/counter?from=9")

    @event_handler()
    def login(self) -> None:
        self.live_redirect("/plain")


@pytest.fixture
def app() -> LiveApp:
    app = LiveApp(__name__)
    app.config.update(SECRET_KEY="a secret for tests only", LIVE_ENV="development")
    app.live("/", Shelf)
    app.live("/counter", Counter)

    @app.get("/plain")
    async def plain() -> str:
        session["visits"] = session.get("visits", 0) + 1
        return f"<title>Plain</title><h1>plain {session['visits']}</h1><a href='/moved'>on</a>"

    @app.get("/moved")
    async def moved() -> Any:
        return redirect("/counter?from=3")

    return app


# --- the promise of the guide ---------------------------------------------------------------


async def test_a_click_runs_the_handler_and_the_page_follows() -> None:
    async with open_view(Counter) as page:
        await page.click("button")
        assert "2" in page.text("h1")
        assert page.events == [PushedEvent("counted", {"to": 2})]
        assert page.title == "A counter"


async def test_parameters_become_the_query() -> None:
    async with open_view(Counter, params={"from": 5}) as page:
        assert page.path == "/?from=5"
        assert page.text("h1") == "5"


async def test_a_failed_handler_fails_the_verb_and_leaves_the_state() -> None:
    async with open_view(Counter) as page:
        await page.click("button")
        with pytest.raises(EventFailed, match="boom") as caught:
            await page.click("p")
        assert caught.value.kind == "crash"
        assert page.text("h1") == "2"


async def test_an_unknown_handler_and_unfit_parameters_fail_the_verb() -> None:
    async with open_view(Counter) as page:
        with pytest.raises(EventFailed, match="unknown_event"):
            await page.click("i")
        with pytest.raises(EventFailed, match="parameter"):
            await page.call("increment", by="two")


async def test_an_element_without_a_handler_is_named_with_those_that_have_one() -> None:
    async with open_view(Counter) as page:
        with pytest.raises(NoHandler, match=r"<h1>0 has no dj-click.*have: <button dj-click="):
            await page.click("h1")
        with pytest.raises(ElementNotFound, match="Did you mean button"):
            await page.click("buton")


async def test_a_crashed_view_comes_back_with_its_state() -> None:
    async with open_view(Counter) as page:
        await page.click("button")
        await page.crash()
        assert [one.kind for one in page.errors] == ["restarted"]
        assert page.text("h1") == "2"
        await page.click("button")
        assert page.text("h1") == "4"


async def test_a_view_can_be_told_something() -> None:
    async with open_view(Counter) as page:
        await page.tell(41)
        assert page.text("h1") == "41"


# --- time -------------------------------------------------------------------------------------


async def test_hours_pass_in_no_time(autojump_clock: trio.testing.MockClock) -> None:
    started = time.monotonic()
    async with open_view(Slow) as page:
        await page.click("button")
        assert page.text("h1") == "done"
        await page.wait_for("ticked", timeout=60)
        await trio.sleep(3600)
        await page.click("button")
        assert page.text("h1") == "done"
    assert time.monotonic() - started < 10


async def test_two_hundred_clicks_stay_within_the_limits(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_view(Counter) as page:
        for _ in range(200):
            await page.click("button")
        assert page.text("h1") == "400"


# --- forms ------------------------------------------------------------------------------------


async def test_a_form_is_filled_and_submitted() -> None:
    async with open_view(Todo) as page:
        await page.type("[name=what]", "mi")
        await page.type("[name=what]", "lk")
        assert page.value("[name=what]") == "milk"
        await page.choose("select", "high")
        await page.click("form button")
        assert page.texts("li") == ["milk (high)"]
        assert page.value("[name=what]") == ""


async def test_fields_can_be_given_with_the_submit() -> None:
    async with open_view(Todo) as page:
        await page.submit("form", what="tea", rank="low")
        await page.submit(what="jam", rank="high")
        assert page.texts("li") == ["tea (low)", "jam (high)"]
        with pytest.raises(PageError, match=r"no field 'wat'\. It has: what, rank"):
            await page.submit("form", wat="x")
        with pytest.raises(PageError, match=r"no option 'top'\. It has: 'low'"):
            await page.submit("form", rank="top")


async def test_enter_submits_and_a_window_key_is_heard_everywhere() -> None:
    async with open_view(Todo) as page:
        await page.fill("[name=what]", "milk")
        await page.press("[name=what]", "Enter")
        assert page.count("li") == 1
        await page.press(None, "Escape")
        assert page.count("li") == 0


async def test_a_box_is_checked_where_its_row_stands() -> None:
    async with open_view(Todo) as page:
        for what in ("a", "b"):
            await page.submit("form", what=what)
        await page.check("li:nth-child(2) input")
        assert page.text("p") == "1 done"
        await page.check("li:nth-child(2) input")
        await page.uncheck("li:nth-child(2) input")
        assert page.text("p") == "0 done"


async def test_unsent_input_survives_patches_and_a_lost_socket() -> None:
    async with open_view(Todo) as page:
        await page.disconnect()
        await page.type("[name=what]", "milk")
        assert page.value("[name=what]") == "milk"
        await page.reconnect()
        assert page.value("[name=what]") == "milk"
        assert page.attribute("[name=what]", "value") == "milk"


# --- addresses --------------------------------------------------------------------------------


async def test_live_links_keep_the_socket_and_the_back_button_works(app: LiveApp) -> None:
    async with open_browser(app) as page:
        await page.click("a:has-text('two')")
        assert (page.path, page.text("h1")) == ("/?page=2", "page 2")
        await page.click("a:has-text('count')")
        assert (page.path, page.text("h1"), page.title) == ("/counter?from=7", "7", "A counter")
        await page.back()
        assert (page.path, page.text("h1")) == ("/?page=2", "page 2")
        await page.back()
        assert (page.path, page.text("h1")) == ("/", "page 1")
        assert page.errors == []


async def test_a_redirect_by_a_handler_is_followed(app: LiveApp) -> None:
    async with open_browser(app) as page:
        await page.click("button:has-text('leave')")
        assert (page.path, page.text("h1")) == ("/counter?from=9", "9")


async def test_ordinary_pages_links_redirects_and_cookies_work(app: LiveApp) -> None:
    async with open_browser(app) as page:
        await page.click("button:has-text('login')")
        assert (page.path, page.title, page.text("h1")) == ("/plain", "Plain", "plain 1")
        with pytest.raises(PageError, match="/plain is no live page"):
            await page.call("anything")
        await page.click("a")
        assert (page.path, page.text("h1")) == ("/counter?from=3", "3")
        async with page.open_tab("/plain") as tab:
            assert tab.text("h1") == "plain 2"


async def test_a_page_that_is_not_there_says_its_status(app: LiveApp) -> None:
    with pytest.raises(PageError, match="GET /nowhere was answered with status 404"):
        async with open_browser(app, "/nowhere"):
            pass


# --- several browsers, and sockets that go ------------------------------------------------------


async def test_several_browsers_have_views_of_their_own(app: LiveApp) -> None:
    async with open_browser(app, "/counter") as ann, open_browser(app, "/counter") as ben:
        await ann.click("button")
        await ann.click("button")
        await ben.click("button")
        assert (ann.text("h1"), ben.text("h1")) == ("4", "2")


async def test_clicks_while_away_are_applied_once_after_the_return() -> None:
    async with open_view(Counter) as page:
        await page.click("button")
        await page.disconnect()
        await page.click("button")
        await page.click("button")
        assert page.text("h1") == "2"
        await page.reconnect()
        assert page.text("h1") == "6"
        assert page.link.how == "resumed"


async def test_a_view_that_waited_too_long_starts_anew(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_view(Counter) as page:
        await page.click("button")
        await page.disconnect()
        await trio.sleep(90)
        await page.reconnect()
        assert page.link.how == "mounted"
        assert page.text("h1") == "0"


async def test_a_view_ends_when_its_page_is_left() -> None:
    async with open_view(Counter) as page:
        app = page.visitor.app
        assert len(app.runtime.seats) == 1
        await page.leave()
        await page.settle()
        assert len(app.runtime.seats) == 0


async def test_a_frame_that_is_too_big_closes_the_socket() -> None:
    async with open_view(Counter) as page:
        with pytest.raises(SocketClosed, match="1009"):
            await page.call("increment", text="x" * 70_000)
