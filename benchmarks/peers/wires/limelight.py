"""Limelight's wire: one JSON object a message; see docs/wire.md."""

from __future__ import annotations

import json
import re
import secrets
from typing import Any

from ..live_socket import LiveSocket
from ..visitor import Visitor

TOKEN = re.compile(r'dj-token="([^"]+)"')


class LimelightVisitor(Visitor):
    seen = 0
    #: How the server may take a page in that has just come.
    welcomes = frozenset({"adopted"})

    def join(self, port: int) -> LiveSocket:
        found = TOKEN.search(self.page.body)
        assert found, self.page.body[:500]
        opened = LiveSocket(port, "/_live/socket", self.page.cookies)
        join = {
            "t": "join", "k": found[1], "u": self.path, "b": True, "i": secrets.token_hex(4),
        }  # fmt: skip
        opened.send(json.dumps(join).encode())
        joined = json.loads(opened.receive())
        assert joined["w"] in self.welcomes, joined
        return opened

    def event(self, name: str) -> bytes:
        return b'{"t":"event","n":%d,"h":"%s","s":%d}' % (self.events, name.encode(), self.seen)

    def changes(self, message: Any) -> Any:
        assert message["t"] == "frame", message
        self.seen = message.get("n", self.seen)
        changed = [message[key] for key in ("d", "o", "e") if key in message]
        return changed or None
