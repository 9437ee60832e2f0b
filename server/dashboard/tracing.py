"""The messages of one view, written down for some seconds: their names, never their contents."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from typing import Final

import trio

from ...client.messages import Event
from ..seat import Seat
from ..view_messages import GetState, Info

MOST_ENTRIES: Final = 100
MOST_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class TracedTurn:
    """One message that a view has handled."""

    at: float
    message: str
    detail: str
    seconds: float
    #: Messages that waited behind it.
    waiting: int


class Trace:
    """Writes a view's turns down until its time is over."""

    def __init__(self, seat: Seat, seconds: float) -> None:
        self.turns: deque[TracedTurn] = deque(maxlen=MOST_ENTRIES)
        self._address = seat.address
        self._until = trio.current_time() + min(seconds, MOST_SECONDS)
        self._address.measure().on_turn = self._on_turn

    @property
    def seconds_left(self) -> float:
        return max(0.0, self._until - trio.current_time())

    def stop(self) -> None:
        """Write no more down."""
        self._until = trio.current_time()
        if self._address.meter is not None:
            self._address.meter.on_turn = None

    def _on_turn(self, message: object, seconds: float) -> None:
        if not self.seconds_left:
            self.stop()
            return
        message = getattr(message, "question", message)
        if isinstance(message, GetState):
            return  # The page's own question.
        turn = TracedTurn(
            time.time(),
            type(message).__name__,
            _detail(message),
            seconds,
            self._address.mailbox_depth,
        )
        self.turns.append(turn)


def _detail(message: object) -> str:
    """Name what a message is about. What a visitor has sent is named, and not shown."""
    if isinstance(message, Event):
        return f"{message.name}({', '.join(message.parameters)})"
    if isinstance(message, Info):
        return type(message.message).__name__
    return ""
