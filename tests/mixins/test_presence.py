"""Presence: who is there, in every view under the key, however its browser comes and goes."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import trio
import trio.testing

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.client.document import Document
from limelight.mixins import PresenceMixin
from limelight.testing import EventFailed, ViewPage, open_browser, open_view

HOLD_SECONDS = 2.0
CORPUS = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a\u2028b", "{{ 7 * 7 }}")


class DocView(PresenceMixin, LiveView):
    presence_key = "document:{doc_id}"
    template = """
    <ul>{% for one in list_presences() %}<li>{{ one.meta.name }}</li>{% endfor %}</ul>
    <b>{{ presence_count() }}</b><ol>{% for line in log %}<li>{{ line }}</li>{% endfor %}</ol>
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.log: list[str] = []
        self.track_presence(meta={"name": request.args.get("name", "somebody")})

    def handle_presence_join(self, presence: dict[str, Any]) -> None:
        self.log = [*self.log, f"{presence['meta']['name']} joins"]
        if presence["meta"]["name"] == "trouble":
            raise ValueError("no")

    def handle_presence_leave(self, presence: dict[str, Any]) -> None:
        self.log = [*self.log, f"{presence['meta']['name']} leaves"]

    def handle_info(self, message: Any) -> None:
        self.log = [*self.log, f"{message['event']} {message['payload']}"]

    @event_handler()
    def rename(self, name: str) -> None:
        self.update_presence({"name": name})

    @event_handler()
    def hide(self) -> None:
        self.untrack_presence()

    @event_handler()
    def hide_and_fail(self) -> None:
        self.untrack_presence()
        raise ValueError("no")

    @event_handler()
    def go(self, doc_id: str) -> None:
        self.doc_id = doc_id
        self.track_presence({"name": "traveller"})

    @event_handler()
    def say(self, text: str) -> None:
        self.broadcast_to_presence("said", text)

    @event_handler()
    def meta(self, **meta: Any) -> None:
        self.track_presence({"name": {1, 2}} if "unfit" in meta else meta)


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "limelight")


@pytest.fixture
def app() -> LiveApp:
    app = LiveApp(__name__)
    app.config.update(LIVE_ENV="development", TESTING=True)
    app.live("/documents/<doc_id>", DocView)
    return app


def who(page: ViewPage) -> list[str]:
    return page.texts("ul li")


def heard(page: ViewPage) -> list[str]:
    return page.texts("ol li")


async def test_the_example_of_the_reference_runs() -> None:
    class ReferenceView(PresenceMixin, LiveView):
        presence_key = "document:{doc_id}"
        template = "<p>{{ list_presences() | length }}</p>"

        def mount(self, request: Request, doc_id: Any = None, **kwargs: Any) -> None:
            self.track_presence(meta={"name": request.user.username})

    async with open_view(ReferenceView, "/d/7", rule="/d/<doc_id>") as page:
        await page.settle()

        assert page.text("p") == "1"


async def test_everybody_sees_who_comes_the_newcomer_too(app: LiveApp) -> None:
    async with (
        open_browser(app, "/documents/7?name=Ada") as ada,
        open_browser(app, "/documents/7?name=Bob") as bob,
    ):
        await bob.settle()

        assert who(ada) == who(bob) == ["Ada", "Bob"]
        assert heard(ada) == ["Ada joins", "Bob joins"]
        assert heard(bob) == ["Bob joins"]


async def test_presence_begins_with_the_browser(app: LiveApp) -> None:
    async with open_browser(app, "/documents/7?name=Ada") as ada:
        await ada.visitor.get("/documents/7?name=Reader")  # and no socket
        await ada.settle()

        assert who(ada) == ["Ada"]


async def test_the_first_html_shows_who_is_there(app: LiveApp) -> None:
    async with open_browser(app, "/documents/7?name=Ada") as ada:
        answer = await ada.visitor.get("/documents/7?name=Reader")

        assert Document(answer.html).texts("ul li") == ["Ada"]


async def test_other_documents_are_other_rooms(app: LiveApp) -> None:
    async with (
        open_browser(app, "/documents/7?name=Ada") as ada,
        open_browser(app, "/documents/8?name=Bob") as bob,
    ):
        await bob.settle()

        assert (who(ada), who(bob)) == (["Ada"], ["Bob"])


