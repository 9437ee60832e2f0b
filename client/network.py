"""A browser's way to a site over the network: a small HTTP GET, and the websocket."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import TypeAlias, cast
from urllib.parse import urljoin, urlsplit

import h11
import trio
from trio_websocket import (
    ConnectionClosed,
    ConnectionRejected,
    HandshakeError,
    WebSocketConnection,
    wrap_client_stream,
)

from .document import PageError
from .single_exceptions import single_exceptions
from .socket import Answer, Cookies, SocketClosed, SocketRefused

MOST_REDIRECTS = 10
MOST_PAGE_BYTES = 16 * 1024 * 1024
MOST_FRAME_BYTES = 16 * 1024 * 1024
#: Frames that may wait for a reader before the socket is no longer read.
WAITING_FRAMES = 64
CONNECT_SECONDS = 10.0
CLOSE_SECONDS = 5.0
NO_CODE = 1006

NetworkStream: TypeAlias = trio.SocketStream | trio.SSLStream[trio.SocketStream]


class NetworkVisitor:
    """One browser's visit of one site, with its cookies and headers."""

    def __init__(
        self,
        origin: str,
        nursery: trio.Nursery,
        *,
        headers: Mapping[str, str],
        cookies: Mapping[str, str] | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{origin!r} is no address of a site. Expected 'http://host:port/'.")
        self._is_secure = parts.scheme == "https"
        self._host = parts.hostname
        self._port = parts.port or (443 if self._is_secure else 80)
        self.origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        self._nursery = nursery
        self._headers = {"User-Agent": "limelight-client", **headers}
        self._ssl_context = ssl_context
        self._cookies = Cookies(cookies)

    # --- pages -----------------------------------------------------------------------

    async def get(self, url: str) -> Answer:
        """Load a page of the site, following redirects within it."""
        asked = url
        for _ in range(MOST_REDIRECTS + 1):
            answer = await self._get_once(self._target(url))
            location = answer.headers.get("location")
            if answer.status not in (301, 302, 303, 307, 308) or not location:
                return answer
            url = urljoin(answer.url, location)
        raise PageError(f"{asked} was redirected more than {MOST_REDIRECTS} times.")

    def _target(self, url: str) -> str:
        parts = urlsplit(urljoin(self.origin, url))
        if f"{parts.scheme}://{parts.netloc}" != self.origin:
            raise PageError(f"{url} is another site than {self.origin}; open it by itself.")
        return f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"

    async def _get_once(self, target: str) -> Answer:
        with trio.fail_after(CONNECT_SECONDS):
            stream = await self._open_stream()
        async with stream:
            connection = h11.Connection(h11.CLIENT)
            headers = [
                ("Host", urlsplit(self.origin).netloc),
                ("Accept", "text/html"),
                ("Connection", "close"),
                *self._own_headers(),
            ]
            request = h11.Request(method="GET", target=target, headers=headers)
            start = connection.send(request) or b""
            await stream.send_all(start + (connection.send(h11.EndOfMessage()) or b""))
            return await self._read_answer(target, stream, connection)

    async def _open_stream(self) -> NetworkStream:
        if not self._is_secure:
            return await trio.open_tcp_stream(self._host, self._port)
        return await trio.open_ssl_over_tcp_stream(
            self._host, self._port, ssl_context=self._ssl_context, https_compatible=True
        )

    async def _read_answer(
        self, target: str, stream: trio.abc.Stream, connection: h11.Connection
    ) -> Answer:
        status, headers, body = 0, dict[str, str](), bytearray()
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                connection.receive_data(bytes(await stream.receive_some()))
            elif isinstance(event, h11.Response):
                status = event.status_code
                headers = {name.decode(): value.decode("latin-1") for name, value in event.headers}
                for name, value in event.headers:
                    if name == b"set-cookie":
                        self._cookies.take(value.decode("latin-1"))
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > MOST_PAGE_BYTES:
                    raise PageError(f"GET {target} brought more than {MOST_PAGE_BYTES} bytes.")
            elif isinstance(event, h11.EndOfMessage):
                return Answer(target, status, body.decode(errors="replace"), headers)

    def _own_headers(self) -> list[tuple[str, str]]:
        cookies = self._cookies.header()
        return [*self._headers.items(), *([("Cookie", cookies)] if cookies else [])]

    # --- sockets ---------------------------------------------------------------------

    async def open_socket(self, path: str) -> NetworkSocket:
        """Open a websocket with the page's origin and cookies."""
        url = self.origin.replace("http", "ws", 1) + self._target(path)
        socket: NetworkSocket = await self._nursery.start(self._run_socket, url)
        return socket

    async def _run_socket(
        self, url: str, task_status: trio.TaskStatus[NetworkSocket] = trio.TASK_STATUS_IGNORED
    ) -> None:
        path = url.partition(urlsplit(url).netloc)[2]
        ended = trio.Event()
        try:
            with single_exceptions():
                with trio.fail_after(CONNECT_SECONDS):
                    stream = await self._open_stream()
                # trio-websocket leaves a stream open whose other end has closed it.
                async with stream, trio.open_nursery() as nursery:
                    with trio.fail_after(CONNECT_SECONDS):
                        connection = await self._upgrade(nursery, stream, path)
                    task_status.started(NetworkSocket(connection, ended))
                    await ended.wait()
                    nursery.cancel_scope.cancel()
        except ConnectionRejected as refused:
            body = (refused.body or b"").decode(errors="replace")
            raise SocketRefused(refused.status_code, body) from None
        except (HandshakeError, OSError, trio.TooSlowError) as error:
            raise PageError(f"{url} did not open as a websocket: {error!r}.") from error

    async def _upgrade(
        self, nursery: trio.Nursery, stream: NetworkStream, path: str
    ) -> WebSocketConnection:
        headers = {"Origin": self.origin, **dict(self._own_headers())}
        watched = WatchedEnd(stream)
        async with trio.open_nursery() as waiting:
            waiting.start_soon(watched.fail_at_end)
            connection = await wrap_client_stream(
                nursery,
                # It takes any stream, whatever its annotation says.
                cast("NetworkStream", trio.StapledStream(stream, watched)),
                urlsplit(self.origin).netloc,
                path,
                extra_headers=[(name.encode(), value.encode()) for name, value in headers.items()],
                message_queue_size=WAITING_FRAMES,
                max_message_size=MOST_FRAME_BYTES,
            )
            waiting.cancel_scope.cancel()
        return connection


class WatchedEnd(trio.abc.ReceiveStream):
    """Knows when its other end has closed: trio-websocket waits on for the answer's rest."""

    def __init__(self, stream: NetworkStream) -> None:
        self._stream = stream
        self._has_ended = trio.Event()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        data: bytes | bytearray = b""
        try:
            data = await self._stream.receive_some(max_bytes)
        finally:
            if not data:
                self._has_ended.set()
        return data

    async def fail_at_end(self) -> None:
        await self._has_ended.wait()
        raise ConnectionResetError("the connection was cut before the socket was open")

    async def aclose(self) -> None:
        await self._stream.aclose()


class NetworkSocket:
    """An open websocket."""

    def __init__(self, connection: WebSocketConnection, ended: trio.Event) -> None:
        self._connection = connection
        self._ended = ended
        self._is_closing = False

    async def send(self, frame: bytes | str) -> None:
        await self._send(frame.decode() if isinstance(frame, bytes) else frame)

    async def send_binary(self, frame: bytes) -> None:
        await self._send(frame)

    async def _send(self, frame: bytes | str) -> None:
        try:
            await self._connection.send_message(frame)
        except ConnectionClosed as closed:
            raise self._closed(closed) from None

    async def receive(self) -> bytes | str:
        try:
            return await self._connection.get_message()
        except ConnectionClosed as closed:
            raise self._closed(closed) from None

    async def aclose(self, code: int) -> None:
        self._is_closing = True
        with trio.move_on_after(CLOSE_SECONDS):
            await self._connection.aclose(code)
        self._ended.set()

    def _closed(self, closed: ConnectionClosed) -> SocketClosed:
        # Whoever closes waits for a task of the connection, which must not be ended before.
        if not self._is_closing:
            self._ended.set()
        if closed.reason is None:
            return SocketClosed(NO_CODE)
        return SocketClosed(closed.reason.code, closed.reason.reason or "")
