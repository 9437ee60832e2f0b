"""The signed tokens that tie a page to its view, its session and its user."""

from __future__ import annotations

from typing import Any

import msgspec
from itsdangerous import BadData
from itsdangerous.encoding import base64_decode, base64_encode

from .request import Request
from .sessions import PreparedSigner


class PageToken(msgspec.Struct, frozen=True, array_like=True):
    """What a page may say of itself: only the server can have written it."""

    view_id: str
    endpoint: str
    session_id: str
    user_id: str = ""
    #: Of a nested view: the view around it.
    parent_id: str = ""


class TokenRefused(Exception):
    """The token is forged, too old, or belongs to another session or user."""


class AnotherUser(TokenRefused):
    """Whoever logged out, or in, since the page was made: its view is not theirs."""

    def __init__(self, view_id: str) -> None:
        super().__init__("The page's token belongs to another user.")
        self.view_id = view_id


class TokenSigner:
    """Writes and reads page tokens with the application's secrets, the newest first."""

    def __init__(self, secrets: list[str], max_age_seconds: float) -> None:
        self._secrets = secrets[::-1]
        self._signer = PreparedSigner(self._secrets, salt="limelight.page")
        self._max_age_seconds = max_age_seconds

    def sign(self, purpose: str, value: Any) -> str:
        """Return a small value as text that only this application can have written."""
        return self._signer_of(purpose).sign(base64_encode(msgspec.json.encode(value))).decode()

    def unsign(self, purpose: str, text: str, max_age_seconds: int) -> Any:
        """Return the value that was signed for this purpose; None if it was not, or is too old."""
        try:
            payload = self._signer_of(purpose).unsign(text, max_age=max_age_seconds)
            return msgspec.json.decode(base64_decode(payload))
        except (BadData, msgspec.MsgspecError):
            return None

    def _signer_of(self, purpose: str) -> PreparedSigner:
        return PreparedSigner(self._secrets, salt=f"limelight.value.{purpose}")

    def write(self, token: PageToken) -> str:
        return self._signer.sign(base64_encode(msgspec.json.encode(token))).decode()

    def read(self, text: str, request: Request) -> PageToken:
        """Return what the token says, if it was written for this session and user."""
        try:
            payload = self._signer.unsign(text, max_age=int(self._max_age_seconds))
            token = msgspec.json.decode(base64_decode(payload), type=PageToken)
        except (BadData, msgspec.MsgspecError) as error:
            raise TokenRefused(f"The page's token is not valid: {error}.") from None
        if token.session_id != request.session_id:
            raise TokenRefused("The page's token belongs to another session.")
        if token.user_id != (request.user.auth_id or ""):
            raise AnotherUser(token.view_id)
        return token
