"""What a live socket is, whatever carries it: the door, or ASGI."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from ..client.messages import CloseCode

#: Close codes of RFC 6455 that no application sends; the others are in `CloseCode`.
BROKEN_FRAME: Final = 1002
NO_CODE: Final = 1005
LOST: Final = 1006
BROKEN_TEXT: Final = 1007

#: A peer that takes fewer bytes than this within the stall limit has stalled.
PROGRESS_BYTES: Final = 16 * 1024

#: A websocket scope may carry a function of this name that bounds the size of messages.
LIMIT_EXTENSION: Final = "limelight.message_limit"

#: A request's scope may carry a function of this name: it takes what shall be called when the
#: client has left, or None.
LEAVE_EXTENSION: Final = "limelight.when_client_leaves"


@dataclass(frozen=True, slots=True)
class Handshake:
    """What a browser said when it asked for a live socket."""

    path: str
    query: str
    #: Names in lower case; a header that was sent more than once is joined with ", ".
    headers: Mapping[str, str]
    #: "ws" or "wss".
    scheme: str
    host: str
    #: The peer's address without its port; empty for a Unix socket.
    client: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a socket is not opened: an HTTP status and a sentence, answered before the upgrade."""

    status: int
    reason: str
    #: Sent as Retry-After where coming back later may help.
    retry_after_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class TransportLimits:
    """The bounds of one live socket. Sizes are in bytes."""

    #: A larger frame from a browser closes its socket with 1009.
    frame_bytes: int = 64 * 1024
    #: Unsent data beyond this closes the socket with 4408.
    unsent_bytes: int = 1024 * 1024
    #: Below this much unsent data a view may send its next patch.
    room_bytes: int = 16 * 1024
    #: Unsent data that makes no progress for so long closes the socket with 4408.
    stall_seconds: float = 10.0
    #: A silent browser is pinged after this time.
    heartbeat_seconds: float = 20.0
    #: A browser that stays silent for this long is gone.
    silence_seconds: float = 45.0
    #: The same where pongs cannot be seen (ASGI): browsers run the timers of a hidden page
    #: once a minute, so its own heartbeat may be that late.
    asgi_silence_seconds: float = 105.0
    #: How long the other end may take to answer a close.
    close_seconds: float = 5.0


@dataclass(slots=True)
class TransportCounts:
    """What happened to the live sockets of one application. Written by the transports only."""

    open: int = 0
    opened: int = 0
    refused: int = 0
    #: Closed with 1009: a frame above the limit.
    too_big: int = 0
    #: Closed with 4408: a browser that reads too slowly, or not at all.
    too_slow: int = 0
    #: Closed with 1002 or 1007: not what a browser would send.
    unfit: int = 0
    #: Cut because nothing was heard for too long.
    silent: int = 0

    def count_end(self, code: int) -> None:
        """Note why the browser's side ended, where the reason is a fault of its frames."""
        self.too_big += code == CloseCode.TOO_BIG
        self.unfit += code in (BROKEN_FRAME, BROKEN_TEXT)


class Connection(Protocol):
    """One open socket, seen from the application."""

    def send(self, frame: bytes) -> None:
        """Queue one text frame (UTF-8). Never waits; after the end it does nothing."""

    def close(self, code: int, reason: str = "") -> None:
        """Send what is queued, then close. The first call decides the code."""

    #: What was queued and has not yet been taken by the operating system.
    @property
    def unsent_bytes(self) -> int: ...

    #: A frame may be sent without piling up behind others.
    @property
    def has_room(self) -> bool: ...

    def when_room(self, callback: Callable[[], None]) -> None:
        """Call once, as soon as there is room; at once if there is. Forgotten at the end."""


class SocketHandler(Protocol):
    """The application's side of one open socket."""

    async def receive(self, data: str | bytes) -> None:
        """Take one message. While it waits nothing more is read: that is the back-pressure."""

    def closed(self, code: int) -> None:
        """The socket has ended: called exactly once.

        The code is the browser's, or ours if we closed first; 1005 if the browser gave
        none, 1006 if the connection was lost.
        """


class Gate(Protocol):
    """Whom a transport asks before it opens a socket."""

    #: Return why this socket must not be opened, or None.
    def admit(self, handshake: Handshake) -> Refusal | None: ...

    #: Return who receives what this socket brings. Called after the upgrade.
    def open(self, handshake: Handshake, connection: Connection) -> SocketHandler: ...
