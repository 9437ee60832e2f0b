"""Files that a user chooses: offered, sent in chunks, and offered again after a reconnect."""

from __future__ import annotations

import hashlib
import mimetypes
import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from .document import PageError, attribute_of, described
from .gestures import Call
from .messages import Chunk, Joined, Received, ToBrowser
from .session import Session
from .socket import SocketClosed

DIGEST_BYTES = 65_536


class UploadFailed(PageError):
    """The server did not take a file. The text is what it said."""


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file on the user's disk."""

    name: str
    content: bytes
    #: What the browser takes it for; by its name, if nothing is said.
    type: str | None = None
    modified: int = 1_700_000_000_000

    @property
    def declared_type(self) -> str:
        """The type that a browser would name: the given one, or what the name suggests."""
        return mimetypes.guess_type(self.name)[0] or "" if self.type is None else self.type


class Sending:
    """One chosen file, and how far it is. A browser's rules hold, unless you break them."""

    def __init__(self, page: Uploading, upload: str, file: LocalFile) -> None:
        self.ref = secrets.token_hex(6)
        self.upload = upload
        self.file = file
        self.starts = False
        #: Of content, whatever was sent twice included.
        self.bytes_sent = 0
        self._page = page
        self._transfer = 0
        self._offset = 0

    def offer(self) -> dict[str, Any]:
        """Return what the server is told of the file."""
        head = self.file.content[:DIGEST_BYTES]
        return {
            "ref": self.ref,
            "name": self.file.name,
            "size": len(self.file.content),
            "type": self.file.declared_type,
            "modified": self.file.modified,
            "digest": hashlib.sha256(head).hexdigest(),
            "starts": self.starts,
        }

    @property
    def said(self) -> list[Any]:
        """What the server has said last of this file: a verb, the ref, and what belongs to it."""
        told = [said for name, said in self._page.link.effects if name == "upload"]
        return next((said for said in reversed(told) if said[1] == self.ref), ["offered", self.ref])

    @property
    def is_over(self) -> bool:
        return self.said[0] in ("done", "end", "refused")

    @property
    def error(self) -> str:
        return str(self.said[2]) if self.said[0] == "refused" else ""

    async def send(self, chunks: int | None = None) -> None:
        """Send so many chunks, or all that are missing, as the server allows."""
        while chunks is None or chunks > 0:
            await self._page.until(lambda: self._may_send() or self.is_over, self._problem())
            if self.is_over:
                return
            size = self.said[4]
            await self.send_part(self._offset, self.file.content[self._offset :][:size])
            self._offset += size
            chunks = None if chunks is None else chunks - 1

    async def send_part(self, offset: int, content: bytes) -> None:
        """Send any bytes as a chunk at any offset, whatever the server has allowed."""
        self.bytes_sent += len(content)
        await self._page.send(Chunk(self.said[2], offset, content).frame())

    async def finish(self) -> None:
        """Send what is missing; raise UploadFailed if the server refuses the file."""
        await self.send()
        if self.error:
            raise UploadFailed(self.error)

    def _may_send(self) -> bool:
        if self.said[0] != "go":
            return False
        _, _, transfer, offset, size, window = self.said
        if transfer != self._transfer:
            self._transfer, self._offset = transfer, offset
        taken = self._page.taken.get(transfer, offset)
        return self._offset < len(self.file.content) and self._offset < taken + size * window

    def _problem(self) -> str:
        return f'the upload of "{self.file.name}" did not go on: {self.said}'


class Uploading(Session):
    """The part of a page that files are chosen with."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        #: How far the server has taken each transfer.
        self.taken: dict[int, int] = {}
        self.sendings: list[Sending] = []

    async def choose_files(self, selector: str, *files: LocalFile) -> list[Sending]:
        """Choose files with an input, or drop them: they are offered, and wait for `send`."""
        node = self.document.find(selector)
        upload = attribute_of(node, "dj-upload") or attribute_of(node, "dj-upload-drop")
        if not upload:
            raise PageError(f"{described(node)} has neither dj-upload nor dj-upload-drop.")
        chosen = [Sending(self, upload, file) for file in files]
        self.sendings += chosen
        await self._offer(upload, chosen)
        return chosen

    async def upload(self, selector: str, *files: LocalFile) -> None:
        """Choose files and wait until all are there; raise UploadFailed for one that is not."""
        for sending in await self.choose_files(selector, *files):
            await sending.finish()
        await self._hear_out()

    async def _offer(self, upload: str, sendings: list[Sending]) -> None:
        offers = [sending.offer() for sending in sendings]
        await self._perform([Call("offer_uploads", {"name": upload, "files": offers})])
        await self._hear_out()

    def _take_joined(self, joined: Joined) -> None:
        super()._take_joined(joined)
        # A view that began anew knows nothing of the files that the one before it had.
        asked = ("offered", "go", "hold", *(["done"] if joined.how == "mounted" else []))
        unfinished = [sending for sending in self.sendings if sending.said[0] in asked]
        for upload in {sending.upload for sending in unfinished}:
            of_one = [sending for sending in unfinished if sending.upload == upload]
            self._nursery.start_soon(self._offer_again, upload, of_one)

    async def _offer_again(self, upload: str, sendings: list[Sending]) -> None:
        # Whoever loses this socket as well offers them at the next join.
        with suppress(SocketClosed):
            await self._offer(upload, sendings)

    def _take(self, message: ToBrowser) -> None:
        if isinstance(message, Received):
            self.taken[message.transfer] = message.offset
        else:
            super()._take(message)
