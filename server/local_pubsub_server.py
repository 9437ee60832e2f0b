"""The launcher's part of pub/sub: it hands what one worker publishes to those who hear it."""

from __future__ import annotations

import logging
from collections import deque
from pathlib import Path

import msgspec
import trio

from .local_listening import private_listener
from .local_pubsub_messages import Hear, Heard, Leave, Publish, decode_from_worker
from .local_store_messages import frame, frames

log = logging.getLogger("limelight.pubsub")

#: What waits for one worker; one that does not read so much is disconnected, and has a gap.
MOST_BYTES = 16_777_216


async def serve_local_pubsub(
    path: Path, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """Serve topics at a path until cancelled. The folder must be its user's alone."""
    listener = await private_listener(path)
    hearers: dict[str, set[_Client]] = {}

    async def serve(stream: trio.SocketStream) -> None:
        await _Client(stream, hearers).serve()

    task_status.started()
    await trio.serve_listeners(serve, [listener])


class _Client:
    """One worker's connection."""

    def __init__(self, stream: trio.SocketStream, hearers: dict[str, set[_Client]]) -> None:
        self._stream = stream
        self._hearers = hearers
        self._topics: set[str] = set()
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._arrived = trio.Event()
        self._scope = trio.CancelScope()

    async def serve(self) -> None:
        try:
            with self._scope:
                async with self._stream, trio.open_nursery() as nursery:
                    nursery.start_soon(self._write)
                    async for encoded in frames(self._stream):
                        self._take(decode_from_worker(encoded))
                    nursery.cancel_scope.cancel()
        except* (trio.BrokenResourceError, trio.ClosedResourceError):
            pass  # The worker was killed.
        except* msgspec.MsgspecError as error:
            log.warning("a worker's connection for topics was closed: %r", error.exceptions)
        finally:
            self._leave(self._topics)

    def _take(self, said: Hear | Leave | Publish) -> None:
        match said:
            case Publish(topic, encoded):
                heard = frame(Heard(topic, encoded))
                for client in self._hearers.get(topic, set()) - {self}:
                    client.send(heard)
            case Hear(topics):
                for topic in topics:
                    self._hearers.setdefault(topic, set()).add(self)
                self._topics.update(topics)
                self.send(frame(said))
            case Leave(topics):
                self._leave(set(topics))

    def _leave(self, topics: set[str]) -> None:
        for topic in topics & self._topics:
            hearers = self._hearers[topic]
            hearers.discard(self)
            if not hearers:
                del self._hearers[topic]
        self._topics = self._topics - topics

    def send(self, data: bytes) -> None:
        """Let data wait for the worker to read; never waits."""
        self._waiting.append(data)
        self._waiting_bytes += len(data)
        self._arrived.set()
        if self._waiting_bytes > MOST_BYTES:
            log.warning("a worker does not read its messages by topic, and is disconnected")
            self._scope.cancel()

    async def _write(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived = trio.Event()
            while self._waiting:
                data = b"".join(self._waiting)
                self._waiting.clear()
                self._waiting_bytes = 0
                await self._stream.send_all(data)
