"""Every way of publishing keeps the same promises: in order, once, to whoever listens still."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio

from limelight.actors import ChildSpec, open_supervisor
from limelight.server.bridge import AsyncioBridge, Bridge
from limelight.server.local_pubsub import LocalPubSub, LocalPubSubLink
from limelight.server.local_pubsub_messages import Hear
from limelight.server.local_pubsub_server import serve_local_pubsub
from limelight.server.local_store_messages import frame
from limelight.server.pubsub import MemoryPubSub, PubSub
from limelight.server.redis_link import RedisLink
from limelight.server.redis_pubsub import RedisPubSub, RedisPubSubLink
from tests.fixtures.databases import RedisServer

Pair = tuple[PubSub, PubSub]
PATIENCE_SECONDS = 20


@asynccontextmanager
async def two_in_memory(request: Any) -> AsyncIterator[Pair]:
    pubsub = MemoryPubSub()
    yield pubsub, pubsub


@asynccontextmanager
async def two_at_redis(request: Any) -> AsyncIterator[Pair]:
    async with at_redis(request.getfixturevalue("redis_server")) as pair:
        yield pair


@asynccontextmanager
async def at_redis(
    server: RedisServer, *, waiting_bytes: int = 1_000_000, silence_seconds: float = 20
) -> AsyncIterator[tuple[RedisPubSub, RedisPubSub]]:
    """Two processes would have a bridge each; here both cross the same one."""
    bridge = Bridge()
    first, second = (
        RedisPubSub(RedisLink(server.url, bridge, 1), waiting_bytes, silence_seconds)
        for _ in range(2)
    )
    children = [
        ChildSpec(lambda: AsyncioBridge(bridge), "bridge"),
        ChildSpec(lambda: RedisPubSubLink(first), "first"),
        ChildSpec(lambda: RedisPubSubLink(second), "second"),
    ]
    async with open_supervisor(children=children):
        yield first, second


@asynccontextmanager
async def two_at_the_launcher(request: Any) -> AsyncIterator[Pair]:
    async with at_the_launcher(request.getfixturevalue("tmp_path") / "topics") as pair:
        yield pair


@asynccontextmanager
async def at_the_launcher(path: Path) -> AsyncIterator[tuple[LocalPubSub, LocalPubSub]]:
    first, second = LocalPubSub(str(path), 1_000_000), LocalPubSub(str(path), 1_000_000)
    children = [
        ChildSpec(lambda: LocalPubSubLink(first), "first"),
        ChildSpec(lambda: LocalPubSubLink(second), "second"),
    ]
    async with trio.open_nursery() as nursery:
        await nursery.start(serve_local_pubsub, path)
        async with open_supervisor(children=children):
            yield first, second
        nursery.cancel_scope.cancel()


KINDS = {"memory": two_in_memory, "redis": two_at_redis, "launcher": two_at_the_launcher}


@pytest.fixture(params=KINDS)
def pair(request: pytest.FixtureRequest) -> Any:
    """Two processes' ways to publish to each other."""
    return KINDS[request.param](request)


class Listener:
    """What one subscriber has heard, apart from the probes that showed it to be there."""

    def __init__(self, pubsub: PubSub, topic: str) -> None:
        self.heard: list[Any] = []
        self.gaps = 0
        self.probes = 0
        self.subscription = pubsub.subscribe(topic, self._deliver, self._gap)

    def _deliver(self, message: Any) -> None:
        if message == "probe":
            self.probes += 1
        else:
            self.heard.append(message)

    def _gap(self) -> None:
        self.gaps += 1


async def until(holds: Callable[[], bool]) -> None:
    with trio.fail_after(PATIENCE_SECONDS):
        while not holds():
            await trio.sleep(0.005)


async def listening(pubsub: PubSub, topic: str, publisher: PubSub) -> Listener:
    """Return a subscriber that a publisher reaches by now."""
    listener = Listener(pubsub, topic)

    def is_reached() -> bool:
        publisher.publish(topic, "probe")
        return listener.probes > 0

    await until(is_reached)
    return listener


async def test_who_subscribes_hears_what_others_publish_in_order(pair: Any) -> None:
    async with pair as (first, second):
        listener = await listening(second, "news", first)
        for number in range(1000):
            first.publish("news", number)
        await until(lambda: len(listener.heard) >= 1000)

        assert listener.heard == list(range(1000))


async def test_who_publishes_reaches_its_own_process_at_once_with_the_same_object(
    pair: Any,
) -> None:
    async with pair as (first, _):
        listener = Listener(first, "news")
        message = {"text": "hello"}
        first.publish("news", message)

        assert listener.heard == [message]
        assert listener.heard[0] is message


