"""Two views with different heads, and a link between them."""

from __future__ import annotations

from typing import Any

from limelight import LiveApp, LiveView, Request, event_handler


class Heads(LiveView):
    template = """<a href="/other" dj-navigate>Elsewhere</a>
    <button dj-click="change">Change</button><button dj-click="remove">Remove</button>"""

    def mount(self, request: Request, **params: Any) -> None:
        self.page_title: str | None = "First"
        self.page_meta = {"og:title": "First"}

    @event_handler()
    def change(self) -> None:
        self.page_title = "Second"
        self.page_meta["og:title"] = '"><script>alert(1)</script>'
        self.page_meta.update({"theme-color": "#abc", "canonical": "/second"})

    @event_handler()
    def remove(self) -> None:
        self.page_title = None
        self.page_meta = dict.fromkeys(self.page_meta)


class Other(LiveView):
    template = "<h1>Other</h1>"


app = LiveApp(__name__)
app.live("/", Heads)
app.live("/other", Other)
