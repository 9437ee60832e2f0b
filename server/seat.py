"""What stays of a view when its socket drops or its actor is replaced."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import trio

from ..actors import Address, Ended
from ..client.messages import Bye, Chunk, CloseCode, Join, ToBrowser, encode
from .connection import Connection
from .inbox import Inbox
from .request import NOTHING, Request

if TYPE_CHECKING:
    from .keeping import Keeping
    from .nested import Nest
    from .runtime import Runtime
    from .saved_view import SavedView
    from .view import View


NO_INBOXES: dict[int, Inbox] = {}

#: Not quite at once: zero would leave the time to the browser.
SOON_SECONDS = 0.001


class Channel:
    """A view's end of a socket. Several views may share the socket; each has its number."""

    __slots__ = ("_connection", "number")

    def __init__(self, connection: Connection, number: int) -> None:
        self._connection = connection
        self.number = number

    @property
    def has_room(self) -> bool:
        return self._connection.has_room

    @property
    def unsent_bytes(self) -> int:
        return self._connection.unsent_bytes

    def send(self, message: ToBrowser) -> bytes:
        """Send a message; return it as it went out, for whoever may have to repeat it."""
        encoded = encode(message)
        self._connection.send(encoded)
        return encoded

    def send_again(self, frame: bytes) -> None:
        self._connection.send(frame)

    def when_room(self, callback: Callable[[], None]) -> None:
        self._connection.when_room(callback)

    def shares_socket_with(self, other: Channel) -> bool:
        return self._connection is other._connection

    def close(self, code: int, reason: str) -> None:
        self._connection.close(code, reason)

    def send_home(self) -> None:
        """The whole socket ends here; the browser comes back, and finds its view elsewhere."""
        self._connection.send(encode(Bye("the view has moved", after=SOON_SECONDS)))
        self._connection.close(CloseCode.RESTART, "the view has moved")


class Replay:
    """The newest frames, for a browser that comes back and has missed some."""

    __slots__ = ("_frames", "_most_bytes", "_most_frames", "_size")

    def __init__(self, most_frames: int, most_bytes: int) -> None:
        # A list, since an empty deque alone would cost each idle view 600 bytes.
        self._frames: list[tuple[int, bytes]] = []
        self._most_frames = most_frames
        self._most_bytes = most_bytes
        self._size = 0

    def keep(self, sequence: int, frame: bytes) -> None:
        self._frames.append((sequence, frame))
        self._size += len(frame)
        while len(self._frames) > self._most_frames or self._size > self._most_bytes:
            self._drop_oldest()

    def seen(self, sequence: int) -> None:
        """Forget the frames that the browser has applied."""
        while self._frames and self._frames[0][0] <= sequence:
            self._drop_oldest()

    def since(self, seen: int, newest: int) -> list[bytes] | None:
        """Return the frames after `seen`, or None if some of them are gone."""
        missed = [frame for sequence, frame in self._frames if sequence > seen]
        return missed if len(missed) == newest - seen else None

    def clear(self) -> None:
        self._frames.clear()
        self._size = 0

    def _drop_oldest(self) -> None:
        self._size -= len(self._frames.pop(0)[1])


