"""LiveCursorMixin: everybody sees where the others point, as they move."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Mapping
from typing import Any, ClassVar

import trio

from .cursor_board import CursorBoard, Viewer, color_of
from .presence import PresenceMixin

__all__ = ["LiveCursorMixin"]

#: Under this name the room of a key keeps its board.
BOARD = "cursors"


class LiveCursorMixin(PresenceMixin):
    """Shows the pointers of all who are present over the element with `dj-cursors`.

    Positions are fractions of that element, from 0 to 1. They go past the template: a move
    renders no page. Name the class before LiveView.
    """

    __slots__ = ()

    _hooks: ClassVar[frozenset[str]] = frozenset({"handle_cursor_move"})

    # --- verbs ------------------------------------------------------------------------

    def get_cursors(self) -> dict[str, dict[str, Any]]:
        """Return where the others point: `{user_id: {"x", "y", "meta", "color"}}`."""
        room = self._followed_presence()
        board = room.belongings.get(BOARD) if room is not None else None
        if room is None or board is None:
            return {}
        own, cursors = self.presence_id, {}
        for user, (x, y) in board.positions().items():
            presence = room.presence(user)
            if user != own and presence is not None:
                meta = presence["meta"]
                cursors[user] = {"x": x, "y": y, "meta": meta, "color": color_of(user)}
        return cursors

    def update_cursor_position(self, x: float, y: float) -> None:
        """Show the others one's own pointer there. Raises ValueError outside of 0 to 1."""
        if not (_is_fraction(x) and _is_fraction(y)):
            raise ValueError(f"A cursor's x and y are numbers from 0 to 1, not {x!r} and {y!r}.")
        follower = self._service("presence").follower(self._view_id)
        if follower is not None:
            self._cursor_board(follower.room).move(self.presence_id, float(x), float(y))

    # --- the hook of the author -----------------------------------------------------------

    def handle_cursor_move(self, x: float, y: float) -> Any:
        """The user's own pointer has moved. An override calls `update_cursor_position`."""
        self.update_cursor_position(x, y)

    # --- what happens ---------------------------------------------------------------------

    def _signalled(self, name: str, payload: Any) -> Awaitable[None] | None:
        if name != "cursor":
            return super()._signalled(name, payload)
        is_pair = isinstance(payload, list) and len(payload) == 2
        if is_pair and all(map(_is_fraction, payload)):
            result: Awaitable[None] | None = self.handle_cursor_move(*payload)
            return result
        return None

    def _begin(self) -> Awaitable[None] | None:
        if self._presence_wish is None:
            self.track_presence()
        return super()._begin()

    def _browser_arrived(self, params: Mapping[str, Any]) -> None:
        super()._browser_arrived(params)
        # It knows nothing, whatever a former one was sent.
        self._watch_cursors()

    def _settle_presence(self) -> None:
        super()._settle_presence()
        follower = self._service("presence").follower(self._view_id)
        board = self._cursor_board(follower.room) if follower is not None else None
        if board is not None and not board.is_watched_by(self._view_id):
            self._watch_cursors()

    def _watch_cursors(self) -> None:
        """Send this view's browser all that there is to see, and what comes from now on."""
        follower = self._service("presence").follower(self._view_id)
        if follower is None:
            return
        board, view = self._cursor_board(follower.room), self._view_id
        viewer = Viewer(
            self.presence_id,
            send=lambda shown: self._send_signal("cursors", shown),
            has_browser=lambda: self.connected,
        )
        board.watch(view, viewer)
        follower.when_stopped["cursors"] = lambda: board.unwatch(view)

    def _cursor_board(self, room: Any) -> CursorBoard:
        board: CursorBoard | None = room.belongings.get(BOARD)
        if board is None:
            board = room.belongings[BOARD] = self._new_board(room)
        return board

    def _new_board(self, room: Any) -> CursorBoard:
        presence, pubsub = self._service("presence"), self._service("pubsub")
        topic, node = f"cursors:{room.key}", presence.node
        board = CursorBoard(
            room,
            trio.current_time,
            presence.later.call,
            lambda moves: pubsub.publish(topic, [node, moves]),
        )

        def hear(told: Any) -> None:
            if told[0] != node:
                board.take_from_others(told[1])

        room.listeners[BOARD] = board.room_changed
        room.when_closed.append(pubsub.subscribe(topic, hear).cancel)
        return board


def _is_fraction(value: object) -> bool:
    # Not bool, which is an int as well.
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return math.isfinite(value) and 0 <= value <= 1
