"""What the upload benchmark serves: a view that takes a file, and a route that takes its body."""

from __future__ import annotations

import hashlib
import tempfile
from typing import Any

from quart import request

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.mixins import UploadMixin


class Depot(UploadMixin, LiveView):
    template = """
    <input type="file" dj-upload="file">
    {% for entry in uploads.file.entries %}<p>{{ entry.progress }} % {{ entry.error }}</p>{% endfor %}
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.allow_upload("file", accept="*", max_file_size=1 << 31)

    @event_handler()
    def take(self, sha256: str) -> None:
        for file in self.consume_uploaded_entries("file"):
            if file.sha256 != sha256:
                raise ValueError(f"expected {sha256}, got {file.sha256}")


app = LiveApp(__name__)
app.config["MAX_CONTENT_LENGTH"] = None
app.config["BODY_TIMEOUT"] = None
app.live("/", Depot)


@app.post("/plain")
async def plain() -> str:
    """Write the body to a temporary file as it comes, and answer with its digest."""
    digest = hashlib.sha256()
    with tempfile.TemporaryFile() as file:
        async for part in request.body:
            # On the event loop: a thread would only make this side slower.
            digest.update(part)
            file.write(part)
    return digest.hexdigest()