async def test_a_message_comes_once(pair: Any) -> None:
    async with pair as (first, second):
        near = await listening(first, "news", second)
        far = await listening(second, "news", first)
        first.publish("news", "one")
        second.publish("news", "two")
        await until(lambda: len(near.heard) == len(far.heard) == 2)
        second.publish("news", "end")
        first.publish("news", "end")
        await until(lambda: near.heard.count("end") == far.heard.count("end") == 2)

        assert sorted(near.heard) == sorted(far.heard) == ["end", "end", "one", "two"]


async def test_topics_do_not_concern_each_other(pair: Any) -> None:
    async with pair as (first, second):
        news = await listening(second, "news", first)
        sport = await listening(second, "sport: *?[x] ü", first)
        first.publish("news", 1)
        first.publish("sport: *?[x] ü", 2)
        await until(lambda: bool(news.heard and sport.heard))

        assert (news.heard, sport.heard) == ([1], [2])


async def test_who_has_cancelled_hears_no_more_and_others_still_do(pair: Any) -> None:
    async with pair as (first, second):
        gone = await listening(second, "news", first)
        stays = await listening(second, "news", first)
        gone.subscription.cancel()
        gone.subscription.cancel()
        first.publish("news", 1)
        await until(lambda: stays.heard == [1])

        assert gone.heard == []


async def test_a_topic_that_nobody_heard_for_a_while_is_heard_again(pair: Any) -> None:
    async with pair as (first, second):
        for _ in range(3):
            listener = await listening(second, "news", first)
            first.publish("news", 1)
            await until(lambda listener=listener: listener.heard == [1])  # type: ignore[misc]
            listener.subscription.cancel()


async def test_a_subscriber_may_cancel_and_subscribe_while_it_hears(pair: Any) -> None:
    async with pair as (first, _):
        later = Listener(first, "other")
        heard: list[Any] = []

        def deliver(message: Any) -> None:
            heard.append(message)
            subscription.cancel()
            later.subscription.cancel()
            first.subscribe("news", heard.append)

        subscription = first.subscribe("news", deliver)
        first.publish("news", 1)
        first.publish("news", 2)

        assert heard == [1, 2]


async def test_plain_data_arrives_as_it_was(pair: Any) -> None:
    message = {"text": "ü\u2028", "bytes": b"\x00\xff", "list": [1, 2.5, None, True, {"a": "b"}]}
    async with pair as (first, second):
        listener = await listening(second, "news", first)
        first.publish("news", message)
        await until(lambda: bool(listener.heard))

        assert listener.heard == [message]


async def test_a_topic_must_be_a_text(pair: Any) -> None:
    async with pair as (first, _):
        for unfit in ("", None, 5):
            with pytest.raises(ValueError, match="topic"):
                first.subscribe(unfit, print)


async def test_without_redis_there_is_no_gap() -> None:
    pubsub = MemoryPubSub()
    listener = Listener(pubsub, "news")
    pubsub.publish("news", 1)

    assert listener.gaps == 0


# --- Redis that is away, and what is missed then ------------------------------------------


async def test_while_redis_is_away_the_own_process_still_hears(redis_server: RedisServer) -> None:
    async with at_redis(redis_server) as (first, second):
        near = await listening(first, "news", second)
        redis_server.kill()
        first.publish("news", 1)

        assert near.heard == [1]


async def test_who_listened_hears_of_the_gap_when_redis_is_back(redis_server: RedisServer) -> None:
    async with at_redis(redis_server) as (first, second):
        listener = await listening(second, "news", first)
        gaps = listener.gaps
        await trio.to_thread.run_sync(redis_server.restart)
        with trio.fail_after(3):
            while listener.gaps == gaps:
                await trio.sleep(0.01)
        again = await listening(second, "news", first)
        first.publish("news", 1)
        await until(lambda: again.heard == [1])

        assert listener.heard == [1]


async def test_what_is_published_while_redis_is_away_leaves_when_it_is_back(
    redis_server: RedisServer,
) -> None:
    async with at_redis(redis_server) as (first, second):
        listener = await listening(second, "news", first)
        redis_server.kill()
        gaps = listener.gaps
        for number in range(100):
            first.publish("news", number)
        # So that who listens is there again before who publishes: that order is not promised.
        link, first.link = first.link, RedisLink("redis://127.0.0.1:1", Bridge(), 1)
        await trio.to_thread.run_sync(redis_server.restart)
        await until(lambda: listener.gaps > gaps)
        first.link = link
        await until(lambda: len(listener.heard) == 100)

        assert listener.heard == list(range(100))


