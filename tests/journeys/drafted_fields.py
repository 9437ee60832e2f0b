"""A page with fields of every kind, for the journeys of drafts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.mixins import DraftModeMixin


class Fields(DraftModeMixin, LiveView):
    template = """
    <form>
      <input name="plain" value="{{ plain }}">
      <input name="password" type="password">
      <input name="shown" type="password">
      <input name="card" autocomplete="cc-number">
      <input name="left_out" data-draft="false">
      <input name="token" type="hidden" value="hunter1">
      <input name="file" type="file">
      <select name="several" multiple>
        <option value="a">A</option><option value="b">B</option><option value="c">C</option>
      </select>
      <input name="box" type="checkbox" value="x"><input name="box" type="checkbox" value="y">
      <div data-draft="note" contenteditable dj-update="ignore"></div>
      {% if is_long %}<input name="late">{% endif %}
    </form>
    <button dj-click="more">More</button><p id="told">{{ told }}</p>
    """
    draft_enabled = True
    draft_key = "fields"

    def mount(self, request: Request, **params: Any) -> None:
        self.plain = request.args.get("plain", "")
        self.is_long, self.told = False, ""

    @event_handler()
    def more(self) -> None:
        self.is_long = True

    def handle_draft_restored(self, values: Mapping[str, Any]) -> None:
        self.told += f" {values}"


app = LiveApp(__name__)
app.live("/", Fields)
