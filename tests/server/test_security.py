"""What a hostile browser, page or neighbour tries first, where no other test says it."""

from __future__ import annotations

from typing import Any

import pytest
from quart import Response, session
from quart_auth import AuthUser, login_user

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.server.connection import Handshake
from limelight.testing import EventFailed, open_browser, open_view

CANARY = "canary-5d1f"


class Safe(LiveView):
    """Knows more than it shows."""

    template = "<h1>{{ shown }}</h1><button dj-click='change'>Change</button>"

    def mount(self, request: Request, **params: Any) -> None:
        self.shown = "hello"
        self.unshown = CANARY
        self._private = CANARY

    @property
    def whole(self) -> str:
        return self.unshown

    def plain(self) -> None:
        self.shown = self.unshown

    @event_handler()
    def change(self) -> None:
        self.shown, self.unshown = "changed", f"{CANARY} changed"


def application() -> LiveApp:
    app = LiveApp(__name__)
    app.config.update(SECRET_KEY="only for this test", LIVE_ENV="production")
    app.live("/", Safe)

    @app.get("/enter")
    async def enter() -> Response:
        session["cart"] = "full"
        login_user(AuthUser("ada"))
        return Response("in")

    return app


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "null",
        "http://evil.example",
        "http://shop.example.evil.example",
        "http://evilshop.example",
        "http://shop.example:8080",
        "http://shop.example@evil.example",
        "file://shop.example",
        "http://[",
    ],
)
async def test_only_the_pages_own_origin_may_open_a_socket(origin: str) -> None:
    app = application()
    headers = {"origin": origin} if origin else {}
    async with app.running():
        refusal = app.gate.admit(handshake(headers))
        assert refusal is not None
        assert refusal.status == 403
        assert app.gate.admit(handshake({"origin": "https://shop.example"})) is None


def handshake(headers: dict[str, str]) -> Handshake:
    return Handshake("/_live/socket", "", headers, "wss", "shop.example", "192.0.2.1")


@pytest.mark.parametrize(
    "name",
    ["__init__", "__class__", "_private", "whole", "plain", "mount", "handle_info", "dump_state"],
)
@pytest.mark.usefixtures("autojump_clock")
async def test_only_marked_handlers_can_be_called(name: str) -> None:
    async with open_view(Safe) as page:
        with pytest.raises(EventFailed, match="unknown_event"):
            await page.call(name)
        assert page.text("h1") == "hello"


@pytest.mark.parametrize("verb", ["subscribe", "broadcast", "listen", "notify", "push_event"])
@pytest.mark.usefixtures("autojump_clock")
async def test_a_browser_cannot_choose_what_a_view_listens_to(verb: str) -> None:
    async with open_view(Safe) as page:
        with pytest.raises(EventFailed, match="unknown_event"):
            await page.call(verb, topic="somebody else's")


@pytest.mark.usefixtures("autojump_clock")
async def test_state_that_no_template_shows_never_leaves_the_server() -> None:
    async with open_browser(application()) as page:
        first = page.document.html
        await page.click("button")
        messages = [repr(await page.receive()) for _ in range(2)]
        assert "Joined" in messages[0]
        assert "changed" in messages[1]
        assert CANARY not in first + page.document.html + "".join(messages)


async def test_cookies_are_kept_from_scripts_other_sites_and_plain_http() -> None:
    app = application()
    app.config["SESSION_COOKIE_SECURE"] = True
    async with app.running():
        answer = await app.test_client().get("/enter", scheme="https")
    cookies = answer.headers.getlist("Set-Cookie")
    assert len(cookies) == 2
    for cookie in cookies:
        assert {"HttpOnly", "Secure"} <= set(cookie.split("; "))
        assert "SameSite=Lax" in cookie or "SameSite=Strict" in cookie


async def test_a_live_page_says_what_the_browser_may_run() -> None:
    app = application()
    async with app.running():
        answer = await app.test_client().get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
