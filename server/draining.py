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

#: Nobody comes back before this process has stopped to accept sockets.
LEAST_SECONDS, LEAST_SECONDS_IN_DEVELOPMENT = 0.2, 0.02


async def save_all_views(app: LiveApp) -> None:
    """Let no new sockets in, and save all views. Their sockets stay until `send_all_home`."""
    runtime = app.runtime
    app.is_ready = False
    if runtime.keeper is not None:
        runtime.keeper.is_leaving = True
    with trio.move_on_after(runtime.settings.drain_seconds):
        while seats := [seat for seat in runtime.seats.values() if seat.address.is_alive]:
            for seat in seats:
                seat.address.tell(Depart(ends_socket=False))
            for seat in seats:
                await seat.address.wait_ended()


def send_all_home(app: LiveApp) -> None:
    """Close all live sockets with 1012. Browsers come back spread over some time."""
    sockets = tuple(app.gate.sockets)
    for socket in sockets:
        socket.send_home(seconds_until_return(app.runtime.settings, len(sockets)))


def seconds_until_return(settings: Settings, browsers: int) -> float:
    """Choose when one of so many browsers that are sent home comes back."""
    if settings.is_development:
        return LEAST_SECONDS_IN_DEVELOPMENT
    spread = min(browsers / settings.returns_per_second, settings.return_seconds)
    return LEAST_SECONDS + random.uniform(0, spread)


def tell_all_pages(app: LiveApp, text: str) -> None:
    """Show developers on every open page of this machine why their newest change is not there yet."""
    detail = {"handler": "reload", "traceback": text, "supervisor": "The former code still runs."}
    said = text.strip().rpartition("\n")[2] or text
    for seat in app.runtime.seats.values():
        if seat.channel is not None and app.runtime.shows_errors_to(seat.request):
            seat.channel.send(Error("crash", said, view=seat.channel.number, detail=detail))
