"""A supervised actor: it runs behind one address, incarnation after incarnation."""

from __future__ import annotations

import contextvars
import sys
import traceback
from typing import Any, Generic, Protocol, TypeVar

import trio

from .actor import Actor
from .address import Address, Reason
from .errors import QuestionFailed, StopTimeout
from .inspection import Activity, ActorState, await_stack
from .letter import STOP
from .policy import Budget, ChildSpec

ActorT = TypeVar("ActorT", bound=Actor)


class Keeper(Protocol):
    """Who decides what happens to a child: its supervisor, or the caller for a root."""

    def child_ready(self, child: Child[Any]) -> None: ...
    def child_over(self, child: Child[Any], error: BaseException | None) -> None: ...


class Child(Generic[ActorT]):
    """One child of a supervisor. Touched only by its own task and its supervisor's."""

    __slots__ = (
        "_changed",
        "_ready_since",
        "_scope",
        "_stop_timeout",
        "activity",
        "actor",
        "address",
        "budget",
        "class_name",
        "ended_itself",
        "failures",
        "has_task",
        "is_stopping",
        "is_unwanted",
        "keeper",
        "last_exit",
        "last_message",
        "last_traceback",
        "must_restart",
        "restarts",
        "spec",
        "was_ready",
    )

    def __init__(self, spec: ChildSpec[ActorT], keeper: Keeper, budget: Budget) -> None:
        self.spec = spec
        self.keeper = keeper
        self.budget = budget
        self.address: Address[ActorT] = Address(spec.name, self, spec.mailbox_capacity)
        self.actor: ActorT | None = None
        self.class_name = ""
        self.activity = Activity.STARTING
        #: Failures in a row; a run as long as the policy's window breaks the row.
        self.failures = 0
        self.restarts = 0
        self.was_ready = False
        self.has_task = False
        #: Told to stop, for good or because its group restarts.
        self.is_stopping = False
        #: Told to stop for good.
        self.is_unwanted = False
        self.ended_itself = False
        #: Why the last incarnation ended, and the class name of the message then in work.
        self.last_exit: Reason | None = None
        self.last_traceback: str | None = None
        self.last_message: str | None = None
        #: Waits for its turn in the restart of its group.
        self.must_restart = False
        self._stop_timeout = spec.stop_timeout
        self._scope = trio.CancelScope(shield=True)
        self._ready_since: float | None = None
        #: Set, and forgotten, when the child has become ready, is down, or has ended.
        self._changed: trio.Event | None = None

    # --- a life -----------------------------------------------------------------------

    def launch(self, nursery: trio.Nursery, delay: float = 0.0) -> None:
        """Begin an incarnation after a delay, in a task of its own, in an empty context."""
        self.has_task = True
        self.is_stopping = self.ended_itself = False
        self.last_message = None
        self.activity = Activity.RESTARTING if self.was_ready else Activity.STARTING
        self.address._mailbox.withdraw(STOP)
        # Shielded, so that nothing but its supervisor ends it, and in order.
        self._scope = trio.CancelScope(shield=True)
        name = f"actor {self.spec.name}"
        contextvars.Context().run(lambda: nursery.start_soon(self._run, delay, name=name))

    async def _run(self, delay: float) -> None:
        error: BaseException | None = None
        is_interrupted = True
        try:
            error = await self._incarnate(delay)
            is_interrupted = False
        finally:
            if is_interrupted:  # KeyboardInterrupt and its like end the whole program
                error = sys.exception()
                self.is_unwanted = True
            self._is_over(error)

    async def _incarnate(self, delay: float) -> Exception | None:
        """The crash barrier: live once and return what ended it, if that was an error."""
        error: Exception | None = None
        try:
            with self._scope:
                if delay:
                    await trio.sleep(delay)
                await trio.lowlevel.checkpoint_if_cancelled()
                await self._live()
        except* Exception as group:  # noqa: BLE001 - the crash barrier
            error = sole_error(group)
        self._close_turn(error)
        if self.actor is not None:
            problem = await self._say_goodbye(self.actor, self.reason_for(error))
            self.actor = None
            error = error or problem
        return error

    async def _live(self) -> None:
        self.activity = Activity.STARTING
        actor = self.spec.start()
        async with trio.open_nursery() as nursery:
            self.actor = actor
            self.class_name = type(actor).__name__
            self.address._task = trio.lowlevel.current_task()
            actor._attach(self.address, nursery)
            await actor._run(self._become_ready, self.spec.start_timeout)
            nursery.cancel_scope.cancel()

    async def _say_goodbye(self, actor: ActorT, reason: Reason) -> Exception | None:
        """Run the hook that cleans up; return what went wrong with it."""
        problem: Exception | None = None
        deadline = trio.current_time() + self._stop_timeout
        scope = trio.CancelScope(shield=True, deadline=deadline)
        try:
            with scope:
                await actor._on_stop(reason)
        except* Exception as group:  # noqa: BLE001 - the crash barrier
            problem = sole_error(group)
        if scope.cancelled_caught:
            problem = StopTimeout(
                f"{self.spec.name!r} did not clean up within {self._stop_timeout} seconds."
            )
        return problem

    def _become_ready(self) -> None:
        self.activity = Activity.IDLE
        self._ready_since = trio.current_time()
        if self.was_ready:
            self.restarts += 1
        self.keeper.child_ready(self)
        self.was_ready = True
        self._note_change()

    def _close_turn(self, error: BaseException | None) -> None:
        """Fail the question in work, and note which message was."""
        address = self.address
        letter, address._letter = address._letter, None
        if letter is not None:
            name = type(letter.question).__name__
            stopped = QuestionFailed(f"{self.spec.name!r} was stopped while it answered {name}.")
            letter.fail(error if isinstance(error, Exception) else stopped)
        if address._current is not None:
            self.last_message = address._current.__name__
        address._current = address._task = None

    def _is_over(self, error: BaseException | None) -> None:
        self.has_task = False
        self._close_turn(error)
        if self._ready_since is not None or error is not None:
            self.last_exit = self.reason_for(error)
            self.last_traceback = "".join(traceback.format_exception(error)) if error else None
        try:
            self.keeper.child_over(self, error)
        finally:
            self._ready_since = None
            self._note_change()

    # --- its end ----------------------------------------------------------------------

    def reason_for(self, error: BaseException | None) -> Reason:
        """Say why an incarnation ended."""
        if error is not None and not isinstance(error, StopTimeout):
            return Reason.CRASHED
        return Reason.STOPPED if self.is_stopping else Reason.NORMAL

    def request_stop(self, timeout: float | None = None) -> None:
        """Stop for good after the turn in work, and cancel it after the timeout."""
        self.is_unwanted = True
        if self.has_task:
            self.halt(timeout)
        elif self.address.is_alive:
            self.is_stopping = True
            self.keeper.child_over(self, None)

    def halt(self, timeout: float | None = None) -> None:
        """Stop this incarnation after the turn in work, and cancel it after the timeout."""
        if timeout is not None:
            self._stop_timeout = timeout
        deadline = trio.current_time() + self._stop_timeout
        self._scope.deadline = min(self._scope.deadline, deadline)
        if self.activity is Activity.RESTARTING:
            self._scope.cancel()
        elif not self.is_stopping and not self.ended_itself:
            self.address._mailbox.put_first(STOP)
        self.is_stopping = True

    def cancel(self) -> None:
        """Stop for good, at once."""
        self.is_unwanted = self.is_stopping = True
        self._scope.cancel()

    def end_normally(self) -> None:
        """End this incarnation after the turn in work; the restart type decides the rest."""
        if not self.is_stopping and not self.ended_itself:
            self.ended_itself = True
            self.address._mailbox.put_first(STOP)

    def crash(self, error: Exception) -> None:
        """Fail this incarnation with an error, even in mid-turn."""
        if self.actor is not None and self.activity is not Activity.ENDED:
            self.actor._nursery.start_soon(_fail, error, name=f"crash of {self.spec.name}")

    def finish(self, reason: Reason, error: BaseException | None) -> None:
        """End the address for good."""
        self.activity = Activity.ENDED
        self.must_restart = False
        self.address._finish(reason, error)
        self._note_change()

    async def wait_ready(self) -> None:
        """Wait until the child has started for the first time, or has ended."""
        while not self.was_ready and self.address.is_alive:
            await self._change()

    async def wait_up(self) -> None:
        """Wait until an incarnation that was launched has started, or is over."""
        while self.has_task and self.activity is not Activity.IDLE:
            await self._change()

    async def wait_down(self) -> None:
        """Wait until no incarnation runs."""
        while self.has_task:
            await self._change()

    async def _change(self) -> None:
        if self._changed is None:
            self._changed = trio.Event()
        await self._changed.wait()

    def _note_change(self) -> None:
        if self._changed is not None:
            self._changed.set()
            self._changed = None

    # --- introspection ----------------------------------------------------------------

    @property
    def uptime(self) -> float:
        """Seconds since the last start was complete; zero while it is not running."""
        return 0.0 if self._ready_since is None else trio.current_time() - self._ready_since

    def await_stacks(self) -> dict[str, tuple[str, ...]]:
        own, actor = self.address._task, self.actor
        tasks = [own] if own is not None else []
        tasks += actor._nursery.child_tasks if actor is not None else ()
        return {
            f"{task.name} #{number}": await_stack(task.coro) for number, task in enumerate(tasks)
        }

    def inspect(self) -> ActorState:
        address = self.address
        mailbox = address._mailbox
        turn = address.current_turn()
        actor = self.actor
        is_busy = turn is not None and self.activity is Activity.IDLE
        return ActorState(
            name=address.name,
            id=address.id,
            class_name=self.class_name,
            state=Activity.BUSY if is_busy else self.activity,
            mailbox_depth=mailbox.depth,
            mailbox_capacity=mailbox.capacity,
            high_water=mailbox.high_water,
            dropped=mailbox.dropped,
            coalesced=mailbox.coalesced,
            refused=mailbox.refused,
            restarts_used=self.budget.used(trio.current_time()),
            restarts_allowed=self.budget.allowed,
            restarts=self.restarts,
            current_message=turn[0] if turn else None,
            current_seconds=turn[1] if turn else 0.0,
            handled=address._handled,
            tasks=len(actor._nursery.child_tasks) if actor is not None else 0,
            uptime=self.uptime,
            last_exit=self.last_exit,
            last_traceback=self.last_traceback,
        )


async def _fail(error: Exception) -> None:
    raise error


def sole_error(error: Exception) -> Exception:
    """Return the only exception of a group, however deep, or the group itself."""
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error
