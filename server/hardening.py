"""Hypercorn's trio worker, made safe to expose: its known faults are mended from outside.

Each class says which fault it mends. `harden()` puts them in the places of Hypercorn's own;
it does so only for the version that they were written for.
"""

from __future__ import annotations

import contextlib
import logging
from importlib.metadata import version

import hypercorn.protocol
import hypercorn.protocol.h2
import hypercorn.protocol.h11
import hypercorn.trio.run
import hypercorn.trio.tcp_server
import trio
from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.trio.tcp_server import TCPServer

from .connection import PROGRESS_BYTES
from .hardening_http import Rest, ThriftyH11Protocol
from .hardening_tasks import SafeTaskGroup
from .hardening_websocket import SafeWebsocketStream

logger = logging.getLogger(__name__)

MENDED_VERSION = "0.18."
#: How long a server that stops waits for the first request of a connection.
FIRST_REQUEST_SECONDS = 1.0


def harden(server: type[TCPServer] | None = None) -> bool:
    """Mend Hypercorn for this process; return whether that was possible."""
    found = version("hypercorn")
    if not found.startswith(MENDED_VERSION):
        logger.warning(
            "Hypercorn %s is not hardened: one malformed packet may stop it. "
            "Limelight mends Hypercorn %sx; install that version.",
            found,
            MENDED_VERSION,
        )
        return False
    _replace(hypercorn.trio.run, "TCPServer", server or SafeTCPServer)
    _replace(hypercorn.trio.tcp_server, "TaskGroup", SafeTaskGroup)
    _replace(hypercorn.protocol, "H11Protocol", ThriftyH11Protocol)
    _replace(hypercorn.protocol.h11, "WSStream", SafeWebsocketStream)
    _replace(hypercorn.protocol.h2, "WSStream", SafeWebsocketStream)
    return True


def _replace(module: object, name: str, replacement: type) -> None:
    """Put our class where Hypercorn looks its own up."""
    setattr(module, name, replacement)


class SafeTCPServer(TCPServer):
    """One connection.

    Mended: a crash in one connection ends the whole server; a client that stops reading
    holds its sender and the server's shutdown for ever; a server that stops hangs up on
    connections that it has just accepted, before it has read their request; a connection
    whose client has gone stays until its rest is over.
    """

    stall_seconds: float = 10.0
    _rest: Rest | None = None

    async def run(self) -> None:
        try:
            await super().run()
        except* OSError:
            pass  # The peer left at a moment that Hypercorn did not expect.
        except* Exception as crash:  # noqa: BLE001  (the wall between connections)
            await self._report(crash)
        finally:
            await trio.aclose_forcefully(self.stream)

    async def protocol_send(self, event: Event) -> None:
        if isinstance(event, RawData):
            await self._send_in_turn(event.data)
        elif isinstance(event, Updated):
            await self._note_rest(is_resting=event.idle)
        else:
            await super().protocol_send(event)

    async def _send_in_turn(self, data: bytes) -> None:
        try:
            self.send_lock.acquire_nowait()
        except trio.WouldBlock:
            await self.send_lock.acquire()
        try:
            await self._send_while_it_moves(data)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            await self.protocol.handle(Closed())
        finally:
            self.send_lock.release()

    async def _note_rest(self, *, is_resting: bool) -> None:
        if self._rest is None:
            patience = self.config.keep_alive_timeout
            self._rest = Rest(self.context, patience, self._initiate_server_close)
            # From here on it rests between two requests.
            await self.idle_task.stop()
        if is_resting:
            self._rest.begin(self._task_group.spawn)
        else:
            self._rest.interrupt()

    async def _idle_timeout(self) -> None:
        """Wait for the first request, which ends this."""
        with trio.move_on_after(self.config.keep_alive_timeout):
            await self.context.terminated.wait()
            await trio.sleep(FIRST_REQUEST_SECONDS)
        with trio.CancelScope(shield=True):
            await self._initiate_server_close()

    async def _read_data(self) -> None:
        tasks = self._task_group
        if isinstance(tasks, SafeTaskGroup) and isinstance(self.protocol.protocol, H11Protocol):
            tasks.half_close = self._half_close
        has_ended = False
        try:
            await self._read_to_the_end()
            has_ended = True
            await self._rest_no_more()
        finally:
            # Senders are shielded, because half a frame must not be followed by another.
            # When the server stops, one that is stuck is freed by closing its stream.
            if not has_ended and self.send_lock.locked():
                await trio.aclose_forcefully(self.stream)

    async def _read_to_the_end(self) -> None:
        await super()._read_data()

    async def _rest_no_more(self) -> None:
        """Whoever has gone asks for nothing more: the connection need not rest until its time."""
        await self.idle_task.stop()
        if self._rest is not None:
            self._rest.stop()

    async def _half_close(self) -> None:
        async with self.send_lock:
            with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
                await getattr(self.stream, "transport_stream", self.stream).send_eof()

    async def _send_while_it_moves(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            deadline = trio.current_time() + self.stall_seconds
            with trio.CancelScope(shield=True, deadline=deadline) as patience:
                await self.stream.send_all(rest[:PROGRESS_BYTES])
            if patience.cancelled_caught:
                await trio.aclose_forcefully(self.stream)
                raise trio.BrokenResourceError
            rest = rest[PROGRESS_BYTES:]

    async def _report(self, crash: BaseExceptionGroup[Exception]) -> None:
        first: BaseException = crash
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        await self.config.log.warning("A connection was dropped: %r", first)
        logger.debug("A connection was dropped", exc_info=crash)
