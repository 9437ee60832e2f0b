"""One piece of background work, what a view knows of all its works, and how they end."""

from __future__ import annotations

import contextvars
import functools
import inspect
from collections import deque
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from types import MethodType
from typing import Any, ClassVar, Literal
from weakref import WeakSet

import trio

from ..actors import Address, Message, WhenFull

IfRunning = Literal["replace", "keep", "queue"]

#: Only such values are taken back when work fails: flags, texts and numbers that show progress.
PLAIN = (bool, int, float, str, type(None))

#: The work that the current task or thread carries out.
current_work: contextvars.ContextVar[Work] = contextvars.ContextVar("current_work")


class Interrupted(Exception):
    """The work was ended from outside: its view crashed, was restored, or it was cancelled."""


class BackgroundFull(Exception):
    """More works wait behind one name than LIVE_BACKGROUND_WAITING allows."""


@dataclass(frozen=True, slots=True)
class AsyncResult:
    """What `assign_async` puts into an attribute: one of loading, ok and failed is true.

    While it loads anew, `result` is still the former one. `error` is the failure's text.
    """

    loading: bool = False
    ok: bool = False
    failed: bool = False
    result: Any = None
    error: str = ""


class WorkEnded(Message, frozen=True):
    """Work has returned or failed."""

    when_full: ClassVar[WhenFull] = WhenFull.DROP_NEWEST

    work: Work
    result: Any = None
    error: Exception | None = None


class WorkBound(Message, frozen=True):
    """Work in a thread has bound attributes: some in its midst, or all at its end."""

    work: Work
    attributes: Mapping[str, Any] | None = None


class Assigned(Message, frozen=True):
    """A task beside the turns has bound attributes of the view."""

    is_control: ClassVar[bool] = True


class Work:
    """A callback with its arguments, and the scope that can cancel it."""

    __slots__ = (
        "__weakref__",
        "address",
        "attribute",
        "before",
        "callback",
        "copy",
        "if_running",
        "is_wanted",
        "key",
        "name",
        "scope",
        "timeout",
        "undo",
    )

    def __init__(
        self,
        callback: Callable[[], Any],
        name: str,
        *,
        is_named: bool = True,
        if_running: IfRunning = "replace",
        timeout: float | None = None,
        attribute: str = "",
    ) -> None:
        self.callback = callback
        self.name = name
        #: Works of one key replace each other; one without a name is on its own.
        self.key: Hashable = name if is_named else id(self)
        self.if_running = if_running
        self.timeout = timeout
        #: The attribute that takes the result, for `assign_async`.
        self.attribute = attribute
        self.scope = trio.CancelScope()
        #: Of the view, once the work has begun: threads know only this of it.
        self.address: Address[Any]
        #: False as soon as nobody cares for its outcome any more.
        self.is_wanted = True
        #: The view's copy that a thread works on, and the attributes that it began with.
        self.copy: Any = None
        self.before: dict[str, Any] = {}
        #: What the turn that asked for it has bound: the new value and the former one.
        self.undo: dict[str, tuple[Any, Any]] = {}

    @property
    def is_async(self) -> bool:
        callback = _innermost(self.callback)
        is_async = inspect.iscoroutinefunction
        return is_async(callback) or is_async(type(callback).__call__)

    def cancel(self) -> None:
        self.is_wanted = False
        self.scope.cancel()

    def belongs_to(self, view: object) -> bool:
        """Tell whether the callback is a method of the view itself."""
        return getattr(_innermost(self.callback), "__self__", None) is view

    def for_copy(self, copy: object) -> Callable[[], Any]:
        """Return the callback as a method of a copy of its view."""
        self.copy, self.before = copy, dict(vars(copy))
        return _rebound(self.callback, copy)

    def note_turn(self, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
        """Remember which plain values the turn that asked for this work has changed."""
        self.undo = {
            name: (value, before[name])
            for name, value in now.items()
            if name[0] != "_" and name in before and before[name] is not value
            if isinstance(value, PLAIN) and isinstance(before[name], PLAIN)
        }


def _innermost(callback: Any) -> Any:
    while isinstance(callback, functools.partial):
        callback = callback.func
    return callback


def _rebound(callback: Any, owner: object) -> Callable[..., Any]:
    if isinstance(callback, functools.partial):
        inner = _rebound(callback.func, owner)
        return functools.partial(inner, *callback.args, **callback.keywords)
    method: MethodType = callback
    return MethodType(method.__func__, owner)


class Background:
    """All works of one view. It is changed in place: no failed turn brings an old one back."""

    def __init__(self) -> None:
        #: Begun, and not yet reported to the view.
        self.running: dict[Hashable, Work] = {}
        self.waiting: dict[Hashable, deque[Work]] = {}
        #: Asked for in a turn whose state has not been sent; a failed turn drops them.
        self.asked: WeakSet[Work] = WeakSet()
        #: The view has been told of assignments and has not looked yet.
        self.has_told = False

    def __deepcopy__(self, _: object) -> Background:
        return self

    def take(self, key: Hashable) -> list[Work]:
        """Forget all works of a key and return them."""
        asked = [work for work in self.asked if work.key == key]
        self.asked.difference_update(asked)
        running = [self.running.pop(key)] if key in self.running else []
        return [*running, *self.waiting.pop(key, ()), *asked]

    def ended(self, work: Work) -> Work | None:
        """Forget a work; return the one that has waited for its end."""
        if self.running.get(work.key) is work:
            del self.running[work.key]
        waiting = self.waiting.get(work.key)
        if not waiting or work.key in self.running:
            return None
        following = waiting.popleft()
        if not waiting:
            del self.waiting[work.key]
        return following

    def named(self) -> list[Work]:
        """Return all works that have begun or will, without those that have no name."""
        queued = [work for waiting in self.waiting.values() for work in waiting]
        works = [*self.running.values(), *queued, *self.asked]
        return [work for work in works if isinstance(work.key, str)]
