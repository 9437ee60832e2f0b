"""The door of a server that a program starts itself, with `hypercorn.trio.serve`."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import hypercorn.trio
import pytest
import trio
from hypercorn.config import Config

from limelight.server.connection import Connection, Handshake, Refusal, SocketHandler
from limelight.server.door import Door, install_door
from tests.fixtures.raw_socket import upgrade_request


class Named:
    """An application whose sockets say its name, and as its gate one that may fail."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.codes: list[int] = []
        self.live_door = Door(lambda handshake: self)
        install_door()

    async def __call__(
        self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Any]
    ) -> None:
        if scope["type"] == "lifespan":
            for step in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{step}.complete"})

    def admit(self, handshake: Handshake) -> Refusal | None:
        if handshake.query == "fail":
            raise ZeroDivisionError
        return None

    def open(self, handshake: Handshake, connection: Connection) -> SocketHandler:
        connection.send(self.name.encode())
        return self

    async def receive(self, data: str | bytes) -> None:
        raise NotImplementedError

    def closed(self, code: int) -> None:
        self.codes.append(code)


@pytest.fixture
def stop() -> trio.Event:
    """Set to stop all servers of a test."""
    return trio.Event()


@pytest.fixture
def start(nursery: trio.Nursery, stop: trio.Event) -> Callable[[Named], Awaitable[int]]:
    """Serve an application; the answer is its port."""

    async def serve(application: Named) -> int:
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        config = Config()
        config.bind = [f"fd://{listener.fileno()}"]
        config.errorlog = None
        port: int = listener.getsockname()[1]
        await nursery.start(
            partial(hypercorn.trio.serve, application, config, shutdown_trigger=stop.wait)
        )
        listener.detach()  # Hypercorn's now.
        return port

    return serve


async def read_until(stream: trio.SocketStream, end: bytes) -> bytes:
    received = b""
    while not received.endswith(end):
        data = await stream.receive_some()
        assert data, received
        received += data
    return received


async def test_each_application_of_a_process_has_a_door_of_its_own(
    start: Callable[[Named], Awaitable[int]], stop: trio.Event
) -> None:
    applications = [Named("one"), Named("other")]
    for application in applications:
        async with await trio.open_tcp_stream("127.0.0.1", await start(application)) as stream:
            await stream.send_all(upgrade_request())
            await read_until(stream, b"\r\n\r\n\x81" + _text(application.name))
    stop.set()
    assert [application.live_door.counts.opened for application in applications] == [1, 1]


async def test_a_server_that_stops_waits_for_its_sockets_to_close(
    start: Callable[[Named], Awaitable[int]], stop: trio.Event
) -> None:
    application = Named("one")
    async with await trio.open_tcp_stream("127.0.0.1", await start(application)) as stream:
        await stream.send_all(upgrade_request())
        await read_until(stream, _text("one"))
        stop.set()
        close = await stream.receive_some()
        assert (close[0], int.from_bytes(close[2:4], "big")) == (0x88, 1012)
        await stream.send_eof()
        assert await stream.receive_some() == b""
    assert application.codes == [1012]


async def test_a_gate_that_fails_is_answered_and_named(
    start: Callable[[Named], Awaitable[int]],
    stop: trio.Event,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with await trio.open_tcp_stream("127.0.0.1", await start(Named("one"))) as stream:
        await stream.send_all(upgrade_request("/_live/socket?fail"))
        assert (await stream.receive_some()).startswith(b"HTTP/1.1 500 ")
    stop.set()
    assert "ZeroDivisionError" in caplog.text


def _text(text: str) -> bytes:
    return bytes([len(text)]) + text.encode()
