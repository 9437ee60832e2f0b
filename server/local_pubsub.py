"""Pub/sub between the workers of one launcher, over its Unix socket, where there is no Redis."""

from __future__ import annotations

import logging

import trio

from ..actors import Actor, Backoff
from .local_pubsub_messages import Hear, Heard, Leave, Publish, decode_from_server
from .local_store_messages import frame, frames
from .shared_pubsub import MOST_AT_ONCE, SharedPubSub

log = logging.getLogger("limelight.pubsub")

RETRY = Backoff(first=0.05, limit=1.0, jitter=0.5)


class LocalPubSub(SharedPubSub):
    """Publishes at once in this process, and to other workers through `LocalPubSubLink`."""

    def __init__(self, path: str, waiting_bytes: int) -> None:
        super().__init__(waiting_bytes)
        self.path = path

    def _topics_changed(self) -> None:
        # Whoever sends sees to the topics first.
        self._has_outgoing.set()

    async def converse(self) -> None:
        """Carry messages both ways until the connection ends. Raises OSError if there is none."""
        stream = await trio.open_unix_socket(self.path)
        async with stream, trio.open_nursery() as nursery:
            nursery.start_soon(self._send, stream)
            async for encoded in frames(stream):
                said = decode_from_server(encoded)
                if isinstance(said, Heard):
                    self.deliver(said.topic, said.encoded)
                else:
                    for topic in said.topics:
                        self.opened(topic)
            nursery.cancel_scope.cancel()

    async def _send(self, stream: trio.SocketStream) -> None:
        asked: set[str] = set()
        while True:
            wanted = set(self._audience.topics)
            batch = self.outgoing.take(MOST_AT_ONCE)
            said = [Publish(one.topic, one.encoded) for one in batch]
            topics = [Hear(sorted(wanted - asked))] if wanted - asked else []
            left = [Leave(sorted(asked - wanted))] if asked - wanted else []
            self._incoming.keep_only(wanted)
            await stream.send_all(b"".join(map(frame, [*topics, *left, *said])))
            self.outgoing.sent()
            asked = wanted
            if asked == set(self._audience.topics):
                await self.wait_outgoing()


class LocalPubSubLink(Actor):
    """Keeps the connection to the launcher. Lost, it is opened again, and that is a gap."""

    def __init__(self, pubsub: LocalPubSub) -> None:
        self._pubsub = pubsub

    async def started(self) -> None:
        self._nursery.start_soon(self._keep)

    async def _keep(self) -> None:
        failures = 0
        while True:
            try:
                await self._pubsub.converse()
                failures = 1
            except* OSError:
                failures += 1
            except* (trio.BrokenResourceError, trio.ClosedResourceError):
                failures = 1
            if failures == 1:
                log.warning("the connection to the launcher was lost; messages by topic wait")
            await trio.sleep(RETRY.delay(failures))
