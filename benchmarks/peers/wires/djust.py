"""djust's wire: a mount message, then events with references and lists of patches."""

from __future__ import annotations

import json
import re
from typing import Any

from ..live_socket import LiveSocket
from ..visitor import Visitor

VIEW = re.compile(r'dj-view="([^"]+)"')
CHANGES = ("patches", "html", "ops")


class DjustVisitor(Visitor):
    def join(self, port: int) -> LiveSocket:
        view = VIEW.search(self.page.body)
        assert view, self.page.body[:500]
        opened = LiveSocket(port, "/ws/live/", self.page.cookies)
        connected = json.loads(opened.receive())
        assert connected["type"] == "connect", connected
        mount: dict[str, Any] = {
            "type": "mount", "view": view[1], "params": {}, "url": self.path,
            "has_prerendered": True, "client_timezone": "UTC",
        }  # fmt: skip
        opened.send(json.dumps(mount).encode())
        mounted = json.loads(opened.receive())
        assert mounted["type"] == "mount", mounted
        return opened

    def event(self, name: str) -> bytes:
        event = {"type": "event", "event": name, "params": {}, "ref": self.events}
        return json.dumps(event).encode()

    def changes(self, message: Any) -> Any:
        assert message["type"] != "error", message
        changed = [message[key] for key in CHANGES if message.get(key)]
        return changed or None
