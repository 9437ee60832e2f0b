"""The names of uploaded files: text to show, and a name that is safe to use."""

from __future__ import annotations

import re
import secrets
import unicodedata
from urllib.parse import unquote

LONGEST_STEM = 80
#: `%252f` is `%2f` is `/`: whoever decodes twice finds it, so we look behind three layers.
LAYERS = 3
#: Names that Windows gives to devices, whatever their ending.
DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)")
ENDING = re.compile(r"\.[a-z0-9]{1,10}")
SEPARATORS = re.compile(r"[/\\:\u2044\u2215\u29f8\u29f5\ufe68\uff0f\uff3c]")


def shown_name(name: str) -> str:
    """Return a client's name as one line of text: what cannot be seen becomes a mark."""
    return "".join(one if one.isprintable() else "\ufffd" for one in name)[:255]


def ending_of(name: str) -> str:
    """Return the ending in lower case with its dot, or "".

    What stands behind a NUL does not count: programs that end a name there would see another.
    """
    ending = re.search(r"\.[^.]*$", _innermost(name))
    found = ending[0].lower().rstrip() if ending else ""
    return found if ENDING.fullmatch(found) else ""


def safe_name(name: str) -> str:
    """Return a name that stays in its folder, is no other file's and starts no program."""
    base = _innermost(name)
    ending = ending_of(name)
    stem = base[: len(base) - len(ending)] if ending else base
    stem = re.sub(r"[^\w-]+", "-", stem).strip("-_")[:LONGEST_STEM].strip("-_")
    if not stem or DEVICES.fullmatch(stem):
        stem = f"file-{stem}".strip("-")
    return f"{stem}-{secrets.token_hex(4)}{ending}"


def _innermost(name: str) -> str:
    """Return the last part of what may be a path, however its separators are spelt."""
    for _ in range(LAYERS):
        name = unquote(name)
    name = name.partition("\0")[0]
    parts = SEPARATORS.split(name)
    name = unicodedata.normalize("NFKC", parts[-1])
    return SEPARATORS.split(name)[-1].strip(" .")
