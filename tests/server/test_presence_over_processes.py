"""Two server processes: whoever visits one is seen by those at the other.

They share Redis, or nothing but their launcher.
"""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
import trio

from limelight.client import connect
from limelight.client.page import Page
from tests.fixtures.databases import RedisServer
from tests.fixtures.launching import Launched
from tests.fixtures.serving import Serve, Server
from tests.server.test_launcher import Launch

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


# --- two workers of one launcher, without Redis -----------------------------------------------

READING = """
import os
from limelight import LiveApp, LiveView
from limelight.mixins import PresenceMixin

class Room(PresenceMixin, LiveView):
    presence_key = "room"
    template = '''<i>{{ worker }}</i>
    {% for one in list_presences() %}<b dj-key="{{ one.id }}">{{ one.meta.name }}</b>{% endfor %}'''

    def handle_params(self, params, uri):
        self.track_presence(meta={"name": params["name"]})

    def get_context_data(self, **kwargs):
        return super().get_context_data(worker=os.getpid(), **kwargs)

app = LiveApp(__name__)
app.live("/", Room)
"""


@pytest.fixture
def launched(tmp_path: Path) -> Iterator[Launched]:
    launching = Launch(tmp_path)
    launching.write(text=READING)
    yield launching("serve", "--workers", "2")
    launching.end()


@asynccontextmanager
async def one_at_each(server: Launched) -> AsyncIterator[tuple[Page, Page]]:
    """Two visitors, each at a worker of their own, who see each other.

    The worker that takes a page's socket need not be the one that rendered the page.
    """
    async with AsyncExitStack() as stack:
        ada = await stack.enter_async_context(connect(f"{server.url}/?name=ada"))
        while True:
            bob = await stack.enter_async_context(connect(f"{server.url}/?name=bob"))
            if bob.text("i") != ada.text("i"):
                break
            await bob.leave()
        for page in (ada, bob):
            await seconds_until(page, lambda page=page: page.count("b") == 2)  # type: ignore[misc]
        yield ada, bob


async def test_workers_of_one_launcher_see_who_comes_and_goes(launched: Launched) -> None:
    async with one_at_each(launched) as (ada, bob):
        assert set(ada.texts("b")) == {"ada", "bob"}
        async with trio.open_nursery() as nursery:
            nursery.start_soon(bob.leave)
            assert await seconds_until(ada, lambda: ada.count("b") == 1) < 5


async def test_who_was_at_a_killed_worker_is_gone_from_the_others(launched: Launched) -> None:
    async with one_at_each(launched) as (ada, bob):
        os.kill(int(bob.text("i")), signal.SIGKILL)
        assert await seconds_until(ada, lambda: ada.count("b") == 1) < 15
        assert ada.texts("b") == ["ada"]
