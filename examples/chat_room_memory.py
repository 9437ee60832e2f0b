"""What was said in the rooms: each process remembers it, and the pages bring it to new ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

#: So many messages of a room are kept and shown.
MOST_KEPT = 100


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Message:
    """One message. A change makes a new one, so that only its own row is rendered."""

    id: str
    room: str
    #: Who said it: the presence id, empty for the assistant.
    author: str
    name: str
    color: str
    text: str
    #: Seconds since 1970.
    at: float
    clock: str
    #: Whose question it answers, for messages of the assistant.
    asker: str = ""
    #: The answer is still being made; its text is streamed.
    is_open: bool = False
    note: str = ""


class Memory:
    """The last messages of each room. All pages of a process show the same tuple."""

    def __init__(self) -> None:
        self._rooms: dict[str, tuple[Message, ...]] = {}

    def past(self, room: str) -> tuple[Message, ...]:
        """Return what was said, the oldest first."""
        return self._rooms.get(room, ())

    def open_answers(self) -> list[Message]:
        """Return the answers that are being made, in all rooms."""
        return [one for past in self._rooms.values() for one in past if one.is_open]

    def take(self, messages: Iterable[Message]) -> None:
        """Remember messages. Each may come many times, from every page that heard it."""
        for message in messages:
            past = self.past(message.room)
            known = next((one for one in past if one.id == message.id), None)
            if known is None or (known.is_open and not message.is_open):
                rest = [one for one in past if one is not known]
                ordered = sorted([*rest, message], key=lambda one: (one.at, one.id))
                self._rooms[message.room] = tuple(ordered[-MOST_KEPT:])
