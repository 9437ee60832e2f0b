"""A server whose every word a test decides: pages over HTTP, and one live socket at a time."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import websockets.datastructures
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

CLIENT = Path(__file__).parents[2] / "client"
PATIENCE_SECONDS = 5
TYPES = {".js": "text/javascript", ".css": "text/css"}
LAYOUT = """<!doctype html>
<html lang="en"><head><title>Page</title>
<meta name="limelight-socket" content="/_live/socket">
<link rel="stylesheet" href="/_live/limelight.css">
<script type="module" src="/_live/{script}"></script>
{head}</head><body><div dj-view="{path}" dj-token="token of {path}" dj-nonce="abc">{body}</div>
</body></html>"""


class ScriptedServer:
    """Serves the pages that it was given, and keeps what browsers say until a test asks."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.scripts: dict[str, str] = {}
        self.script = "browser/main.js"
        #: Answer joins by itself: the page is right as it stands.
        self.adopts = True
        self.url = ""
        self._received: queue.Queue[dict[str, Any]] = queue.Queue()
        self._sockets: queue.Queue[ServerConnection] = queue.Queue()
        self._socket: ServerConnection | None = None
        self._sequence = 0
        self._body = ""

    # --- what a test does -----------------------------------------------------------

    def page(self, body: str, path: str = "/", *, script: str = "") -> str:
        """Serve this body as a live page, with a script of the application; return its address."""
        head = f'<script type="module" src="/app{path}.js"></script>' if script else ""
        self.scripts[f"/app{path}.js"] = script
        self._body = body
        self.pages[path] = LAYOUT.format(script=self.script, head=head, path=path, body=body)
        return self.url + path

    def next(self, kind: str) -> dict[str, Any]:
        """Wait for the next message of this kind; pings and sequences are passed over."""
        while True:
            message = self._received.get(timeout=PATIENCE_SECONDS)
            if message["t"] == kind:
                return message
            assert message["t"] in {"ping", "seen", "join"}, f"Expected {kind}, got {message}"

    def next_event(self) -> tuple[str, dict[str, Any]]:
        """Wait for the next event; return its handler and its parameters."""
        event = self.next("event")
        return event["h"], event["p"]

    def has_heard_nothing(self) -> bool:
        """Tell whether nothing but pings, joins and sequences has arrived."""
        while not self._received.empty():
            if self._received.get()["t"] not in {"ping", "seen", "join"}:
                return False
        return True

    def send(self, **message: Any) -> None:
        assert self._socket is not None
        self._socket.send(json.dumps(message))

    def frame(self, **message: Any) -> None:
        """Send the next frame: `r` a new page, `a` an acknowledgement, `e` effects."""
        self._sequence += 1
        self.send(t="frame", n=self._sequence, **message)

    def acknowledge(self, number: int) -> None:
        self.send(t="frame", a=number)

    def adopt(self, body: str | None = None, view: int = 0) -> None:
        """Tell the browser that its page, with this body, is right."""
        self._sequence = 0
        shapes = {"1": {"s": [self._body if body is None else body], "k": ""}}
        self.send(t="joined", v=view, w="adopted", e="epoch", s=shapes, r=1)

    def resume(self, acknowledged: int) -> None:
        self.send(t="joined", w="resumed", e="epoch", a=acknowledged, n=self._sequence)

    def mount(self, html: str, **more: Any) -> None:
        """Put a whole new view into the page."""
        self._sequence = 0
        self.send(t="joined", w="mounted", e="epoch-2", r=html, **more)

    def end_socket(self, code: int) -> None:
        """Close the socket and wait until the browser knows."""
        assert self._socket is not None
        self._socket.close(code)

    # --- what the browser sees ------------------------------------------------------

    def answer(self, connection: ServerConnection, request: Request) -> Response | None:
        path = urlsplit(request.path).path
        if path == "/_live/socket":
            return None
        if path in self.pages:
            return self._response(self.pages[path], "text/html")
        if path in self.scripts:
            return self._response(self.scripts[path], "text/javascript")
        name = path.removeprefix("/_live/")
        file = CLIENT / name if name.startswith("browser/") else CLIENT / "static" / name
        if path.startswith("/_live/") and file.is_file():
            return self._response(file.read_text(), TYPES[file.suffix])
        return self._response("", "text/plain", HTTPStatus.NOT_FOUND)

    def _response(self, text: str, kind: str, status: HTTPStatus = HTTPStatus.OK) -> Response:
        body = text.encode()
        headers = websockets.datastructures.Headers(
            {
                "Content-Type": f"{kind}; charset=utf-8",
                "Content-Length": str(len(body)),
                "Content-Security-Policy": "default-src 'self'; script-src 'self'; "
                "style-src 'self'; base-uri 'none'; object-src 'none'",
                "Connection": "close",
            }
        )
        return Response(status.value, status.phrase, headers, body)

    def talk(self, socket: ServerConnection) -> None:
        self._socket = socket
        try:
            for text in socket:
                message = json.loads(text)
                self._received.put(message)
                if message["t"] == "join" and self.adopts:
                    self.adopt()
                if message["t"] == "ping":
                    self.send(t="pong")
        except ConnectionClosed:
            return


@contextmanager
def scripted_server() -> Iterator[ScriptedServer]:
    """Serve on a free port until the test ends."""
    script = ScriptedServer()
    server: Server = serve(script.talk, "127.0.0.1", 0, process_request=script.answer)
    host, port = server.socket.getsockname()
    script.url = f"http://{host}:{port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        thread.join()
