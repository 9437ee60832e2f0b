"""An actor: an object that handles its messages one at a time, in a task of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import perf_counter
from types import CoroutineType
from typing import Any, ClassVar

import trio

from .address import Address, Reason
from .errors import StartTimeout, UnhandledMessage
from .handlers import collect_handlers
from .hints import near_miss
from .inspection import TreeNode
from .letter import STOP, Letter
from .mailbox import EMPTY


class Actor:
    """The base of actors. Write methods marked `@handles(MessageType)`; start it by a supervisor.

    An actor may have two hooks, each `def` or `async def`:

    `started()` is called before the first message. What it raises fails the start.
    `stopped(reason)` is called after the last message, when the actor's own tasks have ended,
    however it ends, but only if it had started. It has the spec's `stop_timeout` to finish.

    All names of the machinery begin with an underscore. For a class's author: `_address` is
    the actor's own address, `_nursery` runs tasks that end with the actor (one that fails
    fails the actor), `_end()` ends the actor after this turn. The instance `__dict__` holds
    the author's attributes only.
    """

    __slots__ = ("__weakref__", "_address", "_is_started", "_nursery")

    _address: Address[Any]
    _nursery: trio.Nursery
    _is_started: bool

    #: How long the actor handles messages before it calls `_drained` and lets others run.
    _turns_before_drained: ClassVar[int] = 100
    _seconds_before_drained: ClassVar[float] = 0.016

    _handlers: ClassVar[dict[type, Callable[..., Any]]] = {}
    _handler_cache: ClassVar[dict[type, Callable[..., Any]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._handlers = collect_handlers(cls)
        cls._handler_cache = dict(cls._handlers)

    # --- hooks for kinds of actors; authors of plain actors need none of them ---------

    async def _on_start(self) -> None:
        """Prepare for the first message. By default calls `started()`, if there is one."""
        await _call_hook(self, "started")

    async def _on_stop(self, reason: Reason) -> None:
        """Clean up, shielded, under a deadline. Called even if `_on_start` failed.

        By default calls `stopped(reason)`, if there is one and the actor had started.
        """
        if self._is_started:
            await _call_hook(self, "stopped", reason)

    async def _turn(self, message: Any) -> Any:
        """Handle one message and return the answer, which matters if it was asked."""
        handler = self._handler_cache.get(type(message)) or self._find_handler(type(message))
        if handler is None:
            return self._unhandled(message)
        answer = handler(self, message)
        if type(answer) is CoroutineType:
            return await answer
        return answer

    def _drained(self) -> Awaitable[None] | None:
        """Called after messages were handled, when the mailbox ran empty or a batch is full."""

    def _unhandled(self, message: Any) -> Any:
        """Called with a message that has no handler. By default that fails the actor."""
        kind = type(message).__name__
        known = [handled.__name__ for handled in self._handlers]
        raise UnhandledMessage(
            f'{type(self).__name__} has no handler for "{kind}".{near_miss(kind, known)}\n'
            "Handlers are methods marked @handles(MessageType)."
        )

    def _tree_children(self) -> tuple[TreeNode, ...]:
        """Return what stands below this actor in the tree of actors."""
        return ()

    @property
    def _turn_seconds(self) -> float:
        """How long ago the newest turn began."""
        return perf_counter() - self._address._current_since

    def _end(self) -> None:
        """End this actor normally after this turn. Its restart type decides what follows."""
        self._address._host.end_normally()

    # --- the loop ---------------------------------------------------------------------

    def _attach(self, address: Address[Any], nursery: trio.Nursery) -> None:
        self._address = address
        self._nursery = nursery
        self._is_started = False

    async def _run(self, ready: Callable[[], None], start_timeout: float) -> None:
        """Live once: start, say so, and handle messages until told to stop."""
        with trio.move_on_after(start_timeout) as scope:
            await self._on_start()
        if scope.cancelled_caught:
            raise StartTimeout(
                f"{self._address.name!r} did not start within {start_timeout} seconds. "
                "Make its start shorter or its start_timeout longer."
            )
        self._is_started = True
        ready()
        await self._serve()

    async def _serve(self) -> None:
        mailbox = self._address._mailbox
        has_drained_hook = type(self)._drained is not Actor._drained
        while True:
            if mailbox.is_empty:
                await mailbox.wait_for_message()
            go_on = await self._handle_batch()
            if has_drained_hook:
                awaitable = self._drained()
                if awaitable is not None:
                    await awaitable
            if not go_on:
                return
            if not mailbox.is_empty:
                await trio.lowlevel.checkpoint()

    async def _handle_batch(self) -> bool:
        """Handle what waits, up to a limit, without yielding. Return whether to go on."""
        address = self._address
        take = address._mailbox.take
        turn = self._turn
        meter = address.meter
        now = perf_counter()
        deadline = now + self._seconds_before_drained
        for _ in range(self._turns_before_drained):
            message = take()
            if message is EMPTY:
                break
            if message is STOP:
                return False
            address._current_since = now
            if type(message) is Letter:
                await self._answer(message)
            else:
                address._current = type(message)
                await turn(message)
            address._handled += 1
            address._current = None
            now = perf_counter()
            if meter is not None:
                meter.note(message, now - address._current_since)
            if now > deadline:
                break
        return True

    async def _answer(self, letter: Letter) -> None:
        if letter.is_over:
            return
        address = self._address
        address._current = type(letter.question)
        # If the turn fails, the crash barrier finds the letter there and fails it.
        address._letter = letter
        answer = await self._turn(letter.question)
        address._letter = None
        letter.answer(answer)

    def _find_handler(self, kind: type) -> Callable[..., Any] | None:
        for base in kind.__mro__:
            if base in self._handlers:
                self._handler_cache[kind] = handler = self._handlers[base]
                return handler
        return None


async def _call_hook(actor: Actor, name: str, *arguments: Any) -> None:
    hook = getattr(actor, name, None)
    if hook is not None:
        result = hook(*arguments)
        if isinstance(result, Awaitable):
            await result
