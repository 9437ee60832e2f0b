"""Reads who is logged in from quart-auth's cookie, for pages and sockets alike."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING

from quart import Response, request, session
from quart_auth import Action, QuartAuth

from .request import SESSION_KEY, User
from .users import UserLoader, load_user

if TYPE_CHECKING:
    from quart import Quart

#: A cookie is text that any browser that once had it could send again, so those that were
#: given up are remembered: this long, and at most so many.
REVOKED_SECONDS = 3_600.0
MOST_REVOKED = 10_000


class Logins:
    """The application's side of quart-auth. Touched by the event loop's thread only."""

    def __init__(self, app: Quart) -> None:
        self._app = app
        self._extension: QuartAuth | None = None
        self._revoked: OrderedDict[str, float] = OrderedDict()
        self.loader: UserLoader | None = None
        #: Called with user, session and cookie's digest as soon as somebody logs out.
        self.on_logout: Callable[[str, str, str], None] | None = None

    def install(self, *, is_development: bool) -> None:
        """Add quart-auth once, unless the application has brought its own."""
        if self._extension is not None:
            return
        if is_development:
            # Development has no TLS, and some browsers take such a cookie only over TLS.
            self._app.config.setdefault("QUART_AUTH_COOKIE_SECURE", False)
        own = self._app.extensions.get("QUART_AUTH")
        self._extension = own[0] if own else QuartAuth(self._app)
        self._app.after_request(self._notice_logout)

    # --- who it is ----------------------------------------------------------------------

    async def user_of_page(self) -> User:
        """Return who asks for the page that is being answered."""
        auth_id = self._quart_auth.load_user().auth_id
        if auth_id is not None and self._is_revoked(request.cookies.get(self._cookie_name, "")):
            auth_id = None
        return await load_user(self.loader, auth_id)

    def cookie_in(self, header: str) -> str:
        """Return the login's cookie out of the header of a socket's handshake, or ""."""
        try:
            found = SimpleCookie(header).get(self._cookie_name)
        except CookieError:
            return ""
        return found.value if found is not None else ""

    def cookie_of(self, auth_id: str) -> str:
        """Return the cookie of somebody who has logged in, as tests need it."""
        return f"{self._cookie_name}={self._quart_auth.dump_token(auth_id, self._app)}; Path=/"

    async def user_of_cookie(self, cookie: str) -> User:
        """Return who is logged in by a cookie now: it may have been given up, or be too old."""
        if not cookie or self._is_revoked(cookie):
            return await load_user(self.loader, None)
        auth_id = self._quart_auth.load_token(cookie, self._app)
        return await load_user(self.loader, auth_id)

    @property
    def _quart_auth(self) -> QuartAuth:
        assert self._extension is not None, "installed before the application runs"
        return self._extension

    @property
    def _cookie_name(self) -> str:
        return str(self._quart_auth.cookie_name)

    # --- who has left -------------------------------------------------------------------

    async def _notice_logout(self, response: Response) -> Response:
        """Somebody has logged out, or logged in as somebody else."""
        user = self._quart_auth.load_user()
        if user.action is Action.PASS:
            return response
        cookie = request.cookies.get(self._cookie_name, "")
        former = self._quart_auth.load_token(cookie, self._app) if cookie else None
        if former is not None and former != user.auth_id and self.on_logout is not None:
            self.on_logout(former, session.get(SESSION_KEY, ""), digest_of(cookie))
        return response

    def revoke(self, digest: str) -> None:
        """Take a cookie no more, although it is signed and young enough."""
        now = time.monotonic()
        self._revoked[digest] = now + REVOKED_SECONDS
        while self._revoked:
            oldest = next(iter(self._revoked.values()))
            if oldest > now and len(self._revoked) <= MOST_REVOKED:
                return
            self._revoked.popitem(last=False)

    def _is_revoked(self, cookie: str) -> bool:
        return bool(self._revoked) and digest_of(cookie) in self._revoked


def digest_of(cookie: str) -> str:
    """What other processes are told of a cookie, so that it is never written down."""
    return sha256(cookie.encode()).hexdigest()
