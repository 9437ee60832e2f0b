"""How a client without a screen reaches a server: over the network, or in the same process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Protocol

from .document import PageError


class SocketClosed(PageError):
    """The socket is closed. The code is the server's, or ours if we closed first."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(
            f"The socket was closed with code {code}{f': {reason}' if reason else ''}."
        )
        self.code = code
        self.reason = reason


class SocketRefused(PageError):
    """The server answered the request for a socket with an HTTP status instead."""

    def __init__(self, status: int, reason: str = "") -> None:
        super().__init__(f"The server refused the socket with status {status}: {reason}")
        self.status = status
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Answer:
    """What a GET brought, after redirects. The url is path and query on the same site."""

    url: str
    status: int
    html: str
    headers: Mapping[str, str]


class LiveSocket(Protocol):
    """An open socket, seen from the browser."""

    async def send(self, frame: bytes | str) -> None:
        """Send a text frame for str and for the wire's bytes; raises SocketClosed."""

    async def send_binary(self, frame: bytes) -> None: ...

    async def receive(self) -> bytes | str:
        """Wait for the next frame; raises SocketClosed at the end."""
        ...

    async def aclose(self, code: int) -> None: ...


class Visitor(Protocol):
    """One browser's way to one site, with its cookies."""

    async def get(self, url: str) -> Answer:
        """Load a page of the site, following redirects within it."""
        ...

    async def open_socket(self, path: str) -> LiveSocket: ...


class Cookies:
    """The cookies of one site, as far as a test needs them: names, values, deletion."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values: dict[str, str] = dict(values or {})

    @property
    def values(self) -> Mapping[str, str]:
        return self._values

    def take(self, header: str) -> None:
        """Take in one Set-Cookie header."""
        for name, morsel in SimpleCookie(header).items():
            if morsel["max-age"] == "0" or not morsel.value:
                self._values.pop(name, None)
            else:
                self._values[name] = morsel.value

    def header(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self._values.items())
