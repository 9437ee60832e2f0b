"""What a view sees of a file that is uploaded: on its way, and once it is there."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: Where a file stands. "chosen" waits for its form to be submitted, "waiting" for its turn.
WAYS_TO_GO = ("chosen", "waiting", "sending", "paused")


@dataclass(frozen=True, slots=True)
class UploadEntry:
    """One file as a template shows it. `progress` is a whole number of percent."""

    ref: str
    client_name: str
    client_type: str
    size: int
    progress: int
    #: One of chosen, waiting, sending, paused, done, refused and failed.
    status: str
    #: Why the file was not taken; it names the file. Empty if nothing is wrong.
    error: str = ""

    @property
    def is_done(self) -> bool:
        return self.status == "done"

    @property
    def is_paused(self) -> bool:
        return self.status == "paused"


@dataclass(frozen=True, slots=True)
class UploadSlot:
    """What `uploads.<name>` is in a template."""

    name: str
    entries: tuple[UploadEntry, ...]
    #: For the attribute `accept` of the input.
    accept: str
    max_entries: int
    max_file_size: int

    @property
    def errors(self) -> tuple[str, ...]:
        """What was refused, file by file."""
        return tuple(entry.error for entry in self.entries if entry.error)

    @property
    def progress(self) -> int:
        """How far all files are that were not refused, in percent of their bytes."""
        entries = [entry for entry in self.entries if not entry.error]
        size = sum(entry.size for entry in entries)
        done = sum(entry.size * entry.progress for entry in entries)
        return done // size if size else 0

    @property
    def is_busy(self) -> bool:
        """Something is still on its way."""
        return any(entry.status in WAYS_TO_GO for entry in self.entries)


class UploadSlots:
    """What `uploads` is in a template: the slots by their names, as attributes."""

    __slots__ = ("_slots",)

    def __init__(self, slots: Mapping[str, UploadSlot]) -> None:
        self._slots = slots

    def __getattr__(self, name: str) -> UploadSlot:
        try:
            return self._slots[name]
        except KeyError:
            known = ", ".join(self._slots) or "none"
            raise AttributeError(
                f'No upload "{name}" was allowed. This view has: {known}. '
                f'Call self.allow_upload("{name}", ...) in mount.'
            ) from None

    __getitem__ = __getattr__


class UploadedContent(io.BufferedReader):
    """The bytes of an uploaded file. It closes itself when nobody holds it any more."""

    def __del__(self) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A whole file, checked. Only `safe_name` may become part of a path."""

    ref: str
    #: As the browser said it: text to show, never a path.
    client_name: str
    #: Made from the client's name, with something random: no two are the same.
    safe_name: str
    #: What its content says it is, else what its name says.
    client_type: str
    size: int
    sha256: str
    #: Open for reading, at its beginning; None where a writer took the bytes.
    file: UploadedContent | None
    #: What the writer's `close` returned.
    result: Any = None
