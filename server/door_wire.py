"""The bare stream below a live socket: TCP, written without a change of tasks, or TLS."""

from __future__ import annotations

import os
import socket
import struct
from typing import Any, Protocol

import trio

READ_BYTES = 64 * 1024
#: Close with a reset: what the peer did not take is not kept by the kernel either.
NO_LINGER = struct.pack("ii", 1, 0)


class Wire(Protocol):
    """What the door needs of a stream. Every end, of whatever kind, reads as no bytes."""

    #: Wait for bytes; none means that nothing will ever come.
    async def receive(self) -> bytes: ...

    #: Send what can be sent without waiting; return how much that was.
    def send_now(self, data: bytes) -> int: ...

    #: Wait until something can be sent, send it, and return how much that was.
    async def send(self, data: bytes) -> int: ...

    #: Tell the peer that nothing more will be sent.
    async def half_close(self) -> None: ...

    #: End it now. Whoever waits on this wire is woken.
    def cut(self, *, reset: bool) -> None: ...


def open_wire(stream: Any) -> Wire:
    """Find the leanest wire for a stream that a server accepted."""
    if isinstance(stream, trio.SocketStream) and os.name == "posix":
        return PlainWire(stream)
    return StreamWire(stream)


class PlainWire:
    """A socket of its own: most frames leave within the call that sends them."""

    __slots__ = ("_socket",)

    def __init__(self, stream: trio.SocketStream) -> None:
        self._socket = stream.socket

    async def receive(self) -> bytes:
        while True:
            try:
                await trio.lowlevel.wait_readable(self._socket)
                return os.read(self._socket.fileno(), READ_BYTES)
            except BlockingIOError:
                continue
            except (OSError, trio.ClosedResourceError):
                return b""

    def send_now(self, data: bytes) -> int:
        try:
            return os.write(self._socket.fileno(), data)
        except BlockingIOError:
            return 0

    async def send(self, data: bytes) -> int:
        while True:
            await trio.lowlevel.wait_writable(self._socket)
            if sent := self.send_now(data):
                return sent

    async def half_close(self) -> None:
        await trio.lowlevel.checkpoint()
        self._socket.shutdown(socket.SHUT_WR)

    def cut(self, *, reset: bool) -> None:
        _close_socket(self._socket, reset=reset)


class StreamWire:
    """A stream with a layer of its own, as TLS: everything is sent by waiting for it."""

    __slots__ = ("_socket", "_stream")

    def __init__(self, stream: trio.SSLStream[trio.SocketStream]) -> None:
        self._stream = stream
        self._socket = stream.transport_stream.socket

    async def receive(self) -> bytes:
        try:
            return bytes(await self._stream.receive_some(READ_BYTES))
        except (OSError, trio.BrokenResourceError, trio.ClosedResourceError):
            return b""

    def send_now(self, data: bytes) -> int:
        return 0

    async def send(self, data: bytes) -> int:
        part = data[:READ_BYTES]
        await self._stream.send_all(part)
        return len(part)

    async def half_close(self) -> None:
        await self._stream.transport_stream.send_eof()

    def cut(self, *, reset: bool) -> None:
        _close_socket(self._socket, reset=reset)


def _close_socket(open_socket: trio.socket.SocketType, *, reset: bool) -> None:
    if open_socket.fileno() < 0:
        return
    if reset and open_socket.family != socket.AF_UNIX:
        open_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
    open_socket.close()
