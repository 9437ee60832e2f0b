"""Requests without a body are answered with less ado; nobody can tell by the answer."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trio
from quart import (
    Response,
    abort,
    after_this_request,
    request,
    request_finished,
    send_file,
    session,
)

from limelight import LiveApp, LiveView
from limelight.server.connection import LEAVE_EXTENSION

#: What differs from answer to answer: session, view, token and nonce are random.
RANDOM = re.compile(
    r"(session=|dj-view=\"|dj-token=\"|dj-nonce=\"|<!--[\[\]r])[^;\"> ]*|[0-9a-f]{6}(?=-->)"
)


class Page(LiveView):
    template = "<p>{{ word }}</p>"

    def mount(self, request: Any, **params: Any) -> None:
        self.word = params["word"]


class Failing(LiveView):
    template = "<p></p>"

    def mount(self, request: Any, **params: Any) -> None:
        raise LookupError("nothing to show")


@dataclass
class Client:
    """One request, spoken in ASGI, and what came back."""

    app: LiveApp
    sent: list[Any] = field(default_factory=list)
    left: Callable[[], None] | None = None

    async def get(
        self, path: str, *, is_lean: bool, method: str = "GET", headers: tuple[Any, ...] = ()
    ) -> Any:
        extensions = {LEAVE_EXTENSION: self._when_client_leaves} if is_lean else {}
        scope = {
            "type": "http", "http_version": "1.1", "method": method, "scheme": "http",
            "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
            "headers": [(b"host", b"testserver"), *headers], "client": ("1.2.3.4", 5),
            "server": None, "extensions": extensions,
        }  # fmt: skip
        requests = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> Any:
            if not requests:
                await trio.sleep_forever()
            return requests.pop()

        async def send(message: Any) -> None:
            self.sent.append(message)

        await self.app(scope, receive, send)
        start, *bodies = self.sent
        body = b"".join(one["body"] for one in bodies).decode()
        shown = sorted(
            (name, RANDOM.sub(r"\1", value.decode())) for name, value in start["headers"]
        )
        return start["status"], shown, RANDOM.sub(r"\1", body)

    def _when_client_leaves(self, callback: Callable[[], None] | None) -> None:
        self.left = callback


@pytest.fixture
def app(tmp_path: Path) -> LiveApp:
    app = LiveApp("answering")
    app.config["SECRET_KEY"] = "only for this test"
    app.live("/live/<word>", Page)
    app.live("/failing", Failing)
    (tmp_path / "file.txt").write_text("0123456789")

    @app.get("/file")
    async def file() -> Response:
        return await send_file(tmp_path / "file.txt", conditional=True)

    @app.get("/stream")
    async def stream() -> AsyncIterator[bytes]:
        for letter in (b"a", b"b"):
            yield letter

    @app.get("/sitting")
    async def sitting() -> str:
        session["seen"] = True
        after_this_request(mark_it)
        return request.headers["Host"]

    async def mark_it(response: Any) -> Any:
        response.headers["X-Marked"] = "yes"
        return response

    @app.get("/teapot")
    async def teapot() -> str:
        abort(418)

    @app.errorhandler(418)
    async def short(error: Exception) -> tuple[str, int]:
        return "short and stout", 418

    return app


@pytest.mark.parametrize(
    "path", ["/live/hello", "/failing", "/file", "/stream", "/sitting", "/teapot", "/nowhere"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_both_ways_give_the_same_answer(app: LiveApp, path: str, method: str) -> None:
    async with app.running():
        lean = await Client(app).get(path, is_lean=True, method=method)
        usual = await Client(app).get(path, is_lean=False, method=method)
    assert lean == usual


async def test_a_part_of_a_file_is_the_same_part(app: LiveApp) -> None:
    asked = ((b"range", b"bytes=2-5"),)
    async with app.running():
        answer = await Client(app).get("/file", is_lean=True, headers=asked)
    assert (answer[0], answer[2]) == (206, "2345")


@pytest.mark.parametrize("is_lean", [True, False])
async def test_hooks_and_signals_are_called_as_ever(app: LiveApp, is_lean: bool) -> None:
    heard: list[str] = []

    @app.before_request
    async def before() -> None:
        heard.append("before")

    @app.after_request
    async def after(response: Response) -> Response:
        heard.append("after")
        response.headers["X-After"] = "yes"
        return response

    @app.teardown_request
    async def teardown(error: BaseException | None) -> None:
        heard.append("teardown")

    def finished(sender: Any, **named: Any) -> None:
        heard.append("signal")

    async with app.running():
        with request_finished.connected_to(finished):
            answer = await Client(app).get("/live/hello", is_lean=is_lean)
    assert heard == ["before", "after", "signal", "teardown"]
    assert (b"X-After", "yes") in answer[1] or (b"x-after", "yes") in answer[1]


async def test_a_client_that_leaves_ends_the_work_for_it(app: LiveApp) -> None:
    has_ended = trio.Event()
    client = Client(app)

    @app.get("/slow")
    async def slow() -> str:
        assert client.left is not None
        client.left()
        try:
            await trio.sleep_forever()
        finally:
            has_ended.set()

    async with app.running():
        with pytest.raises(ValueError, match="unpack"):
            await client.get("/slow", is_lean=True)
    assert has_ended.is_set()
    assert client.sent == []


async def test_whoever_leaves_behind_the_last_part_ends_nothing(app: LiveApp) -> None:
    client = Client(app)
    async with app.running():
        await client.get("/sitting", is_lean=True)
    assert client.left is None
    assert [message["type"] for message in client.sent] == [
        "http.response.start",
        "http.response.body",
    ]


async def test_an_answer_is_given_up_after_its_time(app: LiveApp) -> None:
    app.config["RESPONSE_TIMEOUT"] = 0.01

    @app.get("/endless")
    async def endless() -> AsyncIterator[bytes]:
        yield b"more"
        await trio.sleep_forever()

    client = Client(app)
    async with app.running():
        await client.get("/endless", is_lean=True)
    assert client.sent[-1] == {"type": "http.response.body", "body": b"more", "more_body": True}
