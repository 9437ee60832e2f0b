"""One view's side of the conversation: numbered events, frames in order, what must be repeated."""

from __future__ import annotations

import secrets
from collections import deque
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from .document import PageError
from .history import Arrival
from .messages import Error, Event, Frame, Joined, Moved, Navigate, Seen
from .mirror import Mirror, MirrorError
from .regions import Regions

#: What a user may do before the join or while away; the same bound as in a browser.
MOST_WAITING_EVENTS = 100
#: So many frames are applied before the server is told, unless an event tells it earlier.
FRAMES_BEFORE_SEEN = 32
#: An event that got no answer so often is dropped, since it may be what breaks the server.
MOST_SENDS = 3
KEPT_SIGNALS = 1_000


class EventFailed(PageError):
    """The server refused an event, or its handler raised. `error` is what the server said."""

    def __init__(self, error: Error) -> None:
        trace = error.detail.get("traceback")
        super().__init__(f"{error.kind}: {error.message}" + (f"\n{trace}" if trace else ""))
        self.error = error
        self.kind = error.kind


@dataclass(frozen=True, slots=True)
class PushedEvent:
    """What a view sent with `push_event(name, payload)`."""

    name: str
    payload: Any


@dataclass(slots=True)
class Pending:
    """An event that was not acknowledged yet."""

    message: Event | Navigate
    #: How the address changes once a navigation has succeeded.
    arrival: Arrival = "push"
    sends: int = 0
    is_done: bool = False
    error: Error | None = None

    @property
    def url(self) -> str | None:
        return self.message.url if isinstance(self.message, Navigate) else None

    def next_message(self) -> Event | Navigate:
        """Return what to send now; what was sent before says so."""
        self.sends += 1
        if self.sends > 1 and isinstance(self.message, Event):
            return msgspec.structs.replace(self.message, repeated=True)
        return self.message

    def finish(self, error: Error | None = None) -> None:
        self.error = error
        self.is_done = True


