"""An open line to a server: the socket's reader and heartbeat, and waiting for what must come."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable

import trio

from .document import PageError
from .messages import Bye, Ping, Pong, ToBrowser, WireMessage, decode_to_browser, encode
from .pace import Pace
from .socket import LiveSocket, SocketClosed

#: Received messages that wait for `receive`; beyond them the oldest is forgotten.
KEPT_MESSAGES = 1_000


class NoAnswer(PageError, TimeoutError):
    """What was waited for did not happen in time."""


class Line(ABC):
    """The socket of one page. What arrives goes to `_take`, which the page defines."""

    def __init__(
        self, nursery: trio.Nursery, *, answer_seconds: float, heartbeat_seconds: float
    ) -> None:
        #: What the server said before it closed the socket.
        self.goodbye: Bye | None = None
        #: How the last socket ended; None while the first one is open.
        self.closed: SocketClosed | None = None
        self._nursery = nursery
        self._answer_seconds = answer_seconds
        self._heartbeat_seconds = heartbeat_seconds
        self._socket: LiveSocket | None = None
        self._is_followed = False
        self._received: deque[ToBrowser] = deque(maxlen=KEPT_MESSAGES)
        self._pings = self._pongs = 0
        self._changed = trio.Event()
        self._pace = Pace()

    @abstractmethod
    def _take(self, message: ToBrowser) -> None: ...

    def _dispatch(self, message: ToBrowser) -> None:
        self._take(message)

    def _hold(self, socket: LiveSocket, *, is_followed: bool) -> None:
        """Use this socket from now on; read it here unless its user wants to."""
        self._socket = socket
        self._is_followed = is_followed
        self._pings = self._pongs = 0
        self.goodbye = None
        if is_followed:
            self._nursery.start_soon(self._read, socket)
            self._nursery.start_soon(self._beat, socket)

    async def _let_go(self, code: int) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            self.closed = SocketClosed(code)
            await socket.aclose(code)
        self._wake()

    # --- the raw socket ---------------------------------------------------------------

    async def send(self, message: WireMessage | str | bytes) -> None:
        """Send a message of the wire, or any text (str) or binary (bytes) frame, as it is."""
        socket = self._open_socket()
        if isinstance(message, WireMessage):
            await socket.send(encode(message))
        elif isinstance(message, str):
            await socket.send(message)
        else:
            await socket.send_binary(message)

    async def receive(self) -> ToBrowser:
        """Wait for the next message of the server. The page applies it all the same.

        Of a page that nobody listens to, the newest thousand messages are kept.
        """
        if not self._is_followed:
            return _decoded(await self._open_socket().receive())
        await self._until(lambda: bool(self._received), "no message came")
        return self._received.popleft()

    def _open_socket(self) -> LiveSocket:
        if self._socket is None:
            raise self._lost_error()
        return self._socket

    # --- tasks ------------------------------------------------------------------------

    async def _read(self, socket: LiveSocket) -> None:
        try:
            while True:
                message = _decoded(await socket.receive())
                if socket is not self._socket:
                    return
                if isinstance(message, Bye):
                    self.goodbye = message
                if isinstance(message, Pong):
                    self._pongs += 1
                else:
                    self._received.append(message)
                self._dispatch(message)
                self._wake()
        except SocketClosed as closed:
            self._lost(socket, closed)

    async def _beat(self, socket: LiveSocket) -> None:
        """The heartbeat of a browser: a silent one would be taken for gone."""
        while True:
            await trio.sleep(self._heartbeat_seconds)
            if socket is not self._socket:
                return
            await self._ping()

    async def _ping(self) -> int:
        """Send a ping; return how many pongs there are once this one is answered."""
        self._pings += 1
        awaited = self._pings
        await self._send_or_lose(Ping())
        return awaited

    async def _send_paced(self, message: WireMessage) -> None:
        await self._pace.take()
        await self._send_or_lose(message)

    async def _send_or_lose(self, message: WireMessage) -> None:
        """Send; what a dying socket loses is sent again after the reconnect."""
        socket = self._socket
        if socket is not None:
            try:
                await socket.send(encode(message))
            except SocketClosed as closed:
                self._lost(socket, closed)

    def _lost(self, socket: LiveSocket, closed: SocketClosed) -> None:
        if socket is self._socket:
            self._socket = None
            self.closed = closed
            self._wake()

    # --- waiting ----------------------------------------------------------------------

    def _wake(self) -> None:
        self._changed.set()
        self._changed = trio.Event()

    async def _hear_out(self) -> None:
        """Wait until everything is here that the server has said so far, or the socket is lost.

        A socket keeps its order: what went out before the answer to a ping arrives before it.
        """
        socket = self._socket
        awaited = await self._ping()
        await self._until(
            lambda: self._pongs >= awaited or self._socket is not socket,
            "the server did not answer a ping",
        )

    def _may_still_answer(self) -> bool:
        return self._socket is not None

    async def until(self, condition: Callable[[], bool], problem: str) -> None:
        """Wait for what the server must do; `problem` is what is wrong if it does not."""
        await self._until(condition, problem)

    async def _until(self, condition: Callable[[], bool], problem: str) -> None:
        """Wait for what the server must do; a lost socket or too much time is an error."""
        with trio.move_on_after(self._answer_seconds):
            while not condition():
                if not self._may_still_answer():
                    raise self._lost_error()
                await self._changed.wait()
            return
        raise NoAnswer(
            f"After {self._answer_seconds:g} s {problem}. If it may take so long, open the page "
            "with a larger answer_seconds."
        )

    def _lost_error(self) -> PageError:
        said = f' The server said: "{self.goodbye.reason}".' if self.goodbye else ""
        how = f" {self.closed}" if self.closed else ""
        error = SocketClosed(self.closed.code if self.closed else 0)
        error.args = (f"This page has no socket.{how}{said} `page.reconnect()` opens a new one.",)
        return error


def _decoded(frame: bytes | str) -> ToBrowser:
    message: ToBrowser = decode_to_browser(frame)
    return message
