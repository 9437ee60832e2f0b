"""Pages whose size the visitor chooses, besides those of the comparison."""

from __future__ import annotations

from typing import Any

from benchmarks.peers.applications.content import Row, changed_name
from benchmarks.peers.applications.limelight_pages import TABLE, Tracked, app
from limelight import LiveView, Request, event_handler
from limelight.server.rendering.tracked import TrackedList

__all__ = ["app"]


@app.live("/rows/<int:count>")
class Rows(LiveView):
    template = TABLE.replace(" KEY", "")

    def mount(self, request: Request, **params: Any) -> None:
        self.event = 0
        self.rows: Any = [
            Row(number, f"name {number}", "open", number * 3) for number in range(params["count"])
        ]

    @event_handler()
    def change(self) -> None:
        self.event += 1
        self.rows[self.event * 37 % len(self.rows)].name = changed_name(self.event)


@app.live("/tracked/<int:count>")
class TrackedRows(Rows):
    def mount(self, request: Request, **params: Any) -> None:
        super().mount(request, **params)
        self.rows = TrackedList(
            Tracked(id=row.id, name=row.name, state=row.state, amount=row.amount)
            for row in self.rows
        )