async def test_a_frozen_redis_loses_nothing_that_it_still_delivers(
    redis_server: RedisServer,
) -> None:
    async with at_redis(redis_server) as (first, second):
        listener = await listening(second, "news", first)
        gaps = listener.gaps
        redis_server.stop()
        for number in range(50):
            first.publish("news", number)
            await trio.sleep(0.001)
        await trio.sleep(1.2)  # longer than an answer may take
        redis_server.cont()
        await until(lambda: 49 in listener.heard)

        assert listener.heard == list(range(50))
        assert listener.gaps == gaps


async def test_a_redis_that_says_nothing_counts_as_lost(redis_server: RedisServer) -> None:
    async with at_redis(redis_server, silence_seconds=0.3) as (first, second):
        listener = await listening(second, "news", first)
        gaps = listener.gaps
        redis_server.stop()
        await trio.sleep(1)
        redis_server.cont()
        await until(lambda: listener.gaps > gaps)


async def test_the_oldest_goes_when_too_much_waits_and_receivers_see_a_gap(
    redis_server: RedisServer,
) -> None:
    async with at_redis(redis_server, waiting_bytes=10_000) as (first, second):
        full = await listening(second, "full", first)
        lost = await listening(second, "lost", first)
        redis_server.stop()
        gaps = full.gaps, lost.gaps
        first.publish("lost", 0)
        for number in range(100):
            first.publish("full", number)
        redis_server.cont()
        await until(lambda: 99 in full.heard and lost.gaps > gaps[1])

        assert full.gaps > gaps[0]
        assert full.heard == list(range(full.heard[0], 100))
        assert lost.heard == []


async def test_a_bridge_that_fails_is_crossed_again(redis_server: RedisServer) -> None:
    bridge = Bridge()
    pubsub = RedisPubSub(RedisLink(redis_server.url, bridge, 1), 1_000_000, 20)
    other = RedisPubSub(RedisLink(redis_server.url, bridge, 1), 1_000_000, 20)
    children = [
        ChildSpec(lambda: AsyncioBridge(bridge), "bridge"),
        ChildSpec(lambda: RedisPubSubLink(pubsub), "link"),
        ChildSpec(lambda: RedisPubSubLink(other), "other"),
    ]
    async with open_supervisor(children=children) as root:
        listener = await listening(pubsub, "news", other)
        gaps = listener.gaps
        root.child("bridge").tell("a message that it does not know, so that it fails")
        await until(lambda: listener.gaps > gaps)
        other.publish("news", 1)
        await until(lambda: listener.heard == [1])


async def test_what_is_no_plain_data_is_refused_at_once(redis_server: RedisServer) -> None:
    pubsub = RedisPubSub(RedisLink(redis_server.url, Bridge(), 1), 1_000_000, 20)
    listener = Listener(pubsub, "news")
    with pytest.raises(TypeError, match="object"):
        pubsub.publish("news", object())

    assert listener.heard == []


# --- a launcher that is away --------------------------------------------------------------


async def test_a_lost_connection_to_the_launcher_is_a_gap(tmp_path: Path) -> None:
    path = tmp_path / "topics"
    pubsubs = [LocalPubSub(str(path), 1_000_000) for _ in range(2)]
    children = [ChildSpec(partial(LocalPubSubLink, one), f"{id(one)}") for one in pubsubs]
    first, second = pubsubs
    async with open_supervisor(children=children), trio.open_nursery() as nursery:
        launcher = trio.CancelScope()
        nursery.start_soon(serve_until, launcher, path)
        listener = await listening(second, "news", first)
        gaps = listener.gaps
        launcher.cancel()
        await until(lambda: not path.exists())
        first.publish("news", "while it was away")
        await nursery.start(serve_local_pubsub, path)
        await until(lambda: listener.gaps > gaps)
        again = await listening(second, "news", first)
        first.publish("news", "again")
        await until(lambda: "again" in again.heard)
        nursery.cancel_scope.cancel()


async def serve_until(scope: trio.CancelScope, path: Path) -> None:
    with scope:
        await serve_local_pubsub(path)
    path.unlink()


async def test_a_worker_that_reads_nothing_is_disconnected(tmp_path: Path) -> None:
    path = tmp_path / "topics"
    async with (
        at_the_launcher(path) as (first, second),
        await trio.open_unix_socket(str(path)) as stuck,
    ):
        await stuck.send_all(frame(Hear(["news"])))
        listener = await listening(second, "news", first)
        for number in range(30):
            first.publish("news", number.to_bytes() * 900_000)
            await until(lambda number=number: len(listener.heard) > number)  # type: ignore[misc]

        with trio.fail_after(PATIENCE_SECONDS):
            assert await read_all(stuck) < 30 * 900_000


async def read_all(stream: trio.SocketStream) -> int:
    """Return how much was sent before the connection ended."""
    size = 0
    with suppress(trio.BrokenResourceError):
        while received := await stream.receive_some(1_000_000):
            size += len(received)
    return size
