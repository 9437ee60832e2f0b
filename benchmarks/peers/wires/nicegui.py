"""NiceGUI's wire: Socket.IO messages, each with the elements that changed."""

from __future__ import annotations

import ast
import json
import re
import secrets
from html import unescape
from typing import Any
from urllib.parse import urlencode

from ..live_socket import LiveSocket
from ..visitor import Visitor

ELEMENTS = re.compile(r"parseElements\(String\.raw`(.*?)`\)", re.DOTALL)
QUERY = re.compile(r"query: (\{.*?\}),\n")
CONNECT, MESSAGE, PING, PONG = b"40", b"42", b"2", b"3"


class NiceGUIVisitor(Visitor):
    def join(self, port: int) -> LiveSocket:
        elements, query = ELEMENTS.search(self.page.body), QUERY.search(self.page.body)
        assert elements, self.page.body[:500]
        assert query
        self._find_button(json.loads(unescape(elements[1])))
        sent = ast.literal_eval(query[1])
        self.client_id = sent["client_id"]
        sent |= {
            "implicit_handshake": "true", "document_id": secrets.token_hex(8),
            "tab_id": secrets.token_hex(8), "EIO": 4, "transport": "websocket",
        }  # fmt: skip
        opened = LiveSocket(port, f"/_nicegui_ws/socket.io/?{urlencode(sent)}", self.page.cookies)
        assert opened.receive().startswith(b"0{")
        opened.send(CONNECT)
        accepted = opened.receive()
        assert accepted.startswith(b'40{"sid"'), accepted
        return opened

    def _find_button(self, elements: dict[str, Any]) -> None:
        """A page of the benchmark has at most one element that can be clicked."""
        for number, element in elements.items():
            for event in element.get("events", ()):
                if event["type"] == "click":
                    self.button = int(number)
                    self.listener = event["listener_id"]

    def event(self, name: str) -> bytes:
        click = {
            "id": self.button, "client_id": self.client_id,
            "listener_id": self.listener, "args": [],
        }  # fmt: skip
        return MESSAGE + json.dumps(["event", click]).encode()

    def read(self, frame: bytes) -> Any:
        if frame == PING:
            self.socket.send(PONG)
            return None
        assert frame.startswith(MESSAGE), frame
        return self.changes(json.loads(frame[len(MESSAGE) :]))

    def changes(self, message: Any) -> Any:
        return message[1] if message[0] == "update" else None
