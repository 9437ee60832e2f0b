"""Flash messages: in the first HTML, beside the patches, and along a move."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from jinja2 import StrictUndefined

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.client.document import Document
from limelight.mixins import FlashMixin
from limelight.testing import EventFailed, ViewPage, open_browser, open_view

CORPUS = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a\u2028b", "{{ 7 * 7 }}")


class Desk(LiveView):
    template = """
    {% flash auto_dismiss=3000 %}<p>{{ count }}</p>
    <button id="save" dj-click="save">Save</button>
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.count = 0
        self.put_flash("info", f"Hello {request.args.get('name', '')}")

    @event_handler()
    def save(self) -> None:
        self.count += 1
        self.put_flash("success", "Saved!")

    @event_handler()
    def fail(self) -> None:
        self.put_flash("success", "Never seen")
        raise ValueError("no")

    @event_handler()
    def put(self, level: str, message: str) -> None:
        self.put_flash(level, message)

    @event_handler()
    def clear(self, level: str | None = None) -> None:
        self.clear_flash(level)

    @event_handler()
    def work(self) -> None:
        self.start_async(self._work)

    def _work(self) -> None:
        self.put_flash("success", "From a thread")

    def handle_info(self, message: Any) -> None:
        self.put_flash("info", message)


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "limelight")


def said(page: ViewPage) -> list[tuple[str, ...]]:
    """What the browser was told: without ids and tokens."""
    told = [payload for name, payload in page.link.effects if name == "flash"]
    return [("put", *one[2:4]) if one[0] == "put" else tuple(one) for one in told]


async def test_the_example_of_the_reference_page() -> None:
    class Saving(FlashMixin, LiveView):
        template = "<button dj-click='save'>Save</button>"

        @event_handler()
        def save(self, **kwargs: Any) -> None:
            self.put_flash("success", "Saved!")

    async with open_view(Saving) as page:
        await page.click("button")
        assert said(page) == [("put", "success", "Saved!")]


async def test_what_mount_says_is_in_the_first_html_and_told_once() -> None:
    app = LiveApp("tested")
    app.config["SECRET_KEY"] = "only here"
    app.live("/", Desk)
    async with open_browser(app, "/?name=Ann") as page:
        html = (await page.visitor.get("/?name=Ann")).html
        item = Document(html).find(".dj-flash .dj-flash-info")

        assert Document(html).text(".dj-flash") == "Hello Ann"
        assert item.attributes["data-level"] == "info"
        assert Document(html).attribute(".dj-flash", "dj-flash") == "3000"
        assert Document(html).attribute(".dj-flash", "role") == "status"
        assert said(page) == [("put", "info", "Hello Ann")]


async def test_an_id_is_the_same_in_the_html_and_in_what_is_told() -> None:
    async with open_view(Desk) as page:
        (told,) = [payload for name, payload in page.link.effects if name == "flash"]
        assert page.attribute(".dj-flash-item", "id") == told[1]


async def test_a_handler_s_message_comes_beside_the_patch_and_leaves_the_region_alone() -> None:
    async with open_view(Desk) as page:
        region = page.html.partition("</div></div>")[0]
        await page.click("#save")
        assert page.text("p") == "1"
        assert page.html.startswith(region)
        assert said(page)[1:] == [("put", "success", "Saved!")]


async def test_threads_and_other_actors_may_say_something() -> None:
    async with open_view(Desk) as page:
        await page.call("work")
        await page.tell("from outside")
        await page.wait_for(lambda: len(said(page)) == 3)
        assert {one[2] for one in said(page)[1:]} == {"From a thread", "from outside"}


async def test_a_failed_turn_says_nothing() -> None:
    async with open_view(Desk) as page:
        with pytest.raises(EventFailed):
            await page.call("fail")
        await page.click("#save")
        assert said(page)[1:] == [("put", "success", "Saved!")]


async def test_messages_are_cleared_by_level_or_all() -> None:
    async with open_view(Desk) as page:
        await page.call("clear", level="info")
        await page.call("clear")
        assert said(page)[1:] == [("clear", "info"), ("clear", "")]


async def test_what_is_cleared_in_mount_is_not_in_the_first_html() -> None:
    class Fickle(Desk):
        def mount(self, request: Request, **params: Any) -> None:
            super().mount(request, **params)
            self.put_flash("error", "stays")
            self.clear_flash("info")

    async with open_view(Fickle) as page:
        assert page.text(".dj-flash") == "stays"


@pytest.mark.parametrize("level", ["", "a b", 'x" onclick="', "Ünder"])
async def test_a_level_that_is_no_css_class_is_refused(level: str) -> None:
    async with open_view(Desk) as page:
        with pytest.raises(EventFailed, match="is no level of a flash"):
            await page.call("put", level=level, message="x")


@pytest.mark.parametrize("text", CORPUS)
async def test_a_message_is_text(text: str) -> None:
    async with open_view(Desk, params={"name": text}) as page:
        assert not page.count("script:not([src]), img")
        assert said(page) == [("put", "info", f"Hello {text}")]
        assert page.document.find(".dj-flash-item span").text() == f"Hello {text}"


async def test_a_flash_that_was_carried_shows_on_the_next_page_once() -> None:
    async with open_view(Desk) as page:
        (told,) = [payload for name, payload in page.link.effects if name == "flash"]
        page.visitor.cookies.take(f"live_next_flash={told[4]}~forged.x.y; Path=/")

        async with page.open_tab("/?name=Ben") as second:
            assert second.texts(".dj-flash-item") == ["Hello Ben", "Hello"]
        async with page.open_tab("/?name=Cid") as third:
            assert third.texts(".dj-flash-item") == ["Hello Cid"]


async def test_a_carried_flash_of_another_session_is_ignored() -> None:
    app = LiveApp("tested")
    app.config["SECRET_KEY"] = "only here"
    app.live("/", Desk)
    async with open_browser(app) as ann, open_browser(app, "/?name=Ben") as ben:
        (told,) = [payload for name, payload in ann.link.effects if name == "flash"]
        ben.visitor.cookies.take(f"live_next_flash={told[4]}; Path=/")
        async with ben.open_tab("/?name=Cid") as page:
            assert page.texts(".dj-flash-item") == ["Hello Cid"]


async def test_the_tag_takes_nothing_else() -> None:
    class Wrong(LiveView):
        template = "{% flash loudly %}"

    with pytest.raises(Exception, match="takes nothing but auto_dismiss"):
        async with open_view(Wrong):
            pass


async def test_a_layout_may_have_the_region() -> None:
    class Laid(Desk):
        template = "<p>{{ count }}</p>"
        layout = "<html><head>{{ live_head }}</head><body>{% flash %}{{ live_content }}</body>"

    async with open_view(Laid) as page:
        assert page.text(".dj-flash") == "Hello"


async def test_a_strict_environment_has_a_region_as_well() -> None:
    app = LiveApp("tested")
    app.config["SECRET_KEY"] = "only here"
    app.jinja_env.undefined = StrictUndefined

    class Silent(LiveView):
        template = "{% flash %}"
        layout = "<html><head>{{ live_head }}</head><body>{{ live_content }}</body>"

    app.live("/", Silent)
    async with open_browser(app) as page:
        assert page.count(".dj-flash") == 1
