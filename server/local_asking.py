"""A worker's questions to its launcher: each has a number, and its answer has the same."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from typing import Any, ClassVar, Protocol

import trio

from ..actors import Actor
from .local_store_messages import StoreMessage, frame, frames


class Numbered(Protocol):
    """A question, or an answer."""

    @property
    def number(self) -> int: ...


class LocalAsker(ABC):
    """Asks the launcher over a Unix socket. The connection itself is a `LocalLink`'s."""

    #: What of the launcher is asked, and what is raised when it does not answer.
    asked: ClassVar[str]
    unavailable: ClassVar[type[Exception]]

    def __init__(self, path: str, answer_seconds: float) -> None:
        self.path = path
        self.numbers = itertools.count(1)
        self._answer_seconds = answer_seconds
        self._stream: trio.SocketStream | None = None
        self._sending = trio.Lock()
        self._waiting: dict[int, _Waiter] = {}

    async def ask(self, number: int, question: StoreMessage) -> Any:
        """Return the answer to a question of this number."""
        stream = self._stream
        if stream is None:
            raise self.unavailable(f"The launcher's {self.asked} at {self.path} is not connected.")
        waiter = self._waiting[number] = _Waiter()
        try:
            with trio.fail_after(self._answer_seconds):
                async with self._sending:
                    await _send_whole(stream, frame(question))
                await waiter.answered.wait()
        except (trio.TooSlowError, trio.BrokenResourceError, trio.ClosedResourceError) as error:
            raise self.unavailable(
                f"The launcher's {self.asked} did not answer: {error!r}."
            ) from error
        finally:
            del self._waiting[number]
        if waiter.answer is None:
            raise self.unavailable(f"The connection to the launcher's {self.asked} was lost.")
        return waiter.answer

    # --- for the link -----------------------------------------------------------------

    def connected(self, stream: trio.SocketStream) -> None:
        self._stream = stream

    @abstractmethod
    def take_in(self, encoded: bytes) -> None:
        """Take what the launcher said."""

    def answered(self, answer: Numbered) -> None:
        """Hand an answer to whoever waits for it; perhaps nobody does any more."""
        if answer.number in self._waiting:
            self._waiting[answer.number].finish(answer)

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
        self.answer: Numbered | None = None

    def finish(self, answer: Numbered | None) -> None:
        self.answer = answer
        self.answered.set()


class LocalLink(Actor):
    """Keeps a connection to the launcher. Lost, it fails and is started again."""

    def __init__(self, asker: LocalAsker) -> None:
        self._asker = asker

    async def started(self) -> None:
        self._nursery.start_soon(self._read_for_ever, await self._connect())

    async def _connect(self) -> trio.SocketStream:
        stream = await trio.open_unix_socket(self._asker.path)
        self._asker.connected(stream)
        return stream

    async def _read(self, stream: trio.SocketStream) -> None:
        """Take in what comes until the connection ends."""
        try:
            async with stream:
                async for encoded in frames(stream):
                    self._asker.take_in(encoded)
        finally:
            self._asker.disconnected()

    async def _read_for_ever(self, stream: trio.SocketStream) -> None:
        await self._read(stream)
        asker = self._asker
        raise asker.unavailable(f"The launcher's {asker.asked} has closed the connection.")
