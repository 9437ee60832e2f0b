"""Presence while servers are replaced: the view goes on elsewhere, and nobody sees its user leave."""

from __future__ import annotations

from typing import Any

import pytest
import trio

from limelight import LiveApp, LiveView, Request
from limelight.mixins import PresenceMixin
from limelight.server.draining import save_all_views, send_all_home
from limelight.testing import ViewPage, open_browser
from tests.fixtures.databases import RedisServer


class Room(PresenceMixin, LiveView):
    presence_key = "room"
    template = """
    <ul>{% for one in list_presences() %}<li>{{ one.meta.name }} since {{ one.joined_at }}</li>{% endfor %}</ul>
    <ol>{% for line in log %}<li>{{ line }}</li>{% endfor %}</ol>
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.log: list[str] = []
        self.track_presence({"name": request.args["name"]})

    def handle_presence_join(self, presence: dict[str, Any]) -> None:
        self.log = [*self.log, f"{presence['meta']['name']} joins"]

    def handle_presence_leave(self, presence: dict[str, Any]) -> None:
        self.log = [*self.log, f"{presence['meta']['name']} leaves"]


@pytest.fixture
def apps(redis_server: RedisServer) -> tuple[LiveApp, LiveApp]:
    """Two servers of one application."""
    return app_at(redis_server), app_at(redis_server)


def app_at(server: RedisServer) -> LiveApp:
    app = LiveApp(__name__)
    app.config.update(SECRET_KEY="secret", LIVE_ENV="development", REDIS_URL=server.url)
    app.config.update(LIVE_PRESENCE_HOLD_SECONDS=0.5, LIVE_PRESENCE_HAND_OVER_SECONDS=3.0)
    app.live("/", Room)
    return app


async def sees(page: ViewPage, *names: str) -> None:
    def holds() -> bool:
        return [line.partition(" ")[0] for line in page.texts("ul li")] == [*names]

    await page.wait_for(holds, timeout=20)


async def test_a_view_that_moves_to_another_server_never_leaves(
    apps: tuple[LiveApp, LiveApp],
) -> None:
    first, second = apps
    async with (
        first.running(),
        second.running(),
        open_browser(second, "/?name=Ada") as ada,
        open_browser(first, "/?name=Bob") as bob,
    ):
        await sees(ada, "Ada", "Bob")
        before = ada.texts("ul li")

        await save_all_views(first)
        send_all_home(first)
        await trio.sleep(1.0)  # Longer than a leave is held back here.
        bob.visitor.app = second
        await bob.reconnect()
        await sees(bob, "Ada", "Bob")
        await trio.sleep(3.0)  # The first server has given its entry up.

        assert ada.texts("ul li") == before
        assert ada.texts("ol li") == ["Ada joins", "Bob joins"]
        assert "Bob leaves" not in bob.texts("ol li")
