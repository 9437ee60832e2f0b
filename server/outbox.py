"""What one socket still has to send, and who waits until there is room again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from .connection import TransportLimits


class Outbox:
    """A bounded queue of frames. The bound is the socket's to enforce: it ends with 4408.

    Touched only by the tasks of one socket's event loop; nothing here waits.
    """

    __slots__ = ("_limits", "_room_callbacks", "frames", "unsent_bytes")

    def __init__(self, limits: TransportLimits) -> None:
        self.frames: deque[bytes] = deque()
        self.unsent_bytes = 0
        self._limits = limits
        self._room_callbacks: list[Callable[[], None]] = []

    @property
    def has_room(self) -> bool:
        return self.unsent_bytes < self._limits.room_bytes

    @property
    def is_over(self) -> bool:
        return self.unsent_bytes > self._limits.unsent_bytes

    def append(self, frame: bytes) -> None:
        self.frames.append(frame)
        self.unsent_bytes += len(frame)

    def sent_first(self) -> None:
        """Count the whole first frame as sent."""
        self.unsent_bytes -= len(self.frames.popleft())
        self._tell_of_room()

    def sent_part(self, size: int) -> None:
        """Count the first bytes of the first frame as sent; what is left of it stays first."""
        self.unsent_bytes -= size
        rest = self.frames.popleft()[size:]
        if rest:
            self.frames.appendleft(rest)
        self._tell_of_room()

    def when_room(self, callback: Callable[[], None]) -> None:
        if self.has_room:
            callback()
        else:
            self._room_callbacks.append(callback)

    def drop(self, *, keep_first: bool = False) -> None:
        """Forget what waits; the first frame is kept when part of it is on its way."""
        kept = self.frames.popleft() if keep_first and self.frames else None
        self.frames.clear()
        self.unsent_bytes = 0
        if kept is not None:
            self.append(kept)

    def forget_waiters(self) -> None:
        self._room_callbacks.clear()

    def _tell_of_room(self) -> None:
        if self._room_callbacks and self.has_room:
            waiting, self._room_callbacks = self._room_callbacks, []
            for callback in waiting:
                callback()
