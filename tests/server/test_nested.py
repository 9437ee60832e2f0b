"""Views within views: placed by a template, alive by themselves."""

from __future__ import annotations

from typing import Any

import pytest
import trio

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.mixins import LoginRequiredMixin
from limelight.server.stores import MemoryStore, StateTable
from limelight.testing import EventFailed, PageError, open_browser


class Chat(LiveView):
    template = """<p>{{ room }}: {{ said }}</p><button class="say" dj-click="say">Say</button>
    <button class="away" dj-click="away">Away</button>"""

    def mount(self, request: Request, room: str = "", **params: Any) -> None:
        self.said = 0
        self.room = "?"

    def handle_params(self, params: dict[str, Any], uri: str) -> None:
        self.room = params["room"]

    @event_handler()
    def say(self) -> None:
        self.said += 1

    @event_handler()
    def patch(self) -> None:
        self.live_patch(params={"said": self.said})

    @event_handler()
    def away(self) -> None:
        self.live_redirect("/elsewhere")


class Members(LoginRequiredMixin, Chat):
    pass


class Around(LiveView):
    """A child with a child of its own."""

    template = "<b>{{ said }}</b>{{ live_view('inner', Chat, room='attic') }}"

    def mount(self, request: Request, **params: Any) -> None:
        self.said = "around"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(Chat=Chat, **kwargs)


class Broken(LiveView):
    template = "<i>mended</i>"
    is_broken = True

    def mount(self, request: Request, **params: Any) -> None:
        if type(self).is_broken:
            raise RuntimeError("broken pipe")


class Slow(LiveView):
    template = "<i>slow</i>"

    async def mount(self, request: Request, **params: Any) -> None:
        await trio.sleep(8)


class House(LiveView):
    template = """
    <h1>{{ title }}</h1>
    {% for name in names %}<section>{{ live_view(name, views[name], room=room) }}</section>{% endfor %}
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.title, self.room = "House", "kitchen"
        self.names = [*params.get("names", "chat").split("-")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(views=VIEWS, **kwargs)

    def handle_info(self, message: dict[str, Any]) -> None:
        vars(self).update(message)


class Tabs(LiveView):
    """A nested view in a region that is hidden and shown."""

    template = """<b>{{ count }}</b>
    {% dj_activity "side" visible=is_shown %}{{ live_view("chat", Chat, room=room) }}{% enddj_activity %}
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.count, self.is_shown, self.room = 0, True, "kitchen"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(Chat=Chat, **kwargs)

    def handle_info(self, message: dict[str, Any]) -> None:
        vars(self).update(message)


class Elsewhere(LiveView):
    template = "<h2>Elsewhere</h2>"


VIEWS = {
    "chat": Chat,
    "members": Members,
    "around": Around,
    "broken": Broken,
    "slow": Slow,
}


def site(**config: Any) -> LiveApp:
    app = LiveApp(__name__)
    app.config.update(SECRET_KEY="secret", LIVE_ENV="development", TESTING=True, **config)
    app.live("/", House)
    app.live("/of/<names>", House)
    app.live("/elsewhere", Elsewhere)
    app.live("/tabs", Tabs)
    return app


def views_of(app: LiveApp) -> list[str]:
    return sorted(seat.view.__name__ for seat in app.runtime.seats.values())


async def test_the_first_html_has_the_nested_views_in_it() -> None:
    app = site()
    async with app.running():
        answer = await app.test_client().get("/of/chat-around")
        html = await answer.get_data(as_text=True)

        assert html.count("dj-view=") == 4
        assert "kitchen" in html
        assert "attic" in html
        assert views_of(app) == ["Around", "Chat", "Chat", "House"]


async def test_a_nested_view_keeps_its_state_across_its_parents_renders() -> None:
    async with open_browser(site()) as page:
        chat = page.child("chat")
        await chat.click(".say")
        await page.tell({"title": "Home"})
        await chat.click(".say")

        assert page.text("h1") == "Home"
        assert chat.text("p") == page.text("section p") == "kitchen: 2"
        assert chat.link.joins == 1


async def test_other_parameters_reach_handle_params_and_the_state_stays() -> None:
    async with open_browser(site()) as page:
        await page.child("chat").click(".say")
        await page.tell({"room": "hall"})

        assert page.text("p") == "hall: 1"


async def test_nested_views_come_and_go_with_the_template() -> None:
    app = site()
    async with open_browser(app) as page:
        await page.child("chat").click(".say")
        await page.tell({"names": ["around"]})
        await page.settle()
        assert views_of(app) == ["Around", "Chat", "House"]
        assert page.child("around").child("inner").text("p") == "attic: 0"

        await page.tell({"names": ["chat"]})
        await page.settle()

        assert page.text("p") == "kitchen: 0"
        assert views_of(app) == ["Chat", "House"]


async def test_a_nested_view_ends_with_the_view_around_it() -> None:
    app = site()
    async with app.running():
        async with open_browser(app, "/of/chat-around"):
            assert len(views_of(app)) == 4
        await trio.testing.wait_all_tasks_blocked()
        assert views_of(app) == []


async def test_a_nested_view_crashes_alone() -> None:
    async with open_browser(site(), "/of/chat-around") as page:
        chat = page.child("chat")
        await chat.click(".say")
        await chat.crash()

        assert [error.kind for error in chat.errors] == ["restarted"]
        assert page.errors == page.child("around").errors == []
        await chat.click(".say")
        assert chat.text("p") == "kitchen: 2"


