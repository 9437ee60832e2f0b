"""Hypercorn's websockets, which stay its own for everything but live sockets."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from typing import Any

import trio
from hypercorn.protocol.events import Body, Data, Event, Request, StreamClosed
from hypercorn.protocol.ws_stream import FrameTooLargeError, WebsocketBuffer, WSStream
from wsproto.connection import ConnectionState
from wsproto.events import CloseConnection, Message, Ping
from wsproto.frame_protocol import CloseReason

from .hardening_tasks import ClientLeft

#: How long a client may take to leave after it was told that its frame does not fit.
LEAVE_SECONDS = 5.0


class SafeWebsocketStream(WSStream):
    """One websocket.

    Mended: a compressed message of some kilobytes becomes hundreds of megabytes, so
    compression is not offered; a message that is too large is kept on growing after its
    refusal; sending to a client that left returns at once for ever; frames right behind a
    request crash the connection; the client's close code and the reason of a refusal are lost.
    """

    def __init__(self, app: Any, config: Any, *arguments: Any) -> None:
        super().__init__(app, config, *arguments)
        self.buffer = BoundedBuffer(config.websocket_max_message_size)
        self._code: int | None = None
        self._has_refused = False
        self._left = trio.Event()
        #: The application has accepted or refused.
        self._decided = trio.Event()
        self._half_close = getattr(self.task_group, "half_close", None)

    def bound_messages(self, size: int) -> None:
        """Refuse larger messages with 1009, whatever the server's own limit is."""
        self.buffer.max_length = min(self.buffer.max_length, size)

    async def handle(self, event: Event) -> None:
        if isinstance(event, Request):
            event = dataclasses.replace(event, headers=_without_compression(event.headers))
        if isinstance(event, StreamClosed):
            self._left.set()
            self._decided.set()
        elif isinstance(event, Data):
            await self._decided.wait()
            if not self.handshake.accepted:
                return
        if self._has_refused and isinstance(event, Body | Data):
            return
        await super().handle(event)
        if isinstance(event, Request) and self.app_put is not None:
            self.app_put = self._with_code(self.app_put)

    async def app_send(self, message: Any) -> None:
        if message is None:
            self._decided.set()
            await self._let_the_client_leave()
            await super().app_send(message)
            return
        has_left = self.closed or self._has_refused
        if has_left:
            await trio.lowlevel.checkpoint()
        else:
            await super().app_send(message)
            self._decided.set()
        if has_left or self.closed:
            raise ClientLeft("The client has closed this websocket, so nothing can be sent to it.")

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
        if self._half_close is not None:
            await self._half_close()
        if self.app_put is not None:
            await self.app_put({"type": "websocket.disconnect", "code": code})

    async def _let_the_client_leave(self) -> None:
        """Closing a socket with unread data resets it, and the close code would be lost."""
        if self._has_refused and not self.closed and self._half_close is not None:
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
