"""One look at a running application: the schema of `tree.json`, which the page shows as well.

Times ending in `_at` are seconds since 1970; `_seconds` are durations. Fields may be added;
`schema` changes when one is removed or gets another meaning.
"""

from __future__ import annotations

from typing import Literal

import msgspec

SCHEMA = 1

#: Of a view's way to its browser: nobody has come yet; open; open, but it reads too slowly; or
#: dropped, and the view waits for its return.
Link = Literal["awaited", "open", "slow", "dropped"]


class ActorRow(msgspec.Struct, kw_only=True):
    """One actor of the tree."""

    name: str
    class_name: str
    #: "starting", "idle", "busy", "restarting" or "ended".
    state: str
    uptime_seconds: float
    mailbox_depth: int
    mailbox_high_water: int
    mailbox_capacity: int
    #: Messages that a full mailbox has dropped, put together, or refused.
    dropped: int
    coalesced: int
    refused: int
    #: Restarts since its start, those within the window, and how many of them are allowed.
    restarts: int
    restarts_used: int
    restarts_allowed: int
    #: Class name of the message in work, and for how long.
    current_message: str | None
    current_seconds: float
    handled: int
    tasks: int
    last_exit: str | None
    last_traceback: str | None
    #: Of a supervisor: its strategy, and how many restarts below it in how long it allows.
    strategy: str | None = None
    max_restarts: int = 0
    within_seconds: float = 0.0
    #: How many actors stand below it, and those that are shown here.
    child_count: int = 0
    children: list[ActorRow] = msgspec.field(default_factory=list)


class ViewRow(msgspec.Struct, kw_only=True):
    """One live view: its actor, its visitor and its socket."""

    id: str
    view: str
    #: The path without its query, which may hold what is nobody's business.
    path: str
    user: str
    #: The id of the view that it stands in, or "".
    parent: str
    link: Link
    actor: ActorRow
    #: Of the newest 64 turns, zero before the first.
    turn_p50_seconds: float
    turn_p99_seconds: float
    turn_total_seconds: float
    failed_turns: int
    frames: int
    sent_bytes: int
    unsent_bytes: int


class ServiceRow(msgspec.Struct, kw_only=True):
    """Something outside this process, or shared within it, that views rely on."""

    name: str
    is_up: bool
    detail: str
    answer_seconds: float | None = None


class CauseRow(msgspec.Struct, kw_only=True):
    """A bug, and how often it was met."""

    place: str
    where: str
    error: str
    traceback: str
    count: int
    first_at: float
    last_at: float
    outcome: str
    view_id: str
    user: str
    log_id: str


class EventRow(msgspec.Struct, kw_only=True):
    """A crash, a restart or a surrender."""

    at: float
    kind: str
    name: str
    text: str


class Sockets(msgspec.Struct, kw_only=True):
    """The live sockets of this process, and how those before them have ended."""

    open: int
    opened: int
    refused: int
    too_big: int
    too_slow: int
    unfit: int
    silent: int


class Node(msgspec.Struct, kw_only=True):
    """One process, with sums over all its views since its start."""

    id: str
    host: str
    pid: int
    version: str
    python: str
    started_at: float
    is_ready: bool
    #: A launcher starts another one in its place.
    can_drain: bool = False
    memory_bytes: int
    #: How late the event loop was in the last second.
    loop_lag_seconds: float
    loop_held_times: int
    #: Runs of Python's garbage collector, which nothing else runs beside, and the longest of the
    #: last two minutes.
    collections_total: int = 0
    collection_seconds_total: float = 0.0
    collection_longest_seconds: float = 0.0
    views: int
    #: Of these, by the state of their way to the browser.
    links: dict[str, int]
    views_total: int
    turns_total: int
    failed_turns_total: int
    turn_seconds_total: float
    frames_total: int
    sent_bytes_total: int
    crashes_total: int
    restarts_total: int
    given_up_total: int
    #: Of the newest turns of some views.
    turn_p50_seconds: float
    turn_p99_seconds: float
    sockets: Sockets


class Snapshot(msgspec.Struct, kw_only=True):
    """Everything that the supervision page shows."""

    schema: int
    taken_at: float
    node: Node
    #: The other processes that share pub/sub with this one.
    others: list[Node]
    tree: ActorRow
    #: Those that were asked for; `views_found` is how many the search has found.
    views: list[ViewRow]
    views_found: int
    services: list[ServiceRow]
    #: The newest first.
    causes: list[CauseRow]
    events: list[EventRow]
    #: One value a second, the newest last.
    history: dict[str, list[float]]
