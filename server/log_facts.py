"""What a line of the log carries beside its text: which fact it tells, and of which view."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .seat import Seat

#: Attribute of a log record that holds them.
FIELDS: Final = "limelight_fields"

#: The view whose turn, or whose background work, writes the line.
view_at_work: ContextVar[Seat | None] = ContextVar("view_at_work", default=None)


def fact(name: str, seat: Seat | None = None, /, **fields: Any) -> Mapping[str, Any]:
    """Return the `extra` of a line that tells a fact: `log.info("...", extra=fact("drained"))`."""
    about = fields_of(seat) if seat is not None else {}
    return {FIELDS: {"fact": name, **about, **fields}}


def fields_of(seat: Seat) -> dict[str, Any]:
    """Return what names a view and its visitor."""
    return {
        "view": seat.view.__name__,
        "view_id": seat.id,
        "route": seat.endpoint.removeprefix("live "),
        "user": seat.request.user.auth_id,
    }
