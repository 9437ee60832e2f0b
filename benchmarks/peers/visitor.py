"""A visitor of one live page, whatever its system: events go out, patches come in."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

from .live_socket import LiveSocket, Page, get_page


class Visitor(ABC):
    """Loads a page, joins it, and then knows how to write events and to read patches."""

    def __init__(self, port: int, path: str) -> None:
        self.path = path
        self.events = 0
        self.page = self.load(port)
        self.socket = self.join(port)

    def load(self, port: int) -> Page:
        return get_page(port, self.path)

    @abstractmethod
    def join(self, port: int) -> LiveSocket:
        """Open the socket and wait until the view is there."""

    @abstractmethod
    def event(self, name: str) -> bytes:
        """Return the message of the event whose number is `self.events`."""

    @abstractmethod
    def changes(self, message: Any) -> Any:
        """Return what a message changes in the page, None if it is about something else."""

    def read(self, frame: bytes) -> Any:
        return self.changes(json.loads(frame))

    def send(self, name: str) -> None:
        self.events += 1
        self.socket.send(self.event(name))

    def close(self) -> None:
        self.socket.close()


def texts(value: Any) -> Iterator[str]:
    """All texts in what a message changes, numbers included."""
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list):
        yield str(value)
        return
    for one in value:
        yield from texts(one)


def shows(changes: Any, text: str) -> bool:
    """Tell whether this very text is put into the page, by itself or within HTML."""
    within = f">{text}<"
    return any(text == one or within in one for one in texts(changes))