class Seat:
    """One view's place in its page. Only the view's own actor and its restart touch it."""

    __slots__ = (
        "__weakref__",
        "address",
        "channel",
        "claimed",
        "endpoint",
        "epoch",
        "failed_turns",
        "first_head",
        "first_html",
        "frames",
        "handled",
        "has_departed",
        "held",
        "id",
        "inboxes",
        "inherited",
        "is_loss_told",
        "is_rest_planned",
        "keeping",
        "layout_context",
        "loss",
        "nest",
        "nonce",
        "opened_at",
        "page",
        "params",
        "parent",
        "rendered_at",
        "replay",
        "request",
        "runtime",
        "saved",
        "sent_bytes",
        "sequence",
        "shows_once",
        "view",
        "visit",
        "was_restored",
    )

    def __init__(
        self,
        runtime: Runtime,
        request: Request,
        endpoint: str,
        params: Mapping[str, Any] = NOTHING,
        *,
        nonce: str = "",
        id: str = "",
    ) -> None:
        self.id = id or secrets.token_urlsafe(9)
        self.runtime = runtime
        self.request = request
        self.endpoint = endpoint
        self.params = params
        #: Set when the page that shows this view comes by HTTP: its markers carry it.
        self.nonce = nonce
        #: What the answer to the GET is made of; forgotten as soon as it is sent.
        self.first_head = self.first_html = ""
        self.layout_context: Mapping[str, Any] = NOTHING
        self.address: Address[View]
        #: The class of the view; the view that it stands in; and those that stand in it.
        self.view: type[View]
        self.parent: Seat | None = None
        self.nest: Nest | None = None
        self.channel: Channel | None = None
        #: A browser has joined at least once.
        self.claimed = False
        #: Counts comings and goings, so that an old alarm does not end a new visit.
        self.visit = 0
        self.epoch = ""
        #: Names the page that has claimed this view.
        self.page = ""
        self.sequence = self.handled = self.failed_turns = 0
        #: Frames that were sent, their bytes, and since when the view is there.
        self.frames = self.sent_bytes = 0
        self.opened_at = trio.current_time()
        self.replay = Replay(runtime.settings.replay_frames, runtime.settings.replay_bytes)
        #: What the page must hear at its join.
        self.loss = ""
        self.is_loss_told = False
        #: `was_restored` until the first event shows whether later ones than the saved were
        #: lost; `shows_once`: the page shows what cannot be rendered again, such as streamed
        #: rows; `has_departed`: the view goes on in another process.
        self.was_restored = self.shows_once = self.has_departed = False
        #: When the view was last rendered, and whether it will be looked after for that.
        self.rendered_at, self.is_rest_planned = 0.0, False
        self._prepare()

    def _prepare(self) -> None:
        """Have room for what others put here, where there is need of it."""
        #: The attributes that the next incarnation starts with, instead of mounting.
        self.inherited: dict[str, Any] | None = None
        #: Saves the view beside this process, if there is a store and the view wants it.
        self.keeping: Keeping | None = None
        #: What another process has saved: the first incarnation starts with it.
        self.saved: SavedView | None = None
        #: What outlives failed turns and restarts of the actor, closed at its end.
        self.held: dict[str, Any] | None = None
        #: Transfers that binary frames may belong to. Shared by all views that have none.
        self.inboxes: dict[int, Inbox] = NO_INBOXES

    def open_inbox(self, capacity: int) -> Inbox:
        """Let the browser send the chunks of one transfer, so many at a time."""
        inbox = Inbox(self, capacity)
        if self.inboxes is NO_INBOXES:
            self.inboxes = {}
        self.inboxes[inbox.number] = inbox
        return inbox

    def take_chunk(self, chunk: Chunk) -> bool:
        """Put a chunk where it is waited for; False if the browser has sent more than it may.

        One of a transfer that has ended meanwhile was on its way already: it is dropped.
        """
        inbox = self.inboxes.get(chunk.transfer)
        return inbox is None or inbox.put(chunk)

    @property
    def is_alive(self) -> bool:
        """The view has started and has not ended."""
        address: Address[View] | None = getattr(self, "address", None)
        return address is not None and address.is_alive

    def hold(self) -> dict[str, Any]:
        """What behaviours keep beside the view's attributes, until the view ends."""
        if self.held is None:
            self.held = {}
        return self.held

    def close_held(self) -> None:
        held, self.held = self.held, None
        for one in (held or {}).values():
            one.close()

    def let_go(self) -> None:
        """The view did not start: end what it has begun."""
        self.close_held()
        if self.nest is not None:
            self.nest.end_all(depart=False)

    def ended(self, ended: Ended) -> None:
        """The view has ended for good."""
        self.close_held()
        self.runtime.has_ended(self, ended)

    def forget_first_page(self) -> None:
        """The page is on its way: its HTML need not be held any longer."""
        self.first_head = self.first_html = ""
        self.layout_context = NOTHING

    def may_be_taken_by(self, join: Join) -> bool:
        """Tell whether a page is the one that shows this view, or the first that asks.

        A second tab with the same HTML must not take the view away from the first.
        """
        return not self.claimed or join.page == self.page

    def can_go_on_with(self, join: Join) -> bool:
        """Tell whether a page can go on with this view, or needs one that begins anew."""
        is_first = not self.claimed
        return (
            is_first or not self.shows_once or self.missed_since(join.epoch, join.seen) is not None
        )

    def missed_since(self, epoch: str, seen: int) -> list[bytes] | None:
        """Return the frames that a returning browser has missed, or None if it must start anew."""
        if not epoch or epoch != self.epoch:
            return None
        return self.replay.since(seen, self.sequence)

    def begin_epoch(self) -> None:
        """From here on the browser counts frames anew: it was sent the whole view."""
        self.epoch = secrets.token_hex(4)
        self.sequence = 0
        self.replay.clear()
