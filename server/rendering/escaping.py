"""Escapes plain text, without the object that MarkupSafe makes around each result."""

from __future__ import annotations

from collections.abc import Callable

import markupsafe


def _escape_slowly(text: str) -> str:
    return str(markupsafe.escape(text))


#: Escape a text that is exactly a `str`. Making a `Markup` of it would cost twenty times as
#: much, so this is what `markupsafe.escape` itself calls, where it is there.
escape_text: Callable[[str], str] = getattr(markupsafe, "_escape_inner", _escape_slowly)
