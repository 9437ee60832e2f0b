"""A page is visited over real sockets: HTTP, cookies, redirects, the websocket and its end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import hypercorn
import hypercorn.trio
import pytest
import trio
from quart import Quart, redirect, request, session

from limelight import LiveApp, LiveView, event_handler
from limelight.client import PageError, SocketClosed, SocketRefused, connect
from limelight.client.messages import Error, Event, Frame, Joined
from limelight.client.network import NetworkVisitor


class Counter(LiveView):
    template = "<h1>{{ count }}</h1><p>{{ visitor }}</p><button dj-click='add'>+</button>"

    def mount(self, request: Any, **params: Any) -> None:
        self.count = 0
        self.visitor = request.session.get("visitor", "nobody")

    @event_handler()
    def add(self, by: int = 1) -> None:
        self.count += by


def build_app() -> LiveApp:
    app = LiveApp(__name__)
    app.config.update(SECRET_KEY="a secret for tests only", LIVE_ENV="development")
    app.live("/counter", Counter)
    _add_pages(app)
    return app


def _add_pages(app: Quart) -> None:
    @app.get("/")
    async def enter() -> Any:
        session["visitor"] = request.headers["user-agent"]
        return redirect("/counter")

    @app.get("/away")
    async def away() -> Any:
        return redirect("http://elsewhere.example/")

    @app.get("/round")
    async def around() -> Any:
        return redirect("/round")


@pytest.fixture
async def url(nursery: trio.Nursery) -> AsyncIterator[str]:
    config = hypercorn.Config()
    config.bind = ["127.0.0.1:0"]
    config.graceful_timeout = 0.1
    stop = trio.Event()
    serving = hypercorn.trio.serve
    addresses = await nursery.start(
        lambda task_status: serving(
            build_app(),
            config,
            shutdown_trigger=stop.wait,
            task_status=task_status,
        )
    )
    yield str(addresses[0])
    stop.set()


async def test_a_page_is_visited_over_real_sockets(url: str) -> None:
    async with connect(f"{url}/counter") as page:
        await page.click("button")
        await page.call("add", by=4)
        assert page.text("h1") == "5"
        assert page.path == "/counter"


async def test_redirects_are_followed_with_cookies_and_headers(url: str) -> None:
    async with connect(f"{url}/", headers={"User-Agent": "robot"}) as page:
        assert (page.path, page.text("p")) == ("/counter", "robot")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/nowhere", "GET /nowhere was answered with status 404"),
        ("/away", r"http://elsewhere\.example/ is another site than http://127"),
        ("/round", "/round was redirected more than 10 times"),
    ],
)
async def test_a_page_that_cannot_be_loaded_says_why(url: str, path: str, said: str) -> None:
    async def visit() -> None:
        async with connect(url + path):
            pass

    with pytest.raises(PageError, match=said):
        await visit()


async def test_an_address_without_a_host_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'counter' is no address of a site"):
        async with connect("counter"):
            pass


async def test_a_lost_socket_is_resumed(url: str) -> None:
    async with connect(f"{url}/counter") as page:
        await page.click("button")
        await page.disconnect()
        await page.click("button")
        await page.reconnect()
        assert page.text("h1") == "2"
        assert page.link.how == "resumed"


async def test_the_wire_is_at_hand_for_load_and_fuzz(url: str) -> None:
    async with connect(f"{url}/counter", follow=False) as page:
        await page.send(page.join_message())
        joined = await page.receive()
        assert isinstance(joined, Joined)
        await page.send(Event(1, "add"))
        frame = await page.receive()
        assert isinstance(frame, Frame)
        assert (frame.sequence, frame.acknowledged, frame.diff) == (1, 1, {"0": "1"})
        await page.send("[]")
        answer = await page.receive()
        assert isinstance(answer, Error)
        assert answer.kind == "unfit"


async def test_the_code_of_a_closed_socket_is_told(url: str) -> None:
    async with connect(f"{url}/counter", follow=False) as page:
        await page.send("x" * 70_000)
        with pytest.raises(SocketClosed, match="1009"):
            await page.receive()


async def test_a_socket_of_another_origin_is_refused(url: str) -> None:
    async def visit() -> None:
        async with connect(f"{url}/counter", headers={"Origin": "http://evil.example"}):
            pass

    with pytest.raises(SocketRefused, match="status 403"):
        await visit()


async def test_a_socket_that_is_cut_before_it_is_open_is_told_at_once(
    nursery: trio.Nursery,
) -> None:
    async def hang_up(stream: trio.SocketStream) -> None:
        await stream.receive_some()
        await stream.aclose()

    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    nursery.start_soon(trio.serve_listeners, hang_up, listeners)
    port = listeners[0].socket.getsockname()[1]
    visitor = NetworkVisitor(f"http://127.0.0.1:{port}", nursery, headers={})

    with trio.fail_after(5), pytest.raises(PageError, match="cut before the socket was open"):
        await visitor.open_socket("/_live/socket")
