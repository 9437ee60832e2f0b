"""An application with many views and the dashboard beside them."""

from __future__ import annotations

import time
from typing import Any

from limelight import LiveApp, LiveView, Request, event_handler

WORK_SECONDS = 0.005


class Counter(LiveView):
    template = "<h1>{{ count }}</h1>{% for row in rows %}<p>{{ row }}</p>{% endfor %}"

    def mount(self, request: Request, **params: Any) -> None:
        self.count = 0
        self.rows = [f"row {number}" for number in range(10)]

    @event_handler()
    def add(self) -> None:
        self.count += 1

    @event_handler()
    def work(self) -> None:
        """Hold the loop as a computation would."""
        until = time.perf_counter() + WORK_SECONDS
        while time.perf_counter() < until:
            pass
        self.count += 1


app = LiveApp(__name__)
app.live("/", Counter)
app.enable_dashboard(guard=lambda request: True)
