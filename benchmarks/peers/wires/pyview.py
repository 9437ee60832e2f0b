"""pyview's wire: that of Phoenix LiveView, version 2.0.0 of its serializer."""

from __future__ import annotations

import json
import re
from typing import Any

from ..live_socket import LiveSocket
from ..visitor import Visitor

MAIN = re.compile(r'data-phx-session="([^"]*)".*?id="(phx-[^"]+)"', re.DOTALL)
CSRF_TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')


class PyViewVisitor(Visitor):
    def join(self, port: int) -> LiveSocket:
        main, csrf = MAIN.search(self.page.body), CSRF_TOKEN.search(self.page.body)
        assert main, self.page.body[:500]
        assert csrf
        self.topic = f"lv:{main[2]}"
        payload = {
            "url": f"http://127.0.0.1:{port}{self.path}",
            "params": {"_csrf_token": csrf[1], "_mounts": 0},
            "session": main[1],
            "static": "",
        }
        opened = LiveSocket(port, "/live/websocket?vsn=2.0.0", self.page.cookies)
        opened.send(json.dumps(["4", "4", self.topic, "phx_join", payload]).encode())
        reply = json.loads(opened.receive())
        assert reply[4]["status"] == "ok", reply
        return opened

    def event(self, name: str) -> bytes:
        payload = {"type": "click", "event": name, "value": {"value": ""}}
        return json.dumps(["4", str(self.events + 4), self.topic, "event", payload]).encode()

    def changes(self, message: Any) -> Any:
        kind, payload = message[3], message[4]
        if kind == "phx_reply":
            assert payload["status"] == "ok", message
            return payload["response"].get("diff") or None
        assert kind == "diff", message
        return payload
