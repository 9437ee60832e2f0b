"""Where the pointers of all who look at the same thing are, for the views of one process."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from typing import Any

import msgspec

#: At most so often the newest positions leave.
FLUSHES_A_SECOND = 30
#: Positions cross the socket as whole numbers.
SCALE = 10_000
#: A position that is older is not shown to those who come.
FRESH_SECONDS = 10.0
NAME_LENGTH = 40
#: Each has a contrast of at least 5.9 to white, in which names stand on it.
PALETTE = (
    "#b4232a",
    "#1f5fbf",
    "#1f6f3a",
    "#7a3fb8",
    "#a13d00",
    "#00706b",
    "#b3245f",
    "#4b4bc8",
    "#4d6600",
    "#00688f",
    "#a02f8f",
    "#7a5200",
)


def color_of(user: str) -> str:
    """Return a user's colour: the same everywhere and always."""
    return PALETTE[zlib.crc32(user.encode()) % len(PALETTE)]


class Pointer:
    """One user's pointer."""

    __slots__ = ("is_local", "moved_at", "name", "number", "x", "y")

    def __init__(self, number: int) -> None:
        self.number = number
        self.x = self.y = 0.0
        self.moved_at = -math.inf
        #: As the views know it; None before they know it at all.
        self.name: str | None = None
        #: Moved in this process: the others are to be told.
        self.is_local = False


class Viewer:
    """One view that sees the pointers of others."""

    __slots__ = ("has_browser", "is_current", "own_user", "send")

    def __init__(
        self, own_user: str, send: Callable[[Any], bool], has_browser: Callable[[], bool]
    ) -> None:
        self.own_user = own_user
        #: Returns False if it could not be sent.
        self.send = send
        self.has_browser = has_browser
        #: It has seen all that came before.
        self.is_current = False


class CursorBoard:
    """Takes positions in, and sends the newest of each user to all views, together.

    Whoever could not be sent a change is sent the whole board later, so nothing piles up. It
    is touched by the event loop's thread only.
    """

    def __init__(
        self,
        room: Any,
        now: Callable[[], float],
        call_later: Callable[[float, Callable[[], None]], None],
        publish: Callable[[list[Any]], None],
    ) -> None:
        self._room = room
        self._now = now
        self._call_later = call_later
        self._publish = publish
        self._viewers: dict[str, Viewer] = {}
        self._pointers: dict[str, Pointer] = {}
        self._numbers = 0
        self._moved: dict[str, Pointer] = {}
        self._gone: list[int] = []
        self._may_have_new_names = False
        self._is_planned = False
        self._flushed_at = -math.inf

    # --- views ------------------------------------------------------------------------------

    def watch(self, view: str, viewer: Viewer) -> None:
        """Send a view the pointers of others: at first all of them."""
        self._viewers[view] = viewer
        self._pointer(viewer.own_user)
        self._plan()

    def is_watched_by(self, view: str) -> bool:
        return view in self._viewers

    def unwatch(self, view: str) -> None:
        self._viewers.pop(view, None)

    # --- pointers -----------------------------------------------------------------------------

    def positions(self) -> dict[str, tuple[float, float]]:
        """Return where the pointers of all users are that have been seen."""
        return {
            user: (pointer.x, pointer.y)
            for user, pointer in self._pointers.items()
            if pointer.moved_at > -math.inf
        }

    def move(self, user: str, x: float, y: float, *, is_local: bool = True) -> None:
        """A pointer is here now. One of a user who is not present is nobody's."""
        if user not in self._room:
            return
        pointer = self._pointer(user)
        pointer.x, pointer.y, pointer.moved_at = x, y, self._now()
        pointer.is_local = is_local
        self._moved[user] = pointer
        self._plan()

    def take_from_others(self, moves: list[Any]) -> None:
        """Positions have come from another process."""
        for user, x, y in moves:
            self.move(user, x, y, is_local=False)

    def room_changed(self, joins: list[dict[str, Any]], leaves: list[dict[str, Any]]) -> None:
        """Users have come or gone, or their metas have changed."""
        for presence in leaves:
            pointer = self._pointers.pop(presence["id"], None)
            self._moved.pop(presence["id"], None)
            if pointer is not None and pointer.name is not None:
                self._gone.append(pointer.number)
        self._may_have_new_names = True
        if self._pointers:
            self._plan()

    def _pointer(self, user: str) -> Pointer:
        pointer = self._pointers.get(user)
        if pointer is None:
            self._numbers += 1
            pointer = self._pointers[user] = Pointer(self._numbers)
        return pointer

    # --- sending ------------------------------------------------------------------------------

    def _plan(self) -> None:
        if not self._is_planned:
            self._is_planned = True
            due = self._flushed_at + 1 / FLUSHES_A_SECOND
            self._call_later(max(due - self._now(), 0.0), self._flush)

    def _flush(self) -> None:
        self._is_planned = False
        self._flushed_at = self._now()
        moved, self._moved = self._moved, {}
        gone, self._gone = self._gone, []
        people = self._new_people(moved)
        self._tell_others(moved)
        change = _encoded([_moves(moved.values()), people, gone])
        has_news = bool(people or gone)
        for viewer in tuple(self._viewers.values()):
            if has_news or not viewer.is_current or (moved and moved.keys() != {viewer.own_user}):
                self._show(viewer, change)

    def _show(self, viewer: Viewer, change: msgspec.Raw) -> None:
        shown = change if viewer.is_current else self._whole(viewer)
        viewer.is_current = viewer.send(shown)
        if not viewer.is_current and viewer.has_browser():
            # Its socket has no room; whoever has no browser is shown all when it comes back.
            self._plan()

    def _new_people(self, moved: dict[str, Pointer]) -> list[list[Any]]:
        """Return who is new to the views, or is called otherwise than before."""
        asked = self._pointers if self._may_have_new_names else moved
        self._may_have_new_names = False
        people = []
        for user, pointer in asked.items():
            if pointer.moved_at == -math.inf:
                continue
            name = self._name_of(user)
            if name != pointer.name:
                pointer.name = name
                people.append([pointer.number, name, color_of(user)])
        return people

    def _name_of(self, user: str) -> str:
        presence = self._room.presence(user)
        name = presence["meta"].get("name") if presence is not None else ""
        return str(name or "")[:NAME_LENGTH]

    def _whole(self, viewer: Viewer) -> msgspec.Raw:
        """All that a view needs which knows nothing yet."""
        since = self._now() - FRESH_SECONDS
        fresh = [one for one in self._pointers.values() if one.moved_at >= since]
        people = [
            [one.number, one.name, color_of(user)]
            for user, one in self._pointers.items()
            if one.name is not None
        ]
        own = self._pointer(viewer.own_user).number
        return msgspec.Raw(msgspec.json.encode([_moves(fresh), people, [], own]))

    def _tell_others(self, moved: dict[str, Pointer]) -> None:
        local = [[user, one.x, one.y] for user, one in moved.items() if one.is_local]
        if local:
            self._publish(local)


def _moves(pointers: Any) -> list[int]:
    """Return number, x and y of each, in one row."""
    return [
        value
        for one in pointers
        for value in (one.number, round(one.x * SCALE), round(one.y * SCALE))
    ]


def _encoded(parts: list[Any]) -> msgspec.Raw:
    """Encode once what many views are sent, without the empty parts at its end."""
    while parts and not parts[-1]:
        parts.pop()
    return msgspec.Raw(msgspec.json.encode(parts))
