"""Signs saved views: only this application reads them, for the same session and user, in time."""

from __future__ import annotations

import hashlib
import hmac
import struct
import time
from collections.abc import Callable

from .state_errors import StateNotLoadable

VERSION = b"\x01"
#: The moment of the save, in seconds since 1970.
MOMENT = struct.Struct(">d")
SIGNATURE_BYTES = 32
HEAD_BYTES = len(VERSION) + MOMENT.size


class StateSealer:
    """Seals bytes with the newest secret, and opens what any of the secrets sealed.

    The view's id and its owner (session and user) are part of what is signed and are not
    written down: whoever opens a seal says for whom.
    """

    def __init__(
        self,
        secrets: list[str],
        max_age_seconds: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._keys = [
            hashlib.sha256(b"limelight.state\0" + secret.encode()).digest() for secret in secrets
        ]
        self._max_age_seconds = max_age_seconds
        self._clock = clock

    def seal(self, body: bytes, *owner: str) -> bytes:
        head = VERSION + MOMENT.pack(self._clock())
        return head + _signature(self._keys[0], head, owner, body) + body

    def open(self, sealed: bytes, *owner: str) -> bytes:
        """Return what was sealed for this owner; raise StateNotLoadable if it was not."""
        head, body = sealed[:HEAD_BYTES], sealed[HEAD_BYTES + SIGNATURE_BYTES :]
        signature = sealed[HEAD_BYTES : HEAD_BYTES + SIGNATURE_BYTES]
        if head[:1] != VERSION or len(signature) < SIGNATURE_BYTES:
            raise StateNotLoadable("Saved state is of another version of Limelight.")
        if not any(
            hmac.compare_digest(signature, _signature(key, head, owner, body)) for key in self._keys
        ):
            raise StateNotLoadable("Saved state is not signed for this session and user.")
        (moment,) = MOMENT.unpack(head[1:])
        if self._clock() - moment > self._max_age_seconds:
            raise StateNotLoadable("Saved state is older than LIVE_SAVED_SECONDS allows.")
        return body


def _signature(key: bytes, head: bytes, owner: tuple[str, ...], body: bytes) -> bytes:
    # The lengths keep ("ab", "c") apart from ("a", "bc").
    names = [name.encode() for name in owner]
    lengths = struct.pack(f">{len(names)}I", *map(len, names))
    return hmac.digest(key, b"".join([head, lengths, *names, body]), "sha256")
