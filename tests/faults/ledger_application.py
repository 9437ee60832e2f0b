"""An application to break: it keeps a ledger, talks much, streams, and says how it is."""

from __future__ import annotations

import os
import resource
from typing import Any, ClassVar, Literal, cast

import trio
from quart import jsonify

from limelight import LiveApp, LiveView, Request, event_handler

PERSIST = cast(Literal["soon", "strict"], os.environ.get("LEDGER_PERSIST", "soon"))
TICK_MILLISECONDS = int(os.environ.get("FEED_MILLISECONDS", "50"))
TICK_BYTES = int(os.environ.get("FEED_BYTES", "20000"))


class Ledger(LiveView):
    """Keeps the order in which operations were applied, and shows the newest of them."""

    template = """
    <b>{{ applied|length }}</b>
    <ul>{% for number in applied[-5:] %}<li dj-key="{{ number }}">{{ number }}</li>{% endfor %}</ul>
    {% if is_revealed %}<p id="applied">{{ applied|join(" ") }}</p>{% endif %}
    """
    persist = PERSIST

    mounts: ClassVar[int] = 0

    def mount(self, request: Request, **params: Any) -> None:
        Ledger.mounts += 1
        self.applied: list[int] = []
        self.is_revealed = False

    @event_handler()
    async def apply(self, number: int) -> None:
        await trio.lowlevel.checkpoint()
        self.applied = [*self.applied, number]

    @event_handler()
    def reveal(self, is_revealed: bool = True) -> None:
        self.is_revealed = is_revealed


class Feed(LiveView):
    """Says much more, and more often, than a slow reader can read."""

    template = "<b>{{ count }}</b><pre>{{ text }}</pre>"
    tick_interval = TICK_MILLISECONDS

    mounts: ClassVar[int] = 0

    def mount(self, request: Request, **params: Any) -> None:
        Feed.mounts += 1
        self.count = self._turn_number = 0
        self.text = ""

    @event_handler()
    def add(self) -> None:
        self.count += 1

    def handle_tick(self) -> None:
        self._turn_number += 1
        self.text = f"{self._turn_number} " + "x" * TICK_BYTES


class Teller(LiveView):
    """Streams words without an end, as long as it lives."""

    template = '<b>{{ count }}</b><p dj-stream="story"></p>'

    running: ClassVar[int] = 0

    def mount(self, request: Request, **params: Any) -> None:
        self.count = 0

    @event_handler(background=True)
    async def tell(self) -> None:
        Teller.running += 1
        try:
            while True:
                await self.stream_start("story")
                for _ in range(1000):
                    await self.stream_text("story", "word ")
                    await trio.sleep(0.001)
        finally:
            Teller.running -= 1


app = LiveApp(__name__)
app.live("/", Ledger)
app.live("/feed", Feed)
app.live("/teller", Teller)


@app.get("/state")
async def state() -> Any:
    """Return what a test cannot see from outside."""
    counts = app.socket_counts
    used = resource.getrusage(resource.RUSAGE_SELF)
    return jsonify(
        mounts=Ledger.mounts,
        feeds=Feed.mounts,
        tellers=Teller.running,
        seats=len(app.runtime.seats),
        open=counts.open,
        too_slow=counts.too_slow,
        silent=counts.silent,
        tasks=trio.lowlevel.current_statistics().tasks_living,
        cpu=used.ru_utime + used.ru_stime,
    )
