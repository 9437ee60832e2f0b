"""The fixtures that the journeys stand on keep their own promises."""

from __future__ import annotations

import urllib.error
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.fixtures.browser import PageComplaints
from tests.fixtures.serving import Serve

HELLO = """
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    if scope["path"] == "/crash":
        raise RuntimeError("asked for")
    page = b"<title>hello</title><script>document.title = 'run'</script>"
    headers = [(b"content-type", b"text/html"), (b"content-security-policy", POLICY)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": page})
"""


@pytest.fixture
def hello(tmp_path: Path) -> str:
    path = tmp_path / "hello.py"
    path.write_text(HELLO.replace("POLICY", "b\"script-src 'self'\""))
    return f"{path}:app"


def test_a_served_application_can_be_reached_at_its_address(serve: Serve, hello: str) -> None:
    server = serve(hello)
    assert b"hello" in urllib.request.urlopen(server.url).read()


def test_a_restarted_server_keeps_its_port(serve: Serve, hello: str) -> None:
    server = serve(hello)
    before = server.url
    server.restart()
    assert server.url == before
    assert b"hello" in urllib.request.urlopen(server.url).read()


def test_a_traceback_in_the_log_is_seen(serve: Serve, hello: str) -> None:
    server = serve(hello)
    server.may_log_tracebacks = True
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(server.url + "/crash")
    server.stop()
    assert "RuntimeError: asked for" in server.log


def test_an_inline_script_under_a_strict_policy_is_a_complaint(
    serve: Serve, hello: str, page: Page, page_complaints: PageComplaints
) -> None:
    page.goto(serve(hello).url)
    assert page.title() == "hello"
    assert page_complaints.unexpected
    page_complaints.expect("script-src")
    assert not page_complaints.unexpected
