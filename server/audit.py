"""Who has acted on a running application: in the log, and the newest on the page."""

from __future__ import annotations

import logging
import time
from collections import deque
from dataclasses import dataclass
from typing import Final

from .reports import cleaned
from .request import Request

log = logging.getLogger("limelight.audit")

MOST_ENTRIES: Final = 100


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act of somebody, done or refused."""

    at: float
    who: str
    client: str
    action: str
    target: str
    outcome: str


class AuditLog:
    """Writes each act to the log `limelight.audit`, as a warning so that it is not filtered."""

    def __init__(self) -> None:
        self.newest: deque[AuditEntry] = deque(maxlen=MOST_ENTRIES)

    def write(self, request: Request, action: str, target: str, outcome: str) -> None:
        """Note what the visitor of a request has done, and what came of it."""
        self.note(*who_asks(request), action, target, outcome)

    def note(self, who: str, client: str, action: str, target: str, outcome: str) -> None:
        """Note what somebody has done who has asked for it elsewhere."""
        entry = AuditEntry(time.time(), who, client, action, target, outcome)
        self.newest.append(entry)
        log.warning(
            "%s from %s: %s %s: %s",
            cleaned(who),
            cleaned(client or "here"),
            cleaned(action),
            cleaned(target),
            cleaned(outcome),
        )


def who_asks(request: Request) -> tuple[str, str]:
    """Return the name of a request's user, and the address from which they come."""
    user = request.user
    who = (user.username or user.auth_id or "?") if user.is_authenticated else "anonymous"
    return who, request.client
