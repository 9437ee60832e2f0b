"""A page with one live root, driven by a server's picture without a server in between."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from playwright.sync_api import Page

from limelight.server.rendering.picture import LiveTemplates, Patch, Picture

ROOT = Path(__file__).parents[3]
NONCE = "nonce1"
POLICY = "default-src 'self' data:; script-src 'self'; style-src 'self' 'unsafe-inline'"


class PageServer:
    """Serves the browser's modules, and one page that a test has put there."""

    def __init__(self) -> None:
        self.html = ""
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                kind, body = server.answer(self.path.partition("?")[0])
                self.send_response(200 if body else 404)
                self.send_header("content-type", f"{kind}; charset=utf-8")
                self.send_header("content-length", str(len(body)))
                self.send_header("content-security-policy", POLICY)
                # Only an isolated page has a precise clock, which the benchmark wants.
                self.send_header("cross-origin-opener-policy", "same-origin")
                self.send_header("cross-origin-embedder-policy", "require-corp")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *arguments: Any) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}/"

    def answer(self, path: str) -> tuple[str, bytes]:
        """The content type and body for a path; no body if there is nothing."""
        if path == "/":
            return "text/html", self.html.encode()
        file = ROOT / "client" / path[1:]
        if path == "/picture_page.js":
            file = Path(__file__).with_suffix(".js")
        return "text/javascript", file.read_bytes() if file.is_file() else b""

    @contextmanager
    def running(self) -> Iterator[PageServer]:
        thread = Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield self
        self._http.shutdown()
        thread.join()
        self._http.server_close()


class PicturePage:
    """One view in a real page: `show` it, `update` it, and ask how the page differs."""

    def __init__(self, server: PageServer, page: Page) -> None:
        self._server = server
        self.page = page
        self.picture: Picture
        self._context: Mapping[str, object]
        #: What the browser answered when it looked for the slots.
        self.unbound: list[list[int]] | None = []
        self.patch: Patch | None = None
        #: Updates, those that changed single slots, and those that the browser refused.
        self.told_steps = self.addressed_steps = self.refused_steps = 0

    def show(
        self, template: str, state: Mapping[str, object] | None = None, **names: object
    ) -> None:
        """Load a page with this template and bind to it."""
        templates = LiveTemplates()
        self.show_picture(Picture(templates.from_string(template)), {**(state or {}), **names})

    def show_picture(self, picture: Picture, context: Mapping[str, object]) -> None:
        """Load a page with the picture's first HTML and bind to it."""
        self.picture, self._context = picture, context
        html = self.picture.first_html(context, NONCE)
        self._server.html = (
            "<!doctype html><meta charset=utf-8><link rel=icon href='data:,'>"
            "<script type=module src=/picture_page.js></script>"
            f'<body><div dj-view="1" dj-nonce="{NONCE}">{html}</div>'
        )
        self.page.goto(self._server.url)
        self.page.wait_for_selector("[data-ready]")
        self.adopt()

    def show_again(self, template: str, context: Mapping[str, object]) -> None:
        """Put another view into the page that is open: faster than loading one."""
        self.picture, self._context = Picture(LiveTemplates().from_string(template)), context
        self.page.evaluate("(html) => live.restart(html)", self.picture.first_html(context, NONCE))
        self.adopt()

    def adopt(self) -> None:
        """Let the browser look for the slots of the page that it shows."""
        message = wire(self.picture.adopt())
        self.unbound = self.page.evaluate("(message) => live.adopt(message)", message)
        if self.unbound is None or self.unbound:
            self._send_again([(shape, slot) for shape, slot in self.unbound or ()])

    def _send_again(self, unbound: list[tuple[int, int]]) -> None:
        """What a view does when the browser could not find these slots, or none at all."""
        self.picture.unbind(unbound)
        patch = self.picture.update(self._context)
        assert patch is not None
        assert patch.diff is None
        assert self._apply({"shapes": patch.shapes, "diff": None, "root": patch.root})

    def update(self, state: Mapping[str, object] | None = None, **names: object) -> None:
        """Change the page to another state."""
        self._context = {**(state or {}), **names}
        self.patch = patch = self.picture.update(self._context)
        self.told_steps += 1
        if patch is None:
            return
        if patch.root is None:
            self.addressed_steps += 1
        if not self._apply({"shapes": patch.shapes, "diff": patch.diff, "root": patch.root}):
            self.refused_steps += 1
            self._send_again([])

    def mount(self, state: Mapping[str, object] | None = None, **names: object) -> None:
        """Send the whole view again, as after a long absence."""
        self._context = {**(state or {}), **names}
        root, shapes = self.picture.whole(self._context)
        message = {"shapes": shapes, "diff": None, "root": root}
        assert self._apply(message)

    def _apply(self, message: Any) -> bool:
        """Apply it, if it can be."""
        return bool(self.page.evaluate("(message) => live.apply(message)", wire(message)))

    @property
    def difference(self) -> list[str] | None:
        """The page and a fresh page of the same state, if they are not equal."""
        found: list[str] | None = self.page.evaluate(
            "([html, ignoresSpace]) => live.difference(html, ignoresSpace)",
            # Between the marks, what a parser throws out of a table goes without its spaces.
            [self.picture.plain_html(), bool(self.unbound)],
        )
        return found

    @property
    def told(self) -> list[str]:
        """Which elements came, changed and went with the last patch."""
        found: list[str] = self.page.evaluate("() => [...told]")
        return found

    def check(self) -> None:
        """The page must be the one that a fresh load would give."""
        difference = self.difference
        assert difference is None, "The page is\n{}\nbut should be\n{}".format(*difference)


def wire(message: Any) -> Any:
    """A message as it comes out of the socket."""
    return json.loads(json.dumps(message))
