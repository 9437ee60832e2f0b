"""Decides which sockets may be opened, and gives each one that is its handler."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from weakref import WeakSet

from itsdangerous import BadData

from .connection import Connection, Handshake, Refusal
from .joining import Joining
from .pages import request_of_socket
from .runtime import Runtime
from .socket import Socket

if TYPE_CHECKING:
    from .application import LiveApp


class _Cookies:
    """As much of a request as a session interface looks at."""

    def __init__(self, header: str) -> None:
        try:
            self.cookies = {name: one.value for name, one in SimpleCookie(header).items()}
        except CookieError:
            self.cookies = {}


class SocketGate:
    """The gate of one running application."""

    def __init__(self, app: LiveApp, runtime: Runtime, joining: Joining) -> None:
        self._app = app
        self._runtime = runtime
        self._joining = joining
        #: All open sockets of this process.
        self.sockets: WeakSet[Socket] = WeakSet()

    def admit(self, handshake: Handshake) -> Refusal | None:
        """Refuse a socket that a page of another site has opened (cross-site hijacking)."""
        if not self._app.is_ready:
            return Refusal(503, "The server is restarting.", retry_after_seconds=1)
        origin = handshake.headers.get("origin", "")
        if not self._is_own(origin, handshake):
            return Refusal(
                403,
                f"Origin {origin[:200]!r} is not this site. "
                "Sites that may connect are listed in LIVE_ALLOWED_ORIGINS.",
            )
        return None

    def open(self, handshake: Handshake, connection: Connection) -> Socket:
        session = self._session_of(handshake)
        cookie = self._app.logins.cookie_in(handshake.headers.get("cookie", ""))
        request = request_of_socket(handshake, session)
        socket = Socket(self._joining, request, connection, cookie)
        self.sockets.add(socket)
        return socket

    def _is_own(self, origin: str, handshake: Handshake) -> bool:
        if origin in self._runtime.settings.allowed_origins:
            return True
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        return parts.scheme in {"http", "https"} and parts.netloc.lower() == handshake.host.lower()

    def _session_of(self, handshake: Handshake) -> Any:
        """Read the session's cookie as the application's own session interface would."""
        interface: Any = self._app.session_interface
        signer = interface.get_signing_serializer(self._app)
        cookie = _Cookies(handshake.headers.get("cookie", "")).cookies.get(
            interface.get_cookie_name(self._app)
        )
        if signer is None or not cookie:
            return None
        age = int(self._app.permanent_session_lifetime.total_seconds())
        try:
            return signer.loads(cookie, max_age=age)
        except BadData:
            return None
