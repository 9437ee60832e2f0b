"""A page that takes one large file, at once or with its form, and says what it got."""

from __future__ import annotations

from typing import Any

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.mixins import UploadMixin


class Depot(UploadMixin, LiveView):
    template = """
    <form dj-submit="take">
      <input type="file" dj-upload="file">
      {% for entry in uploads.file.entries %}<p>{{ entry.progress }} %{{ entry.error }}</p>{% endfor %}
      <button>Send</button>
    </form>
    <button dj-click="take">Take</button><output>{{ sums|join(" ") }}</output>
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.sums: tuple[str, ...] = ()
        waits = "form" in request.args
        self.allow_upload("file", "*", max_file_size=1 << 30, auto_upload=not waits)

    @event_handler()
    def take(self, **fields: Any) -> None:
        files = self.consume_uploaded_entries("file")
        self.sums = (*self.sums, *(file.sha256 for file in files))


app = LiveApp(__name__)
app.live("/", Depot)
