"""Runs asyncio libraries beside trio: one loop for the process, handed out explicitly."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import trio
import trio_asyncio

from ..actors import Actor

log = logging.getLogger("limelight.bridge")

#: What a library may take to close its connections.
CLOSE_SECONDS = 2.0
CLOSING_ROUNDS = 2

AnswerT = TypeVar("AnswerT")


class BridgeDown(Exception):
    """The asyncio loop does not run at the moment; its supervisor starts it again."""


class Bridge:
    """What services call asyncio with. The loop itself is the bridge's actor's."""

    def __init__(self) -> None:
        self._loop: trio_asyncio.BaseTrioEventLoop | None = None
        #: Counts loops: what was opened in a former one has ended with it.
        self.generation = 0
        self._closers: list[Callable[[], Awaitable[object]]] = []

    async def call(self, unit: Callable[..., Awaitable[AnswerT]], *arguments: Any) -> AnswerT:
        """Run one unit of work in asyncio, and cancel it if this trio task is cancelled.

        Put all of a transaction into one call: each crossing has its price, and cleaning up
        after a cancel needs the asyncio side. Raises BridgeDown.
        """
        if self._loop is None:
            raise BridgeDown("The bridge to asyncio is being started again.")
        answer: AnswerT = await trio_asyncio.aio_as_trio(unit, loop=self._loop)(*arguments)
        return answer

    def close_with_loop(self, close: Callable[[], Awaitable[object]]) -> None:
        """Call this, in asyncio, before the loop that runs now ends."""
        self._closers.append(close)

    async def close(self) -> None:
        """End what libraries hold open, and have no loop any more."""
        loop, self._loop = self._loop, None
        closers, self._closers = self._closers, []
        for close in closers:
            with trio.move_on_after(CLOSE_SECONDS) as patience:
                patience.shield = True
                try:
                    await trio_asyncio.aio_as_trio(close, loop=loop)()
                except Exception as error:  # noqa: BLE001  # the libraries' own, at their end
                    log.warning("asyncio: closing failed: %r", error)
        if loop is not None:
            # Transports that were told to close do so in callbacks, each of the one before.
            with trio.move_on_after(CLOSE_SECONDS) as patience:
                patience.shield = True
                for _ in range(CLOSING_ROUNDS):
                    await loop.synchronize()

    def opened(self, loop: trio_asyncio.BaseTrioEventLoop) -> None:
        self._loop = loop
        self.generation += 1


class AsyncioBridge(Actor):
    """Keeps the asyncio loop. If that fails, a new one is started with this actor."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    async def started(self) -> None:
        await self._nursery.start(self._keep_loop)

    async def _keep_loop(self, task_status: trio.TaskStatus[None]) -> None:
        async with trio_asyncio.open_loop() as loop:
            # Without a handler, a failure in any callback would end the loop and all its users.
            loop.set_exception_handler(_log_failure)
            self._bridge.opened(loop)
            task_status.started()
            try:
                await trio.sleep_forever()
            finally:
                await self._bridge.close()


def _log_failure(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    log.error("asyncio: %s", context.get("message", error), exc_info=error)
