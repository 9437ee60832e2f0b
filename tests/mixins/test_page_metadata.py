"""Titles and metadata: in the first HTML, then by key, without a patch of the page."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.client.messages import Frame, encode
from limelight.mixins import PageMetadataMixin
from limelight.testing import ViewPage, open_browser, open_view

CORPUS = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a\u2028b", "javascript:x")


class Chat(LiveView):
    template = "<p>{{ unread }}</p><button dj-click='more'>more</button>"

    def mount(self, request: Request, **params: Any) -> None:
        self.unread = 0
        self.page_title = "Chat"
        self.page_meta = {"description": "A room", "og:title": "Chat", "theme-color": "#123"}

    @event_handler()
    def more(self) -> None:
        self.unread += 1
        self.page_title = f"Chat ({self.unread})"

    @event_handler()
    def say(self, key: str, text: str | None = None) -> None:
        self.page_meta[key] = text

    @event_handler()
    def forget(self) -> None:
        self.page_title = None
        del self.page_meta["description"]


def told(page: ViewPage) -> list[Any]:
    return [payload for name, payload in page.link.effects if name == "meta"]


async def test_the_example_of_the_reference_page() -> None:
    class Room(PageMetadataMixin, LiveView):
        template = "<button dj-click='on_new_message'>x</button>"

        def mount(self, request: Request, **params: Any) -> None:
            self.unread = 0

        @event_handler()
        def on_new_message(self, **kwargs: Any) -> None:
            self.unread += 1
            self.page_title = f"Chat ({self.unread})"

    async with open_view(Room) as page:
        assert page.title == "Room"
        await page.click("button")
        assert page.title == "Chat (1)"


async def test_the_first_html_says_it_all_and_nothing_is_told_twice() -> None:
    async with open_view(Chat) as page:
        head = page.document
        assert head.text("title") == "Chat"
        assert head.attribute('meta[name="description"]', "content") == "A room"
        assert head.attribute('meta[property="og:title"]', "content") == "Chat"
        assert head.attribute('meta[name="theme-color"]', "content") == "#123"
        assert told(page) == []


async def test_a_title_costs_a_frame_below_a_hundred_bytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Quiet(Chat):
        template = "<button dj-click='more'>more</button>"

    async with open_view(Quiet) as page:
        frames: list[Frame] = []
        apply = page.link.frame

        def keep(message: Frame) -> None:
            frames.append(message)
            apply(message)

        monkeypatch.setattr(page.link, "frame", keep)
        await page.click("button")

        assert page.title == "Chat (1)"
        (frame,) = [one for one in frames if one.sequence]
        assert frame.diff is None
        assert len(encode(frame)) < 100


async def test_a_change_in_place_is_seen_and_only_that_key_is_told() -> None:
    async with open_view(Chat) as page:
        await page.call("say", key="description", text="Two people")
        await page.call("say", key="description", text="Two people")
        assert told(page) == [[{"description": "Two people"}]]


async def test_none_removes() -> None:
    async with open_view(Chat) as page:
        await page.call("say", key="og:title")
        await page.call("forget")
        assert told(page) == [[{"og:title": None}], [{"description": None}]]
        assert page.title == "Chat"  # that of the class, which bears the same name


async def test_a_class_may_say_what_all_its_pages_say() -> None:
    class About(LiveView):
        template = "<p></p>"
        page_title = "About us"
        page_meta = {"canonical": "/about", "favicon": "/a.svg"}  # noqa: RUF012

    async with open_view(About, "/about") as page:
        assert page.title == "About us"
        assert page.document.attribute('link[rel="canonical"]', "href") == "/about"
        assert page.document.attribute('link[dj-meta="favicon"]', "href") == "/a.svg"
        assert "page_meta" not in page.html


async def test_views_without_metadata_have_none_and_pay_nothing() -> None:
    class Plain(LiveView):
        template = "<p></p>"

    async with open_view(Plain) as page:
        assert not page.document.find_all("[dj-meta]")
        assert page.link.effects == []


async def test_a_live_move_brings_the_metadata_of_the_next_view() -> None:
    class Plain(LiveView):
        template = "<p></p>"

    app = LiveApp("tested")
    app.config["SECRET_KEY"] = "only here"
    app.live("/plain", Plain)
    app.live("/chat", Chat)
    async with open_browser(app, "/plain") as page:
        await page.navigate("/chat")
        assert page.title == "Chat"
        meta = {"description": "A room", "og:title": "Chat", "theme-color": "#123"}
        assert told(page) == [[meta, True]]
        await page.navigate("/plain")
        assert told(page)[-1] == [{}, True]
        assert page.title == "Plain"


async def test_a_badge_is_told_since_html_has_none() -> None:
    class Inbox(Chat):
        def mount(self, request: Request, **params: Any) -> None:
            super().mount(request, **params)
            self.page_meta = {"badge": 3}

    async with open_view(Inbox) as page:
        assert told(page) == [[{"badge": "3"}]]
        await page.call("say", key="badge")
        assert told(page)[1:] == [[{"badge": None}]]


@pytest.mark.parametrize("text", CORPUS)
async def test_whatever_is_said_stays_an_attribute(
    text: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "limelight.views")

    class Said(Chat):
        def mount(self, request: Request, **params: Any) -> None:
            super().mount(request, **params)
            self.page_title = text
            self.page_meta = {"description": text, text: "key", "canonical": text}

    async with open_view(Said) as page:
        document = page.document
        assert document.attribute('meta[name="description"]', "content") == text
        assert document.find("title").text() == text
        assert not document.find_all("img, script:not([src]), [onerror]")
        assert "javascript:" not in [one.attributes["href"] for one in document.find_all("link")]


async def test_a_key_or_an_address_that_does_not_fit_is_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with open_view(Chat) as page:
        await page.call("say", key="canonical", text="javascript:alert(1)")
        await page.call("say", key="description", text="else")
        assert told(page) == [[{"description": "else"}]]
    assert "leaves out 'canonical'" in caplog.text


async def test_the_metadata_survives_a_crash_and_a_return() -> None:
    async with open_view(Chat) as page:
        await page.click("button")
        await page.crash()
        await page.disconnect()
        await page.reconnect()
        await page.click("button")
        assert page.title == "Chat (2)"
        assert told(page) == []