async def test_two_tabs_are_one_user(app: LiveApp, autojump_clock: Any) -> None:
    async with (
        open_browser(app, "/documents/7?name=Ada") as watching,
        open_browser(app, "/documents/7?name=First") as first,
        first.open_tab("/documents/7?name=Second") as second,
    ):
        await watching.settle()
        assert who(watching) == ["Ada", "Second"]
        assert watching.text("b") == "2"

        await second.leave()
        await trio.sleep(HOLD_SECONDS + 1)
        await watching.settle()

        assert who(watching) == ["Ada", "First"]
        assert heard(watching) == ["Ada joins", "First joins"]


async def test_a_leave_is_seen_after_two_seconds(app: LiveApp, autojump_clock: Any) -> None:
    async with (
        open_browser(app, "/documents/7?name=Ada") as ada,
        open_browser(app, "/documents/7?name=Bob") as bob,
    ):
        await bob.leave()
        await ada.settle()
        assert who(ada) == ["Ada", "Bob"]

        await trio.sleep(HOLD_SECONDS + 0.1)
        await ada.settle()

        assert who(ada) == ["Ada"]
        assert heard(ada) == ["Ada joins", "Bob joins", "Bob leaves"]


async def test_a_reload_shows_nobody_leaving(app: LiveApp, autojump_clock: Any) -> None:
    async with (
        open_browser(app, "/documents/7?name=Ada") as ada,
        open_browser(app, "/documents/7?name=Bob") as bob,
    ):
        for _ in range(3):
            await bob.load("/documents/7?name=Bob")
            await trio.sleep(HOLD_SECONDS + 1)
            await ada.settle()
            assert who(ada) == ["Ada", "Bob"]

        assert heard(ada) == ["Ada joins", "Bob joins"]


async def test_a_lost_socket_is_no_leave(app: LiveApp, autojump_clock: Any) -> None:
    async with (
        open_browser(app, "/documents/7?name=Ada") as ada,
        open_browser(app, "/documents/7?name=Bob") as bob,
    ):
        await bob.disconnect()
        await trio.sleep(30)
        await bob.reconnect()
        await trio.sleep(HOLD_SECONDS + 1)
        await ada.settle()

        assert heard(ada) == ["Ada joins", "Bob joins"]
        assert heard(bob) == ["Bob joins"]


async def test_who_never_comes_back_leaves_with_the_view(app: LiveApp, autojump_clock: Any) -> None:
    async with (
        open_browser(app, "/documents/7?name=Ada") as ada,
        open_browser(app, "/documents/7?name=Bob") as bob,
    ):
        await bob.disconnect()
        await trio.sleep(60 + HOLD_SECONDS + 1)
        await ada.settle()

        assert heard(ada)[-1] == "Bob leaves"


async def test_a_crash_is_no_leave(app: LiveApp, autojump_clock: Any) -> None:
    async with (
        open_browser(app, "/documents/7?name=Ada") as ada,
        open_browser(app, "/documents/7?name=Bob") as bob,
    ):
        await bob.crash()
        await trio.sleep(HOLD_SECONDS + 1)
        await bob.call("rename", name="Bobby")
        await ada.settle()

        assert who(ada) == ["Ada", "Bobby"]
        assert heard(ada) == ["Ada joins", "Bob joins"]


async def test_a_changed_meta_is_seen_and_is_no_join(app: LiveApp) -> None:
    async with (
        open_browser(app, "/documents/7?name=Ada") as ada,
        open_browser(app, "/documents/7?name=Bob") as bob,
    ):
        await bob.call("rename", name="Robert")
        await ada.settle()

        assert who(ada) == who(bob) == ["Ada", "Robert"]
        assert heard(ada) == ["Ada joins", "Bob joins"]


async def test_who_hides_is_gone_at_once_and_still_sees_others(app: LiveApp) -> None:
    async with (
        open_browser(app, "/documents/7?name=Ada") as ada,
        open_browser(app, "/documents/7?name=Bob") as bob,
    ):
        await bob.call("hide")
        await ada.settle()

        assert who(ada) == who(bob) == ["Ada"]
        assert heard(ada)[-1] == "Bob leaves"


