"""Every way of publishing keeps the same promises: in order, once, to whoever listens still."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio

from limelight.server.pubsub import MemoryPubSub, PubSub

Pair = tuple[PubSub, PubSub]
PATIENCE_SECONDS = 20


@asynccontextmanager
async def two_in_memory(request: Any) -> AsyncIterator[Pair]:
    pubsub = MemoryPubSub()
    yield pubsub, pubsub


KINDS = {"memory": two_in_memory}


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
