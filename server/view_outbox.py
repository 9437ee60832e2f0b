"""What a view has to say to its browser, until the socket can take a frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import msgspec

from ..client.messages import Frame, Moved
from .rendering.picture import Patch
from .seat import Channel, Seat


class Mark(NamedTuple):
    """How much an outbox held when a turn began."""

    effects: int
    operations: int
    moves: int
    callbacks: int


class Move(NamedTuple):
    """Where the browser shall go, and how (as in the wire's `Moved`)."""

    to: str
    kind: Literal["patch", "redirect", "page"]
    replace: bool

    def as_wire(self) -> dict[str, Any]:
        """Return the fields of the wire's `Moved`."""
        moved = Moved(self.to, self.kind, replace=self.replace)
        fields: dict[str, Any] = msgspec.to_builtins(moved)
        del fields["t"]
        return fields


#: Stands where the view has followed its browser: addresses from before then are outdated.
FOLLOWED = Move("", "patch", replace=True)


class ViewOutboxFull(Exception):
    """More effects wait for an absent browser than the setting LIVE_EFFECTS allows."""


class ViewOutbox:
    """Effects and stream operations wait here in order; the page itself is rendered when asked.

    Behaviours and views put things in at any time; only the view's actor takes them out.
    """

    __slots__ = (
        "_callbacks",
        "_effects",
        "_limit",
        "_moves",
        "_operations",
        "is_dirty",
        "milliseconds",
        "must_acknowledge",
    )

    def __init__(self, limit: int) -> None:
        self._effects: list[tuple[str, Any]] = []
        self._operations: list[Any] = []
        self._moves: list[Move] = []
        self._callbacks: list[Callable[[], None]] = []
        self._limit = limit
        #: The page may have to change.
        self.is_dirty = False
        #: The browser waits to hear that its last event was handled.
        self.must_acknowledge = False
        #: What the frame that is due has cost; only told in development.
        self.milliseconds: float | None = None

    @property
    def is_crowded(self) -> bool:
        """Half of what may wait for a browser does."""
        return len(self._effects) + len(self._operations) >= self._limit // 2

    def put_effect(self, name: str, payload: Any) -> None:
        """Send a side channel's message after the page has been patched."""
        self._make_sure_of_room()
        self._effects.append((name, payload))
        self.is_dirty = True

    def put_operation(self, operation: Any) -> None:
        """Send a stream's operation, between the patch and the effects."""
        self._make_sure_of_room()
        self._operations.append(operation)
        self.is_dirty = True

    def put_move(self, move: Move) -> None:
        """Send the browser elsewhere, last of all."""
        self._moves.append(move)
        self.is_dirty = True

    def followed_browser(self) -> None:
        """The browser has chosen an address: a `live_patch` from before must not undo that."""
        self._moves.append(FOLLOWED)

    def when_sent(self, callback: Callable[[], None]) -> None:
        """Call back after the state of this turn has been sent."""
        self._callbacks.append(callback)
        self.is_dirty = True

    def take_from(self, other: ViewOutbox) -> None:
        """Say as well what somebody else has put into an outbox of his own."""
        self._effects += other._effects
        self._operations += other._operations
        self._moves += other._moves
        self.is_dirty = True

    def mark(self) -> Mark:
        return Mark(
            len(self._effects), len(self._operations), len(self._moves), len(self._callbacks)
        )

    def undo_to(self, mark: Mark) -> None:
        """Drop what a failed turn has put in."""
        del self._effects[mark.effects :]
        del self._operations[mark.operations :]
        del self._moves[mark.moves :]
        del self._callbacks[mark.callbacks :]

    def send(self, seat: Seat, channel: Channel, patch: Patch | None) -> None:
        """Send everything as one frame, an acknowledgement if there is nothing else."""
        acknowledged = seat.handled if self.must_acknowledge else 0
        self.is_dirty = self.must_acknowledge = False
        for move in self._newest_moves():
            # Within the frame, so that it cannot be lost between a frame and its repetition.
            self._effects.append(("moved", move.as_wire()))
        self._moves.clear()
        if patch is not None or self._effects or self._operations:
            self._send_frame(seat, channel, patch, acknowledged)
        elif acknowledged:
            frame = Frame(
                view=channel.number, acknowledged=acknowledged, milliseconds=self.milliseconds
            )
            channel.send(frame)
        if self._callbacks:
            callbacks, self._callbacks = self._callbacks, []
            for callback in callbacks:
                callback()

    def send_waiting(self, seat: Seat, channel: Channel) -> None:
        """Send effects and operations in mid-turn. The page and the event's end come later."""
        if self._effects or self._operations:
            self.milliseconds = None
            self._send_frame(seat, channel, None, acknowledged=0)

    def _send_frame(
        self, seat: Seat, channel: Channel, patch: Patch | None, acknowledged: int
    ) -> None:
        seat.sequence += 1
        frame = Frame(
            view=channel.number,
            sequence=seat.sequence,
            acknowledged=acknowledged,
            shapes=patch.shapes if patch else {},
            diff=patch.diff if patch else None,
            root=patch.root if patch else None,
            operations=self._operations,
            effects=self._effects,
            milliseconds=self.milliseconds,
        )
        encoded = channel.send(frame)
        seat.frames += 1
        seat.sent_bytes += len(encoded)
        seat.replay.keep(seat.sequence, encoded)
        if self._effects or self._operations:
            self._effects, self._operations = [], []

    def _newest_moves(self) -> list[Move]:
        if FOLLOWED not in self._moves:
            return self._moves
        last = len(self._moves) - self._moves[::-1].index(FOLLOWED)
        earlier = [move for move in self._moves[:last] if move.kind != "patch"]
        return earlier + self._moves[last:]

    def _make_sure_of_room(self) -> None:
        if len(self._effects) + len(self._operations) >= self._limit:
            raise ViewOutboxFull(
                f"{self._limit} effects and stream operations wait for a browser that is away, "
                "or come from one turn. Send fewer, or raise LIVE_EFFECTS."
            )
