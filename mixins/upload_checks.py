"""What an upload accepts: by name, by declared type, and by what its content is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import filetype

from .upload_names import ending_of, shown_name
from .upload_types import ACTIVE, CONTAINERS, UNKNOWN, canonical, is_same, type_by_ending

#: So much of the beginning and of the end is looked at.
LOOKED_AT_BYTES = 8_192

#: Markup that a browser which guesses types would run, as bytes anywhere near an edge.
MARKUP = re.compile(
    rb"<(?:!doctype\s+(?:html|svg)|html|head|body|script|iframe|svg|object|embed|style|"
    rb"meta\s|img\s|a\s+href)|javascript:|<\?xml[^>]*\?>\s*<(?:\w+:)?(?:svg|html)|<\?php",
    re.IGNORECASE,
)
#: The beginning of a program for Node and its like.
PROGRAM = re.compile(rb"\A#![^\n]*\b(?:node|deno|bun)\b")
XML = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<\?xml\b", re.IGNORECASE)
#: `GIF89a/*` and the like: a picture whose size is the beginning of a comment or an assignment.
SCRIPT_AS_IMAGE = re.compile(rb"\A(?:GIF8[79]a|BM|RIFF)(?:\s*/\*|=)")
#: What systems declare for comma-separated values, notes and the like.
TEXT_BY_OTHER_NAMES = ("text/plain", "text/csv", "text/markdown", "application/vnd.ms-excel")
OLE_HEAD = b"\xd0\xcf\x11\xe0"
ZIP_END = b"PK\x05\x06"
PICTURES = ("image/", "audio/", "video/", "application/pdf")


class UploadRefused(Exception):
    """A file is not taken. The text names it and says what was expected."""


@dataclass(frozen=True, slots=True)
class Accept:
    """What one upload takes: endings such as ".jpg", types such as "image/*", or anything."""

    patterns: tuple[str, ...]

    @classmethod
    def read(cls, accept: str | Iterable[str]) -> Accept:
        """Read what `accept` of an input may say. Raises ValueError for what it may not."""
        given = accept.split(",") if isinstance(accept, str) else list(accept)
        patterns = tuple(one.strip().lower() for one in given if one.strip())
        for pattern in patterns:
            if not re.fullmatch(r"\.[a-z0-9.]+|[\w.+-]+/(\*|[\w.+-]+)|\*|\*/\*", pattern):
                raise ValueError(
                    f"accept={accept!r}: {pattern!r} is no ending and no type. Expected such as "
                    '".jpg", "image/*" or "*".'
                )
        if not patterns:
            raise ValueError('accept is empty. Name what is taken, such as ".jpg,.png", or "*".')
        return cls(patterns)

    @property
    def attribute(self) -> str:
        """For the attribute `accept` of an input."""
        return "" if self.takes_anything else ",".join(self.patterns)

    @property
    def takes_anything(self) -> bool:
        return "*" in self.patterns or "*/*" in self.patterns

    def takes_type(self, kind: str) -> bool:
        """Tell whether a type is accepted, by itself or through an ending that stands for it."""
        wanted = {type_by_ending(one) for one in self._endings}
        return self.takes_anything or kind in wanted or self._names(kind)

    def takes_name(self, name: str) -> bool:
        ending = ending_of(name)
        if self.takes_anything or ending in self._endings:
            return True
        return self._names(type_by_name(name))

    def asks_for(self, kind: str) -> bool:
        """Tell whether an active type stands here by its own name, and not below a `*`."""
        named = {canonical(one) for one in self.patterns if "*" not in one}
        return kind in named or any(ACTIVE.get(one) == kind for one in self._endings)

    @property
    def _endings(self) -> tuple[str, ...]:
        return tuple(one for one in self.patterns if one.startswith("."))

    def _names(self, kind: str) -> bool:
        family = kind.partition("/")[0]
        types = [canonical(one) for one in self.patterns if "/" in one]
        return bool(kind) and (kind in types or f"{family}/*" in types)

    def __str__(self) -> str:
        return "anything but active content" if self.takes_anything else ", ".join(self.patterns)


def type_by_name(name: str) -> str:
    return type_by_ending(ending_of(name))


def quoted(name: str) -> str:
    """Return a file's name as a refusal shows it."""
    return f'"{shown_name(name)}"'