class Link:
    """What a browser knows of one live view. It does no input or output itself."""

    def __init__(self, token: str) -> None:
        self.mirror = Mirror()
        self.regions = Regions()
        self.token = token
        self.page = secrets.token_hex(4)
        self.title = ""
        self.epoch = ""
        self.seen = 0
        self.acknowledged = 0
        self.how: Literal["", "adopted", "resumed", "mounted"] = ""
        self.events: list[PushedEvent] = []
        self.effects: list[tuple[str, Any]] = []
        self.operations: list[Any] = []
        #: What counted only while it was new, the newest last.
        self.signals: deque[tuple[str, Any]] = deque(maxlen=KEPT_SIGNALS)
        #: Where frames have sent the page, until it goes there.
        self.moves: list[Moved] = []
        self.joins = 0
        self.frames_applied = 0
        self._pending: dict[int, Pending] = {}
        self._last_number = 0
        self._told_seen = 0

    def html(self) -> str:
        """Return the HTML that the view shows, with what its streams have built."""
        return self.regions.html(self.mirror.html())

    # --- to the server ---------------------------------------------------------------

    def call(self, name: str, parameters: dict[str, Any]) -> Pending:
        """Number an event. It stays here until the server acknowledges it."""
        self._told_seen = self.seen
        return self._keep(Event(self._next_number(), name, parameters, seen=self.seen))

    def navigate(
        self, url: str, kind: Literal["patch", "redirect"], arrival: Arrival = "push"
    ) -> Pending:
        pending = self._keep(Navigate(self._next_number(), url, kind))
        pending.arrival = arrival
        return pending

    def give_up(self) -> list[Error]:
        """After a join: drop what was sent often enough and never acknowledged."""
        errors = [
            Error("lost", f'Event {number} was sent {MOST_SENDS} times and never acknowledged.',
                  number=number)
            for number, pending in self._pending.items()
            if pending.sends >= MOST_SENDS
        ]  # fmt: skip
        for error in errors:
            self._pending.pop(error.number).finish(error)
        return errors

    def waiting(self) -> list[Pending]:
        """Return what was not acknowledged yet, in order."""
        return list(self._pending.values())

    def end(self) -> None:
        """The page is left: nothing is answered or repeated any more."""
        while self._pending:
            self._pending.popitem()[1].finish()

    def _next_number(self) -> int:
        if len(self._pending) >= MOST_WAITING_EVENTS:
            raise PageError(
                f"{MOST_WAITING_EVENTS} events wait for the server, as many as a browser keeps. "
                "Reconnect before more are sent."
            )
        self._last_number += 1
        return self._last_number

    def _keep(self, message: Event | Navigate) -> Pending:
        pending = self._pending[message.number] = Pending(message)
        return pending

    # --- from the server -------------------------------------------------------------

    def joined(self, message: Joined) -> None:
        """Start where the server says: with the whole view, or behind the last frame seen."""
        if message.how == "mounted":
            self.mirror.forget_shapes()
            self.mirror.learn(message.shapes)
            self.mirror.replace(message.root)
            self.regions.clear()
        elif message.how == "adopted":
            raise MirrorError("", "the view was adopted, but this page asked for all values.")
        elif (message.epoch, message.sequence) != (self.epoch, self.seen):
            raise MirrorError(
                "",
                f"resumed at frame {message.sequence} of epoch {message.epoch!r}; this page "
                f"has seen frame {self.seen} of {self.epoch!r}.",
            )
        self.joins += 1
        self.how, self.epoch = message.how, message.epoch
        self.seen = self._told_seen = message.sequence
        self.token = message.token or self.token
        self.title = message.title or self.title
        self._acknowledge(message.acknowledged)

    def frame(self, message: Frame) -> None:
        """Apply one frame, and settle the events whose effect it shows."""
        if message.sequence:
            self._apply(message)
        self._acknowledge(message.acknowledged)

    def seen_report(self) -> Seen | None:
        """Return the message that tells what was applied, when it is time for one."""
        if self.seen - self._told_seen < FRAMES_BEFORE_SEEN:
            return None
        self._told_seen = self.seen
        return Seen(self.seen)

    def _apply(self, message: Frame) -> None:
        if message.sequence != self.seen + 1:
            raise MirrorError(
                "", f"frame {message.sequence} came after frame {self.seen}: each must come once."
            )
        self.mirror.learn(message.shapes)
        if message.root is not None:
            self.regions.remember(self.mirror.html())
            self.mirror.replace(message.root)
        if message.diff is not None:
            self.mirror.patch(message.diff)
        self.operations.extend(message.operations)
        for operation in message.operations:
            self.regions.operate(operation)
        for name, payload in message.effects:
            self._effect(name, payload)
        self.seen = message.sequence
        self.frames_applied += 1

    def _effect(self, name: str, payload: Any) -> None:
        if name == "event":
            self.events.append(PushedEvent(*payload))
        elif name == "moved":
            self.moves.append(msgspec.convert({"t": "moved", **payload}, Moved))
        elif name == "title":
            self.title = payload
        else:
            self.effects.append((name, payload))

    def _acknowledge(self, number: int) -> None:
        self.acknowledged = max(self.acknowledged, number)
        for waiting in [one for one in self._pending if one <= number]:
            self._pending.pop(waiting).finish()

    def failed(self, error: Error) -> None:
        """Take the error of one event, which is not repeated, or of a join under way."""
        if error.number == 0:
            self._fail_navigation(error)
        elif error.number in self._pending:
            self._acknowledge(error.number - 1)
            self.acknowledged = error.number
            self._pending.pop(error.number).finish(error)

    def _fail_navigation(self, error: Error) -> None:
        """A view that cannot be mounted is refused without the number of who asked for it."""
        if error.kind in ("refused", "down"):
            for number, pending in list(self._pending.items()):
                if isinstance(pending.message, Navigate):
                    self._pending.pop(number).finish(error)