async def test_a_crash_of_the_view_around_leaves_nested_views_alone() -> None:
    async with open_browser(site()) as page:
        chat = page.child("chat")
        await chat.click(".say")
        await page.crash()
        await page.tell({"title": "Home"})

        assert page.child("chat") is chat
        await chat.click(".say")
        assert page.text("p") == "kitchen: 2"


async def test_a_lost_socket_loses_nothing_of_any_view() -> None:
    async with open_browser(site(), "/of/chat-around") as page:
        chat, inner = page.child("chat"), page.child("around").child("inner")
        await chat.click(".say")
        await page.reconnect()
        await inner.click(".say")

        assert [one.link.how for one in (page, chat, inner)] == ["resumed"] * 3
        assert page.texts("p") == ["kitchen: 1", "attic: 1"]


async def test_nested_views_wait_as_long_as_the_view_around_them(autojump_clock: Any) -> None:
    app = site()
    async with open_browser(app) as page:
        await page.disconnect()
        await trio.sleep(50)
        assert views_of(app) == ["Chat", "House"]
        await trio.sleep(20)
        assert views_of(app) == []

        await page.reconnect()

        assert page.text("p") == "kitchen: 0"
        assert views_of(app) == ["Chat", "House"]


async def test_a_nested_view_has_a_guard_of_its_own() -> None:
    app = site()
    async with open_browser(app, "/of/chat-members") as page:
        assert page.text("h1") == "House"
        assert page.texts("p") == ["kitchen: 0"]
        assert views_of(app) == ["Chat", "House"]
        with pytest.raises(PageError, match=r"No nested view 'members'.* chat"):
            page.child("members")


async def test_a_nested_view_that_fails_leaves_its_place_empty_until_asked_again() -> None:
    app = site()
    Broken.is_broken = True
    async with open_browser(app, "/of/chat-broken") as page:
        await page.child("chat").click(".say")
        broken = page.child("broken")
        assert broken.errors[-1].kind == "down"
        assert views_of(app) == ["Chat", "House"]

        Broken.is_broken = False
        await page.reconnect()

        assert page.child("broken").text("i") == "mended"
        assert page.text("p") == "kitchen: 1"


async def test_a_slow_nested_view_does_not_hold_the_page(autojump_clock: Any) -> None:
    began = trio.current_time()
    async with open_browser(site(), "/of/chat-slow", follow=False):
        assert trio.current_time() - began < 6

    async with open_browser(site(), "/of/chat-slow") as page:
        assert page.text("i") == "slow"


async def test_a_nested_view_has_no_address_but_may_go_elsewhere() -> None:
    async with open_browser(site()) as page:
        chat = page.child("chat")
        with pytest.raises(EventFailed, match="no address of its own"):
            await chat.call("patch")
        await chat.click(".away")

        assert page.path == "/elsewhere"
        assert page.text("h2") == "Elsewhere"


async def test_a_name_stands_once_and_only_so_many_views_stand_in_one() -> None:
    async with open_browser(site(LIVE_NESTED_VIEWS=1)) as page:
        await page.tell({"names": ["chat", "chat"]})
        assert "stands twice" in page.errors[-1].message
        await page.tell({"names": ["chat", "around"]})
        assert "at most 1 nested views" in page.errors[-1].message
        assert page.text("p") == "kitchen: 0"


async def test_a_second_tab_with_the_same_html_gets_nested_views_of_its_own() -> None:
    app = site()
    async with open_browser(app) as page, page.open_tab() as second:
        await page.child("chat").click(".say")
        second.link.token, second.link.epoch = page.link.token, ""
        await second.reconnect()

        assert second.text("p") == "kitchen: 0"
        assert page.text("p") == "kitchen: 1"
        await second.child("chat").click(".say")
        assert second.text("p") == "kitchen: 1"


async def test_nested_views_are_restored_with_the_view_around_them(autojump_clock: Any) -> None:
    table = StateTable(10_000_000, trio.current_time)
    first, second = site(), site()
    first.state_store, second.state_store = MemoryStore(table), MemoryStore(table)
    async with (
        first.running(),
        second.running(),
        open_browser(first, "/of/chat-around") as page,
    ):
        await page.child("chat").click(".say")
        await page.child("around").child("inner").click(".say")
        await trio.sleep(1)
        page.visitor.app = second
        await page.reconnect()

        assert page.texts("p") == ["kitchen: 1", "attic: 1"]
        assert views_of(second) == ["Around", "Chat", "Chat", "House"]
        await page.child("chat").click(".say")
        assert page.child("chat").text("p") == "kitchen: 2"
        await trio.testing.wait_all_tasks_blocked()
        assert views_of(first) == []


async def test_a_nested_view_in_a_hidden_region_stays_and_hears_nothing_until_it_is_shown() -> None:
    app = site()
    async with open_browser(app, "/tabs") as page:
        await page.child("chat").click(".say")
        await page.tell({"is_shown": False})
        await page.tell({"count": 1, "room": "hall"})
        assert page.text("p") == "kitchen: 1"
        await page.child("chat").click(".say")
        await page.tell({"is_shown": True})

        assert page.text("p") == "hall: 2"
        assert views_of(app) == ["Chat", "Tabs"]


async def test_a_name_is_text() -> None:
    class Odd(House):
        def mount(self, request: Request, **params: Any) -> None:
            super().mount(request, names='x"><script>')

        def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
            return super().get_context_data(**kwargs) | {"views": {'x"><script>': Chat}}

    app = site()
    app.live("/odd", Odd)
    async with open_browser(app, "/odd") as page:
        assert page.count("script") == page.shown.html.count("<script")
        await page.child('x"><script>').click(".say")
        assert page.text("p") == "kitchen: 1"
