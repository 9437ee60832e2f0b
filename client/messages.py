"""The messages that cross the socket, in both directions.

A message is one JSON object. Its `t` is the class name in snake case; the other
keys are one letter each, because a frame is sent for every event of every view.
`docs/wire.md` says what each one means; a test compares it with this file and with
`client/browser/messages.js`.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import Any, Literal

import msgspec


def _wire_name(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class WireMessage(
    msgspec.Struct, frozen=True, omit_defaults=True, tag_field="t", tag=_wire_name, gc=False
):
    """The base of everything that crosses the socket."""


# --- from the browser to the server ---------------------------------------------------


class Join(
    WireMessage,
    frozen=True,
    rename={
        "view": "v",
        "token": "k",
        "url": "u",
        "bound": "b",
        "epoch": "e",
        "seen": "n",
        "page": "i",
        "params": "p",
    },
):
    """Ask for the view behind a page's token: to adopt it, to resume it, or to mount it."""

    token: str
    url: str
    view: int = 0
    #: The page shows this view's HTML, and its values can be read from there.
    bound: bool = False
    #: What was seen before the socket was lost; empty at the first join of a page.
    epoch: str = ""
    #: Random, made when the page was loaded: a second tab with the same HTML has another.
    page: str = ""
    seen: int = 0
    #: What hooks and mixins of the browser tell about themselves at a join.
    params: dict[str, Any] = {}


class Event(
    WireMessage,
    frozen=True,
    rename={
        "view": "v",
        "number": "n",
        "name": "h",
        "parameters": "p",
        "seen": "s",
        "target": "g",
        "repeated": "r",
    },
):
    """Run one event handler. Numbers rise by one for each view and are never reused."""

    number: int
    name: str
    parameters: dict[str, Any] = {}
    view: int = 0
    #: The newest frame that the browser has applied.
    seen: int = 0
    #: The region that holds the element, if one does; the server need not believe it.
    target: str = ""
    #: Sent once more after a reconnect: paced by the browser, not counted as a new event.
    repeated: bool = False


class Seen(WireMessage, frozen=True, rename={"view": "v", "sequence": "n"}):
    """Tell that all frames up to this one were applied, so that none need be kept."""

    sequence: int
    view: int = 0


class Unbound(WireMessage, frozen=True, rename={"view": "v", "slots": "s"}):
    """Tell that these slots (pairs of shape and slot) cannot be found in the page.

    The server sends them as HTML from then on. No pair at all means the whole view.
    """

    slots: list[tuple[int, int]] = []
    view: int = 0


class Navigate(
    WireMessage, frozen=True, rename={"view": "v", "number": "n", "url": "u", "kind": "k"}
):
    """Go to another address: `patch` keeps the view, `redirect` replaces it.

    It shares the numbers of `Event`, so that both keep their order and run once.
    """

    number: int
    url: str
    kind: Literal["patch", "redirect"] = "patch"
    view: int = 0


class Leave(WireMessage, frozen=True, rename={"view": "v"}):
    """The reader has left the page: the view may end at once."""

    view: int = 0


class Signal(WireMessage, frozen=True, rename={"view": "v", "name": "h", "payload": "p"}):
    """Something that counts only while it is new, such as where a pointer is. Both ways.

    Not numbered, not acknowledged, not kept and never sent again; too many are dropped.
    """

    name: str
    payload: Any = None
    view: int = 0


class Ping(WireMessage, frozen=True):
    """The browser's heartbeat; answered by `Pong`."""


# --- from the server to the browser ---------------------------------------------------


class Joined(
    WireMessage,
    frozen=True,
    rename={
        "view": "v",
        "how": "w",
        "epoch": "e",
        "sequence": "n",
        "acknowledged": "a",
        "shapes": "s",
        "root": "r",
        "token": "k",
        "title": "i",
        "url": "u",
    },
):
    """The view is there. What follows are its frames, from `sequence` + 1 on.

    `adopted`: the page's HTML is right; `root` is the id of its outermost shape.
    `resumed`: the missed frames follow. `mounted`: `root` is the whole view as a value.
    """

    how: Literal["adopted", "resumed", "mounted"]
    epoch: str
    view: int = 0
    sequence: int = 0
    acknowledged: int = 0
    shapes: dict[str, Any] = {}
    root: Any = None
    token: str = ""
    title: str = ""
    url: str = ""


