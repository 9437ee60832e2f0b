"""Islands that come, go and get new props, and some that no server can render."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from examples import react_island
from limelight import LiveApp, LiveView, Request, event_handler
from limelight.mixins import ReactComponents, ReactMixin

BROKEN = Path(__file__).parent / "broken_components.js"


class Islands(ReactMixin, LiveView):
    template = """
    {% if is_there %}{{ react("Button", label=label) }}{% endif %}
    <ul>{% for row in rows %}<li dj-key="{{ row }}">{{ react("Button", label=row) }}</li>{% endfor %}</ul>
    {% dj_activity "later" visible=is_open %}{{ react("Button", label="later") }}{% enddj_activity %}
    <p><button id="next" dj-click="next">Next</button>
    <button id="drop" dj-click="drop">Drop</button>
    <button id="turn" dj-click="turn">Turn</button>
    <button id="open" dj-click="open">Open</button>
    <output>{{ clicks }}</output></p>
    """
    react_components = react_island.components

    def mount(self, request: Request, **params: Any) -> None:
        self.label = str(request.args.get("label", "0"))
        self.is_there, self.is_open, self.rows, self.clicks = True, False, ["a", "b"], 0

    @event_handler()
    def next(self) -> None:
        self.label = str(int(self.label) + 1)

    @event_handler()
    def drop(self) -> None:
        self.is_there = not self.is_there

    @event_handler()
    def turn(self) -> None:
        self.rows = [*reversed(self.rows), "c"]

    @event_handler()
    def open(self) -> None:
        self.is_open = not self.is_open

    @event_handler()
    def pressed(self, clicks: int) -> None:
        self.clicks = clicks


class Broken(Islands):
    """Its script loops, or takes all memory: browsers have to do everything."""

    react_components = ReactComponents(
        "Button", browser="/static/react_components.js", server=BROKEN
    )


app = LiveApp(react_island.__name__)
app.live("/", Islands)
app.live("/broken", Broken)
