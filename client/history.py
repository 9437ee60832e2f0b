"""Where a page is and where it was: the address bar and the back button."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

#: Whether an address becomes a new entry, takes the place of the current one, or is one already.
Arrival: TypeAlias = Literal["push", "replace", "stay"]


@dataclass(frozen=True, slots=True)
class Entry:
    url: str
    #: Entries of one page load can be reached without another GET.
    load: int
    #: Entries of one visit were shown by one view.
    visit: int


class History:
    """The addresses of one tab."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._index = -1
        self._load = 0
        self._visit = 0

    @property
    def url(self) -> str:
        return self._entries[self._index].url if self._entries else ""

    def loaded(self, url: str, arrival: Arrival = "push") -> None:
        """A page was loaded anew."""
        self._load += 1
        self.redirected(url, arrival)

    def redirected(self, url: str, arrival: Arrival = "push") -> None:
        """Another view was put in the page."""
        self._visit += 1
        self.patched(url, arrival)

    def patched(self, url: str, arrival: Arrival = "push") -> None:
        """The view itself changed its address."""
        entry = Entry(url, self._load, self._visit)
        if arrival == "push" or not self._entries:
            del self._entries[self._index + 1 :]
            self._entries.append(entry)
            self._index += 1
        else:
            self._entries[self._index] = entry

    def step(self, steps: int) -> Entry | None:
        """Go back (-1) or forward (1); returns the entry there, or None if there is none."""
        if not 0 <= self._index + steps < len(self._entries):
            return None
        self._index += steps
        return self._entries[self._index]

    def kind_of(self, entry: Entry) -> Literal["patch", "redirect", "page"]:
        """Return what it takes to show this entry from what is shown now."""
        if entry.load != self._load:
            return "page"
        return "patch" if entry.visit == self._visit else "redirect"
