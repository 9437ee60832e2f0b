"""What the launcher is told on the command line, and what it and its workers tell each other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Literal

import msgspec
import trio

#: Connections that the kernel accepts before a worker does.
BACKLOG = 2048
#: A worker that serves says so as often.
ALIVE_SECONDS = 1.0
#: A peer that acknowledges nothing for so long is gone, whatever was sent to it.
TCP_USER_TIMEOUT_MILLISECONDS = 20_000


class ServeOptions(msgspec.Struct, frozen=True):
    """How to serve an application."""

    #: `module:app`, or `path/to/file.py:app`.
    application: str
    binds: list[str]
    workers: int = 1
    certificate: str = ""
    key: str = ""
    #: Restart when files change, and tell tracebacks to the page.
    is_development: bool = False


class WorkerOptions(msgspec.Struct, frozen=True):
    """What one worker process gets on its command line."""

    application: str
    #: The launcher's open sockets, which the worker inherits.
    listeners: list[int]
    #: The worker's end of a pair of sockets. The end of the other end is the launcher's.
    control: int
    certificate: str = ""
    key: str = ""
    #: Import what every application needs, and wait with the rest until told to go.
    is_standby: bool = False


class Note(msgspec.Struct, frozen=True):
    """One line between a launcher and its worker.

    The launcher says `go` to a standby and `notice` for pages; the worker says `ready` when it
    serves, `failed` when it cannot, and `alive` for as long as its loop turns.
    """

    kind: Literal["go", "notice", "ready", "failed", "alive"]
    text: str = ""


encode = msgspec.json.Encoder().encode
decode_worker_options = msgspec.json.Decoder(WorkerOptions).decode
_decode_note = msgspec.json.Decoder(Note).decode


def line(note: Note) -> bytes:
    return encode(note) + b"\n"


async def notes(stream: trio.abc.ReceiveStream) -> AsyncIterator[Note]:
    """Yield what the other end says, until it ends."""
    buffer = b""
    try:
        while data := await stream.receive_some(4096):
            *lines, buffer = (buffer + data).split(b"\n")
            for one in lines:
                yield _decode_note(one)
    except trio.BrokenResourceError:
        return
