"""AsyncWorkMixin: slow work runs beside the turns, and the page follows it."""

from __future__ import annotations

import functools
import inspect
from collections import deque
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import trio

from ..actors import Address, handles
from .background import (
    Assigned,
    AsyncResult,
    Background,
    BackgroundFull,
    IfRunning,
    Interrupted,
    Work,
    WorkBound,
    WorkEnded,
    current_work,
)
from .behaviour import Behaviour

__all__ = ["AsyncResult", "AsyncWorkBehaviour", "AsyncWorkMixin", "Interrupted"]


class AsyncWorkBehaviour(Behaviour):
    """Starts and cancels work whose end comes back as a turn of the view.

    An `async def` runs as a task of the view and may assign at any time. A `def` runs in a
    thread, on a copy of the view if it is the view's own method; what it has assigned is
    taken over in one turn when it returns, and dropped if it raises.
    """

    __slots__ = ()

    @cached_property
    def _background(self) -> Background:
        return Background()

    # --- verbs ------------------------------------------------------------------------

    def start_async(
        self,
        callback: Callable[..., Any],
        /,
        *args: Any,
        name: str | None = None,
        if_running: IfRunning = "replace",
        timeout: float | None = None,
        **kwargs: Any,
    ) -> None:
        """Run work in the background once the state of this turn has been sent.

        Work of the same name that still runs is cancelled ("replace"), stays alone ("keep"),
        or comes first ("queue"). After `timeout` seconds the work fails with TimeoutError.
        The outcome arrives in `handle_async_result`. Without a name, works do not concern
        each other, and the outcome arrives under the callback's own name.
        """
        if if_running not in ("replace", "keep", "queue"):
            raise ValueError(f'if_running is "replace", "keep" or "queue", not {if_running!r}.')
        bound = functools.partial(callback, *args, **kwargs)
        own_name = getattr(callback, "__name__", type(callback).__name__)
        work = Work(
            bound,
            own_name if name is None else name,
            is_named=name is not None,
            if_running=if_running,
            timeout=timeout,
        )
        self._ask_for(work)

    def assign_async(
        self, attribute: str, loader: Callable[[], Any], *, timeout: float | None = None
    ) -> None:
        """Load an attribute in the background: it is an AsyncResult, at first one that loads."""
        if not attribute.isidentifier() or attribute.startswith("_"):
            raise ValueError(f"{attribute!r} cannot be the name of a public attribute.")
        work = Work(loader, attribute, timeout=timeout, attribute=attribute)
        self._ask_for(work)
        former = vars(self).get(attribute)
        result = former.result if isinstance(former, AsyncResult) else None
        setattr(self, attribute, AsyncResult(loading=True, result=result))

    def cancel_async(self, name: str) -> bool:
        """Cancel the work of this name: running, queued or just asked for. True if there was any.

        A task ends at its next `await`, a thread where it looks at
        `trio.from_thread.check_cancelled()`. The outcome is dropped, and no hook is called.
        """
        self._require_own_thread("cancel_async")
        works = self._background.take(name)
        for work in works:
            work.cancel()
            if work.attribute:
                setattr(self, work.attribute, AsyncResult(failed=True, error="cancelled"))
        return bool(works)

    def report_progress(self, **attributes: Any) -> None:
        """Show attributes at once, from within background work, in a thread as well.

        In a thread whose work was cancelled it raises `trio.Cancelled`, which ends the work.
        """
        work = current_work.get(None)
        if work is None:
            raise RuntimeError("report_progress() is for background work: see start_async().")
        if trio.lowlevel.in_trio_run():
            for name, value in attributes.items():
                setattr(self, name, value)
            return
        trio.from_thread.check_cancelled()
        if work.copy is not None:
            vars(work.copy).update(attributes)
            work.before.update(attributes)
        trio.from_thread.run(_tell, work.address, WorkBound(work, attributes))

    def handle_async_result(self, name: str, result: Any = None, error: Any = None) -> Any:
        """Take the outcome of background work. Without this hook a failure is reported."""

    if not TYPE_CHECKING:  # a checker would take any attribute for known

        def __setattr__(self, name: str, value: Any) -> None:
            """Refuse other threads; show what other tasks than the view's own assign."""
            nursery = _nursery_of(self)
            if nursery is not None and not trio.lowlevel.in_trio_run():
                raise RuntimeError(_WRONG_THREAD.format(name=name, view=type(self).__name__))
            super().__setattr__(name, value)
            if nursery is not None and trio.lowlevel.current_task() is not nursery.parent_task:
                self._note_assignment(name, value)

    def _note_assignment(self, name: str, value: Any) -> None:
        """A task beside the turns has bound an attribute."""
        if name.startswith("_"):
            return
        if self._before_turn is not None:
            # If the turn that is under way fails, what others have bound meanwhile stays.
            self._before_turn[name] = value
        background = self._background
        if not background.has_told and self._address.is_alive:
            background.has_told = True
            self._address.tell(Assigned())

    # --- the life of a work -----------------------------------------------------------

    def _ask_for(self, work: Work) -> None:
        self._require_own_thread("background work")
        self._background.asked.add(work)
        before = self._before_turn
        self._when_shown(lambda: self._begin_work(work, before))

    def _require_own_thread(self, what: str) -> None:
        if not trio.lowlevel.in_trio_run():
            raise RuntimeError(
                f"{what} was asked for in a thread. Ask in `handle_async_result`, or write the "
                "work as an `async def`."
            )

    def _begin_work(self, work: Work, before: Mapping[str, Any] | None) -> None:
        """The browser has the state of the turn that asked for this work."""
        background = self._background
        background.asked.discard(work)
        if not work.is_wanted:
            return
        work.note_turn(before or {}, vars(self))
        if work.key in background.running:
            if work.if_running == "keep":
                return
            if work.if_running == "queue":
                self._queue_work(work)
                return
            for former in background.take(work.key):
                former.cancel()
        self._launch(work)

    def _queue_work(self, work: Work) -> None:
        waiting, most = self._background.waiting, self._setting("background_waiting")
        behind = waiting.get(work.key)
        if behind is not None and len(behind) >= most:
            full = BackgroundFull(f"{most} works wait behind {work.name!r}. Ask for fewer.")
            work.key = id(work)
            self._background.running[work.key] = work
            self._nursery.start_soon(_tell, self._address, WorkEnded(work, error=full))
        else:
            waiting.setdefault(work.key, deque()).append(work)

    def _launch(self, work: Work) -> None:
        self._background.running[work.key] = work
        self._nursery.start_soon(self._run_work, work)

    async def _run_work(self, work: Work) -> None:
        current_work.set(work)
        work.address = self._address
        is_over = False
        try:
            ended = await self._outcome_of(work)
            is_over = True
        finally:
            if not is_over and work.is_wanted and self._address.is_alive:
                # The view has crashed: its next life hears of it, so that nothing turns for ever.
                why = Interrupted(f"{work.name!r} was interrupted: its view failed.")
                self._address.tell(WorkEnded(work, error=why))
        if work.is_wanted:
            if work.copy is not None and ended.error is None:
                await _tell(self._address, WorkBound(work))
            await _tell(self._address, ended)

    async def _outcome_of(self, work: Work) -> WorkEnded:
        if work.timeout is not None:
            work.scope.deadline = trio.current_time() + work.timeout
        try:
            with work.scope:
                return WorkEnded(work, await self._carry_out(work))
        except Exception as error:  # noqa: BLE001  # the same as a failed turn, beside the turns
            return WorkEnded(work, error=error)
        late = f"{work.name!r} did not finish within {work.timeout} seconds."
        return WorkEnded(work, error=TimeoutError(late))

    async def _carry_out(self, work: Work) -> Any:
        if work.is_async:
            return await work.callback()
        is_own = work.belongs_to(self)
        function = work.for_copy(self._detached()) if is_own else work.callback
        result = await self._service("threads").run(function)
        return await result if inspect.isawaitable(result) else result

    # --- turns ------------------------------------------------------------------------

    @handles(WorkBound)
    def _on_work_bound(self, bound: WorkBound) -> None:
        work = bound.work
        if not work.is_wanted:
            return
        if bound.attributes is None:
            self._take_over(work.copy, work.before)
        else:
            vars(self).update(bound.attributes)
        self._changed()

    @handles(WorkEnded)
    async def _on_work_ended(self, ended: WorkEnded) -> None:
        work, error = ended.work, ended.error
        if not (work.is_wanted and self._background.running.get(work.key) is work):
            return
        following = self._background.ended(work)
        if following is not None:
            self._launch(following)
        self._changed()
        if work.attribute:
            self._assign_outcome(work.attribute, ended)
        has_hook = type(self).handle_async_result is not AsyncWorkBehaviour.handle_async_result
        if has_hook and not work.attribute:
            await self._call("handle_async_result", work.name, result=ended.result, error=error)
        elif error is not None:
            self._undo_asking(work)
            self._report_failure(work.name, error)

    def _assign_outcome(self, attribute: str, ended: WorkEnded) -> None:
        if ended.error is None:
            outcome = AsyncResult(ok=True, result=ended.result)
        else:
            outcome = AsyncResult(failed=True, error=str(ended.error) or repr(ended.error))
        setattr(self, attribute, outcome)

    def _undo_asking(self, work: Work) -> None:
        """Nobody else would take back the "working ..." that the asking turn has shown."""
        attributes = vars(self)
        for name, (bound, former) in work.undo.items():
            if attributes.get(name) is bound:
                attributes[name] = former

    @handles(Assigned)
    def _on_assigned(self, assigned: Assigned) -> None:
        self._background.has_told = False
        self._changed()

    # --- going on in another process ----------------------------------------------------

    def _save(self) -> dict[str, Any]:
        saved = super()._save()
        works = self._background.named() if "_background" in vars(self) else []
        if works:
            saved["async_work"] = [[work.name, work.attribute, work.undo] for work in works]
        return saved

    def _load(self, saved: Mapping[str, Any]) -> None:
        super()._load(saved)
        for name, attribute, undo in saved.get("async_work", ()):
            work = Work(_nothing, name, attribute=attribute)
            work.undo = undo
            self._background.running[name] = work
            why = Interrupted(f"{name!r} was interrupted: its server stopped.")
            self._address.tell(WorkEnded(work, error=why))


class AsyncWorkMixin(AsyncWorkBehaviour):
    """`start_async`, `cancel_async`, `assign_async`. Every LiveView includes it."""

    __slots__ = ()


_WRONG_THREAD = (
    "{name!r} of {view} was assigned in another thread than the view's own, where a render "
    "could see half of it. Give start_async() a method of the view: a `def` works on a copy, "
    "and report_progress() shows attributes at once."
)


def _nursery_of(view: AsyncWorkBehaviour) -> trio.Nursery | None:
    """Return the nursery of a view that runs; None before its start, and for copies."""
    return getattr(view, "_nursery", None)


async def _tell(address: Address[Any], message: WorkEnded | WorkBound) -> None:
    """Wait for room in the mailbox: an outcome must not be lost."""
    await address.wait_for_room()
    address.tell(message)


def _nothing() -> None:
    """Stands for work that another process had begun."""
