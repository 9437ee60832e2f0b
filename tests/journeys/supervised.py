"""An application with a dashboard that may act, for the journey through it."""

from __future__ import annotations

from typing import Any

from limelight import LiveApp, LiveView, Request, event_handler


class Counter(LiveView):
    template = """
    <h1>{{ number }}</h1>
    <button dj-click="add">+1</button>
    <button dj-click="fail">Fail</button>
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.number = 0

    @event_handler()
    def add(self) -> None:
        self.number += 1

    @event_handler()
    def fail(self) -> None:
        raise ValueError("This button fails.")


def may(request: Request, action: str) -> bool:
    return action != "stop"


app = LiveApp(__name__)
app.live("/", Counter)
app.enable_dashboard(may=may)
