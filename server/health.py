"""Two addresses for load balancers and supervisors: is it alive, and may visitors come?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from quart import Response

if TYPE_CHECKING:
    from .application import LiveApp

LIVE_PATH, READY_PATH = "/_live/live", "/_live/ready"


def install_health(app: LiveApp) -> None:
    """Answer both addresses; once, even if an application runs several times."""
    if "live health" in app.view_functions:
        return

    async def is_live() -> Response:
        """The event loop runs and answers."""
        return _answer("alive", 200)

    async def is_ready() -> Response:
        """New visitors may come; not so while the views of a stopping server are saved."""
        return _answer("ready", 200) if app.is_ready else _answer("draining", 503)

    app.add_url_rule(LIVE_PATH, "live health", is_live)
    app.add_url_rule(READY_PATH, "live readiness", is_ready)


def _answer(text: str, status: int) -> Response:
    return Response(text, status, {"Cache-Control": "no-store"}, mimetype="text/plain")
