"""A view with a bug: the turn that fails is undone, and the page goes on."""

from __future__ import annotations

from typing import Any

from limelight import LiveApp, LiveView, Request, event_handler


class Crash(LiveView):
    template = """
    <section class="crash">
      <h1>{{ count }}</h1>
      <p>
        <button dj-click="increment">+1</button>
        <button class="danger" dj-click="fail">Crash this view</button>
      </p>
      <p>
        <label>Type something, then crash
          <input name="note" placeholder="It is still here afterwards" autocomplete="off">
        </label>
      </p>
      <p><small>The failing handler sets the count to minus one before it raises. You never
      see that: a turn counts as a whole or not at all.</small></p>
    </section>
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.count = 0

    @event_handler()
    def increment(self) -> None:
        self.count += 1

    @event_handler()
    def fail(self) -> None:
        self.count = -1
        raise RuntimeError("Somebody pressed the button that crashes this view.")


app = LiveApp(__name__)
app.live("/", Crash)
