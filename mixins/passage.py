"""What one stream of text shows, or what is new in it since the browser last heard."""

from __future__ import annotations

from typing import Any, Literal

Mode = Literal["append", "replace", "prepend"]
MODES = ("append", "replace", "prepend")
#: Many short strings take ten times the memory of their text.
MOST_PARTS = 500


class Passage:
    """Text before, HTML, text behind. What is streamed is added, and nothing is lost."""

    __slots__ = (
        "_before",
        "_behind",
        "_html",
        "error",
        "has_ended",
        "has_started",
        "is_active",
        "is_reset",
        "size",
    )

    def __init__(self) -> None:
        #: The last comes first.
        self._before: list[str] = []
        self._behind: list[str] = []
        self._html = ""
        self.error = ""
        #: What was there before is to go.
        self.is_reset = False
        self.has_started = False
        self.has_ended = False
        self.is_active = False
        #: Bytes of text and HTML.
        self.size = 0

    @property
    def is_empty(self) -> bool:
        return not (self.size or self.is_active or self.error)

    def start(self) -> None:
        self.replace("")
        self.is_active = self.has_started = True
        self.has_ended = False
        self.error = ""

    def add(self, text: str, mode: Mode) -> None:
        if mode == "replace":
            self.replace(text)
        elif text:
            parts = self._behind if mode == "append" else self._before
            parts.append(text)
            self.size += size_of(text)
            if len(parts) > MOST_PARTS:
                parts[:] = ["".join(parts if mode == "append" else reversed(parts))]

    def replace(self, text: str, html: str = "") -> None:
        self._before, self._behind, self._html = [], [text] if text else [], html
        self.size = size_of(text) + size_of(html)
        self.is_reset = True

    def fail(self, error: str) -> None:
        self.error = error
        self.is_active = False

    def end(self) -> None:
        self.has_ended = True
        self.is_active = False

    def as_wire(self) -> dict[str, Any]:
        """Return the change as it crosses the socket (`docs/wire.md`), without what is not."""
        wire = {
            "r": int(self.is_reset),
            "s": int(self.has_started),
            "p": "".join(reversed(self._before)),
            "h": self._html,
            "t": "".join(self._behind),
            "x": self.error,
            "d": int(self.has_ended),
        }
        return {name: value for name, value in wire.items() if value}

    def as_whole(self) -> dict[str, Any]:
        """Return the same for an element that shows nothing of it yet."""
        whole = {**self.as_wire(), "r": 1}
        if not self.is_active:
            # Its end was told when it came.
            whole.pop("s", None)
            whole.pop("d", None)
        return whole

    def dump(self) -> list[str]:
        """Return what another process needs to show it again; nobody streams into it there."""
        text_before, text_behind = "".join(reversed(self._before)), "".join(self._behind)
        return [text_before, self._html, text_behind, self.error]

    def load(self, dumped: list[str]) -> None:
        before, self._html, behind, self.error = dumped
        self._before, self._behind = [before], [behind]
        self.size = sum(map(size_of, dumped[:3]))


def size_of(text: str) -> int:
    """Return the bytes of a text on the wire, about."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