def check_name(accept: Accept, name: str, declared: str) -> None:
    """Refuse by what the browser says of a file, before its first byte."""
    kind = type_by_name(name)
    for one in (kind, canonical(declared)):
        if one in ACTIVE.values() and not accept.asks_for(one):
            raise UploadRefused(f"{quoted(name)} is active content ({one}), which is not accepted.")
    if not accept.takes_name(name):
        raise UploadRefused(f"{quoted(name)} is not accepted: expected {accept}.")
    declared = canonical(declared)
    if declared not in UNKNOWN and not _fits(accept, declared, kind):
        raise UploadRefused(f"{quoted(name)} is declared as {declared}: expected {accept}.")


def _fits(accept: Accept, declared: str, kind: str) -> bool:
    # Systems disagree on the types of many endings: what the name says decides then.
    is_text = kind.startswith("text/") and declared in TEXT_BY_OTHER_NAMES
    return accept.takes_type(declared) or declared == kind or is_text or not kind


def check_head(accept: Accept, name: str, head: bytes) -> str:
    """Refuse a file whose content is not what its name says; return its type."""
    by_name = type_by_name(name)
    head = head[:LOOKED_AT_BYTES]
    sniffed = filetype.guess(head)
    found = canonical(sniffed.mime) if sniffed is not None else ""
    _refuse_active(accept, name, head, found)
    if found and by_name and not is_same(found, by_name):
        raise UploadRefused(f"{quoted(name)} is {found} by its content, and {by_name} by its name.")
    if not found and _has_signature(by_name) and not head.startswith(OLE_HEAD):
        raise UploadRefused(f"{quoted(name)} is no {by_name}: its content is something else.")
    if not found and by_name.startswith("text/") and _is_binary(head):
        raise UploadRefused(f"{quoted(name)} is no text: its content is binary.")
    return by_name if by_name and (not found or found in CONTAINERS) else found


def check_tail(name: str, kind: str, tail: bytes) -> None:
    """Refuse what is a picture at its beginning, and something else at its end."""
    if not kind.startswith(PICTURES) or kind in ACTIVE.values():
        return
    if ZIP_END in tail or (kind != "application/pdf" and MARKUP.search(tail[-LOOKED_AT_BYTES:])):
        raise UploadRefused(f"{quoted(name)} is {kind} with something else behind it.")


def _refuse_active(accept: Accept, name: str, head: bytes, found: str) -> None:
    if found in ACTIVE.values() and not accept.asks_for(found):
        raise UploadRefused(f"{quoted(name)} is active content ({found}), which is not accepted.")
    by_name = type_by_name(name)
    if accept.asks_for(by_name):
        return
    is_plain_text = by_name.startswith("text/") and not found
    begins_with_markup = MARKUP.match(head.removeprefix(b"\xef\xbb\xbf").lstrip())
    # Many formats are XML within; only those that we do not know may be.
    is_xml = XML.match(head) and (by_name or not accept.takes_name(name))
    if begins_with_markup or is_xml or PROGRAM.match(head):
        raise UploadRefused(f"{quoted(name)} is active content, which is not accepted.")
    if SCRIPT_AS_IMAGE.match(head) or (not is_plain_text and MARKUP.search(head)):
        raise UploadRefused(f"{quoted(name)} holds active content, which is not accepted.")


def _has_signature(kind: str) -> bool:
    """Tell whether files of a type have a beginning by which they would have been found."""
    return any(canonical(one.mime) == kind for one in filetype.types)


def _is_binary(head: bytes) -> bool:
    return b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff"))
