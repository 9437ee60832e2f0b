"""What a page in a real Chromium and its server say to each other, as the browser reports it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from limelight.client.link import PushedEvent
from limelight.client.messages import (
    Error,
    Event,
    Frame,
    Joined,
    Navigate,
    decode_from_browser,
    decode_to_browser,
)

if TYPE_CHECKING:
    from playwright.sync_api import WebSocket


class ChromiumWire:
    """Hears a page's sockets, one after the other. Touched by the browser's thread only."""

    def __init__(self) -> None:
        self.errors: list[Error] = []
        self.events: list[PushedEvent] = []
        #: By view the number of the newest event that was sent, and that was acknowledged.
        self._sent: dict[int, int] = {}
        self._acknowledged: dict[int, int] = {}

    @property
    def is_answered(self) -> bool:
        """All events that were sent are acknowledged."""
        return all(number <= self._acknowledged.get(view, 0) for view, number in self._sent.items())

    def watch(self, socket: WebSocket) -> None:
        """A socket was opened; what an earlier one has left open is over."""
        self._sent.clear()
        self._acknowledged.clear()
        socket.on("framesent", self._note_sent)
        socket.on("framereceived", self._note_received)

    def _note_sent(self, payload: str | bytes) -> None:
        try:
            said = decode_from_browser(payload)
        except msgspec.MsgspecError:
            return  # A chunk of an upload.
        if isinstance(said, Event | Navigate):
            self._sent[said.view] = max(self._sent.get(said.view, 0), said.number)

    def _note_received(self, payload: str | bytes) -> None:
        said = decode_to_browser(payload)
        if isinstance(said, Frame | Joined):
            self._note_acknowledged(said.view, said.acknowledged)
        if isinstance(said, Error):
            self.errors.append(said)
            self._note_acknowledged(said.view, said.number)
        if isinstance(said, Frame):
            named = [payload for name, payload in said.effects if name == "event"]
            self.events += [PushedEvent(*one) for one in named]

    def _note_acknowledged(self, view: int, number: int) -> None:
        self._acknowledged[view] = max(self._acknowledged.get(view, 0), number)
