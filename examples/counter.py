"""A counter: the smallest page that is alive."""

from __future__ import annotations

from typing import Any

from limelight import LiveApp, LiveView, Request, event_handler


class Counter(LiveView):
    template = "<h1>{{ count }}</h1><button dj-click='increment' dj-value-by='2'>+2</button>"

    def mount(self, request: Request, **params: Any) -> None:
        self.count = 0

    @event_handler()
    def increment(self, by: int = 1, **kwargs: Any) -> None:
        self.count += by


app = LiveApp(__name__)
app.live("/", Counter)
