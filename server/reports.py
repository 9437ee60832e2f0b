"""What log, browser and developer are told when a view fails."""

from __future__ import annotations

import logging
import secrets
import traceback
from dataclasses import dataclass, field
from typing import Any

from ..client.events import EventRefused
from ..client.messages import ErrorKind, Event
from .dashboard.redaction import without_secrets
from .handlers import ParameterError, UnknownEvent
from .log_facts import fact

log = logging.getLogger("limelight.views")

#: Longer values are cut in reports: a log line is for reading.
MOST_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class Report:
    """A failure in the words that may leave the server, and its id in the log."""

    kind: ErrorKind
    text: str
    id: str = ""
    detail: dict[str, Any] = field(default_factory=dict)


def report_failure(
    view: object, doing: object, error: Exception, *, is_development: bool
) -> Report:
    """Log a failure and return what the browser may know of it."""
    owner = view if isinstance(view, type) else type(view)
    where = f"{owner.__name__}.{doing_name(doing)}"
    if isinstance(error, UnknownEvent | ParameterError | EventRefused):
        told = fact("event_refused", where=where)
        log.warning("%s refused: %s", where, cleaned(str(error)), extra=told)
        kind: ErrorKind = "unknown_event" if isinstance(error, UnknownEvent) else "parameter"
        return Report(kind, str(error))
    id = secrets.token_hex(4)
    told = fact("failed", where=where, report=id, error=type(error).__name__)
    log.error("%s failed [%s]: %s", where, id, cleaned(repr(error)), exc_info=error, extra=told)
    if not is_development:
        return Report("crash", "Something went wrong. Nothing was changed.", id)
    text = f"{where} raised {type(error).__name__}: {error}"
    return Report("crash", text, id, _detail(view, where, doing, error))


def traceback_of(error: Exception) -> str:
    """Return an error's whole traceback as text."""
    return "".join(traceback.format_exception(error))


def doing_name(doing: object) -> str:
    """Return the name of the handler, task or message that was at work."""
    if isinstance(doing, Event):
        return cleaned(doing.name)
    if isinstance(doing, str):
        return doing
    return getattr(doing, "__name__", None) or type(doing).__name__


def cleaned(text: str) -> str:
    """Return text that cannot forge a line of the log."""
    return text[:MOST_CHARACTERS].encode("unicode_escape").decode("ascii")


def _detail(view: object, where: str, doing: object, error: Exception) -> dict[str, Any]:
    attributes = {} if isinstance(view, type) else vars(view)
    state = {name: repr(value)[:200] for name, value in attributes.items() if name[0] != "_"}
    return {
        "traceback": traceback_of(error),
        "parameters": without_secrets(doing.parameters) if isinstance(doing, Event) else {},
        "state": without_secrets(state),
        "handler": where,
        "supervisor": "The turn was undone; the view goes on.",
    }
