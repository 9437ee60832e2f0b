"""Quart's session in a signed cookie, whose keys are prepared once and not for each request."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from quart import Quart
from quart.sessions import SecureCookieSessionInterface


class PreparedSigner(TimestampSigner):
    """Signs as itsdangerous does, with keys that were derived before."""

    def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
        secret = self.secret_keys[-1] if secret_key is None else secret_key
        how = (self.salt, self.key_derivation, self.digest_method)
        return _derived_key(secret, *how)


@lru_cache(maxsize=100)
def _derived_key(secret: str | bytes, salt: bytes, how: str, digest_method: Any) -> bytes:
    return TimestampSigner(
        secret, salt=salt, key_derivation=how, digest_method=digest_method
    ).derive_key()


class PreparedSessions(SecureCookieSessionInterface):
    """The sessions of a live application, unless it sets a `session_interface` of its own."""

    def __init__(self) -> None:
        self._secrets: tuple[Any, ...] = ()
        self._serializer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Quart) -> URLSafeTimedSerializer | None:
        secrets = (app.secret_key, *(app.config["SECRET_KEY_FALLBACKS"] or ()))
        if secrets != self._secrets:
            serializer = super().get_signing_serializer(app)
            if serializer is not None:
                serializer.signer = PreparedSigner
            self._secrets, self._serializer = secrets, serializer
        return self._serializer
