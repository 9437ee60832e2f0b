"""What has happened so far: totals of views that have ended, crashes by cause, the last events."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from ...actors import (
    ChildCrashed,
    ChildFact,
    ChildGaveUp,
    ChildRestarted,
    ChildStarted,
    ChildStopped,
    Reason,
    log_fact,
)
from ..log_facts import fact
from ..reports import Report, cleaned, doing_name, traceback_of

if TYPE_CHECKING:
    from ..seat import Seat

log = logging.getLogger("limelight.views")

#: Causes that are kept; the one not seen for longest is dropped.
MOST_CAUSES: Final = 100
MOST_EVENTS: Final = 100
#: Of a traceback the end is kept: that is where it happened.
MOST_TRACEBACK: Final = 8_000
MOST_TEXT: Final = 300

#: What the log calls what a supervisor tells.
FACTS: Final = {
    ChildStarted: "actor_started",
    ChildCrashed: "actor_crashed",
    ChildRestarted: "actor_restarted",
    ChildGaveUp: "actor_given_up",
    ChildStopped: "actor_stopped",
}

_PLACE = re.compile(r'^ *File "(.+?)", line (\d+), in (\S+)', re.MULTILINE)


@dataclass(slots=True)
class Totals:
    """Sums over views, those that have ended included."""

    views: int = 0
    turns: int = 0
    failed_turns: int = 0
    turn_seconds: float = 0.0
    frames: int = 0
    sent_bytes: int = 0

    def add(self, seat: Seat) -> None:
        """Add what one view has done so far."""
        address = seat.address
        self.views += 1
        self.turns += address.handled
        self.failed_turns += seat.failed_turns
        self.frames += seat.frames
        self.sent_bytes += seat.sent_bytes
        if address.meter is not None:
            self.turn_seconds += address.meter.total_seconds


@dataclass(slots=True)
class Cause:
    """One bug, however often it was met. Times are those of the clock on the wall."""

    #: Where it was raised, as `file:line function`, and in whose work.
    place: str
    where: str
    error: str
    traceback: str
    first_at: float
    last_at: float
    count: int = 0
    #: What followed the last time.
    outcome: str = ""
    #: The view that met it last, its user, and the failure's id in the log.
    view_id: str = ""
    user: str = ""
    log_id: str = ""


@dataclass(frozen=True, slots=True)
class Happening:
    """A restart, a surrender, an end of something that should go on."""

    at: float
    kind: str
    name: str
    text: str


@dataclass(slots=True)
class Records:
    """Kept by one running application from its start. Touched by the event loop's thread only."""

    #: The views that run, by their id.
    seats: Mapping[str, Seat] = field(default_factory=dict)
    #: Measure the turns of new views: somebody may look.
    is_measuring: bool = False
    started_at: float = field(default_factory=time.time)
    ended: Totals = field(default_factory=Totals)
    causes: OrderedDict[str, Cause] = field(default_factory=OrderedDict)
    events: deque[Happening] = field(default_factory=lambda: deque(maxlen=MOST_EVENTS))
    crashes: int = 0
    restarts: int = 0
    given_up: int = 0

    def view_started(self, seat: Seat) -> None:
        if self.is_measuring:
            seat.address.measure()
        if log.isEnabledFor(logging.DEBUG):
            log.debug("%s started", seat.view.__name__, extra=fact("view_started", seat))

    def view_ended(self, seat: Seat, reason: Reason) -> None:
        self.ended.add(seat)
        if log.isEnabledFor(logging.DEBUG):
            told = fact("view_stopped", seat, reason=str(reason), turns=seat.address.handled)
            log.debug("%s ended: %s", seat.view.__name__, reason, extra=told)

    def turn_failed(self, seat: Seat, doing: object, error: Exception, report: Report) -> None:
        """A turn was undone. What the browser may not send is no bug of the view."""
        if report.kind != "crash":
            return
        where = f"{seat.view.__name__}.{doing_name(doing)}"
        cause = self._cause(where, f"{type(error).__name__}: {error}", traceback_of(error))
        cause.outcome = "the turn was undone, the view goes on"
        cause.view_id, cause.user, cause.log_id = seat.id, seat.request.user.username, report.id

    def on_fact(self, told: ChildFact) -> None:
        """Take what a supervisor tells, and write it to the log."""
        id = secrets.token_hex(4) if isinstance(told, ChildCrashed) else ""
        log_fact(told, id=id, extra=self._extra_of(told, id))
        match told:
            case ChildCrashed():
                self._note_crash(told, id)
            case ChildRestarted(count=count):
                self.restarts += 1
                self._note("restarted", told, f"{count} so far")
                self._set_outcome(told, f"restarted, {count} so far")
            case ChildGaveUp():
                self.given_up += 1
                text = f"{told.count} failures, {told.allowed} restarts allowed: {told.error}"
                self._note("given up", told, text)
                self._set_outcome(told, "given up: it failed more often than it may")
            case ChildStopped() | ChildStarted():
                pass

    def _extra_of(self, told: ChildFact, id: str) -> Mapping[str, Any]:
        """Return what the log carries beside a supervisor's words: the view, where it is one."""
        about: dict[str, Any] = {"supervisor": told.supervisor}
        kind, _, name = told.child.partition(" ")
        about |= {"view_id": name} if kind == "view" else {"actor": told.child}
        if isinstance(told, ChildCrashed):
            about |= {"report": id, "error": told.error.partition(":")[0]}
        return fact(FACTS[type(told)], self.seats.get(name), **about)

    def _note_crash(self, fact: ChildCrashed, id: str) -> None:
        self.crashes += 1
        class_name = fact.address.inspect().class_name or fact.child
        where = f"{class_name}.{fact.message}" if fact.message else class_name
        cause = self._cause(where, fact.error, fact.traceback)
        cause.outcome = "the actor ended"
        cause.view_id, cause.log_id = fact.child, id
        self._note("crashed", fact, fact.error)

    def _cause(self, where: str, error: str, traceback: str) -> Cause:
        """Return the record of a bug, counted once more."""
        place = place_in(traceback)
        key = f"{error.partition(':')[0]} {where} {place}"
        now = time.time()
        cause = self.causes.pop(key, None)
        if cause is None:
            cause = Cause(place, where, "", "", first_at=now, last_at=now)
        self.causes[key] = cause
        if len(self.causes) > MOST_CAUSES:
            self.causes.popitem(last=False)
        cause.count += 1
        cause.last_at = now
        cause.error, cause.traceback = error[:MOST_TEXT], traceback[-MOST_TRACEBACK:]
        return cause

    def _set_outcome(self, fact: ChildFact, outcome: str) -> None:
        for cause in reversed(self.causes.values()):
            if cause.view_id == fact.child:
                cause.outcome = outcome
                return

    def _note(self, kind: str, fact: ChildFact, text: str) -> None:
        name = f"{fact.supervisor}/{fact.child}"
        self.events.append(Happening(time.time(), kind, name, cleaned(text)[:MOST_TEXT]))


def place_in(traceback: str) -> str:
    """Return the innermost place of a traceback, as `file:line function`."""
    found = _PLACE.findall(traceback)
    if not found:
        return ""
    path, line, function = found[-1]
    return f"{'/'.join(path.split('/')[-2:])}:{line} {function}"
