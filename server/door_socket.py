"""A live socket on the bare stream: one task reads, and a write seldom needs another."""

from __future__ import annotations

import logging
from collections.abc import Callable

import trio

from ..client.messages import CloseCode
from .connection import LOST, SocketHandler, TransportCounts, TransportLimits
from .door_codec import FrameCodec, encode_text
from .door_wire import Wire
from .outbox import Outbox

logger = logging.getLogger(__name__)


class DoorSocket:
    """One socket, from the upgrade to its end; all its tasks share one event loop.

    `DoorKeeper` looks at every socket now and then, so that none needs timers of its own.
    """

    __slots__ = (
        "_code", "_codec", "_counts", "_deadline", "_handler", "_heard_at", "_is_heard",
        "_is_moving", "_is_pinged", "_is_taking", "_is_writing", "_limits", "_moved_at",
        "_outbox", "_scope", "_spawn", "_wire",
    )  # fmt: skip

    def __init__(
        self,
        wire: Wire,
        spawn: Callable[..., None],
        limits: TransportLimits,
        counts: TransportCounts,
    ) -> None:
        self._wire = wire
        self._spawn = spawn
        self._limits = limits
        self._counts = counts
        self._codec = FrameCodec(limits.frame_bytes)
        self._outbox = Outbox(limits)
        self._scope = trio.CancelScope()
        self._handler: SocketHandler | None = None
        #: Why it ends; 0 while it is open.
        self._code = 0
        self._deadline = 0.0
        self._is_writing = self._is_taking = self._is_pinged = False
        self._is_heard = self._is_moving = True
        self._heard_at = self._moved_at = 0.0

    # --- what the application sees ----------------------------------------------------

    def send(self, frame: bytes) -> None:
        if not self._code:
            self._put(encode_text(frame))

    def close(self, code: int, reason: str = "") -> None:
        if not self._code:
            self._codec.close(code, reason)
            self._begin_end(code)
            self._put(self._codec.output())

    @property
    def unsent_bytes(self) -> int:
        return self._outbox.unsent_bytes

    @property
    def has_room(self) -> bool:
        return self._outbox.has_room

    def when_room(self, callback: Callable[[], None]) -> None:
        if not self._code:
            self._outbox.when_room(callback)

    # --- its life ---------------------------------------------------------------------

    def answer(self, response: bytes) -> None:
        """Send the answer to the upgrade request, before any frame."""
        self._put(response)

    async def serve(self, trailing: bytes, handler: SocketHandler) -> None:
        """Read until the end; `trailing` was read together with the upgrade request."""
        self._handler = handler
        self._counts.open += 1
        self._counts.opened += 1
        try:
            with self._scope:
                await self._read_until_closed(trailing, handler)
        finally:
            self._wire.cut(reset=bool(self._outbox.frames))
            self._counts.open -= 1
            self._outbox.forget_waiters()
            self._code = self._code or LOST
            self._tell_handler()

    async def _read_until_closed(self, data: bytes, handler: SocketHandler) -> None:
        while True:
            if data and not self._codec.code:
                await self._take(data, handler)
            data = await self._wire.receive()
            if not data:
                return
            self._is_heard = True

    async def _take(self, data: bytes, handler: SocketHandler) -> None:
        codec = self._codec
        self._is_taking = True
        for message in codec.receive(data):
            if not self._code:
                await self._deliver(message, handler)
        self._is_taking = False
        if output := codec.output():
            self._put(output)
        if codec.code:
            if not self._code:
                self._counts.count_end(codec.code)
            self._begin_end(codec.code)
            self._tell_handler()
            if not self._is_writing:
                await self._half_close()

    async def _deliver(self, message: str | bytes, handler: SocketHandler) -> None:
        try:
            await handler.receive(message)
        except Exception:
            logger.exception("A live socket's handler failed")
            self.close(CloseCode.CRASHED, "The server failed")

    def _put(self, data: bytes) -> None:
        if not self._outbox.frames:
            try:
                sent = self._wire.send_now(data)
            except OSError:
                return  # The peer is gone: the reader finds out as well.
            if sent == len(data):
                return
            data = data[sent:]
        self._outbox.append(data)
        if self._outbox.is_over:
            self._give_up()
        if not self._is_writing:
            self._is_writing = True
            self._spawn(self._write_until_empty)

    async def _write_until_empty(self) -> None:
        try:
            while self._outbox.frames:
                size = await self._wire.send(self._outbox.frames[0])
                self._is_moving = True
                self._outbox.sent_part(size)
            if self._codec.code:
                await self._half_close()
        except (OSError, trio.BrokenResourceError, trio.ClosedResourceError):
            self._outbox.drop()
        finally:
            self._is_writing = False

    async def _half_close(self) -> None:
        """Let the peer read our last frame: closing with unread data would reset the stream."""
        try:
            await self._wire.half_close()
        except (OSError, trio.BrokenResourceError, trio.ClosedResourceError):
            return

    def _give_up(self) -> None:
        """The browser does not read: nothing more is kept for it."""
        self._outbox.drop(keep_first=True)
        if not self._code:
            self._counts.too_slow += 1
            self.close(CloseCode.TOO_SLOW, "The browser reads too slowly")

    def _begin_end(self, code: int) -> None:
        if not self._code:
            self._code = code
            self._deadline = trio.current_time() + self._limits.close_seconds

    def _tell_handler(self) -> None:
        handler, self._handler = self._handler, None
        if handler is not None:
            handler.closed(self._code)

    # --- what the keeper sees ---------------------------------------------------------

    def inspect(self, now: float) -> None:
        """Look for silence, a stall or an end that takes too long."""
        if self._deadline and now > self._deadline:
            self._scope.cancel()
        else:
            self._inspect_reading(now)
            self._inspect_writing(now)

    def _inspect_reading(self, now: float) -> None:
        if self._is_heard or self._is_taking or not self._heard_at:
            self._is_heard = self._is_pinged = False
            self._heard_at = now
        silence = now - self._heard_at
        if silence > self._limits.silence_seconds:
            self._counts.silent += 1
            self._code = self._code or LOST
            self._scope.cancel()
        elif silence > self._limits.heartbeat_seconds and not self._is_pinged:
            self._is_pinged = True
            self._codec.ping()
            self._put(self._codec.output())

    def _inspect_writing(self, now: float) -> None:
        if self._is_moving or not self._outbox.frames:
            self._is_moving = False
            self._moved_at = now
        elif now - self._moved_at > self._limits.stall_seconds:
            self._give_up()
