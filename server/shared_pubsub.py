"""The part of pub/sub between processes that does not depend on what carries it."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from typing import Any

import msgspec
import trio

from .envelopes import Incoming, Outgoing, Verdict, decode_envelope
from .pubsub import Audience, Deliver, Gap, Subscription

log = logging.getLogger("limelight.pubsub")

#: Messages that leave at a time.
MOST_AT_ONCE = 500


class SharedPubSub(ABC):
    """Publishes at once in this process; what carries messages to others takes `outgoing`."""

    def __init__(self, waiting_bytes: int) -> None:
        self.outgoing = Outgoing(waiting_bytes)
        self._audience = Audience(self._topics_changed)
        self._incoming = Incoming(self.outgoing.publisher)
        self._has_outgoing = trio.Event()

    def subscribe(self, topic: str, deliver: Deliver, gap: Gap | None = None) -> Subscription:
        return self._audience.join(topic, deliver, gap)

    def publish(self, topic: str, message: Any) -> None:
        self.outgoing.put(topic, message)
        self._has_outgoing.set()
        self._audience.tell(topic, message)

    # --- for what carries messages ----------------------------------------------------------

    @abstractmethod
    def _topics_changed(self) -> None:
        """Other topics are wanted than before."""

    async def wait_outgoing(self) -> None:
        """Wait until something is to leave."""
        if not self.outgoing:
            self._has_outgoing = trio.Event()
        await self._has_outgoing.wait()

    def opened(self, topic: str) -> None:
        """A topic is heard from now on, for the first time or again: others came before."""
        self._audience.tell_gap(topic)

    def deliver(self, topic: str, encoded: bytes) -> None:
        """Tell who listens what has come from another process."""
        try:
            envelope = decode_envelope(encoded)
        except msgspec.MsgspecError as error:
            log.warning("something else than Limelight has published to %r: %s", topic, error)
            return
        verdict = self._incoming.judge(topic, envelope)
        if verdict is Verdict.AFTER_GAP:
            self._audience.tell_gap(topic)
        if verdict is not Verdict.KNOWN and not envelope.is_loss:
            self._audience.tell(topic, envelope.message)
