"""Who looks after the live sockets of one running server: heartbeats, stalls and the end."""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from typing import Protocol

import trio

from ..client.messages import CloseCode
from .connection import TransportLimits
from .door_socket import DoorSocket

logger = logging.getLogger(__name__)

SHORTEST_ROUND, LONGEST_ROUND = 0.02, 5.0
ROUNDS_IN_A_LIMIT = 4


class StopEvent(Protocol):
    """The event that a server sets when it stops."""

    def is_set(self) -> bool: ...
    def wait(self) -> Awaitable[object]: ...


class DoorKeeper:
    """One task that makes rounds: cheaper than timers of each socket.

    It lives in the server's own nursery: from the first live socket until the server stops
    and the last socket is closed.
    """

    def __init__(self, stopped: StopEvent, limits: TransportLimits) -> None:
        self._stopped = stopped
        self._sockets: set[DoorSocket] = set()
        self._emptied = trio.Event()
        shortest = min(
            limits.heartbeat_seconds,
            limits.silence_seconds,
            limits.stall_seconds,
            limits.close_seconds,
        )
        round_seconds = shortest / ROUNDS_IN_A_LIMIT
        self._round_seconds = min(max(round_seconds, SHORTEST_ROUND), LONGEST_ROUND)

    def enter(self, socket: DoorSocket) -> None:
        self._sockets.add(socket)

    def leave(self, socket: DoorSocket) -> None:
        self._sockets.discard(socket)
        if self._stopped.is_set() and not self._sockets:
            self._emptied.set()

    async def keep(self) -> None:
        while not self._stopped.is_set():
            with trio.move_on_after(self._round_seconds):
                await self._stopped.wait()
            self._make_round()
        for socket in tuple(self._sockets):
            socket.close(CloseCode.RESTART, "The server is restarting")
        while self._sockets:
            with trio.move_on_after(self._round_seconds):
                await self._emptied.wait()
            self._make_round()

    def _make_round(self) -> None:
        now = trio.current_time()
        for socket in tuple(self._sockets):
            try:
                socket.inspect(now)
            except Exception:
                logger.exception("A live socket could not be looked after")
                self._sockets.discard(socket)
