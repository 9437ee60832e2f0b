"""The load's end of a websocket: so little that the server stays the slower of the two."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from dataclasses import dataclass

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
LAST = 0x80
MASKED = 0x80
MASK = b"\x00\x00\x00\x00"  # a mask of zeros: the load need not compute
READ_BYTES = 262_144
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Page:
    """What a GET has brought."""

    body: str
    cookies: str


def get_page(port: int, path: str) -> Page:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read().decode()
    if answer.status != 200:
        raise RuntimeError(f"GET {path} was answered with {answer.status}: {body[:300]}")
    given = answer.headers.get_all("set-cookie") or []
    connection.close()
    return Page(body, "; ".join(one.split(";")[0] for one in given))


def _head(kind: int, size: int) -> bytes:
    if size < 126:
        return bytes((LAST | kind, MASKED | size)) + MASK
    return bytes((LAST | kind, MASKED | 126)) + size.to_bytes(2, "big") + MASK


class LiveSocket:
    """One websocket without compression."""

    def __init__(self, port: int, path: str, cookies: str = "") -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._unread = b""
        origin = f"127.0.0.1:{port}"
        lines = [
            f"GET {path} HTTP/1.1", f"Host: {origin}", f"Origin: http://{origin}",
            "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==", "User-Agent: benchmark",
        ]  # fmt: skip
        if cookies:
            lines.append(f"Cookie: {cookies}")
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            read = self.socket.recv(READ_BYTES)
            if not read:
                break
            answer += read
        head, _, self._unread = answer.partition(b"\r\n\r\n")
        if b" 101 " not in head:
            raise RuntimeError(f"{path} opened no websocket: {head[:300]!r}")

    def send(self, text: bytes) -> None:
        self.socket.sendall(_head(TEXT, len(text)) + text)

    def receive(self) -> bytes:
        """Wait for one frame and return it; others that came with it are returned later."""
        while True:
            for frame in self._whole_frames(most=1):
                return frame
            self._read()

    def receive_all(self) -> list[bytes]:
        """Return the frames of one read, which may be none."""
        self._read()
        return list(self._whole_frames())

    def close(self) -> None:
        self.socket.close()

    def _read(self) -> None:
        read = self.socket.recv(READ_BYTES)
        if not read:
            raise ConnectionError("The server has closed the websocket.")
        self._unread += read

    def _whole_frames(self, most: int = 1_000_000) -> Iterator[bytes]:
        while most and (parsed := self._parse()) is not None:
            kind, payload = parsed
            if kind == TEXT:
                most -= 1
                yield payload
            elif kind == PING:
                self.socket.sendall(_head(PONG, len(payload)) + payload)
            elif kind == CLOSE:
                raise ConnectionError(f"The server closes the websocket: {payload!r}")

    def _parse(self) -> tuple[int, bytes] | None:
        unread = self._unread
        if len(unread) < 2:
            return None
        size, start = unread[1], 2
        if size > 125:
            start = 4 if size == 126 else 10
            size = int.from_bytes(unread[2:start], "big")
        if len(unread) < max(start + size, start):
            return None
        if not unread[0] & LAST:
            raise RuntimeError("A message came in several frames, which no system here does.")
        self._unread = unread[start + size :]
        return unread[0] & 0xF, unread[start : start + size]
