"""What a supervisor tells its observer about its children."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from .address import Address, Reason
from .message import Message

logger = logging.getLogger("limelight.actors")


class ChildFact(Message, frozen=True):
    """The base of facts: which child of which supervisor."""

    supervisor: str
    child: str
    address: Address[Any]


class ChildStarted(ChildFact, frozen=True):
    """A child started for the first time."""


class ChildCrashed(ChildFact, frozen=True):
    """A child failed. A restart, a give-up or its end follows."""

    #: The error as `Type: text`, and the whole traceback.
    error: str
    traceback: str
    #: Failures in a row, this one included.
    count: int
    #: Class name of the message in work, if there was one.
    message: str | None = None


class ChildRestarted(ChildFact, frozen=True):
    """A child runs again."""

    #: Restarts of this child so far.
    count: int


class ChildStopped(ChildFact, frozen=True):
    """A child ended for good."""

    reason: Reason


class ChildGaveUp(ChildFact, frozen=True):
    """A child failed more often than the policy allows, and is not started again."""

    error: str
    traceback: str
    #: Restarts within the window, this refused one included, and how many are allowed.
    count: int
    allowed: int


def log_fact(fact: ChildFact, *, id: str = "", extra: Mapping[str, Any] | None = None) -> None:
    """Write a fact to the log `limelight.actors`: what a supervisor does by default.

    `id` names a crash in other places too; `extra` become attributes of the log's record.
    """
    place = f"{fact.supervisor}/{fact.child}"
    match fact:
        case ChildCrashed():
            name, text = f" [{id}]" if id else "", fact.traceback.rstrip()
            logger.error(
                "%s crashed%s (%d in a row)\n%s", place, name, fact.count, text, extra=extra
            )
        case ChildGaveUp():
            logger.critical(
                "%s gave up: %d failures, %d restarts allowed: %s",
                place,
                fact.count,
                fact.allowed,
                fact.error,
                extra=extra,
            )
        case ChildRestarted():
            logger.warning("%s restarted (%d so far)", place, fact.count, extra=extra)
        case ChildStopped():
            logger.debug("%s ended: %s", place, fact.reason, extra=extra)
        case _:
            logger.debug("%s: %s", place, type(fact).__name__, extra=extra)
