"""What development shows of a page to its own machine, and to nobody else."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import Any

import pytest

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.server.inspector import state_tree
from limelight.server.this_machine import is_this_machine
from limelight.testing import EventFailed, open_browser

NEAR = {"client": ("127.0.0.1", 5000)}
FAR = {"client": ("192.168.1.20", 5000)}
MODULES = (
    "inspector.js",
    "inspector_panel.js",
    "overlay.js",
    "browser/inspector.js",
    "browser/inspector_panel.js",
    "browser/overlay.js",
    "../browser/inspector.js",
    "x/../inspector.js",
    "browser/../static/overlay.js",
)


@dataclass
class Item:
    title: str
    secret: str = "of nobody"


class Todo(LiveView):
    template = "<h1>{{ items|length }}</h1><button dj-click='fail'>Fail</button>"

    def mount(self, request: Request, **params: Any) -> None:
        self.items = [Item("Write"), Item("Read")]
        self.password = "hunter2"

    @event_handler()
    def fail(self, **kwargs: Any) -> None:
        raise ValueError("there is no such thing")


def application(env: str = "development") -> LiveApp:
    app = LiveApp(__name__)
    app.config.update(SECRET_KEY="k" * 32, LIVE_ENV=env)
    app.live("/", Todo)
    return app


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    for name in ("limelight.actors", "limelight.views"):
        caplog.set_level(logging.CRITICAL + 1, name)


async def page_and_token(client: Any, **visit: Any) -> tuple[str, dict[str, str]]:
    """The page's HTML, and the header with which it asks."""
    html = await (await client.get("/", **visit)).get_data(as_text=True)
    token = re.search(r'dj-token="([^"]+)"', html)
    assert token is not None
    return html, {"X-Limelight-Page": token[1]}


# --- who gets what ----------------------------------------------------------------------------


async def test_this_machine_gets_the_inspector_and_its_answers() -> None:
    app = application()
    async with app.running():
        client = app.test_client()
        html, headers = await page_and_token(client, scope_base=NEAR)
        assert "inspector.js" in html
        for name in MODULES[:6]:
            assert (await client.get(f"/_live/{name}", scope_base=NEAR)).status_code == 200
        answer = await client.get("/_live/inspector/state", headers=headers, scope_base=NEAR)
        state = await answer.get_json()
        assert (state["view"], answer.headers["Cache-Control"]) == ("Todo", "no-store")
        assert {branch["name"] for branch in state["state"]} == {"items", "password"}
        assert "hunter2" not in await answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("env", "visit"),
    [
        ("production", {"scope_base": NEAR}),
        ("development", {"scope_base": FAR}),
        ("development", {"scope_base": NEAR, "headers": {"Host": "demo.tunnel.example"}}),
    ],
    ids=["production", "another machine", "a tunnel"],
)
async def test_nobody_else_gets_a_module_or_an_answer(env: str, visit: dict[str, Any]) -> None:
    app = application(env)
    async with app.running():
        client = app.test_client()
        html, token = await page_and_token(client, **visit)
        assert "inspector" not in html
        for name in MODULES:
            assert (await client.get(f"/_live/{name}", **visit)).status_code == 404, name
        asked = {**visit, "headers": {**visit.get("headers", {}), **token}}
        assert (await client.get("/_live/inspector/state", **asked)).status_code == 404
        assert (await client.post("/_live/inspector/crash", **asked)).status_code in {404, 405}
        assert all(seat.is_alive for seat in app.runtime.seats.values())


async def test_production_serves_none_of_the_sources() -> None:
    app = application("production")
    async with app.running():
        client = app.test_client()
        for name in ("browser/main.js", "../browser/main.js", "turns.js", "../messages.py"):
            assert (await client.get(f"/_live/{name}")).status_code == 404, name
        assert (await client.get("/_live/limelight.js")).status_code == 200


async def test_an_application_that_ran_in_development_is_closed_in_production() -> None:
    app = application()
    async with app.running():
        pass
    app.config["LIVE_ENV"] = "production"
    async with app.running():
        client = app.test_client()
        _, headers = await page_and_token(client)
        answer = await client.get("/_live/inspector/state", headers=headers)
        assert answer.status_code == 404


