"""Tabs that are as you left them: typed text, scrolling, and a counter that goes on playing."""

from __future__ import annotations

from typing import Any, Literal

from limelight import LiveApp, LiveView, Request, event_handler

Tab = Literal["notes", "log", "player"]
TABS: dict[Tab, str] = {"notes": "Notes", "log": "Log", "player": "Player"}
MOST_LINES = 200


class Tabs(LiveView):
    template = """
    <link rel="stylesheet" href="/static/tabs.css">
    <script type="module" src="/static/tabs.js"></script>
    <section class="tabs">
      <h1>Tabs</h1>
      <div role="tablist" aria-label="Parts of this page">
        {% for name, title in tabs.items() %}
        <button role="tab" id="tab-{{ name }}" aria-controls="panel-{{ name }}"
                aria-selected="{{ 'true' if name == tab else 'false' }}"
                dj-click="show" dj-value-tab="{{ name }}">{{ title }}</button>
        {% endfor %}
      </div>

      {% dj_activity "notes" visible=(tab == "notes") %}
      <div role="tabpanel" id="panel-notes" aria-labelledby="tab-notes">
        <form dj-submit="add">
          <label>A note
            <textarea name="text" rows="4" required maxlength="400"
                      placeholder="Write half a sentence, look into another tab, come back."></textarea>
          </label>
          <button>Keep it</button>
        </form>
        <ul>{% for note in notes %}<li>{{ note }}</li>{% endfor %}</ul>
      </div>
      {% enddj_activity %}

      {% dj_activity "log" visible=(tab == "log") %}
      <div role="tabpanel" id="panel-log" aria-labelledby="tab-log">
        <p>A line a second, also while nobody looks: then none of them is rendered or sent.</p>
        <ol class="tabs-log" tabindex="0" aria-label="Log">
          {% for line in lines %}<li dj-key="{{ line }}">Line {{ line }}</li>{% endfor %}
        </ol>
      </div>
      {% enddj_activity %}

      {% dj_activity "player" visible=(tab == "player") %}
      <div role="tabpanel" id="panel-player" aria-labelledby="tab-player">
        <p class="tabs-player" id="player" dj-hook="Player">
          <output dj-update="ignore">0</output>
          <button type="button" aria-pressed="false" dj-update="ignore">Play</button>
        </p>
        <p>The server has heard <strong>{{ beats }}</strong> beats. What this tab says while it is
          hidden waits, and is heard in order once it is shown.</p>
      </div>
      {% enddj_activity %}
      <p><small role="status">{{ seconds }} s on this page.</small></p>
    </section>
    """
    tick_interval = 1000

    def mount(self, request: Request, **params: Any) -> None:
        self.tab: Tab = "notes"
        self.notes: tuple[str, ...] = ()
        self.lines = tuple(range(1, 31))
        self.beats = 0
        self.seconds = 0

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(tabs=TABS, **kwargs)

    def handle_tick(self) -> None:
        self.seconds += 1
        self.lines = (*self.lines, self.lines[-1] + 1)[-MOST_LINES:]

    @event_handler()
    def show(self, tab: Tab) -> None:
        self.tab = tab

    @event_handler()
    def add(self, text: str) -> None:
        if text.strip():
            self.notes = (text.strip()[:400], *self.notes)[:20]

    @event_handler()
    def beat(self, number: int) -> None:
        self.beats += 1


app = LiveApp(__name__)
app.live("/", Tabs)
