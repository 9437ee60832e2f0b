"""One browser's socket: reads its messages, holds it to its limits, hands them to its views."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
import trio

from ..actors import ActorEnded, MailboxFull
from ..client.messages import (
    Bye,
    CloseCode,
    Error,
    ErrorKind,
    Event,
    FromBrowser,
    Join,
    Leave,
    Moved,
    Navigate,
    Ping,
    Pong,
    Seen,
    Signal,
    Unbound,
    decode_from_browser,
    encode,
    read_chunk,
)
from .connection import Connection
from .limiter import TokenBucket
from .log_facts import fact
from .request import Request, User
from .seat import Channel, Seat
from .view_messages import Detached

if TYPE_CHECKING:
    from .joining import Joining

log = logging.getLogger("limelight.sockets")

#: Closing codes that tell of a limit, and the setting behind it.
LIMITS = {
    CloseCode.TOO_MANY: "events_per_second",
    CloseCode.TOO_SLOW: "unsent_bytes",
    CloseCode.TOO_BIG: "frame_bytes",
    CloseCode.UNFIT: "unfit_frames",
}


class Socket:
    """The application's side of one open socket. Touched only by the socket's reader
    and by the joins that it has started."""

    def __init__(
        self, joining: Joining, request: Request, connection: Connection, cookie: str = ""
    ) -> None:
        settings = joining.settings
        #: Its user is anonymous until the first join has looked the cookie up.
        self.request = request
        self.connection = connection
        #: What shows who is logged in; "" if nobody is.
        self.cookie = cookie
        self._joining = joining
        self._most_views = settings.views_per_socket
        self._most_joins = settings.views_per_socket + settings.nested_views
        #: The numbers of the views that stand for themselves.
        self._roots: set[int] = set()
        self._most_unfit = settings.unfit_frames
        self._unfit = 0
        self._seats: dict[int, tuple[Seat, Channel]] = {}
        #: By the views' numbers; each is set once it is known whom the join is for.
        self._joins_under_way: dict[int, trio.Event] = {}
        self._is_closed = False
        self._is_closing = False
        clock = trio.current_time
        self._events = TokenBucket(settings.events_per_second, settings.events_burst, clock)
        self._signals = TokenBucket(settings.signals_per_second, settings.signals_burst, clock)
        self._repeats = TokenBucket(settings.repeats_per_second, settings.repeats_burst, clock)
        self._chunks = TokenBucket(settings.chunks_per_second, settings.chunks_burst, clock)

    async def receive(self, data: str | bytes) -> None:
        """Take one frame of the browser."""
        if self._is_closing:
            return
        if isinstance(data, bytes):
            await self._on_chunk(data)
            return
        try:
            message = decode_from_browser(data)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            self._refuse_unfit(error)
            return
        await self._take(message)

    async def _take(self, message: FromBrowser) -> None:
        match message:
            case Event():
                await self._on_event(message)
            case Navigate():
                await self._on_navigate(message)
            case Seen() | Unbound():
                await self._on_quiet(message)
            case Join():
                self._on_join(message)
            case Leave():
                self._on_leave(message)
            case Signal():
                self._on_signal(message)
            case Ping():
                self.connection.send(PONG)

    def closed(self, code: int) -> None:
        """The socket has ended: a reader who went away ends the views, a drop does not."""
        self._is_closed = True
        if code in LIMITS:
            self._note_limit(LIMITS[code])
        has_left = code == CloseCode.GOING_AWAY
        for seat, channel in self._seats.values():
            if has_left:
                seat.runtime.has_left(seat, channel)
            elif seat.address.is_alive:
                seat.address.tell(Detached(channel))
        self._seats.clear()

    def _note_limit(self, limit: str) -> None:
        seats, request = self.seats, self.request
        told = fact(
            "limit_reached",
            seats[0] if seats else None,
            limit=limit,
            user=request.user.auth_id,
            client=request.client,
        )
        log.warning("a socket has reached its limit: %s", limit, extra=told)

    @property
    def has_ended(self) -> bool:
        """Nothing is taken in any more: whoever sits at the other end has gone, or shall go."""
        return self._is_closed or self._is_closing

    @property
    def seats(self) -> list[Seat]:
        """The places of the views that have joined over this socket."""
        return [seat for seat, _ in self._seats.values()]

    def identify(self, user: User) -> None:
        """The cookie was looked up."""
        self.request = self.request.by(user)

    # --- what the browser says ------------------------------------------------------

    async def _on_event(self, event: Event) -> None:
        bucket = self._repeats if event.repeated else self._events
        if not bucket.take():
            self._refuse(event.view, "too many events a second")
            self.close(CloseCode.TOO_MANY, "too many events a second")
            return
        await self._hand_over(event)

    async def _on_navigate(self, navigate: Navigate) -> None:
        if not self._events.take():
            self.close(CloseCode.TOO_MANY, "too many events a second")
            return
        found = self._seats.get(navigate.view)
        if found is None:
            self._refuse(navigate.view, "no view of that number has joined")
            return
        if found[0].parent is not None:
            self._refuse(navigate.view, "a nested view has no address of its own")
            return
        try:
            stays = self._joining.stays_in_view(found[0], navigate)
        except ValueError as error:
            self._refuse(navigate.view, str(error))
            return
        if stays:
            await self._hand_over(navigate)
        else:
            self._begin_move(found[0], navigate)

    async def _on_chunk(self, frame: bytes) -> None:
        """Put a part of a transfer where its view waits for it; too many are read later."""
        try:
            chunk = read_chunk(frame)
        except ValueError as error:
            self._refuse_unfit(error)
            return
        await self._chunks.wait()
        found = self._seats.get(chunk.view)
        if found is None or not self._joining.is_welcome(found[0]):
            return
        if not found[0].take_chunk(chunk):
            self.close(CloseCode.TOO_MANY, "more chunks under way than were allowed")

    def _on_signal(self, signal: Signal) -> None:
        """Drop what is too much: the next one tells more."""
        found = self._seats.get(signal.view)
        if found is not None and self._signals.take():
            with suppress(ActorEnded, MailboxFull):
                found[0].address.tell(signal)

    async def _on_quiet(self, message: Seen | Unbound) -> None:
        if message.view in self._seats:
            await self._hand_over(message)

    def _on_join(self, join: Join) -> None:
        if join.view in self._joins_under_way:
            self._refuse(join.view, "this view is joining already")
        elif join.view not in self._seats and self._view_count >= self._most_joins:
            self._refuse(join.view, f"a socket carries at most {self._most_joins} views")
        else:
            self._joins_under_way[join.view] = trio.Event()
            self._joining.begin(self, join)

    def _on_leave(self, leave: Leave) -> None:
        self._roots.discard(leave.view)
        found = self._seats.pop(leave.view, None)
        if found is not None:
            found[0].runtime.has_left(*found)

    @property
    def _view_count(self) -> int:
        return len(self._seats.keys() | self._joins_under_way)

    async def _hand_over(self, message: Event | Navigate | Seen | Unbound) -> None:
        """Put a message into its view's mailbox; while that is full nothing more is read."""
        found = self._seats.get(message.view)
        if found is None:
            self._refuse(message.view, "no view of that number has joined")
            return
        address = found[0].address
        try:
            if not address.has_room:
                await address.wait_for_room()
            address.tell(message)
        except ActorEnded:
            self._seats.pop(message.view, None)

    # --- joins ------------------------------------------------------------------------

    def _begin_move(self, seat: Seat, navigate: Navigate) -> None:
        """Leave one view for another over the same socket."""
        if navigate.view not in self._joins_under_way:
            self._joins_under_way[navigate.view] = trio.Event()
            self._joining.begin_move(self, seat, navigate)

    async def wait_for_joins_before(self, number: int) -> None:
        """A nested view waits for what is around it, which a page joins before; not for its like."""
        self._joins_under_way[number].set()
        for earlier, settled in tuple(self._joins_under_way.items()):
            if earlier < number:
                await settled.wait()

    def has_room_for(self, number: int) -> bool:
        """Count a view that stands for itself; refuse the join if there are too many."""
        if number not in self._roots and len(self._roots) >= self._most_views:
            self._note_limit("views_per_socket")
            self.refuse_join(
                number, "refused", f"a socket carries at most {self._most_views} views"
            )
            return False
        self._roots.add(number)
        return True

    def forget_join(self, number: int) -> None:
        """A join has ended, one way or the other."""
        if number not in self._seats:
            self._roots.discard(number)
        settled = self._joins_under_way.pop(number, None)
        if settled is not None:
            settled.set()

    def take_in(self, seat: Seat, number: int) -> Channel | None:
        """A join has found its view; return the channel, or None if the socket has gone."""
        self.forget_join(number)
        if self.has_ended:
            return None
        former = self._seats.pop(number, None)
        if former is not None and former[0] is not seat:
            former[0].runtime.has_left(*former)
        channel = Channel(self.connection, number)
        self._seats[number] = (seat, channel)
        if seat.parent is None:
            self._roots.add(number)
        return channel

    def refuse_join(
        self, number: int, kind: ErrorKind, text: str, *, event: int = 0, id: str = ""
    ) -> None:
        """A join has failed, or the move that was an event; the browser is told why."""
        self.forget_join(number)
        self.connection.send(encode(Error(kind, text, view=number, number=event, id=id)))

    def send_away(self, number: int, to: str) -> None:
        """What is there is not for this socket: the browser loads it as a page."""
        self.forget_join(number)
        self.connection.send(encode(Moved(to, "page", view=number)))

    def close(self, code: int, reason: str, *, again: bool = True) -> None:
        self.connection.send(encode(Bye(reason, again)))
        self.connection.close(code, reason)
        self._is_closing = True

    def send_home(self, after: float, why: str = "the server restarts") -> None:
        """The browser comes back after some seconds."""
        self.connection.send(encode(Bye(why, after=after)))
        self.connection.close(CloseCode.RESTART, why)
        self._is_closing = True

    # --- refusals -----------------------------------------------------------------------

    def _refuse(self, view: int, text: str) -> None:
        """Refuse without the event's number: whoever hears a number takes all events before it
        as done, and those may still wait in the mailbox. The browser keeps the event."""
        self.connection.send(encode(Error("refused", text, view=view)))

    def _refuse_unfit(self, error: Exception) -> None:
        self._unfit += 1
        self.connection.send(encode(Error("unfit", f"This frame could not be read: {error}"[:300])))
        if self._unfit >= self._most_unfit:
            self.close(CloseCode.UNFIT, "too many frames that could not be read", again=False)


PONG = encode(Pong())
