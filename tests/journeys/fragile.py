"""An application whose views can be killed in every way, in development and in production."""

from __future__ import annotations

from typing import Any

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.server.view_messages import Crash


class Fragile(LiveView):
    template = """
    <h1>{{ count }}</h1>
    <p>{{ lives }} lives</p>
    <button dj-click="add">Add</button>
    <button dj-click="die">Die</button>
    <button dj-click="fail" dj-value-depth="7">Fail</button>
    <form dj-submit="save">
      <label>Name <input name="name"></label>
      <label>Wish <textarea name="wish"></textarea></label>
      <label>Colour <select name="colour"><option>red</option><option>blue</option></select></label>
      <label><input type="checkbox" name="agreed"> Agreed</label>
      <button>Save</button>
    </form>
    <p id="saved">{{ saved }}</p>
    <a href="/elsewhere">Elsewhere</a>
    """

    _lives = 0

    def __init__(self) -> None:
        super().__init__()
        Fragile._lives += 1

    def mount(self, request: Request, **params: Any) -> None:
        self.count = 0
        self.saved = ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(lives=Fragile._lives, **kwargs)

    @event_handler()
    def add(self) -> None:
        self.count += 1

    @event_handler()
    def die(self) -> None:
        self._address.tell(Crash("a journey asked for it"))

    @event_handler()
    def fail(self, depth: int) -> None:
        self.count = -1
        raise RuntimeError(f"failed at depth {depth}")

    @event_handler()
    def save(self, name: str = "", wish: str = "", colour: str = "", agreed: str = "") -> None:
        self.saved = f"{name}, {wish}, {colour}, {agreed}"


app = LiveApp(__name__)
app.live("/", Fragile)


@app.get("/elsewhere")
async def elsewhere() -> str:
    """Return a page without anything alive in it."""
    return "<!doctype html><title>Elsewhere</title><h1>Elsewhere</h1>"
