"""An address is all that others hold of an actor: tell, ask, watch, stop."""

from __future__ import annotations

import enum
import itertools
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import trio

from .errors import ActorEnded, AskTimeout, MailboxFull
from .inspection import ActorState
from .letter import Letter
from .mailbox import DEFAULT_CAPACITY, Mailbox
from .message import Message, Question
from .meter import Meter

if TYPE_CHECKING:
    from .actor import Actor

ActorT_co = TypeVar("ActorT_co", bound="Actor", covariant=True)
AnswerT = TypeVar("AnswerT")

logger = logging.getLogger("limelight.actors")

_ids = itertools.count(1)


class Reason(enum.StrEnum):
    """Why an actor ended."""

    #: It was done.
    NORMAL = "normal"
    #: It was told to stop, or its supervisor stopped.
    STOPPED = "stopped"
    #: It failed, and is not restarted.
    CRASHED = "crashed"
    #: It failed more often than its supervisor's policy allows.
    GAVE_UP = "gave_up"


class Ended(Message, frozen=True):
    """An actor ended for good. Told to those who watch it, after all that it told them."""

    address: Address[Any]
    reason: Reason
    error: BaseException | None = None


class Watch:
    """What `watch` returns: cancel it to be told no more."""

    __slots__ = ("_address", "watcher")

    def __init__(self, address: Address[Any], watcher: Watcher) -> None:
        self._address = address
        self.watcher = watcher

    def cancel(self) -> None:
        """Watch no more. Does nothing if the actor has ended."""
        self._address._forget_watch(self)


class Host(Protocol):
    """What runs the actor behind an address."""

    def request_stop(self, timeout: float | None = None) -> None: ...
    def end_normally(self) -> None: ...
    def crash(self, error: Exception) -> None: ...
    def inspect(self) -> ActorState: ...
    def await_stacks(self) -> dict[str, tuple[str, ...]]: ...


