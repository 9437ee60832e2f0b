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
#: A cancelled unit has so long to clean up before it is cancelled again.
INSIST_SECONDS = 1.0

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
        self._crossings: set[_Crossing] = set()

    async def call(self, unit: Callable[..., Awaitable[AnswerT]], *arguments: Any) -> AnswerT:
        """Run one unit of work in asyncio, and cancel it if this trio task is cancelled.

        Put all of a transaction into one call: each crossing has its price, and cleaning up
        after a cancel needs the asyncio side. Raises BridgeDown.
        """
        if self._loop is None:
            raise BridgeDown("The bridge to asyncio is being started again.")
        crossing = _Crossing(self._loop, unit(*arguments))
        self._crossings.add(crossing)
        try:
            await trio_asyncio.run_aio_future(crossing)
        except asyncio.CancelledError as error:
            # Not this task was cancelled, which trio would say, but all tasks of the loop.
            raise BridgeDown("The bridge to asyncio has failed in the middle of this.") from error
        finally:
            self._crossings.discard(crossing)
        answer: AnswerT = crossing.result()
        return answer

    def close_with_loop(self, close: Callable[[], Awaitable[object]]) -> None:
        """Call this, in asyncio, before the loop that runs now ends."""
        self._closers.append(close)

    async def close(self) -> None:
        """End what libraries hold open, and have no loop any more."""
        loop, self._loop = self._loop, None
        if loop is not None:
            with trio.CancelScope(shield=True):
                await self._close_loop(loop)

    async def _close_loop(self, loop: trio_asyncio.BaseTrioEventLoop) -> None:
        for crossing in tuple(self._crossings):
            crossing.cancel()
        with trio.move_on_after(CLOSE_SECONDS):
            while self._crossings:
                await loop.synchronize()
        for crossing in tuple(self._crossings):
            crossing.abandon()
        closers, self._closers = self._closers, []
        for close in closers:
            with trio.move_on_after(CLOSE_SECONDS):
                try:
                    await trio_asyncio.aio_as_trio(close, loop=loop)()
                except Exception as error:  # noqa: BLE001  # the libraries' own, at their end
                    log.warning("asyncio: closing failed: %r", error)
        # Transports that were told to close do so in callbacks, each of the one before.
        with trio.move_on_after(CLOSE_SECONDS):
            for _ in range(CLOSING_ROUNDS):
                await loop.synchronize()

    def opened(self, loop: trio_asyncio.BaseTrioEventLoop) -> None:
        self._loop = loop
        self.generation += 1


class _Crossing:
    """A task in asyncio for which trio-asyncio waits as for a future.

    It is cancelled until it has ended: some waits lose a cancel, like that for the address of
    a host, and `asyncio.wait_for` before 3.12.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, unit: Awaitable[Any]) -> None:
        self._loop = loop
        self._task = asyncio.ensure_future(unit, loop=loop)
        self._task.add_done_callback(self._finish)
        self._waiter: Callable[[object], None] | None = None
        self._is_abandoned = False

    def add_done_callback(self, callback: Callable[[object], None]) -> None:
        self._waiter = callback

    def result(self) -> Any:
        if self._is_abandoned:
            raise asyncio.CancelledError
        return self._task.result()

    def cancel(self) -> None:
        if not self._task.done():
            self._task.cancel()
            self._loop.call_later(INSIST_SECONDS, self.cancel)

    def abandon(self) -> None:
        """Wait no longer: the loop ends now."""
        self._is_abandoned = True
        self._finish(self._task)

    def _finish(self, _: object) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None:
            waiter(self)


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
