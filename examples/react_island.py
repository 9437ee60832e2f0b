"""A chart written in React: the view feeds it new values, and it keeps what you chose in it."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.mixins import ReactComponents, ReactMixin

STATIC = Path(__file__).parent / "static"
MOST_POINTS = 40

components = ReactComponents(
    "Button",
    "Chart",
    "Heard",
    "Table",
    browser="/static/react_components.js",
    server=STATIC / "react_components.server.js",
)


class ReactIsland(ReactMixin, LiveView):
    template = """
    <link rel="stylesheet" href="/static/react_island.css">
    <section class="island">
      <h1>React island</h1>
      <p>The chart is a React component, drawn by the server for the first HTML. Every new value
        comes as a prop; the point that you choose and the slider are the component's own.</p>
      {{ react("Chart", title="Wind", unit="km/h", points=points) }}
      <p>
        <button class="quiet" dj-click="pause" aria-pressed="{{ 'true' if is_paused else 'false' }}"
                >{{ "Go on" if is_paused else "Pause the wind" }}</button>
      </p>
      <p>Kept by the view: {{ kept|join(", ") or "nothing yet" }}.</p>
      {{ react("Heard") }}
    </section>
    """
    react_components = components
    tick_interval = 1000

    def mount(self, request: Request, **params: Any) -> None:
        weather = random.Random(7)
        self.points = [{"at": at, "value": weather.randint(8, 30)} for at in range(MOST_POINTS)]
        self.kept: list[int] = []
        self.is_paused = False

    def handle_tick(self) -> None:
        if not self.is_paused:
            newest = self.points[-1]
            value = min(60, max(0, newest["value"] + random.randint(-6, 6)))
            self.points = [*self.points, {"at": newest["at"] + 1, "value": value}][-MOST_POINTS:]

    @event_handler()
    def keep(self, at: int) -> None:
        found = [point["value"] for point in self.points if point["at"] == at]
        if found:
            self.kept = [*self.kept, found[0]][-8:]
            self.push_event("kept", {"value": found[0]})

    @event_handler()
    def pause(self) -> None:
        self.is_paused = not self.is_paused


app = LiveApp(__name__)
app.live("/", ReactIsland)
