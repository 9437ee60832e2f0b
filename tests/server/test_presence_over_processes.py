"""Two server processes and one Redis: whoever visits one is seen by those at the other."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import trio

from limelight.client import connect
from limelight.client.page import Page
from tests.fixtures.databases import RedisServer
from tests.fixtures.serving import Serve, Server

READERS = 'ul[aria-label="Readers"] li'


@pytest.fixture
def servers(serve: Serve, redis_server: RedisServer) -> tuple[Server, Server]:
    env = {"REDIS_URL": redis_server.url, "SECRET_KEY": "of no worth outside these tests"}
    first, second = (serve("examples.document:app", env=env) for _ in range(2))
    return first, second


async def seconds_until(page: Page, holds: Callable[[], bool]) -> float:
    began = trio.current_time()
    await page.wait_for(holds, timeout=30)
    return trio.current_time() - began


def sees(page: Page, count: int) -> Callable[[], bool]:
    return lambda: page.count(READERS) == count


async def test_joins_and_leaves_are_seen_at_the_other_process(
    servers: tuple[Server, Server],
) -> None:
    first, second = servers
    async with connect(first.url) as ada, connect(second.url) as bob:
        assert await seconds_until(ada, sees(ada, 2)) < 1
        assert await seconds_until(bob, sees(bob, 2)) < 1

        async with trio.open_nursery() as nursery:
            nursery.start_soon(bob.leave)
            assert await seconds_until(ada, sees(ada, 1)) < 3
        assert "has gone" in ada.text("[role=status]")


async def test_the_users_of_a_killed_process_are_gone_within_fifteen_seconds(
    servers: tuple[Server, Server],
) -> None:
    first, second = servers
    async with connect(first.url) as ada, trio.open_nursery() as nursery:
        arrived = trio.Semaphore(0)

        async def visit() -> None:
            async with connect(second.url):
                arrived.release()
                await trio.sleep_forever()

        for _ in range(5):
            nursery.start_soon(visit)
        for _ in range(5):
            await arrived.acquire()
        await seconds_until(ada, sees(ada, 6))

        second.kill()
        assert await seconds_until(ada, sees(ada, 1)) < 15
        nursery.cancel_scope.cancel()


async def test_pointers_are_seen_at_the_other_process(servers: tuple[Server, Server]) -> None:
    first, second = servers
    async with connect(first.url) as ada, connect(second.url) as bob:
        await seconds_until(ada, sees(ada, 2))
        await seconds_until(bob, sees(bob, 2))

        await ada.signal("cursor", [0.25, 0.5])

        def is_shown() -> bool:
            moves = [payload[0] for _, payload in bob.link.signals if payload]
            return any(one[1:3] == [2500, 5000] for one in moves)

        assert await seconds_until(bob, is_shown) < 1