@pytest.mark.parametrize("headers", [{}, {"X-Limelight-Page": "forged"}])
async def test_without_the_token_of_a_page_nothing_is_told(headers: dict[str, str]) -> None:
    app = application()
    async with app.running():
        client = app.test_client()
        await page_and_token(client)
        assert (await client.get("/_live/inspector/state", headers=headers)).status_code == 403
        assert (await client.post("/_live/inspector/crash", headers=headers)).status_code == 403


async def test_the_token_of_another_session_is_refused() -> None:
    app = application()
    async with app.running():
        _, headers = await page_and_token(app.test_client())
        answer = await app.test_client().get("/_live/inspector/state", headers=headers)
        assert answer.status_code == 403


@pytest.mark.parametrize(
    ("client", "host", "is_near"),
    [
        ("127.0.0.1", "localhost:8000", True),
        ("::1", "[::1]:8000", True),
        ("127.0.0.5", "app.localhost", True),
        ("", "127.0.0.1", True),
        ("192.168.1.20", "localhost", False),
        ("127.0.0.1", "example.com", False),
        ("127.0.0.1", "localhost.example.com", False),
        ("127.0.0.1", "", False),
        ("not an address", "localhost", False),
    ],
)
def test_this_machine_is_known_by_both_ends(client: str, host: str, is_near: bool) -> None:
    assert is_this_machine(client, host) is is_near


# --- what is told -----------------------------------------------------------------------------


async def test_a_crash_from_the_inspector_is_restarted_by_the_supervisor() -> None:
    app = application()
    async with app.running():
        client = app.test_client()
        _, headers = await page_and_token(client)
        answer = await client.post("/_live/inspector/crash", headers=headers)
        assert "Todo was crashed" in await answer.get_data(as_text=True)
        state = await (await client.get("/_live/inspector/state", headers=headers)).get_json()
        assert state["restarts"] == 1


async def test_a_view_that_has_ended_says_so() -> None:
    app = application()
    async with app.running():
        client = app.test_client()
        _, headers = await page_and_token(client)
        (seat,) = app.runtime.seats.values()
        app.runtime.let_go(seat)
        await seat.address.wait_ended()
        answer = await client.get("/_live/inspector/state", headers=headers)
        assert answer.status_code == 404
        assert "has ended" in await answer.get_data(as_text=True)


def test_the_tree_opens_containers_and_hides_secrets_at_every_depth() -> None:
    state = {
        "_own": 1,
        "items": [Item("Write")],
        "filter": {"word": "x", "api_key": "k"},
        "tokens": ["a"],
    }
    found = {branch.name: branch for branch in state_tree(state)}
    assert set(found) == {"items", "filter", "tokens"}
    (item,) = found["items"].inside
    assert [(one.name, one.text) for one in item.inside] == [
        ("title", "'Write'"),
        ("secret", "•••"),
    ]
    assert [one.text for one in found["filter"].inside] == ["'x'", "•••"]
    assert (found["tokens"].text, found["tokens"].inside) == ("•••", [])


def test_the_tree_ends_somewhere() -> None:
    endless: list[Any] = []
    endless.append(endless)
    (branch,) = state_tree({"endless": endless, "_": 0})
    depth = 1
    while branch.inside:
        branch, depth = branch.inside[0], depth + 1
    assert depth == 4
    (long,) = state_tree({"long": list(range(1000))})
    assert (long.text, len(long.inside)) == ("list of 1000", 50)


async def test_the_panel_of_a_failure_shows_no_password() -> None:
    app = application()
    async with app.running(), open_browser(app, "/") as page:
        with pytest.raises(EventFailed):
            await page.call("fail", password="typed", word="seen")
        (error,) = page.errors
        assert error.detail["parameters"] == {"password": "•••", "word": "seen"}
        assert error.detail["state"]["password"] == "•••"
        assert "ValueError: there is no such thing" in error.detail["traceback"]