class Frame(
    WireMessage,
    frozen=True,
    rename={
        "view": "v",
        "sequence": "n",
        "acknowledged": "a",
        "shapes": "s",
        "diff": "d",
        "root": "r",
        "operations": "o",
        "effects": "e",
        "milliseconds": "m",
    },
):
    """One patch of one view, and the number of the last event whose effect it shows.

    A frame without a sequence only acknowledges. Order of application: shapes, diff or
    root, stream operations, effects.
    """

    view: int = 0
    sequence: int = 0
    acknowledged: int = 0
    shapes: dict[str, Any] = {}
    diff: Any = None
    root: Any = None
    operations: list[Any] = []
    #: Pairs of a name and a payload: `["event", ["saved", {"id": 7}]]`.
    effects: list[tuple[str, Any]] = []
    #: What the newest turn and the rendering took; only in development.
    milliseconds: float | None = None


ErrorKind = Literal[
    "crash",  # the handler raised; the state is as it was before
    "unknown_event",  # no handler of that name
    "parameter",  # a parameter is missing, surplus or does not fit
    "refused",  # not allowed: rate, too many views, an address
    "forbidden",  # the user has no permission for this view (any more): it ends
    "unfit",  # the frame could not be read
    "restarted",  # the view's actor ended and was started again
    "down",  # the view failed too often and stays down until asked again
    "lost",  # some state could not be restored
]


class Error(
    WireMessage,
    frozen=True,
    rename={"view": "v", "number": "a", "kind": "k", "message": "m", "detail": "d", "id": "i"},
):
    """Something went wrong with a view, or with one of its events (`number`)."""

    kind: ErrorKind
    message: str
    view: int = 0
    number: int = 0
    #: Traceback, handler, parameters: only in development.
    detail: dict[str, Any] = {}
    #: The same id is in the log.
    id: str = ""


class Moved(WireMessage, frozen=True, rename={"view": "v", "to": "u", "kind": "k", "replace": "p"}):
    """Go there: `patch` changes the address only, `redirect` joins a new view over this
    socket, `page` loads the page anew."""

    to: str
    kind: Literal["patch", "redirect", "page"]
    view: int = 0
    replace: bool = False


class Bye(WireMessage, frozen=True, rename={"reason": "m", "again": "g", "after": "s"}):
    """The server closes this socket; `again` says whether to come back, `after` (seconds) when."""

    reason: str
    again: bool = True
    after: float = 0.0


class Received(WireMessage, frozen=True, rename={"view": "v", "transfer": "x", "offset": "n"}):
    """All bytes of a transfer up to this offset were taken; as many more may follow."""

    transfer: int
    offset: int
    view: int = 0


class Pong(WireMessage, frozen=True):
    """The answer to `Ping`."""


# --- binary frames ----------------------------------------------------------------------


#: The view's number, the transfer's number, and the offset in bytes.
CHUNK_HEAD = struct.Struct("!IIQ")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of what is too large for an event. The server has named the transfer before."""

    transfer: int
    offset: int
    content: bytes | memoryview
    view: int = 0

    def frame(self) -> bytes:
        """Return the binary frame: a head of 16 bytes, then the content."""
        return CHUNK_HEAD.pack(self.view, self.transfer, self.offset) + self.content


def read_chunk(frame: bytes) -> Chunk:
    """Return what a binary frame holds; raise ValueError if it is shorter than a head."""
    if len(frame) < CHUNK_HEAD.size:
        raise ValueError(f"a binary frame begins with {CHUNK_HEAD.size} bytes; it has {len(frame)}")
    view, transfer, offset = CHUNK_HEAD.unpack_from(frame)
    return Chunk(transfer, offset, memoryview(frame)[CHUNK_HEAD.size :], view)


FromBrowser = Join | Event | Seen | Unbound | Navigate | Leave | Signal | Ping
ToBrowser = Joined | Frame | Error | Moved | Received | Signal | Bye | Pong


class CloseCode:
    """The codes with which a socket closes. 4000 to 4999 are ours (RFC 6455, 7.4.2)."""

    NORMAL = 1000
    GOING_AWAY = 1001
    UNSUPPORTED = 1003
    TOO_BIG = 1009
    CRASHED = 1011
    RESTART = 1012
    UNFIT = 4400
    FORBIDDEN = 4403
    TOO_SLOW = 4408
    TOO_MANY = 4429


encoder = msgspec.json.Encoder()
encode = encoder.encode
decode_from_browser = msgspec.json.Decoder(FromBrowser).decode
decode_to_browser = msgspec.json.Decoder(ToBrowser).decode
