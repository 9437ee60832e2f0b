"""Which views are shown: found, sorted and cut before any of them is looked at closely."""

from __future__ import annotations

import heapq
from collections.abc import Callable, ValuesView
from itertools import islice
from typing import Any, Final

import msgspec

from ...actors.meter import percentile
from ..seat import Seat
from .actor_rows import actor_row
from .snapshot import Link, ViewRow

MOST_ROWS: Final = 200


class ViewQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody wants to see of the views."""

    sort: str = "newest"
    search: str = ""
    limit: int = 25


#: Each must cost next to nothing: it is asked of every view, every second.
ORDERS: Final[dict[str, Callable[[Seat], Any]]] = {
    "newest": lambda seat: seat.opened_at,
    "oldest": lambda seat: -seat.opened_at,
    "mailbox": lambda seat: (seat.address.mailbox_depth, seat.opened_at),
    "turns": lambda seat: seat.address.handled,
    "busiest": lambda seat: seat.address.meter.total_seconds if seat.address.meter else 0.0,
    "slowest": lambda seat: seat.address.meter.slowest if seat.address.meter else 0.0,
    "failed": lambda seat: (seat.failed_turns, seat.opened_at),
    "sent": lambda seat: seat.sent_bytes,
}

#: Those in which views stand already.
IN_ORDER: Final = frozenset({"newest", "oldest"})


def chosen_views(seats: ValuesView[Seat], query: ViewQuery) -> tuple[list[ViewRow], int]:
    """Return the rows that a query asks for, and how many views its search has found."""
    wanted = query.search.strip().lower()
    if not wanted and query.sort in IN_ORDER:
        # As they were opened, so the others need not be looked at.
        newest_first = reversed(tuple(seats)) if query.sort == "newest" else iter(seats)
        alive = (seat for seat in newest_first if seat.is_alive)
        return [view_row(seat) for seat in islice(alive, _most(query))], len(seats)
    found = [seat for seat in seats if seat.is_alive and (not wanted or wanted in text_of(seat))]
    order = ORDERS.get(query.sort, ORDERS["newest"])
    rows = heapq.nlargest(_most(query), found, key=order)
    return [view_row(seat) for seat in rows], len(found)


def _most(query: ViewQuery) -> int:
    return max(1, min(query.limit, MOST_ROWS))


def text_of(seat: Seat) -> str:
    """What a search looks through."""
    request = seat.request
    words = (seat.view.__name__, request.path, request.user.username, seat.id, link_of(seat))
    return "\n".join(words).lower()


def link_of(seat: Seat) -> Link:
    """Return the state of a view's way to its browser."""
    channel = seat.channel
    if channel is not None:
        return "open" if channel.has_room else "slow"
    return "dropped" if seat.claimed else "awaited"


def view_row(seat: Seat) -> ViewRow:
    meter, channel = seat.address.meter, seat.channel
    times = sorted(meter.newest) if meter is not None else []
    return ViewRow(
        id=seat.id,
        view=seat.view.__name__,
        path=seat.request.path,
        user=seat.request.user.username,
        parent=seat.parent.id if seat.parent is not None else "",
        link=link_of(seat),
        actor=actor_row(seat.address.inspect()),
        turn_p50_seconds=percentile(times, 0.5),
        turn_p99_seconds=percentile(times, 0.99),
        turn_total_seconds=meter.total_seconds if meter is not None else 0.0,
        failed_turns=seat.failed_turns,
        frames=seat.frames,
        sent_bytes=seat.sent_bytes,
        unsent_bytes=channel.unsent_bytes if channel is not None else 0,
    )
