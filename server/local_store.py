"""A worker's access to the store of its launcher."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence

import trio

from ..actors import Actor
from .local_store_messages import (
    Answer,
    Delete,
    Found,
    Load,
    Question,
    Recall,
    Save,
    Saved,
    Take,
    decode_from_store,
    frame,
    frames,
)
from .stores import Stored, StoreUnavailable, ignore_recall


class LocalStore:
    """Asks the launcher over its Unix socket. The connection itself is `LocalStoreLink`'s."""

    def __init__(self, path: str, answer_seconds: float) -> None:
        self.path = path
        self.on_recall: Callable[[str], None] = ignore_recall
        self._answer_seconds = answer_seconds
        self._stream: trio.SocketStream | None = None
        self._sending = trio.Lock()
        self._numbers = itertools.count(1)
        self._waiting: dict[int, _Waiter] = {}

    async def save(
        self, states: Mapping[str, bytes], seconds: float, *, release: bool = False
    ) -> list[str]:
        answer = await self._ask(Save(next(self._numbers), dict(states), seconds, release))
        return answer.refused if isinstance(answer, Saved) else []

    async def load(self, view_id: str) -> Stored | None:
        return _stored(await self._ask(Load(next(self._numbers), view_id)))

    async def take(self, view_id: str, former: str) -> Stored | None:
        return _stored(await self._ask(Take(next(self._numbers), view_id, former)))

    async def recall(self, view_id: str, owner: str) -> None:
        await self._ask(Recall(next(self._numbers), view_id, owner))

    async def delete(self, view_ids: Sequence[str]) -> None:
        await self._ask(Delete(next(self._numbers), list(view_ids)))

    async def _ask(self, question: Question) -> Answer:
        stream = self._stream
        if stream is None:
            raise StoreUnavailable(f"The launcher's store at {self.path} is not connected.")
        waiter = self._waiting[question.number] = _Waiter()
        try:
            with trio.fail_after(self._answer_seconds):
                async with self._sending:
                    await _send_whole(stream, frame(question))
                await waiter.answered.wait()
        except (trio.TooSlowError, trio.BrokenResourceError, trio.ClosedResourceError) as error:
            raise StoreUnavailable(f"The launcher's store did not answer: {error!r}.") from error
        finally:
            del self._waiting[question.number]
        if waiter.answer is None:
            raise StoreUnavailable("The connection to the launcher's store was lost.")
        return waiter.answer

    # --- for the link -----------------------------------------------------------------

    def connected(self, stream: trio.SocketStream) -> None:
        self._stream = stream

    def take_in(self, encoded: bytes) -> None:
        """Take what the store said."""
        message = decode_from_store(encoded)
        if isinstance(message, Recall):
            self.on_recall(message.view_id)
        elif message.number in self._waiting:
            self._waiting[message.number].finish(message)

    def disconnected(self) -> None:
        self._stream = None
        for waiter in self._waiting.values():
            waiter.finish(None)


async def _send_whole(stream: trio.SocketStream, data: bytes) -> None:
    """Send all of it, or close the stream: half a question must not be followed by the next."""
    deadline = trio.current_effective_deadline()
    with trio.CancelScope(shield=True, deadline=deadline) as patience:
        await stream.send_all(data)
    if patience.cancelled_caught:
        await trio.aclose_forcefully(stream)


class _Waiter:
    __slots__ = ("answer", "answered")

    def __init__(self) -> None:
        self.answered = trio.Event()
        self.answer: Answer | None = None

    def finish(self, answer: Answer | None) -> None:
        self.answer = answer
        self.answered.set()


class LocalStoreLink(Actor):
    """Keeps the connection to the launcher's store. Lost, it fails and is started again."""

    def __init__(self, store: LocalStore) -> None:
        self._store = store

    async def started(self) -> None:
        stream = await trio.open_unix_socket(self._store.path)
        self._store.connected(stream)
        self._nursery.start_soon(self._read, stream)

    async def _read(self, stream: trio.SocketStream) -> None:
        try:
            async with stream:
                async for encoded in frames(stream):
                    self._store.take_in(encoded)
        finally:
            self._store.disconnected()
        raise StoreUnavailable("The launcher's store has closed the connection.")


def _stored(answer: Answer) -> Stored | None:
    return Stored(answer.state, answer.owner) if isinstance(answer, Found) else None
