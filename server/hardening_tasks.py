"""The tasks of one Hypercorn connection, and the messages that wait for its application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import trio
from hypercorn.trio.task_group import TaskGroup, _handle

from .connection import LEAVE_EXTENSION, LIMIT_EXTENSION


class ClientLeft(OSError):
    """Something was sent to a websocket that its client has closed."""


class SafeTaskGroup(TaskGroup):
    """The tasks of one connection.

    Mended: an application that returns while messages wait leaves tasks and a socket behind.
    """

    #: Tells the client that nothing more comes, where a connection is one stream only.
    half_close: Callable[[], Awaitable[None]] | None = None

    async def spawn_app(
        self,
        app: Any,
        config: Any,
        scope: Any,
        send: Callable[[Any], Awaitable[None]],
    ) -> Callable[[Any], Awaitable[None]]:
        queue = AppQueue(config.max_app_queue_size)
        bound = getattr(getattr(send, "__self__", None), "bound_messages", None)
        if bound is not None:
            scope["extensions"][LIMIT_EXTENSION] = bound
        if scope["type"] == "http":
            scope["extensions"][LEAVE_EXTENSION] = queue.when_client_leaves

        async def send_or_finish(message: Any) -> None:
            if message is None:
                queue.close()
            await send(message)

        async def run_until_left(*arguments: Any) -> None:
            try:
                await app(*arguments)
            except* ClientLeft:
                pass  # An application need not expect it; it has ended, as it should.

        arguments = (run_until_left, config, scope, queue.receive, send_or_finish)
        threads = (trio.to_thread.run_sync, trio.from_thread.run)
        self.spawn(_handle, *arguments, *threads)
        return queue.put


class AppQueue:
    """What waits for an application: bounded, but its last message always fits."""

    def __init__(self, size: int) -> None:
        self._sender, self._receiver = trio.open_memory_channel[Any](size)
        self._last: Any = None
        self._on_leave: Callable[[], None] | None = None

    def when_client_leaves(self, callback: Callable[[], None] | None) -> None:
        """Call this once the client has left, at once if it has; or nothing any more."""
        self._on_leave = callback
        if callback is not None and self._last is not None:
            callback()

    async def put(self, message: Any) -> None:
        """Add a message, or nothing when the application has returned."""
        if message["type"].endswith(".disconnect"):
            self._last = message
            self._sender.close()
            if self._on_leave is not None:
                self._on_leave()
            return
        try:
            await self._sender.send(message)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return

    async def receive(self) -> Any:
        try:
            return await self._receiver.receive()
        except trio.EndOfChannel:
            return self._last

    def close(self) -> None:
        self._receiver.close()
