"""Messages by topic, to whoever in this process, or in any other, has asked for them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Protocol

Deliver = Callable[[Any], None]
Gap = Callable[[], None]


class Subscription:
    """One subscriber of one topic. Cancelled, it hears nothing any more."""

    __slots__ = ("_audience", "deliver", "gap", "topic")

    def __init__(self, audience: Audience, topic: str, deliver: Deliver, gap: Gap | None) -> None:
        self.topic = topic
        self.deliver = deliver
        self.gap = gap
        self._audience: Audience | None = audience

    @property
    def is_cancelled(self) -> bool:
        return self._audience is None

    def cancel(self) -> None:
        """End it, at once. Does nothing the second time."""
        audience, self._audience = self._audience, None
        if audience is not None:
            audience.leave(self)


class PubSub(Protocol):
    """What every way of publishing offers. All of it belongs to the event loop's thread."""

    def subscribe(self, topic: str, deliver: Deliver, gap: Gap | None = None) -> Subscription:
        """Hear a topic from now on.

        `deliver` is called with each message, and `gap` when messages may have been missed:
        the way to other processes was interrupted, or has come to be only after this call.
        Both are called synchronously and must neither wait nor raise.
        """
        raise NotImplementedError

    def publish(self, topic: str, message: Any) -> None:
        """Tell a topic's subscribers; never waits.

        Those in this process get the message at once, as it is. Other processes get it as
        plain data, at most once. Raises TypeError for what cannot be plain data there.
        """


class MemoryPubSub:
    """Pub/sub within one process: nothing waits, and there are no gaps."""

    def __init__(self) -> None:
        self._audience = Audience()

    def subscribe(self, topic: str, deliver: Deliver, gap: Gap | None = None) -> Subscription:
        return self._audience.join(topic, deliver, gap)

    def publish(self, topic: str, message: Any) -> None:
        self._audience.tell(topic, message)


class Audience:
    """Who in this process hears which topic."""

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        # Of each topic the subscriptions in their order; a dict since they are taken out again.
        self._topics: dict[str, dict[Subscription, None]] = {}
        #: Called when a topic has got its first subscriber, or lost its last.
        self._changed = changed

    @property
    def topics(self) -> Collection[str]:
        return self._topics.keys()

    def join(self, topic: str, deliver: Deliver, gap: Gap | None) -> Subscription:
        if not isinstance(topic, str) or not topic:
            raise ValueError(f"A topic is a text with at least one letter, not {topic!r}.")
        subscription = Subscription(self, topic, deliver, gap)
        is_new = topic not in self._topics
        self._topics.setdefault(topic, {})[subscription] = None
        if is_new:
            self._changed()
        return subscription

    def leave(self, subscription: Subscription) -> None:
        subscribers = self._topics[subscription.topic]
        del subscribers[subscription]
        if not subscribers:
            del self._topics[subscription.topic]
            self._changed()

    def tell(self, topic: str, message: Any) -> None:
        for subscription in tuple(self._topics.get(topic, ())):
            if not subscription.is_cancelled:
                subscription.deliver(message)

    def tell_gap(self, topic: str) -> None:
        for subscription in tuple(self._topics.get(topic, ())):
            if subscription.gap is not None and not subscription.is_cancelled:
                subscription.gap()

    def tell_gap_everywhere(self) -> None:
        for topic in tuple(self._topics):
            self.tell_gap(topic)
