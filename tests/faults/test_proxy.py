"""The fault proxy does what it says: a fault that does not happen proves nothing."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock

from .proxy import FaultProxy


async def connect(proxy: FaultProxy) -> trio.SocketStream:
    return await trio.open_tcp_stream("127.0.0.1", proxy.port)


async def echoed(stream: trio.SocketStream, data: bytes) -> bytes:
    """Send, and read as much again, or as much as comes before the end."""
    await stream.send_all(data)
    received = b""
    while len(received) < len(data) and (more := await stream.receive_some()):
        received += more
    return received


async def test_a_proxy_without_faults_passes_everything_on(proxy: FaultProxy) -> None:
    async with await connect(proxy) as stream:
        assert await echoed(stream, b"x" * 500_000) == b"x" * 500_000
    assert proxy.to_server.passed_bytes == proxy.to_browser.passed_bytes == 500_000


async def test_an_end_is_passed_on(proxy: FaultProxy) -> None:
    async with await connect(proxy) as stream:
        assert await echoed(stream, b"hello") == b"hello"
        await stream.send_eof()
        assert await stream.receive_some() == b""


async def test_a_delay_holds_bytes_back(proxy: FaultProxy, autojump_clock: MockClock) -> None:
    proxy.to_server.delay_seconds = 30
    async with await connect(proxy) as stream:
        began = trio.current_time()
        assert await echoed(stream, b"hello") == b"hello"
    assert trio.current_time() - began == pytest.approx(30, abs=0.5)


async def test_a_throttle_bounds_the_rate(proxy: FaultProxy, autojump_clock: MockClock) -> None:
    proxy.to_browser.bytes_per_second = 1000
    async with await connect(proxy) as stream:
        began = trio.current_time()
        assert await echoed(stream, b"x" * 10_000) == b"x" * 10_000
    assert trio.current_time() - began == pytest.approx(10, abs=0.5)


@pytest.mark.parametrize("size", [0, 1, 7, 20_000])
async def test_a_cut_comes_after_the_given_bytes(proxy: FaultProxy, size: int) -> None:
    async with await connect(proxy) as stream:
        assert await echoed(stream, b"before") == b"before"
        proxy.to_browser.cut_after_bytes = size
        assert await echoed_until_cut(stream, b"x" * 30_000) == b"x" * size


async def echoed_until_cut(stream: trio.SocketStream, data: bytes) -> bytes:
    received = b""
    try:
        await stream.send_all(data)
        while more := await stream.receive_some():
            received += more
    except trio.BrokenResourceError:
        pass
    return received


async def test_a_black_hole_tells_nobody(proxy: FaultProxy, autojump_clock: MockClock) -> None:
    async with await connect(proxy) as stream:
        assert await echoed(stream, b"before") == b"before"
        proxy.swallow()
        await stream.send_all(b"lost")
        with trio.move_on_after(3600) as patience:
            await stream.receive_some()
    assert patience.cancelled_caught


async def test_a_half_close_ends_one_direction_only(proxy: FaultProxy) -> None:
    async with await connect(proxy) as stream:
        assert await echoed(stream, b"before") == b"before"
        await proxy.half_close_all()
        assert await stream.receive_some() == b""  # the echo ends when its browser does


async def test_a_reset_breaks_the_stream(proxy: FaultProxy) -> None:
    async with await connect(proxy) as stream:
        assert await echoed(stream, b"before") == b"before"
        proxy.reset_all()
        with pytest.raises(trio.BrokenResourceError):
            await stream.receive_some()


async def test_a_restart_closes_every_connection(proxy: FaultProxy) -> None:
    async with await connect(proxy) as one, await connect(proxy) as other:
        assert await echoed(one, b"one") == b"one"
        assert await echoed(other, b"other") == b"other"
        proxy.cut_all()
        assert await one.receive_some() == await other.receive_some() == b""
    async with await connect(proxy) as again:
        assert await echoed(again, b"again") == b"again"