class Address(Generic[ActorT_co]):
    """Where to reach an actor. It and its mailbox stay the same when the actor restarts."""

    __slots__ = (
        "__weakref__",
        "_current",
        "_current_since",
        "_ended",
        "_ended_event",
        "_handled",
        "_host",
        "_letter",
        "_mailbox",
        "_task",
        "_watches",
        "id",
        "meter",
        "name",
    )

    def __init__(self, name: str, host: Host, mailbox_capacity: int = DEFAULT_CAPACITY) -> None:
        self.name = name
        self.id = next(_ids)
        self._host = host
        self._mailbox = Mailbox(mailbox_capacity, owner=name)
        self._ended: Ended | None = None
        self._ended_event: trio.Event | None = None
        self._watches: list[Watch] | None = None
        # The turn in work, kept by the actor's loop.
        self._task: trio.lowlevel.Task | None = None
        self._letter: Letter | None = None
        self._current: type | None = None
        self._current_since = 0.0
        self._handled = 0
        #: What its turns cost, if somebody has asked for that with `measure`.
        self.meter: Meter | None = None

    def __repr__(self) -> str:
        return f"<Address {self.name!r} #{self.id}{'' if self.is_alive else ' ended'}>"

    @property
    def is_alive(self) -> bool:
        """Whether the actor runs, starts, or waits for its restart."""
        return self._ended is None

    def tell(self, message: object) -> None:
        """Put a message into the mailbox. Never waits; raises MailboxFull or ActorEnded."""
        if self._ended is not None:
            raise self._ended_error(self._ended)
        self._mailbox.put(message)

    async def ask(self, question: Question[AnswerT], timeout: float = 5.0) -> AnswerT:
        """Ask, and wait for the answer.

        Raises AskTimeout, MailboxFull, ActorEnded, or QuestionFailed from what the handler
        raised.
        """
        self._refuse_own_task("ask itself: it would wait for its own turn")
        letter = Letter(question)
        self._post(letter)
        with trio.move_on_after(timeout) as scope:
            await letter.wait()
        if scope.cancelled_caught:
            raise AskTimeout(
                f"{self.name!r} did not answer {type(question).__name__} within {timeout} seconds."
            )
        answer: AnswerT = letter.result()
        return answer

    def watch(self, watcher: Watcher) -> Watch:
        """Have `watcher` told, or called with, `Ended` when the actor ends for good.

        If it has ended already, that happens now.
        """
        watch = Watch(self, watcher)
        if self._ended is not None:
            _notify(watcher, self._ended)
        elif self._watches is None:
            self._watches = [watch]
        else:
            self._watches.append(watch)
        return watch

    async def stop(self, timeout: float | None = None) -> Ended:
        """Stop the actor for good after its turn, and wait until it has ended.

        After `timeout` seconds (its spec's `stop_timeout` by default) the turn is cancelled.
        """
        self._refuse_own_task("wait for its own end: call request_stop()")
        self.request_stop(timeout)
        return await self.wait_ended()

    def request_stop(self, timeout: float | None = None) -> None:
        """Stop the actor for good after its turn, without waiting for it."""
        if self._ended is None:
            self._host.request_stop(timeout)

    def request_restart(self) -> None:
        """End the actor after its turn as if it were done: a permanent one is started again."""
        if self._ended is None:
            self._host.end_normally()

    def crash(self, error: Exception) -> None:
        """Let the actor fail with this error, as a bug of its own would, even in mid-turn."""
        if self._ended is None:
            self._host.crash(error)

    def measure(self) -> Meter:
        """Measure the actor's turns from the next batch of messages on."""
        if self.meter is None:
            self.meter = Meter()
        return self.meter

    @property
    def has_room(self) -> bool:
        """Whether a message would fit now."""
        return self._mailbox.has_room

    async def wait_for_room(self) -> None:
        """Wait until a message would fit. Another teller may be faster: try, and wait again."""
        await self._mailbox.wait_for_room()
        if self._ended is not None:
            raise self._ended_error(self._ended)

    async def wait_ended(self) -> Ended:
        """Wait until the actor has ended for good, and return why."""
        if self._ended is None:
            if self._ended_event is None:
                self._ended_event = trio.Event()
            await self._ended_event.wait()
        else:
            await trio.lowlevel.checkpoint()
        assert self._ended is not None
        return self._ended

    def inspect(self) -> ActorState:
        """Return a snapshot of what the actor is doing. Costs no message."""
        return self._host.inspect()

    @property
    def mailbox_depth(self) -> int:
        """How many messages wait."""
        return self._mailbox.depth

    @property
    def handled(self) -> int:
        """How many messages were handled since the address was made."""
        return self._handled

    def await_stacks(self) -> dict[str, tuple[str, ...]]:
        """Return where the actor's own task and those of its nursery wait, the innermost last."""
        return self._host.await_stacks()

    def current_turn(self) -> tuple[str, float] | None:
        """Return class name and age in seconds of the message in work; from any thread."""
        kind = self._current
        if kind is None:
            return None
        return kind.__name__, time.perf_counter() - self._current_since

    def _post(self, letter: Letter) -> None:
        if self._ended is not None:
            raise self._ended_error(self._ended)
        mailbox = self._mailbox
        if letter.question.is_control:
            mailbox.put_control(letter)
        elif mailbox.has_room:
            mailbox.put_unbounded(letter)
        else:
            mailbox.refused += 1
            raise MailboxFull(
                f"The mailbox of {self.name!r} is full: {mailbox.capacity} messages wait, so "
                f"{type(letter.question).__name__} is refused. Wait with wait_for_room()."
            )

    def _finish(self, reason: Reason, error: BaseException | None) -> None:
        """End the address: fail what waits in its mailbox and tell those who watch."""
        self._ended = ended = Ended(self, reason, error)
        for item in self._mailbox.clear():
            if type(item) is Letter:
                item.fail(self._ended_error(ended))
        if self._ended_event is not None:
            self._ended_event.set()
        watches, self._watches = self._watches, None
        for watch in watches or ():
            try:
                _notify(watch.watcher, ended)
            except Exception:
                # Called from a supervisor: a watcher's mistake must not reach other actors.
                logger.exception("A watcher of %r failed", self.name)

    def _forget_watch(self, watch: Watch) -> None:
        if self._watches and watch in self._watches:
            self._watches.remove(watch)

    def _ended_error(self, ended: Ended) -> ActorEnded:
        why = f" ({type(ended.error).__name__}: {ended.error})" if ended.error else ""
        return ActorEnded(f"{self.name!r} has ended: {ended.reason}{why}.")

    def _refuse_own_task(self, what: str) -> None:
        if self._task is not None and self._task is trio.lowlevel.current_task():
            raise RuntimeError(f"{self.name!r} cannot {what}.")


Watcher = Address[Any] | Callable[[Ended], None]


def _notify(watcher: Watcher, ended: Ended) -> None:
    if not isinstance(watcher, Address):
        watcher(ended)
    elif watcher._ended is None:
        # One for each watch, so bounded by what the watcher itself asked for.
        watcher._mailbox.put_unbounded(ended)
