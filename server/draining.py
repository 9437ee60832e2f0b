"""How a worker leaves: not ready any more, views saved, browsers sent home to come back."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import trio

from ..client.messages import Error
from .settings import Settings
from .view_messages import Depart

if TYPE_CHECKING:
    from .application import LiveApp

LOOK_SECONDS = 0.01


async def drain(app: LiveApp) -> None:
    """Save all views, close all live sockets with 1012, and wait until they have ended.

    Browsers are told to come back spread over some time, so that they do not come at once.
    """
    runtime = app.runtime
    app.is_ready = False
    if runtime.keeper is not None:
        runtime.keeper.is_leaving = True
    sockets = app.gate.sockets
    spread = _spread_seconds(runtime.settings, len(sockets))
    with trio.move_on_after(runtime.settings.drain_seconds):
        seats = [seat for seat in runtime.seats.values() if seat.address.is_alive]
        for seat in seats:
            seat.address.tell(Depart(after=_some_seconds(spread)))
        for seat in seats:
            await seat.address.wait_ended()
        for socket in tuple(sockets):
            socket.send_home(_some_seconds(spread))
        while app.socket_counts.open:
            await trio.sleep(LOOK_SECONDS)


def _some_seconds(spread: float) -> float:
    """Never quite zero, which says nothing: a browser then chooses a time itself."""
    return max(0.001, random.uniform(0, spread))


def tell_all_pages(app: LiveApp, text: str) -> None:
    """Show developers on every open page why their newest change is not there yet."""
    detail = {"handler": "reload", "traceback": text, "supervisor": "The former code still runs."}
    said = text.strip().rpartition("\n")[2] or text
    for seat in app.runtime.seats.values():
        if seat.channel is not None:
            seat.channel.send(Error("crash", said, view=seat.channel.number, detail=detail))


def _spread_seconds(settings: Settings, browsers: int) -> float:
    if settings.is_development:
        return 0.0
    return min(browsers / settings.returns_per_second, settings.return_seconds)
