"""An application whose messages cross pages that are loaded as a whole."""

from __future__ import annotations

from typing import Any

from quart import redirect

from limelight import LiveApp, LiveView, Request, event_handler


class Departure(LiveView):
    template = "<button dj-click='leave'>Leave</button>"

    @event_handler()
    def leave(self) -> None:
        self.put_flash("success", "Carried")
        self.live_redirect("/detour")


class Arrival(LiveView):
    template = "{% flash auto_dismiss=0 %}<h1>Arrived</h1>"


class Greeting(LiveView):
    template = """{% flash auto_dismiss=0 %}
    <button dj-click='nothing'>Nothing</button><p>{{ clicks }} clicks</p>"""

    def mount(self, request: Request, **params: Any) -> None:
        self.clicks = 0
        self.put_flash("info", "Welcome")

    @event_handler()
    def nothing(self) -> None:
        self.clicks += 1


app = LiveApp(__name__)
app.live("/", Departure)
app.live("/arrived", Arrival)
app.live("/greeting", Greeting)


@app.get("/detour")
async def detour() -> Any:
    """No live view, so that the browser loads it; it leads to one."""
    return redirect("/arrived")
