"""A browser's way to an application in the same process: no sockets, no threads, any clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

import trio

from limelight.client.document import PageError
from limelight.client.messages import CloseCode
from limelight.client.socket import Answer, Cookies, SocketClosed, SocketRefused
from limelight.server.application import LiveApp
from limelight.server.connection import Handshake, SocketHandler, TransportLimits
from limelight.server.request import Request
from limelight.server.seat import Seat
from limelight.server.socket import Socket

HOST = "localhost"
ORIGIN = f"http://{HOST}"
USER_AGENT = "limelight-testing"
MOST_REDIRECTS = 10
#: Frames of the browser that wait for the application; beyond them the browser waits.
UNREAD_FRAMES = 64


class MemoryConnection:
    """The application's end of a socket that is two queues. What is unread counts as unsent."""

    def __init__(self, limits: TransportLimits) -> None:
        self.ending: SocketClosed | None = None
        self._limits = limits
        self._frames: deque[bytes] = deque()
        self._unsent_bytes = 0
        self._waiting: list[Callable[[], None]] = []
        self._arrived = trio.Event()

    def send(self, frame: bytes) -> None:
        if self.ending is not None:
            return
        self._frames.append(frame)
        self._unsent_bytes += len(frame)
        if self._unsent_bytes > self._limits.unsent_bytes:
            self._frames.clear()
            self.close(CloseCode.TOO_SLOW, "the browser does not read")
        self._wake()

    def close(self, code: int, reason: str = "") -> None:
        if self.ending is None:
            self.ending = SocketClosed(code, reason)
            self._waiting.clear()
            self._wake()

    @property
    def unsent_bytes(self) -> int:
        return self._unsent_bytes

    @property
    def has_room(self) -> bool:
        return self._unsent_bytes < self._limits.room_bytes

    def when_room(self, callback: Callable[[], None]) -> None:
        if self.has_room:
            callback()
        elif self.ending is None:
            self._waiting.append(callback)

    async def next_frame(self) -> bytes:
        """Return the oldest unread frame; raises SocketClosed after the last one."""
        while not self._frames:
            if self.ending is not None:
                raise self.ending
            await self._arrived.wait()
        frame = self._frames.popleft()
        self._unsent_bytes -= len(frame)
        if self.has_room:
            waiting, self._waiting = self._waiting, []
            for callback in waiting:
                callback()
        return frame

    async def wait_for_end(self) -> None:
        while self.ending is None:
            await self._arrived.wait()

    def _wake(self) -> None:
        self._arrived.set()
        self._arrived = trio.Event()


class MemorySocket:
    """The browser's end of the same socket."""

    def __init__(
        self, connection: MemoryConnection, handler: SocketHandler, limits: TransportLimits
    ) -> None:
        self._connection = connection
        self._handler = handler
        self._limits = limits
        self._to_server, self._from_browser = trio.open_memory_channel[str | bytes](UNREAD_FRAMES)

    async def run(self) -> None:
        """Hand what the browser sends to the application, one frame after the other."""
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._cancel_at_end, nursery.cancel_scope)
                async for frame in self._from_browser:
                    await self._handler.receive(frame)
        finally:
            self._connection.close(1006)
            assert self._connection.ending is not None
            self._handler.closed(self._connection.ending.code)

    async def _cancel_at_end(self, scope: trio.CancelScope) -> None:
        await self._connection.wait_for_end()
        scope.cancel()

    async def send(self, frame: bytes | str) -> None:
        await self._send(frame.decode() if isinstance(frame, bytes) else frame)

    async def send_binary(self, frame: bytes) -> None:
        await self._send(frame)

    async def _send(self, frame: bytes | str) -> None:
        if self._connection.ending is not None:
            await trio.lowlevel.checkpoint()
            raise self._connection.ending
        size = len(frame.encode() if isinstance(frame, str) else frame)
        if size > self._limits.frame_bytes:
            self._connection.close(CloseCode.TOO_BIG, "the frame is too big")
        else:
            await self._to_server.send(frame)

    async def receive(self) -> bytes | str:
        return await self._connection.next_frame()

    async def aclose(self, code: int) -> None:
        await trio.lowlevel.checkpoint()
        self._connection.close(code)


class AppVisitor:
    """One browser's visit of an application, with its cookies."""

    def __init__(self, app: LiveApp, cookies: Cookies, nursery: trio.Nursery) -> None:
        self.app = app
        self.cookies = cookies
        self._nursery = nursery
        self._newest: Socket | None = None

    async def get(self, url: str) -> Answer:
        """Send a real request through the application, following redirects within it."""
        asked = url
        for _ in range(MOST_REDIRECTS + 1):
            answer = await self._get_once(self._target(url))
            location = answer.headers.get("location")
            if answer.status not in (301, 302, 303, 307, 308) or not location:
                return answer
            url = urljoin(answer.url, location)
        raise PageError(f"{asked} was redirected more than {MOST_REDIRECTS} times.")

    def _target(self, url: str) -> str:
        parts = urlsplit(urljoin(ORIGIN, url))
        if parts.netloc != HOST:
            raise PageError(f"{url} is another site than {ORIGIN}, where the test's pages are.")
        return f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"

    async def _get_once(self, target: str) -> Answer:
        client = self.app.test_client(use_cookies=False)
        response = await client.get(target, headers=self._headers())
        for header in response.headers.getlist("Set-Cookie"):
            self.cookies.take(header)
        headers = {name.lower(): value for name, value in response.headers.items()}
        text = await response.get_data(as_text=True)
        return Answer(target, response.status_code, text, headers)

    def _headers(self) -> dict[str, str]:
        cookies = self.cookies.header()
        return {"user-agent": USER_AGENT, **({"cookie": cookies} if cookies else {})}

    async def open_socket(self, path: str) -> MemorySocket:
        """Ask the application's gate for a socket, as the transports do."""
        await trio.lowlevel.checkpoint()
        parts = urlsplit(path)
        headers = {"host": HOST, "origin": ORIGIN, **self._headers()}
        handshake = Handshake(parts.path, parts.query, headers, "ws", HOST, "127.0.0.1")
        refusal = self.app.gate.admit(handshake)
        if refusal is not None:
            raise SocketRefused(refusal.status, refusal.reason)
        limits = self.app.transport_limits
        connection = MemoryConnection(limits)
        handler = self.app.gate.open(handshake, connection)
        self._newest = handler
        socket = MemorySocket(connection, handler, limits)
        self._nursery.start_soon(socket.run)
        return socket

    # --- the server's side ------------------------------------------------------------

    @property
    def request(self) -> Request:
        """What the application knows of this visit, since its page has joined."""
        if self._newest is None:
            raise PageError("This page has not joined its view yet.")
        return self._newest.request

    def seat_of(self, token: str) -> Seat:
        """Return the place of the view that a page's token names."""
        view_id = self.app.runtime.signer.read(token, self.request).view_id
        seat = self.app.runtime.seats.get(view_id)
        if seat is None:
            raise PageError("The view of this page has ended.")
        return seat
