"""The launcher's own store: it outlives its workers, and they reach it over a Unix socket."""

from __future__ import annotations

import itertools
import logging
from pathlib import Path

import msgspec
import trio

from .local_listening import private_listener
from .local_store_messages import (
    Answer,
    Delete,
    Done,
    Found,
    Load,
    NotFound,
    Question,
    Recall,
    Save,
    Saved,
    StoreMessage,
    Take,
    decode_question,
    frame,
    frames,
)
from .stores import StateTable, Stored

log = logging.getLogger("limelight.store")

#: Answers that wait for one worker; one that reads nothing at all is disconnected.
MOST_WAITING = 10_000


async def serve_local_store(
    table: StateTable, path: Path, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """Serve a table at a path until cancelled. The folder must be its user's alone."""
    listener = await private_listener(path)
    owners = (f"worker-{number}" for number in itertools.count())

    async def serve(stream: trio.SocketStream) -> None:
        await _Client(table, stream, next(owners)).serve()

    task_status.started()
    await trio.serve_listeners(serve, [listener])


class _Client:
    """One worker's connection. What it owns is everybody's when the connection ends."""

    def __init__(self, table: StateTable, stream: trio.SocketStream, owner: str) -> None:
        self._table = table
        self._stream = stream
        self._owner = owner
        self._send, self._waiting = trio.open_memory_channel[StoreMessage](MOST_WAITING)

    async def serve(self) -> None:
        self._table.recalls[self._owner] = self._ask_back
        try:
            async with self._stream, trio.open_nursery() as nursery:
                nursery.start_soon(self._write)
                await self._read()
                nursery.cancel_scope.cancel()
        except* (trio.BrokenResourceError, trio.ClosedResourceError):
            pass  # The worker was killed.
        except* (msgspec.MsgspecError, trio.WouldBlock) as error:
            log.warning("a worker's connection to the store was closed: %r", error.exceptions)
        finally:
            self._table.disown(self._owner)

    async def _read(self) -> None:
        async for encoded in frames(self._stream):
            self._send.send_nowait(self._answer(decode_question(encoded)))

    async def _write(self) -> None:
        async for message in self._waiting:
            await self._stream.send_all(frame(message))

    def _ask_back(self, view_id: str) -> None:
        self._send.send_nowait(Recall(0, view_id))

    def _answer(self, question: Question) -> Answer:
        table, owner = self._table, self._owner
        match question:
            case Save(number, states, seconds, release):
                return Saved(number, table.save(owner, states, seconds, "" if release else owner))
            case Load(number, view_id):
                return _found(number, table.load(view_id))
            case Take(number, view_id, former):
                return _found(number, table.take(owner, view_id, former))
            case Recall(number, view_id, asked):
                table.recall(view_id, asked)
            case Delete(number, view_ids):
                table.delete(owner, view_ids)
        return Done(question.number)


def _found(number: int, stored: Stored | None) -> Answer:
    return NotFound(number) if stored is None else Found(number, stored.state, stored.owner)
