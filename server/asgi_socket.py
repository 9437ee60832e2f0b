"""A live socket over ASGI: the fallback where the door is closed or cannot be used."""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import trio

from ..client.messages import CloseCode
from .connection import (
    LIMIT_EXTENSION,
    LOST,
    NO_CODE,
    PROGRESS_BYTES,
    Gate,
    Handshake,
    Refusal,
    SocketHandler,
    TransportCounts,
    TransportLimits,
)
from .outbox import Outbox

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

logger = logging.getLogger(__name__)

#: How long a server that stops may hold its sockets for their last frame.
GOODBYE_SECONDS = 1.0


async def serve_asgi_socket(
    gate: Gate,
    scope: Scope,
    receive: Receive,
    send: Send,
    *,
    limits: TransportLimits | None = None,
    counts: TransportCounts | None = None,
) -> None:
    """Serve one websocket scope from its connect event to its end."""
    limits, counts = limits or TransportLimits(), counts or TransportCounts()
    if (await receive())["type"] != "websocket.connect":
        return
    handshake = read_handshake(scope)
    refusal = gate.admit(handshake)
    if refusal is not None:
        counts.refused += 1
        await _refuse(refusal, scope, send)
        return
    _bound_messages(scope, limits)
    await _send_quietly(send, {"type": "websocket.accept"})
    socket = AsgiSocket(send, limits, counts)
    await socket.serve(receive, gate.open(handshake, socket))


def read_handshake(scope: Scope) -> Handshake:
    """Say in our words what an ASGI scope says."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    client = scope.get("client")
    return Handshake(
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        scheme=scope["scheme"],
        host=headers.get("host", ""),
        client=client[0] if client else "",
    )


class AsgiSocket:
    """One socket: the task that serves it reads, a second one writes."""

    def __init__(self, send: Send, limits: TransportLimits, counts: TransportCounts) -> None:
        self._send = send
        self._limits = limits
        self._counts = counts
        self._outbox = Outbox(limits)
        self._wake = trio.lowlevel.ParkingLot()
        self._code = 0
        self._reason = ""
        self._is_over = False
        self._sending_since = math.inf

    # --- what the application sees ----------------------------------------------------

    def send(self, frame: bytes) -> None:
        if self._code:
            return
        self._outbox.append(frame)
        if self._outbox.is_over:
            self._give_up()
        self._wake.unpark()

    def close(self, code: int, reason: str = "") -> None:
        if not self._code:
            self._code, self._reason = code, reason
            self._wake.unpark()

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

    async def serve(self, receive: Receive, handler: SocketHandler) -> None:
        self._counts.open += 1
        self._counts.opened += 1
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._write_until_closed, nursery.cancel_scope)
                await self._read_until_closed(receive, handler)
                nursery.cancel_scope.cancel()
        finally:
            self._counts.open -= 1
            self._outbox.forget_waiters()
            handler.closed(self._code or CloseCode.RESTART)
            await self._say_goodbye()

    async def _read_until_closed(self, receive: Receive, handler: SocketHandler) -> None:
        while True:
            message = None
            with trio.move_on_after(self._limits.asgi_silence_seconds):
                message = await receive()
            if message is None:
                self._counts.silent += 1
                return self._end(LOST)
            if message["type"] == "websocket.disconnect":
                code = message.get("code") or NO_CODE
                if not self._code:
                    self._counts.count_end(code)
                return self._end(code)
            data = message.get("text")
            await self._take(message["bytes"] if data is None else data, handler)

    async def _take(self, data: str | bytes, handler: SocketHandler) -> None:
        if self._code:
            return
        if _is_larger(data, self._limits.frame_bytes):
            self._counts.too_big += 1
            self.close(CloseCode.TOO_BIG, f"A frame may have {self._limits.frame_bytes} bytes")
            return
        try:
            await handler.receive(data)
        except Exception:
            logger.exception("A live socket's handler failed")
            self.close(CloseCode.CRASHED, "The server failed")

    async def _write_until_closed(self, socket_scope: trio.CancelScope) -> None:
        while not self._code or self._outbox.frames:
            if not self._outbox.frames:
                await self._wake.park()
            elif not await self._write_frame(self._outbox.frames[0]):
                socket_scope.cancel()
                return
        if await self._try_to_send(self._goodbye()):
            self._is_over = True
            await trio.sleep(self._limits.close_seconds)
        socket_scope.cancel()

    async def _write_frame(self, frame: bytes) -> bool:
        """Send the first frame of the outbox; return whether the socket is still of use."""
        message = {"type": "websocket.send", "text": frame.decode()}
        is_sent = False
        self._sending_since = trio.current_time()
        with trio.move_on_after(self._patience_for(frame)) as patience:
            is_sent = await self._try_to_send(message)
        if patience.cancelled_caught:
            self._give_up()
        if not is_sent:
            self._end(LOST)
            return False
        self._sending_since = math.inf
        self._outbox.sent_first()
        return True

    def _patience_for(self, frame: bytes) -> float:
        """A large frame may take longer, as long as the browser reads at the least rate."""
        return self._limits.stall_seconds * (1 + len(frame) // PROGRESS_BYTES)

    async def _try_to_send(self, message: object) -> bool:
        """Send, unless the server says that the peer has left."""
        # A server may return at once for a peer that left: without a checkpoint of our own
        # a long outbox would then hold the loop.
        await trio.lowlevel.checkpoint()
        try:
            await self._send(message)
        except OSError:
            return False
        return True

    def _give_up(self) -> None:
        """The browser does not read: nothing more is kept for it."""
        self._outbox.drop(keep_first=True)
        if not self._code:
            self._counts.too_slow += 1
            self.close(CloseCode.TOO_SLOW, "The browser reads too slowly")

    def _end(self, code: int) -> None:
        # The server has a stall limit of its own, and may have cut the connection for it.
        if trio.current_time() - self._sending_since >= self._limits.stall_seconds:
            self._give_up()
        self._is_over = True
        self._code = self._code or code

    def _goodbye(self) -> dict[str, object]:
        code, reason = self._code or CloseCode.RESTART, self._reason
        return {"type": "websocket.close", "code": code, "reason": reason}

    async def _say_goodbye(self) -> None:
        """A server that stops cancels its sockets: the browser shall know that it may return."""
        if self._is_over:
            return
        with trio.CancelScope(shield=True, deadline=trio.current_time() + GOODBYE_SECONDS):
            await _send_quietly(self._send, self._goodbye())


def _is_larger(data: str | bytes, limit: int) -> bool:
    if isinstance(data, bytes) or len(data) > limit:
        return len(data) > limit
    return len(data) * 4 > limit and len(data.encode()) > limit


def _bound_messages(scope: Scope, limits: TransportLimits) -> None:
    bound = (scope.get("extensions") or {}).get(LIMIT_EXTENSION)
    if bound is not None:
        bound(limits.frame_bytes)


async def _refuse(refusal: Refusal, scope: Scope, send: Send) -> None:
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        return await _send_quietly(send, {"type": "websocket.close", "code": CloseCode.NORMAL})
    body = refusal.reason.encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),
    ]
    if refusal.retry_after_seconds is not None:
        headers.append((b"retry-after", b"%d" % refusal.retry_after_seconds))
    start = {"type": "websocket.http.response.start", "status": refusal.status, "headers": headers}
    await _send_quietly(send, start)
    return await _send_quietly(send, {"type": "websocket.http.response.body", "body": body})


async def _send_quietly(send: Send, message: object) -> None:
    try:
        await send(message)
    except OSError:
        return  # The peer left: the disconnect event that follows says so.
