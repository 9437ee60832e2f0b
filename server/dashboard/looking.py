"""One look at a process: its snapshot, and the view that somebody has chosen, closely."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import trio

from ...actors import ActorError
from ..view_messages import GetState
from .redaction import redacted_state
from .snapshot import Snapshot, ViewRow
from .tracing import TracedTurn
from .views import ViewQuery, view_row

if TYPE_CHECKING:
    from ..seat import Seat
    from .actions import Actions
    from .supervision import Supervision

#: How long a view may take to say what its state is, before it is called busy.
STATE_SECONDS: Final = 0.2
MOST_TURNS: Final = 20


class TraceRow(msgspec.Struct, kw_only=True):
    """What a trace has written down, the newest first."""

    seconds_left: float
    turns: list[TracedTurn]


class Look(msgspec.Struct, kw_only=True):
    """What a page shows of one process."""

    now: Snapshot
    #: The chosen view; None if there is none, or it has ended.
    detail: ViewRow | None = None
    #: Its public attributes, redacted.
    state: dict[str, str] = msgspec.field(default_factory=dict)
    #: By task where it waits.
    stacks: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    trace: TraceRow | None = None


async def look_at(
    supervision: Supervision, actions: Actions, query: ViewQuery, chosen: str, *, asker: str = ""
) -> Look:
    """Look at this process. The view `asker` is not asked for its state: it waits for the answer."""
    look = Look(now=supervision.snapshot(query))
    # What follows is a second piece of work: whoever waits goes first.
    await trio.lowlevel.checkpoint()
    seat = supervision.runtime.seats.get(chosen)
    if seat is not None and seat.is_alive:
        look.detail = view_row(seat)
        look.stacks = seat.address.await_stacks()
        look.trace = _trace_of(actions, chosen)
        shows_texts = supervision.runtime.settings.is_development
        look.state = {} if chosen == asker else await _state_of(seat, shows_texts=shows_texts)
    return look


async def _state_of(seat: Seat, *, shows_texts: bool) -> dict[str, str]:
    """Ask a view for its state; one that is busy does not keep the page waiting."""
    try:
        state = await seat.address.ask(GetState(), timeout=STATE_SECONDS)
    except ActorError:
        return {}
    return redacted_state(state, shows_texts=shows_texts)


def _trace_of(actions: Actions, view_id: str) -> TraceRow | None:
    trace = actions.traces.get(view_id)
    if trace is None:
        return None
    turns = list(reversed(trace.turns))[:MOST_TURNS]
    return TraceRow(seconds_left=trace.seconds_left, turns=turns)
