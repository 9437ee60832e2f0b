"""A page with views within its view, whose surroundings change in every way."""

from __future__ import annotations

from typing import Any

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.server.view_messages import Crash


class Inner(LiveView):
    template = """
    <p class="inner">{{ room }} {{ clicks }}</p>
    <input aria-label="{{ room }} note">
    <button dj-click="click" dj-hook="Hooked">Click in {{ room }}</button>
    <a href="/other" dj-navigate>Leave from {{ room }}</a>
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.clicks = 0

    def handle_params(self, params: dict[str, Any], uri: str) -> None:
        self.room = params["room"]

    @event_handler()
    def click(self) -> None:
        self.clicks += 1


class Outer(LiveView):
    template = """
    <h1>{{ count }}</h1>
    <button dj-click="count_up">Count</button> <button dj-click="rename">Rename</button>
    <button dj-click="toggle">Toggle</button> <button dj-click="swap">Swap</button>
    <button dj-click="unpatchable">Unpatchable</button> <button dj-click="die">Die</button>
    <div id="around">
    {% if as_html %}<{{ tag }}>{% endif %}
    {% if is_there %}{{ live_view(name, Inner, room=room) }}{% endif %}
    {% if as_html %}</{{ tag }}>{% endif %}
    </div>
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.count, self.is_there, self.as_html, self.tag = (
            0,
            True,
            "html" in request.query,
            "section",
        )
        self.name, self.room = "one", "kitchen"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(Inner=Inner, **kwargs)

    @event_handler()
    def count_up(self) -> None:
        self.count += 1

    @event_handler()
    def rename(self) -> None:
        self.room = "hall"

    @event_handler()
    def toggle(self) -> None:
        self.is_there = not self.is_there

    @event_handler()
    def swap(self) -> None:
        self.name = "two" if self.name == "one" else "one"

    @event_handler()
    def unpatchable(self) -> None:
        self.as_html = not self.as_html

    @event_handler()
    def die(self) -> None:
        self._address.tell(Crash("a journey asked for it"))


class Other(LiveView):
    template = "<h1>Other</h1>"


app = LiveApp(__name__)
app.live("/", Outer)
app.live("/other", Other)
