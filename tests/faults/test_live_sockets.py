"""Live sockets over a network that fails: both transports, real servers, the fault proxy."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import trio

from tests.fixtures.raw_socket import TEXT, frame_bytes, get_json, upgrade_request
from tests.fixtures.serving import Serve, Server

from .proxy import FaultProxy, open_fault_proxy

ECHO = f"{Path(__file__).parents[1] / 'server' / 'echo_application.py'}:app"
SHORT_LIMITS = (
    '{"heartbeat_seconds": 0.3, "silence_seconds": 1, "asgi_silence_seconds": 1,'
    ' "stall_seconds": 1, "close_seconds": 0.5}'
)


@pytest.fixture(params=["on", "off"], ids=["door", "asgi"])
def server(request: pytest.FixtureRequest, serve: Serve) -> Server:
    """An echo server with short limits, over each transport."""
    environment: Mapping[str, str] = {"LIVE_DOOR": request.param, "LIMITS": SHORT_LIMITS}
    return serve(ECHO, "-w", "0", env=environment)


async def open_socket(proxy: FaultProxy) -> trio.SocketStream:
    stream = await trio.open_tcp_stream("127.0.0.1", proxy.port)
    await stream.send_all(upgrade_request())
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += await stream.receive_some()
    assert answer.startswith(b"HTTP/1.1 101 ")
    return stream


async def wait_for(server: Server, holds: Callable[[Any], bool]) -> Any:
    """Ask the server itself, past the proxy, until its state is as expected."""
    with trio.fail_after(30):
        while not holds(found := await trio.to_thread.run_sync(get_json, server.port, "/state")):
            pass
    return found


async def rest_after_a_first_socket(server: Server, proxy: FaultProxy) -> Any:
    """What is left when a socket has come and gone; the door's keeper stays."""
    async with await open_socket(proxy):
        pass
    return await wait_for(server, lambda found: found["counts"]["open"] == 0)


def say(text: str) -> bytes:
    return frame_bytes(TEXT, text.encode())


async def test_a_half_open_peer_is_let_go(server: Server) -> None:
    async with open_fault_proxy(server.port) as proxy, await open_socket(proxy) as stream:
        await stream.send_all(say("hello"))
        await stream.receive_some()
        proxy.swallow()
        found = await wait_for(server, lambda found: found["counts"]["open"] == 0)
    assert found["closed"] == [1006]
    assert found["counts"]["silent"] == 1


async def test_a_link_that_is_too_slow_is_given_up(server: Server) -> None:
    async with open_fault_proxy(server.port) as proxy, await open_socket(proxy) as stream:
        proxy.to_browser.bytes_per_second = 1000
        for _ in range(100):
            await stream.send_all(say("pour 16 16000"))
        found = await wait_for(server, lambda found: found["counts"]["open"] == 0)
    assert found["closed"] == [4408]
    assert found["counts"]["too_slow"] == 1


async def test_slow_links_do_not_slow_the_others(server: Server) -> None:
    async with AsyncExitStack() as stack:
        slow = await stack.enter_async_context(open_fault_proxy(server.port))
        fast = await stack.enter_async_context(open_fault_proxy(server.port))
        slow.to_browser.bytes_per_second = 1000
        for _ in range(10):
            stream = await stack.enter_async_context(await open_socket(slow))
            await stream.send_all(say("pour 16 16000"))
        stream = await stack.enter_async_context(await open_socket(fast))
        with trio.fail_after(20):
            for number in range(50):
                await stream.send_all(say(f"{number:05}"))
                assert (await stream.receive_some())[-5:] == f"{number:05}".encode()


async def test_cuts_at_random_points_leave_nothing_behind(server: Server) -> None:
    chance = random.Random(7)
    async with open_fault_proxy(server.port) as proxy:
        before = await rest_after_a_first_socket(server, proxy)
        for _ in range(60):
            stream = await open_socket(proxy)
            direction = chance.choice((proxy.to_server, proxy.to_browser))
            direction.cut_after_bytes = chance.randrange(1, 400)
            await talk_until_cut(stream)
            direction.cut_after_bytes = float("inf")
        found = await wait_for(
            server, lambda found: found["counts"]["open"] == 0 and found["tasks"] <= before["tasks"]
        )
    assert found["counts"]["opened"] == len(found["closed"]) == 61


async def talk_until_cut(stream: trio.SocketStream) -> None:
    try:
        async with stream:
            while True:
                await stream.send_all(say("a message of some forty bytes, not too short"))
                if not await stream.receive_some():
                    return
    except trio.BrokenResourceError:
        return


async def test_a_storm_of_resets_costs_no_loop(server: Server) -> None:
    async with AsyncExitStack() as stack:
        proxy = await stack.enter_async_context(open_fault_proxy(server.port))
        before = await rest_after_a_first_socket(server, proxy)
        for _ in range(50):
            stream = await stack.enter_async_context(await open_socket(proxy))
            await stream.send_all(say("pour 40 16000"))
        proxy.reset_all()
        await wait_for(server, lambda found: found["tasks"] <= before["tasks"])
    spent = await wait_for(server, lambda found: True)
    later = await wait_for(server, lambda found: True)
    assert later["cpu"] - spent["cpu"] < 0.5


async def test_a_half_close_without_a_close_frame_is_a_loss(server: Server) -> None:
    async with open_fault_proxy(server.port) as proxy, await open_socket(proxy):
        await proxy.half_close_all()
        found = await wait_for(server, lambda found: found["counts"]["open"] == 0)
    assert found["closed"] == [1006]
