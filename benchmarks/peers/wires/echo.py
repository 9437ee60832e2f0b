"""The floor: a websocket that sends back what it gets, and a page that never changes."""

from __future__ import annotations

from typing import Any

from ..live_socket import LiveSocket
from ..visitor import Visitor


class EchoVisitor(Visitor):
    def join(self, port: int) -> LiveSocket:
        return LiveSocket(port, "/echo")

    def event(self, name: str) -> bytes:
        return b'{"padding":"%s","n":%d}' % (b"." * 90, self.events)

    def changes(self, message: Any) -> Any:
        return message