async def test_a_turn_that_fails_has_hidden_nobody(app: LiveApp) -> None:
    async with open_browser(app, "/documents/7?name=Ada") as ada:
        with pytest.raises(EventFailed):
            await ada.call("hide_and_fail")
        await ada.settle()

        assert who(ada) == ["Ada"]


async def test_a_view_that_tracks_under_another_key_goes_there(app: LiveApp) -> None:
    async with (
        open_browser(app, "/documents/7?name=Ada") as ada,
        open_browser(app, "/documents/8?name=Bob") as bob,
    ):
        await bob.call("go", doc_id="7")
        await ada.settle()

        assert who(ada) == who(bob) == ["Ada", "traveller"]


async def test_a_hook_that_fails_spoils_no_other(app: LiveApp) -> None:
    async with (
        open_browser(app, "/documents/7?name=Ada") as ada,
        open_browser(app, "/documents/7?name=trouble"),
        open_browser(app, "/documents/7?name=Bob") as bob,
    ):
        await bob.settle()

        assert heard(ada) == ["Ada joins", "Bob joins"]
        assert who(ada) == ["Ada", "trouble", "Bob"]


async def test_a_broadcast_reaches_all_views_under_the_key(app: LiveApp) -> None:
    async with (
        open_browser(app, "/documents/7?name=Ada") as ada,
        open_browser(app, "/documents/7?name=Bob") as bob,
        open_browser(app, "/documents/8?name=Eve") as eve,
    ):
        await bob.call("say", text="hello")
        await ada.settle()

        assert heard(ada)[-1] == heard(bob)[-1] == "said hello"
        assert heard(eve) == ["Eve joins"]


@pytest.mark.parametrize("name", CORPUS)
async def test_names_are_text(app: LiveApp, name: str) -> None:
    async with (
        open_browser(app, "/documents/7?name=Ada") as ada,
        open_browser(app, "/documents/7?name=Bob") as bob,
    ):
        await bob.call("rename", name=name)
        await ada.settle()

        assert who(ada) == ["Ada", " ".join(name.split())]
        assert "<script" not in ada.html
        assert "<img" not in ada.html


async def test_a_meta_that_is_no_plain_data_is_refused(app: LiveApp) -> None:
    async with open_browser(app, "/documents/7?name=Ada") as ada:
        await ada.call("meta", name="fits")
        with pytest.raises(EventFailed, match="LIVE_PRESENCE_META_BYTES"):
            await ada.call("meta", name="x" * 5_000)

        await ada.settle()
        assert who(ada) == ["fits"]


async def test_a_key_that_names_nothing_says_what_there_is(app: LiveApp) -> None:
    class Lost(PresenceMixin, LiveView):
        presence_key = "document:{document}"
        template = "<p>{{ error }}</p>"

        def mount(self, request: Request, **params: Any) -> None:
            self.title = "x"
            try:
                self.track_presence()
            except ValueError as error:
                self.error = str(error)

    async with open_view(Lost, "/d/7", rule="/d/<doc_id>") as page:
        assert "needs 'document'" in page.text("p")
        assert "There are: doc_id, title." in page.text("p")


async def test_a_view_that_only_looks_is_not_counted(app: LiveApp, autojump_clock: Any) -> None:
    class Lobby(PresenceMixin, LiveView):
        presence_key = "document:7"
        template = "<p>{{ presence_count() }}</p>"

    app.live("/lobby", Lobby)
    async with (
        open_browser(app, "/lobby") as lobby,
        open_browser(app, "/documents/7?name=Ada") as ada,
    ):
        await lobby.settle()
        assert lobby.text("p") == "1"

        await ada.leave()
        await trio.sleep(HOLD_SECONDS + 1)
        await lobby.settle()

        assert lobby.text("p") == "0"


async def test_ids_of_anonymous_users_do_not_tell_their_session(app: LiveApp) -> None:
    async with open_browser(app, "/documents/7?name=Ada") as ada:
        seat = ada.visitor.seat_of(ada.link.token)
        (presence,) = app.runtime.service("presence").room("document:7").presences()

        assert presence["id"].startswith("anonymous-")
        assert seat.request.session_id not in presence["id"]
