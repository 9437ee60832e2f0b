"""A page with two hooks: one that its script registers, and one with a slip of the pen."""

from __future__ import annotations

from typing import Any

from limelight import LiveApp, LiveView, Request, event_handler


class Hooked(LiveView):
    template = """
    <h1>{{ count }}</h1>
    <button dj-click="more">More</button>
    <div id="chart" dj-hook="Chart"></div>
    {% if count %}<div id="chrat" dj-hook="Chrat"></div>{% endif %}
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.count = 0

    @event_handler()
    def more(self) -> None:
        self.count += 1


app = LiveApp(__name__)
app.live("/", Hooked)
