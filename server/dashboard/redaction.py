"""What of a view's state may be shown: little of what a visitor has typed, and no secrets."""

from __future__ import annotations

import datetime
import decimal
import enum
import re
import uuid
from collections.abc import Mapping, Sized
from typing import Any, Final

#: Whatever has such a word in its name is never shown.
SECRET_WORDS: Final = re.compile(
    r"pass|pwd|secret|token|key|auth|cookie|session|csrf|credential|signature|pin\b|otp"
    r"|card|iban|cvc|cvv|ssn|salt|hash",
    re.IGNORECASE,
)
HIDDEN: Final = "•••"
MOST_CHARACTERS: Final = 80
#: Says nothing about anybody by itself.
PLAIN = (bool, int, float, complex, type(None), enum.Enum, decimal.Decimal)
PLAIN_AS_TEXT = (datetime.date, datetime.time, datetime.timedelta, uuid.UUID)


def redacted_state(attributes: Mapping[str, Any], *, shows_texts: bool) -> dict[str, str]:
    """Return a view's public attributes as short texts. Texts are told by their length only,
    unless `shows_texts`, which is for development."""
    return {
        name: redacted(name, value, shows_texts=shows_texts)
        for name, value in sorted(attributes.items())
        if name[0] != "_"
    }


def redacted(name: str, value: object, *, shows_texts: bool) -> str:
    """Return one value as a short text, hidden if its name sounds like a secret."""
    if SECRET_WORDS.search(name):
        return HIDDEN
    if isinstance(value, PLAIN):
        return _cut(repr(value))
    if isinstance(value, PLAIN_AS_TEXT):
        return _cut(str(value))
    kind = type(value).__name__
    if isinstance(value, str):
        return _cut(repr(value)) if shows_texts else f"text of {len(value)} characters"
    if isinstance(value, Sized):
        return f"{kind} of {len(value)}"
    return kind


def without_secrets(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as they are, but for those whose name sounds like a secret."""
    return {name: HIDDEN if SECRET_WORDS.search(name) else value for name, value in values.items()}


def _cut(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"
