"""One file of a view, from the browser's offer until its bytes are taken out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Protocol

import msgspec

from ..client.messages import Chunk
from .behaviour import Inbox
from .upload_checks import LOOKED_AT_BYTES, Accept, UploadRefused, check_head, check_tail
from .upload_entry import UploadEntry
from .upload_names import shown_name
from .upload_spool import Spool


class Offer(msgspec.Struct, frozen=True):
    """What the browser says of a file before its first byte."""

    ref: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
    name: Annotated[str, msgspec.Meta(max_length=1_024)]
    size: Annotated[int, msgspec.Meta(ge=0, le=2**60)]
    type: Annotated[str, msgspec.Meta(max_length=200)] = ""
    #: Milliseconds since 1970, as the browser's file system has it.
    modified: int = 0
    #: SHA-256 of the first 64 KiB; empty where the browser cannot make one.
    digest: Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{64})?$")] = ""
    #: It was to be sent already: the form has been submitted.
    starts: bool = False


class Writer(Protocol):
    """Takes an upload's bytes to a place of its own. Its methods run in a thread, in order."""

    def write(self, content: bytes) -> object: ...

    def close(self) -> Any:
        """All bytes were written. What it returns becomes the file's `result`."""

    def abort(self) -> object:
        """The upload was cancelled or refused."""


WriterFactory = Callable[[UploadEntry], Writer]


class Sink(Protocol):
    """Where an upload's bytes go, and what is known of them."""

    size: int
    head: bytes

    @property
    def sha256(self) -> str: ...
    def write(self, parts: Sequence[bytes | memoryview]) -> None: ...
    def tail(self) -> bytes: ...
    def finish(self) -> Any: ...
    def reopen(self) -> bool: ...
    def release(self) -> None: ...
    def delete(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Slot:
    """What `allow_upload` was told, and the files that were offered for it since."""

    name: str
    accept: Accept
    max_entries: int
    max_file_size: int
    chunk_size: int
    auto_upload: bool
    writer: WriterFactory | None = None
    refs: tuple[str, ...] = ()

    def without(self, refs: Sequence[str]) -> Slot:
        return replace(self, refs=tuple(one for one in self.refs if one not in refs))

    def having(self, ref: str) -> Slot:
        return replace(self, refs=(*self.refs, ref))


class Upload:
    """A file on its way. It is changed in place: no failed turn takes bytes back."""

    def __init__(self, offer: Offer, status: str, chunk_size: int) -> None:
        self.offer = offer
        self.ref = offer.ref
        self.client_name = shown_name(offer.name)
        self.client_type = offer.type
        self.size = offer.size
        self.chunk_size = chunk_size
        self.status = status
        self.error = ""
        self.progress = 0
        self.sink: Sink | None = None
        self.inbox: Inbox | None = None
        self.sha256 = ""
        self.result: Any = None
        #: The browser is there and has the file.
        self.is_offered = True
        #: A task of the view opens its sink or waits for its chunks.
        self.is_running = False
        #: What the browser has to hear of it with the next frame.
        self.news: list[Any] | None = None
        self._shown: UploadEntry | None = None

    def entry(self) -> UploadEntry:
        """Return what a template shows: the same object as long as nothing changes."""
        entry = UploadEntry(
            self.ref,
            self.client_name,
            self.client_type,
            self.size,
            self.progress,
            self.status,
            self.error,
        )
        if entry != self._shown:
            self._shown = entry
        return self._shown or entry

    # --- its way ------------------------------------------------------------------------

    @property
    def is_whole(self) -> bool:
        return self.sink is not None and self.sink.size == self.size

    def expected(self, chunks: Sequence[Chunk]) -> list[bytes | memoryview]:
        """Return the contents of chunks that come in order; raise UploadRefused for others."""
        offset = self.sink.size if self.sink else 0
        parts = []
        for chunk in chunks:
            size = len(chunk.content)
            if chunk.offset != offset:
                raise UploadRefused(
                    f'"{self.client_name}" came out of order: byte {chunk.offset} was sent, '
                    f"byte {offset} was expected."
                )
            if size != min(self.chunk_size, self.size - offset):
                raise UploadRefused(
                    f'"{self.client_name}" is not of the size that was declared: {size} bytes '
                    f"came at {offset} of {self.size}, in chunks of {self.chunk_size}."
                )
            parts.append(chunk.content)
            offset += size
        return parts

    def store(self, accept: Accept, parts: Sequence[bytes | memoryview]) -> None:
        """Write parts, the first ones only after a look at them. Runs in a thread."""
        assert self.sink is not None
        if not self.sink.size:
            head = b"".join(parts)[:LOOKED_AT_BYTES]
            self.client_type = check_head(accept, self.offer.name, head) or self.client_type
        self.sink.write(parts)

    def check_again(self, accept: Accept) -> None:
        """Look at what was taken up from an earlier visit."""
        if self.sink is not None and self.sink.size:
            kind = check_head(accept, self.offer.name, self.sink.head)
            self.client_type = kind or self.client_type
            self.count()

    def count(self) -> bool:
        """Set the progress from what was written; tell whether that is news."""
        before = self.progress
        if self.sink is not None:
            self.progress = self.sink.size * 100 // self.size
        return self.progress != before

    def finish(self) -> None:
        """Look at the whole file. Runs in a thread."""
        assert self.sink is not None
        check_tail(self.offer.name, self.client_type, self.sink.tail())
        self.sha256 = self.sink.sha256
        self.result = self.sink.finish()

    def offered_again(self, offer: Offer) -> None:
        """A page that has come back still has the file."""
        self.is_offered = True
        if self.status == "done":
            self.done()
        elif self.error:
            self.stopped(self.status, self.error)
        elif self.status == "paused":
            self.news = ["hold", self.ref]
        elif self.status == "sending" and not self.is_running:
            self.status = "waiting"
        elif self.status == "sending":
            # What is on its way is written; then the task ends, and the next one tells where.
            self.hold()
        elif self.status == "chosen" and offer.starts:
            self.status = "waiting"

    # --- how it ends ----------------------------------------------------------------------

    def done(self) -> None:
        self.status, self.progress = "done", 100
        self.news = ["done", self.ref]

    def stopped(self, status: str, error: str) -> None:
        """It is refused, or has failed."""
        self.status, self.error = status, error
        self.news = ["refused", self.ref, error]

    def hold(self) -> None:
        """Take no more chunks; those that have arrived are still written."""
        if self.inbox is not None:
            self.inbox.close()

    @property
    def spool(self) -> Spool | None:
        return self.sink if isinstance(self.sink, Spool) else None
