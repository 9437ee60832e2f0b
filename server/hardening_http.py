"""How Hypercorn's answers leave, and how it ends connections that rest: with less ado."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import h11
import trio
from hypercorn.events import RawData
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.trio.worker_context import WorkerContext


class ThriftyH11Protocol(H11Protocol):
    """HTTP/1.1 whose headers wait for the text behind them, where its length is known.

    The usual answer leaves in one piece, not in three. Answers without a length, such as
    streams of events, send their headers at once.
    """

    _held = b""

    async def _send_h11_event(self, event: Any) -> None:
        try:
            data = self.connection.send(event)
        except h11.LocalProtocolError:
            if self.connection.their_state != h11.ERROR:
                raise
            return
        if type(event) is h11.Response and _has_length(event):
            self._held = data
            return
        held, self._held = self._held, b""
        if held or data:
            await self.send(RawData(data=held + data))


def _has_length(response: h11.Response) -> bool:
    return any(name == b"content-length" for name, _ in response.headers)


class Rest:
    """Ends a connection that rests for too long: one task a connection, not one a request."""

    __slots__ = ("_context", "_end", "_patience_seconds", "_since", "_watching")

    def __init__(
        self, context: WorkerContext, patience_seconds: float, end: Callable[[], Awaitable[None]]
    ) -> None:
        self._context = context
        self._patience_seconds = patience_seconds
        self._end = end
        self._since: float | None = None
        self._watching: trio.CancelScope | None = None

    def begin(self, spawn: Callable[[Any], None]) -> None:
        """Nothing is asked for, from now on."""
        self._since = trio.current_time()
        if self._watching is None:
            self._watching = trio.CancelScope()
            spawn(self._watch)

    def interrupt(self) -> None:
        """A request has come. The watch looks for that when its time has come."""
        self._since = None

    def stop(self) -> None:
        """The client has gone: there is nothing to wait for."""
        if self._watching is not None:
            self._watching.cancel()

    async def _watch(self) -> None:
        assert self._watching is not None
        with self._watching:
            if await self._has_rested():
                with trio.CancelScope(shield=True):
                    await self._end()
        self._watching = None

    async def _has_rested(self) -> bool:
        """Wait; False if a request is in work when the time has come."""
        left = self._patience_seconds
        while left > 0 and not self._context.terminated.is_set():
            with trio.move_on_after(left):
                await self._context.terminated.wait()
            if self._since is None:
                return False
            left = self._since + self._patience_seconds - trio.current_time()
        return True
