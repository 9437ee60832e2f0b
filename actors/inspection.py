"""What an actor is doing: snapshots that cost little and need no message."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any

from .policy import Policy


class Activity(enum.StrEnum):
    """What an actor does at the moment."""

    STARTING = "starting"
    IDLE = "idle"
    BUSY = "busy"
    RESTARTING = "restarting"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class ActorState:
    """A snapshot of one actor. Times are in seconds."""

    name: str
    id: int
    class_name: str
    state: Activity
    mailbox_depth: int
    mailbox_capacity: int
    high_water: int
    dropped: int
    coalesced: int
    refused: int
    #: Restarts within the window of the policy that this actor's restarts count in.
    restarts_used: int
    restarts_allowed: int
    #: Restarts of this actor since its address was made.
    restarts: int
    #: Class name of the message in work, and for how long.
    current_message: str | None
    current_seconds: float
    handled: int
    #: Tasks in the actor's own nursery.
    tasks: int
    #: Since the last start was complete; zero while it is not running.
    uptime: float
    #: Reason of the last exit, and the traceback if it was an error.
    last_exit: str | None
    last_traceback: str | None


@dataclass(frozen=True, slots=True)
class TreeNode:
    """An actor, and under a supervisor its children in the order of their start."""

    state: ActorState
    policy: Policy | None = None
    children: tuple[TreeNode, ...] = ()


def await_stack(coroutine: Any) -> tuple[str, ...]:
    """Return where a suspended coroutine stands, as `file:line function`, the innermost last."""
    places = []
    while coroutine is not None:
        frame = getattr(coroutine, "cr_frame", None) or getattr(coroutine, "gi_frame", None)
        if frame is None:
            break
        code = frame.f_code
        places.append(f"{code.co_filename}:{frame.f_lineno} {code.co_qualname}")
        coroutine = getattr(coroutine, "cr_await", None) or getattr(coroutine, "gi_yieldfrom", None)
    return tuple(places)
