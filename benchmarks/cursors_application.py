"""A document in which many point at the same time, and what that costs its server."""

from __future__ import annotations

import time
from typing import Any

from limelight import LiveApp, LiveView, Request
from limelight.mixins import LiveCursorMixin

renders = 0


class Document(LiveCursorMixin, LiveView):
    presence_key = "document"
    template = "<div dj-cursors>{{ presence_count() }}</div>"

    def mount(self, request: Request, **params: Any) -> None:
        self.track_presence({"name": request.args["name"]})

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        global renders
        renders += 1
        return super().get_context_data(**kwargs)


app = LiveApp(__name__)
app.live("/", Document)


@app.get("/state")
async def state() -> dict[str, float]:
    return {"cpu": time.process_time(), "renders": renders}
