"""A view whose handlers and whose address ask for other addresses."""

from __future__ import annotations

from typing import Any

from limelight import LiveApp, LiveView, event_handler


class Wanderer(LiveView):
    template = """
    <h1>{{ place }}</h1>
    <button dj-click="travel">By event</button>
    <a id="moved" dj-patch="/?place=former" href="/?place=former">To what has moved</a>
    <a id="chosen" dj-patch="/?place=chosen" href="/?place=chosen">By link</a>
    """

    def handle_params(self, params: dict[str, Any], uri: str) -> None:
        self.place = params.get("place", "start")
        if self.place == "former":
            self.live_patch({"place": "new"})

    @event_handler()
    def travel(self) -> None:
        self.live_patch({"place": "event"})


app = LiveApp(__name__)
app.live("/", Wanderer)
