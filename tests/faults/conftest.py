"""What the fault tests share: a proxy that misbehaves, and an echo behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import trio

from .proxy import FaultProxy, open_fault_proxy
from .reliability import FINDINGS, Findings


@pytest.fixture
def findings() -> Findings:
    """Where a long run notes its figures."""
    return FINDINGS


def pytest_sessionfinish() -> None:
    """Write what the long runs have measured into the document."""
    if FINDINGS.rows:
        FINDINGS.write()


@pytest.fixture
async def echo_port(nursery: trio.Nursery) -> int:
    """The port of an echo in this event loop."""

    async def echo(stream: trio.SocketStream) -> None:
        try:
            async for data in stream:
                await stream.send_all(data)
        except trio.BrokenResourceError:
            return

    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    nursery.start_soon(trio.serve_listeners, echo, listeners)
    port: int = listeners[0].socket.getsockname()[1]
    return port


@pytest.fixture
async def proxy(echo_port: int) -> AsyncIterator[FaultProxy]:
    """A fault proxy in front of the echo."""
    async with open_fault_proxy(echo_port) as opened:
        yield opened
