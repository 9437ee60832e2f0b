"""Drafts: where they lie, what the server hears when one is restored, and when they end."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import pytest

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.mixins import DraftModeMixin
from limelight.testing import EventFailed, ViewPage, open_browser, open_view


class ArticleEditor(DraftModeMixin, LiveView):
    """The reference page's example, with a place for what it has saved."""

    template = """
    <form dj-submit="save" data-draft-enabled="{{ draft_enabled }}" data-draft-key="{{ draft_key }}">
      <input name="title"><input name="content" dj-model="content"><b>{{ content }}</b>
    </form>
    <i>{{ restored }}</i><u>{{ is_admin }}</u>
    """
    draft_enabled = True
    draft_key = "article_editor"

    def mount(self, request: Request, **params: Any) -> None:
        self.articles: list[tuple[str, str]] = []
        self.content, self.restored, self.is_admin = "", "", False

    @event_handler()
    def save(self, title: str = "", content: str = "", **kwargs: Any) -> None:
        self.articles.append((title, content))
        self.clear_draft()

    def handle_draft_restored(self, values: Mapping[str, Any]) -> None:
        self.restored = str(values.get("title"))


class Off(ArticleEditor):
    draft_enabled = False


class Many(ArticleEditor):
    draft_key = ""

    def get_draft_key(self) -> str:
        return f"article-{self.request.args['id']}"


class Plain(DraftModeMixin, LiveView):
    template = "<input name='title'>"
    draft_enabled = True


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "limelight")


def told(page: ViewPage) -> list[list[Any]]:
    return [payload for name, payload in page.link.effects if name == "draft"]


async def test_the_example_of_the_reference_page_clears_its_draft() -> None:
    async with open_view(ArticleEditor) as page:
        await page.submit("form", title="Hello", content="World")

        assert told(page)[0][:2] == ["begin", "article_editor"]
        assert told(page)[1:] == [["clear", "article_editor"]]


async def test_a_draft_is_cleared_as_often_as_it_is_asked_for() -> None:
    async with open_view(ArticleEditor) as page:
        for _ in range(3):
            await page.submit("form", title="Hello")

        assert told(page)[1:] == [["clear", "article_editor"]] * 3


async def test_what_was_restored_reaches_bound_attributes_and_the_hook_in_one_event() -> None:
    async with open_view(ArticleEditor) as page:
        await page.call("restore_draft", values={"title": "Hello", "content": "World"})

        assert (page.text("i"), page.text("b")) == ("Hello", "World")


async def test_a_restored_draft_sets_nothing_that_the_template_does_not_bind() -> None:
    async with open_view(ArticleEditor) as page:
        values = {"is_admin": True, "__class__": "x", "a.b": 1, "restored": "no"}
        await page.call("restore_draft", values=values)

        assert (page.text("u"), page.text("i")) == ("False", "None")
        with pytest.raises(EventFailed, match="restore_draft"):
            await page.call("restore_draft", values=7)


async def test_a_view_without_drafts_says_nothing() -> None:
    async with open_view(Off) as page:
        assert told(page) == []
        assert page.attribute("form", "data-draft-enabled") == "False"


async def test_the_key_names_the_class_or_what_an_override_says() -> None:
    async with open_view(Plain) as page:
        assert told(page)[0][1] == "Plain"
    async with open_view(Many, params={"id": 7}) as page:
        assert told(page)[0][1] == "article-7"


async def test_drafts_of_two_pages_lie_apart() -> None:
    app = LiveApp(__name__)
    app.config.update(SECRET_KEY="secret", LIVE_ENV="development")
    app.live("/a", ArticleEditor)
    app.live("/b", ArticleEditor)
    async with open_browser(app, "/a") as a, open_browser(app, "/b") as b:
        (_, _, place_a, seconds), (_, _, place_b, _) = told(a)[0], told(b)[0]

        assert place_a != place_b
        assert place_a.endswith(":/a")
        assert seconds == 604_800


async def test_a_page_that_resumed_is_not_told_again() -> None:
    async with open_view(ArticleEditor) as page:
        await page.disconnect()
        await page.reconnect()

        assert len(told(page)) == 1
