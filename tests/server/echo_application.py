"""A small application for the transport tests: sockets that echo, and pages that count."""

from __future__ import annotations

import json
import os
import resource
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, fields
from typing import Any

import trio

from limelight.server.asgi_socket import serve_asgi_socket
from limelight.server.connection import (
    Connection,
    Handshake,
    Refusal,
    SocketHandler,
    TransportCounts,
    TransportLimits,
)
from limelight.server.door import Door, install_door

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

LIVE_PATH = "/_live/socket"


def limits_from_environment() -> TransportLimits:
    """Read `LIMITS='{"stall_seconds": 1}'`."""
    given = json.loads(os.environ.get("LIMITS", "{}"))
    known = {field.name for field in fields(TransportLimits)}
    return TransportLimits(**{name: value for name, value in given.items() if name in known})


class CrashAsAsked(Exception):
    pass


class Echo:
    """Answers every message with itself; some words make it do other things."""

    def __init__(self, gate: EchoGate, connection: Connection) -> None:
        self.gate = gate
        self.connection = connection

    async def receive(self, data: str | bytes) -> None:
        self.gate.received += 1
        if isinstance(data, bytes):
            self.connection.send(b"binary " + data.hex().encode())
            return
        word, _, rest = data.partition(" ")
        action = getattr(self, f"do_{word}", None)
        if action is None:
            self.connection.send(data.encode())
        else:
            await action(*rest.split())

    def closed(self, code: int) -> None:
        self.gate.closed.append(code)

    async def do_pour(self, count: str, size: str) -> None:
        for _ in range(int(count)):
            self.connection.send(b"x" * int(size))

    async def do_close(self, code: str) -> None:
        self.connection.close(int(code), "as asked")

    async def do_hold(self) -> None:
        await self.gate.released.wait()

    async def do_crash(self) -> None:
        raise CrashAsAsked

    async def do_room(self) -> None:
        self.connection.when_room(lambda: self.connection.send(b"room"))

    async def do_turn(self) -> None:
        """Answer how many messages came before the loop turned."""
        self.gate.turn += 1
        if self.gate.turn == 1:
            self.gate.start_turn(self.connection)


class EchoGate:
    """Admits everybody but the evil; remembers how sockets ended."""

    def __init__(self) -> None:
        self.received = 0
        self.turn = 0
        self.closed: list[int] = []
        self.released = trio.Event()
        self.handshakes: list[Handshake] = []

    def admit(self, handshake: Handshake) -> Refusal | None:
        self.handshakes.append(handshake)
        if handshake.headers.get("origin") == "http://evil.example":
            return Refusal(403, "This origin may not open sockets here: http://evil.example")
        if handshake.query == "busy":
            return Refusal(503, "Too many sockets are open", retry_after_seconds=7)
        return None

    def open(self, handshake: Handshake, connection: Connection) -> SocketHandler:
        return Echo(self, connection)

    def start_turn(self, connection: Connection) -> None:
        def tell() -> None:
            connection.send(f"turn of {self.turn}".encode())
            self.turn = 0

        trio.lowlevel.current_trio_token().run_sync_soon(tell)


class EchoApplication:
    """An ASGI application with live sockets, a few plain ones, and two pages."""

    def __init__(self) -> None:
        self.gate = EchoGate()
        self.limits = limits_from_environment()
        self.counts = TransportCounts()
        self.pages = 0
        is_open = os.environ.get("LIVE_DOOR") != "off"
        self.live_door = Door(self.gate_for, self.limits, self.counts, is_open=is_open)
        install_door()

    def gate_for(self, handshake: Handshake) -> EchoGate | None:
        return self.gate if handshake.path == LIVE_PATH else None

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.live(receive, send)
        elif scope["type"] == "http":
            await self.answer(scope, receive, send)
        elif scope["path"] == LIVE_PATH:
            await serve_asgi_socket(
                self.gate, scope, receive, send, limits=self.limits, counts=self.counts
            )
        else:
            await getattr(self, "socket_" + scope["path"].strip("/"))(receive, send)

    async def live(self, receive: Receive, send: Send) -> None:
        for step in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{step}.complete"})

    async def answer(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["path"] == "/long":
            await self.answer_at_length(send)
            return
        page = self.state() if scope["path"] == "/state" else {"path": scope["path"]}
        if scope["path"] == "/release":
            self.gate.released.set()
            self.gate.released = trio.Event()
        body = json.dumps(page).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def answer_at_length(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(200):
            message = {"type": "http.response.body", "body": b"x" * 65536, "more_body": True}
            await send(message)
        self.pages += 1

    def state(self) -> dict[str, Any]:
        return {
            "tasks": trio.lowlevel.current_statistics().tasks_living,
            "rss": _resident_kib(),
            "cpu": sum(resource.getrusage(resource.RUSAGE_SELF)[:2]),
            "received": self.gate.received,
            "closed": self.gate.closed,
            "handshakes": [asdict(handshake) for handshake in self.gate.handshakes[-1:]],
            "pages": self.pages,
            "counts": asdict(self.counts),
        }

    # --- plain ASGI sockets, as an application might write them ----------------------

    async def socket_pour(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while True:
            await send({"type": "websocket.send", "text": "x" * 16384})

    async def socket_early(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await receive()  # the queue behind this one message may be full

    async def socket_deaf(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await trio.sleep_forever()

    async def socket_plain(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": message["text"]})
        self.gate.closed.append(message["code"])


def _resident_kib() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() // 1024


app = EchoApplication()
