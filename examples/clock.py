"""A clock: the page changes although nobody touches it, in all tabs at the same moment."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from limelight import LiveApp, LiveView, Request, event_handler

CITIES = {
    "Auckland": "Pacific/Auckland",
    "Berlin": "Europe/Berlin",
    "Delhi": "Asia/Kolkata",
    "London": "Europe/London",
    "New York": "America/New_York",
    "São Paulo": "America/Sao_Paulo",
    "Tokyo": "Asia/Tokyo",
}


def zones_of_this_machine() -> dict[str, tzinfo]:
    """Return the cities whose time is known here: a machine may lack the data of time zones."""
    zones: dict[str, tzinfo] = {"UTC": UTC}
    for city, name in CITIES.items():
        try:
            zones[city] = ZoneInfo(name)
        except ZoneInfoNotFoundError:
            continue
    return zones


ZONES = zones_of_this_machine()


class Clock(LiveView):
    template = """
    <link rel="stylesheet" href="/static/clock.css">
    <section class="clock">
      <h1>{{ zone }}</h1>
      <svg viewBox="-50 -50 100 100" aria-hidden="true">
        <circle class="face" r="48"/>
        {% for number in range(12) %}
        <line class="mark" y1="-44" y2="-39" transform="rotate({{ number * 30 }})"/>
        {% endfor %}
        <line class="hour" y2="-24" transform="rotate({{ now.hour * 30 + now.minute / 2 }})"/>
        <line class="minute" y2="-36" transform="rotate({{ now.minute * 6 }})"/>
        <line class="second" y1="9" y2="-40" transform="rotate({{ now.second * 6 }})"/>
        <circle class="pin" r="2.4"/>
      </svg>
      <p><time datetime="{{ now.isoformat() }}">{{ now.strftime("%H:%M:%S") }}</time></p>
      <p class="date">{{ now.strftime("%A, %d %B %Y") }}</p>
      <label>Time in
        <select name="zone" dj-change="choose">
          {% for name in zones %}
          <option {% if name == zone %}selected{% endif %}>{{ name }}</option>
          {% endfor %}
        </select>
      </label>
      <p><small>Open this page in a second tab: the server tells both.</small></p>
    </section>
    """

    # The time is looked at ten times a second, so that all tabs see a new second together.
    # A browser hears of it only when what it shows has changed: once a second.
    tick_interval = 100

    def mount(self, request: Request, **params: Any) -> None:
        self.zone = "UTC"
        self.handle_tick()

    def handle_tick(self) -> None:
        self.now = datetime.now(ZONES[self.zone]).replace(microsecond=0)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(zones=list(ZONES), **kwargs)

    @event_handler()
    def choose(self, zone: str) -> None:
        if zone in ZONES:
            self.zone = zone
            self.handle_tick()


app = LiveApp(__name__)
app.live("/", Clock)
