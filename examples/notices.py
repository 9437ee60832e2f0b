"""Messages that come and go: from a handler, from the first HTML, and along to the next page."""

from __future__ import annotations

from typing import Any, Literal

from limelight import LiveApp, LiveView, Request, event_handler

Level = Literal["info", "success", "warning", "error"]
SAMPLES: dict[Level, str] = {
    "info": "Three people are reading this page.",
    "success": "Your changes were saved.",
    "warning": "The disk is almost full.",
    "error": "The printer is on fire.",
}


class Notices(LiveView):
    template = """
    <link rel="stylesheet" href="/static/notices.css">
    {% flash auto_dismiss=6000 %}
    <section class="notices">
      <h1>Notices</h1>
      <p>A message waits while you point at it, closes by its button, and is read aloud politely.</p>
      <div class="notices-levels" role="group" aria-label="Show a sample">
        {% for level, text in samples.items() %}
        <button class="quiet notices-{{ level }}" dj-click="sample" dj-value-level="{{ level }}"
                >{{ level|capitalize }}</button>
        {% endfor %}
      </div>
      <form dj-submit="say">
        <label>Your own
          <input name="text" required maxlength="120" autocomplete="off"
                 placeholder="Anything, <b>markup</b> too">
        </label>
        <label>Level
          <select name="level">{% for level in samples %}<option>{{ level }}</option>{% endfor %}</select>
        </label>
        <button>Say it</button>
      </form>
      <footer>
        <button class="quiet" dj-click="move">Say it on the next page</button>
        <button class="quiet" dj-click="clear">Clear all</button>
      </footer>
      <p><small>{{ said }} said since this page was opened.</small></p>
    </section>
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.said = 0

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(samples=SAMPLES, **kwargs)

    @event_handler()
    def sample(self, level: Level) -> None:
        self._say(level, SAMPLES[level])

    @event_handler()
    def say(self, text: str, level: Level = "info") -> None:
        if text.strip():
            self._say(level, text.strip())

    @event_handler()
    def move(self) -> None:
        self.put_flash("success", "This came along to a page that has just been opened.")
        self.live_redirect(self.request.path)

    @event_handler()
    def clear(self) -> None:
        self.clear_flash()

    def _say(self, level: Level, text: str) -> None:
        self.said += 1
        self.put_flash(level, text)


app = LiveApp(__name__)
app.live("/", Notices)
