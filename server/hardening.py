"""Hypercorn's trio worker, made safe to expose: its known faults are mended from outside.

Each class says which fault it mends. `harden()` puts them in the places of Hypercorn's own;
it does so only for the version that they were written for.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Any

import hypercorn.protocol.h2
import hypercorn.protocol.h11
import hypercorn.trio.run
import hypercorn.trio.tcp_server
import trio
from hypercorn.events import Closed, RawData
from hypercorn.protocol.events import Request, StreamClosed
from hypercorn.protocol.ws_stream import FrameTooLargeError, WebsocketBuffer, WSStream
from hypercorn.trio.task_group import TaskGroup, _handle
from hypercorn.trio.tcp_server import TCPServer
from wsproto.connection import ConnectionState
from wsproto.events import CloseConnection, Message, Ping
from wsproto.frame_protocol import CloseReason

from .connection import LIMIT_EXTENSION

logger = logging.getLogger(__name__)

MENDED_VERSION = "0.18."
#: A client that takes fewer bytes than this within the stall limit is cut.
PROGRESS_BYTES = 16 * 1024
#: How long a client may take to leave after it was told that its frame does not fit.
LEAVE_SECONDS = 5.0


def harden(server: type[TCPServer] | None = None) -> bool:
    """Mend Hypercorn for this process; return whether that was possible."""
    found = version("hypercorn")
    if not found.startswith(MENDED_VERSION):
        logger.warning(
            "Hypercorn %s is not hardened: one malformed packet may stop it. "
            "Limelight mends Hypercorn %sx; install that version.",
            found,
            MENDED_VERSION,
        )
        return False
    _replace(hypercorn.trio.run, "TCPServer", server or SafeTCPServer)
    _replace(hypercorn.trio.tcp_server, "TaskGroup", SafeTaskGroup)
    _replace(hypercorn.protocol.h11, "WSStream", SafeWebsocketStream)
    _replace(hypercorn.protocol.h2, "WSStream", SafeWebsocketStream)
    return True


def _replace(module: object, name: str, replacement: type) -> None:
    """Put our class where Hypercorn looks its own up."""
    setattr(module, name, replacement)


class SafeTCPServer(TCPServer):
    """One connection.

    Mended: a crash in one connection ends the whole server; a client that stops reading
    holds its sender and the server's shutdown for ever.
    """

    stall_seconds: float = 10.0

    async def run(self) -> None:
        try:
            await super().run()
        except* OSError:
            pass  # The peer left at a moment that Hypercorn did not expect.
        except* Exception as crash:  # noqa: BLE001  (the wall between connections)
            await self._report(crash)
        finally:
            await trio.aclose_forcefully(self.stream)

    async def protocol_send(self, event: object) -> None:
        if not isinstance(event, RawData):
            return await super().protocol_send(event)  # type: ignore[arg-type]
        async with self.send_lock:
            try:
                await self._send_while_it_moves(event.data)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                await self.protocol.handle(Closed())

    async def _read_data(self) -> None:
        has_ended = False
        try:
            await self._read_to_the_end()
            has_ended = True
        finally:
            # Senders are shielded, because half a frame must not be followed by another.
            # When the server stops, one that is stuck is freed by closing its stream.
            if not has_ended and self.send_lock.locked():
                await trio.aclose_forcefully(self.stream)

    async def _read_to_the_end(self) -> None:
        await super()._read_data()

    async def _send_while_it_moves(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            deadline = trio.current_time() + self.stall_seconds
            with trio.CancelScope(shield=True, deadline=deadline) as patience:
                await self.stream.send_all(rest[:PROGRESS_BYTES])
            if patience.cancelled_caught:
                await trio.aclose_forcefully(self.stream)
                raise trio.BrokenResourceError
            rest = rest[PROGRESS_BYTES:]

    async def _report(self, crash: BaseExceptionGroup[Exception]) -> None:
        first: BaseException = crash
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        await self.config.log.warning("A connection was dropped: %r", first)
        logger.debug("A connection was dropped", exc_info=crash)


class SafeTaskGroup(TaskGroup):
    """The tasks of one connection.

    Mended: an application that returns while messages wait leaves tasks and a socket behind.
    """

    async def spawn_app(
        self,
        app: Any,
        config: Any,
        scope: Any,
        send: Callable[[Any], Awaitable[None]],
    ) -> Callable[[Any], Awaitable[None]]:
        queue = AppQueue(config.max_app_queue_size)
        stream = getattr(send, "__self__", None)
        if isinstance(stream, SafeWebsocketStream):
            scope["extensions"][LIMIT_EXTENSION] = stream.bound_messages

        async def send_or_finish(message: Any) -> None:
            if message is None:
                queue.close()
            await send(message)

        arguments = (app, config, scope, queue.receive, send_or_finish)
        threads = (trio.to_thread.run_sync, trio.from_thread.run)
        self.spawn(_handle, *arguments, *threads)
        return queue.put


class AppQueue:
    """What waits for an application: bounded, but its last message always fits."""

    def __init__(self, size: int) -> None:
        self._sender, self._receiver = trio.open_memory_channel[Any](size)
        self._last: Any = None

    async def put(self, message: Any) -> None:
        """Add a message, or nothing when the application has returned."""
        if message["type"].endswith(".disconnect"):
            self._last = message
            self._sender.close()
            return
        try:
            await self._sender.send(message)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return

    async def receive(self) -> Any:
        try:
            return await self._receiver.receive()
        except trio.EndOfChannel:
            return self._last

    def close(self) -> None:
        self._receiver.close()


class SafeWebsocketStream(WSStream):
    """One websocket.

    Mended: a compressed message of some kilobytes becomes hundreds of megabytes, so
    compression is not offered; a message that is too large is kept on growing after its
    refusal; sending to a client that left returns at once for ever; the client's close code
    and the reason of a refusal are lost.
    """

    def __init__(self, app: Any, config: Any, *arguments: Any) -> None:
        super().__init__(app, config, *arguments)
        self.buffer = BoundedBuffer(config.websocket_max_message_size)
        self._code: int | None = None
        self._has_refused = False
        self._left = trio.Event()

    def bound_messages(self, size: int) -> None:
        """Refuse larger messages with 1009, whatever the server's own limit is."""
        self.buffer.max_length = min(self.buffer.max_length, size)

    async def handle(self, event: object) -> None:
        if isinstance(event, Request):
            event = dataclasses.replace(event, headers=_without_compression(event.headers))
        if self._has_refused and not isinstance(event, StreamClosed):
            return
        if isinstance(event, StreamClosed):
            self._left.set()
        await super().handle(event)  # type: ignore[arg-type]
        if isinstance(event, Request) and self.app_put is not None:
            self.app_put = self._with_code(self.app_put)

    async def app_send(self, message: Any) -> None:
        if message is None:
            await self._let_the_client_leave()
        elif self.closed or self._has_refused:
            await trio.lowlevel.checkpoint()
            raise OSError("The client has closed this websocket, so nothing can be sent to it.")
        await super().app_send(message)

    async def _handle_events(self) -> None:
        for event in self.connection.events():
            if isinstance(event, Message):
                await self._take(event)
            elif isinstance(event, Ping):
                await self._send_wsproto_event(event.response())
            elif isinstance(event, CloseConnection):
                await self._end(event)
            if self._has_refused:
                return

    async def _take(self, event: Message[Any]) -> None:
        try:
            self.buffer.extend(event)
        except FrameTooLargeError:
            limit = self.buffer.max_length
            await self._refuse(CloseReason.MESSAGE_TOO_BIG, f"A message may have {limit} bytes")
            return
        if event.message_finished and self.app_put is not None:
            await self.app_put(self.buffer.to_message())
            self.buffer.clear()

    async def _end(self, event: CloseConnection) -> None:
        if self.connection.state is ConnectionState.OPEN:  # not sent by the client: a failure
            await self._refuse(event.code, event.reason or "")
            return
        if self.connection.state is ConnectionState.REMOTE_CLOSING:
            self._code = event.code
            await self._send_wsproto_event(event.response())
        await self.send(StreamClosed(stream_id=self.stream_id))

    async def _refuse(self, code: int, reason: str) -> None:
        self._has_refused = True
        self._code = code
        self.buffer.clear()
        await self._send_wsproto_event(CloseConnection(code=code, reason=reason))
        if self.app_put is not None:
            await self.app_put({"type": "websocket.disconnect", "code": code})

    async def _let_the_client_leave(self) -> None:
        """Closing a socket with unread data resets it, and the close code would be lost."""
        if self._has_refused and not self.closed:
            with trio.move_on_after(LEAVE_SECONDS):
                await self._left.wait()

    def _with_code(self, put: Callable[[Any], Awaitable[None]]) -> Callable[[Any], Awaitable[None]]:
        async def put_with_code(message: Any) -> None:
            if message["type"] == "websocket.disconnect" and self._code is not None:
                message["code"] = self._code
            await put(message)

        return put_with_code


class BoundedBuffer(WebsocketBuffer):
    """The fragments of one message. Mended: the limit was looked at after the copy."""

    def extend(self, event: Message[Any]) -> None:
        if self.length + len(event.data) > self.max_length:
            raise FrameTooLargeError
        super().extend(event)


def _without_compression(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [header for header in headers if header[0].lower() != b"sec-websocket-extensions"]
