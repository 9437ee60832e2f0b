"""Where the chunks of one transfer wait, between its socket and the task that takes them."""

from __future__ import annotations

import secrets
from collections import deque
from typing import TYPE_CHECKING

import trio

from ..client.messages import Chunk, Received

if TYPE_CHECKING:
    from .seat import Seat


class Inbox:
    """Holds at most as many chunks as may be under way; a browser that sends more is at fault.

    Filled by the socket's reader, emptied by one task of the view.
    """

    def __init__(self, seat: Seat, capacity: int) -> None:
        #: Names the transfer on the wire. Random, so that a late chunk of another is not taken.
        self.number = secrets.randbits(31) or 1
        self._seat = seat
        self._capacity = capacity
        self._chunks: deque[Chunk] = deque()
        self._has_news = trio.Event()
        self.is_closed = False

    def put(self, chunk: Chunk) -> bool:
        """Take a chunk in; return False if the browser sent more than it may."""
        if self.is_closed:
            return True
        if len(self._chunks) >= self._capacity:
            return False
        self._chunks.append(chunk)
        self._has_news.set()
        return True

    async def take(self) -> list[Chunk]:
        """Return what has arrived, in order, waiting for it; nothing once the inbox is closed."""
        while not self._chunks and not self.is_closed:
            self._has_news = trio.Event()
            await self._has_news.wait()
        taken = list(self._chunks)
        self._chunks.clear()
        return taken

    def acknowledge(self, offset: int) -> None:
        """Tell the browser how far the transfer was taken, if one is there."""
        channel = self._seat.channel
        if channel is not None and not self.is_closed:
            channel.send(Received(self.number, offset, view=channel.number))

    def close(self) -> None:
        """Take nothing more in. What has arrived can still be taken."""
        self.is_closed = True
        self._seat.inboxes.pop(self.number, None)
        self._has_news.set()
