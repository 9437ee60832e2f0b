"""A TCP proxy that misbehaves on purpose: put it between a browser and its server."""

from __future__ import annotations

import math
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import trio

CHUNK_BYTES = 16 * 1024
#: A throttled direction passes on so many pieces a second.
PIECES_A_SECOND = 20
LOST_STREAM = (trio.BrokenResourceError, trio.ClosedResourceError, OSError)


@dataclass
class Direction:
    """What happens to the bytes of one direction. May be changed at any time."""

    delay_seconds: float = 0.0
    bytes_per_second: float = math.inf
    #: Both ends are closed when this many more bytes have passed, on any connection.
    cut_after_bytes: float = math.inf
    #: Bytes are taken and vanish; so does an end of the stream. Nobody is told.
    is_black_hole: bool = False
    passed_bytes: int = field(default=0, init=False)

    def take(self, data: bytes) -> bytes:
        """What of these bytes still passes, before the cut."""
        passing = data[: int(min(len(data), self.cut_after_bytes))]
        self.cut_after_bytes -= len(passing)
        self.passed_bytes += len(passing)
        return passing


class Link:
    """One connection through the proxy."""

    def __init__(self, browser: trio.SocketStream, server: trio.SocketStream) -> None:
        self.browser = browser
        self.server = server

    def cut(self, *, reset: bool = False) -> None:
        """End both sides: in order, or with a reset."""
        for stream in (self.browser, self.server):
            if reset and stream.socket.fileno() >= 0:
                no_linger = struct.pack("ii", 1, 0)
                stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_linger)
            stream.socket.close()


class FaultProxy:
    """Made by `open_fault_proxy`; passes everything on until it is told otherwise."""

    def __init__(self, target_port: int, port: int) -> None:
        self.port = port
        self.to_server = Direction()
        self.to_browser = Direction()
        self.links: set[Link] = set()
        self._target_port = target_port

    def cut_all(self) -> None:
        """Close every connection in order, as a proxy that restarts."""
        for link in tuple(self.links):
            link.cut()

    def reset_all(self) -> None:
        """Reset every connection, as a network that forgot them."""
        for link in tuple(self.links):
            link.cut(reset=True)

    async def half_close_all(self) -> None:
        """Tell the server that the browser sends no more; the other direction goes on."""
        for link in tuple(self.links):
            await link.server.send_eof()

    def swallow(self) -> None:
        """Become a black hole: connections stay, and nothing passes in either direction."""
        self.to_server.is_black_hole = self.to_browser.is_black_hole = True

    async def serve_one(self, browser: trio.SocketStream) -> None:
        try:
            server = await trio.open_tcp_stream("127.0.0.1", self._target_port)
        except OSError:
            return
        link = Link(browser, server)
        self.links.add(link)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._pump, link, browser, server, self.to_server)
                nursery.start_soon(self._pump, link, server, browser, self.to_browser)
        finally:
            self.links.discard(link)
            link.cut()

    async def _pump(
        self,
        link: Link,
        source: trio.SocketStream,
        sink: trio.SocketStream,
        direction: Direction,
    ) -> None:
        try:
            while data := await source.receive_some(CHUNK_BYTES):
                await self._pass_on(bytes(data), sink, direction)
                if direction.cut_after_bytes <= 0:
                    link.cut()
            if not direction.is_black_hole:
                await sink.send_eof()
        except LOST_STREAM:
            link.cut()

    async def _pass_on(self, data: bytes, sink: trio.SocketStream, direction: Direction) -> None:
        if direction.delay_seconds:
            await trio.sleep(direction.delay_seconds)
        while data and not direction.is_black_hole:
            piece = data
            if direction.bytes_per_second < math.inf:
                piece = data[: max(1, int(direction.bytes_per_second / PIECES_A_SECOND))]
                await trio.sleep(len(piece) / direction.bytes_per_second)
            data = data[len(piece) :]
            await sink.send_all(direction.take(piece))
            if direction.cut_after_bytes <= 0:
                return


@asynccontextmanager
async def open_fault_proxy(target_port: int) -> AsyncIterator[FaultProxy]:
    """A proxy in front of a port of this machine, until the block ends."""
    async with trio.open_nursery() as nursery:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        proxy = FaultProxy(target_port, listener.socket.getsockname()[1])
        nursery.start_soon(trio.serve_listeners, proxy.serve_one, [listener])
        try:
            yield proxy
        finally:
            nursery.cancel_scope.cancel()
