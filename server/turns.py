"""The turns of a view: one message at a time, undone if it fails, shown when there is room."""

from __future__ import annotations

import copy
import inspect
import logging
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import trio

from ..actors import Actor, Address, Failed
from ..client.messages import Error, Event, Navigate, Seen, Signal
from .log_facts import fact
from .rendering.picture import Patch, Picture
from .reports import Report, doing_name, report_failure
from .seat import Seat
from .view_messages import (
    Authorise,
    Depart,
    Detached,
    Expired,
    Finished,
    GetState,
    Left,
    Replayed,
    Rest,
    Save,
    Wake,
)
from .view_outbox import Mark, ViewOutbox

if TYPE_CHECKING:
    from .keeping import Keeping
    from .view import View

log = logging.getLogger("limelight.views")

#: After these there is nothing new to save.
CHANGES_NOTHING = frozenset(
    {Authorise, Depart, Detached, Expired, Finished, GetState, Left, Rest, Save, Seen, Signal, Wake}
)

#: A method of a class, to be called with one of its objects.
Hook = Callable[[Any], None]

#: Of `handle_params` asking for another address, before it is taken for a loop.
MOST_PATCHES = 20


class CrashedOnRequest(Exception):
    """Somebody asked this view to crash."""


class TurnState:
    """What one incarnation of a view knows of its turns.

    An object of its own: whatever is bound on the view itself is looked at by its behaviours.
    """

    __slots__ = ("before", "is_proven", "new_address", "shown", "waits")

    def __init__(self) -> None:
        #: The attributes before the turn that is under way, and those that were last shown.
        self.before: dict[str, Any] | None = None
        self.shown: dict[str, Any] | None = None
        #: This incarnation has rendered: what it inherited is sound.
        self.is_proven = False
        #: It will be called as soon as its socket has room.
        self.waits = False
        #: Where `live_patch` wants to go, until the handler that asked for it has ended.
        self.new_address = ""


class TurnActor(Actor):
    """Handles a view's messages in turns and keeps its browser in step.

    All of it lives in slots, so that `vars(view)` holds the author's attributes and nothing
    else: they are the template's context, and what a failed turn is undone to.
    """

    __slots__ = ("_outbox", "_picture", "_seat", "_turns")

    #: "shallow": attributes are bound as before a failed turn; "deep": their contents as well.
    rollback: ClassVar[Literal["shallow", "deep"]] = "shallow"

    #: What the behaviours of this class do for each frame and after each render.
    _frame_hooks: ClassVar[tuple[Hook, ...]] = ()
    _render_hooks: ClassVar[tuple[Hook, ...]] = ()

    def _legacy(self) -> dict[str, Any] | None:
        """Return what the next incarnation starts with; None where that has failed already."""
        if not self._turns.is_proven:
            return None
        return vars(self) if self._turns.before is None else self._turns.before

    @property
    def _before_turn(self) -> dict[str, Any] | None:
        return self._turns.before

    def _take_seat(self, seat: Seat, picture: Picture) -> None:
        """Take the place of a former incarnation, or be the first. Called before the start."""
        self._seat = seat
        self._picture = picture
        self._outbox = ViewOutbox(seat.runtime.settings.effects)
        self._turns = TurnState()

    # --- the turn -----------------------------------------------------------------

    async def _turn(self, message: object) -> Any:
        """Handle one message; if that raises, leave the attributes as they were."""
        attributes, turns = vars(self), self._turns
        before = copy.deepcopy(attributes) if self.rollback == "deep" else attributes.copy()
        mark = self._outbox.mark()
        turns.before = before
        answer: Any = None
        try:
            answer = await super()._turn(message)
            if self._turns.new_address:
                await self._follow_address()
            if (rest := self._turn_done()) is not None:
                await rest
        except CrashedOnRequest:
            raise
        except Exception as error:  # noqa: BLE001  # the first step of the crash ladder
            await self._fail(message, error, before, mark)
            answer = Failed(error)
        # Not in a `finally`: whoever ends this actor in mid-turn leaves a state to go back to.
        turns.before = None
        seat = self._seat
        if self._turn_seconds > seat.runtime.slow_seconds:
            self._note_slow(message)
        keeping = seat.keeping
        if keeping is not None and type(message) not in CHANGES_NOTHING:
            keeping.touch(seat)
        return answer

    def _note_slow(self, message: object) -> None:
        where, seconds = (
            f"{type(self).__name__}.{doing_name(message)}",
            round(self._turn_seconds, 3),
        )
        told = fact("slow_turn", self._seat, where=where, seconds=seconds)
        log.warning("%s took %s s", where, seconds, extra=told)

    async def _fail(
        self, message: object, error: Exception, before: dict[str, Any], mark: Mark
    ) -> None:
        """Undo a turn, count it, tell the browser. A bug clicked ten times is ten notices."""
        vars(self).clear()
        vars(self).update(before)
        self._outbox.undo_to(mark)
        self._turns.new_address = ""
        number = message.number if isinstance(message, Event | Navigate) else 0
        if number:
            # The effects of earlier events come first: whoever hears of a failure takes all
            # events before it as done.
            self._show()
            self._handled(number)
            if self._seat.keeping is not None and self._seat.keeping.is_strict:
                await self._seat.keeping.store(self._as_view())
        doing = message.event if isinstance(message, Replayed) else message
        self._tell_failure(self._report(doing, error), number)

    def _report(self, doing: object, error: Exception) -> Report:
        self._seat.failed_turns += 1
        shows_all = self._seat.runtime.shows_errors_to(self._seat.request)
        report = report_failure(self, doing, error, is_development=shows_all)
        self._seat.runtime.records.turn_failed(self._seat, doing, error, report)
        return report

    def _tell_failure(self, report: Report, number: int = 0) -> None:
        channel = self._seat.channel
        if channel is not None:
            channel.send(
                Error(
                    report.kind,
                    report.text,
                    view=channel.number,
                    number=number,
                    detail=report.detail,
                    id=report.id,
                )
            )

    def _handled(self, number: int) -> None:
        self._seat.handled = number
        self._outbox.must_acknowledge = self._outbox.is_dirty = True

    # --- keeping the browser in step --------------------------------------------------

    def _drained(self) -> Awaitable[None] | None:
        """Show the newest state; a view that promised so stores it before."""
        keeping = self._seat.keeping
        if keeping is not None and keeping.must_store_first:
            return self._store_and_show(keeping)
        self._show()
        return None

    async def _store_and_show(self, keeping: Keeping) -> None:
        if await keeping.store(self._as_view()):
            self._show()

    def _show(self) -> None:
        """Send the newest state, if a browser is there and its socket can take a frame."""
        outbox, channel = self._outbox, self._seat.channel
        if channel is None or not (outbox.is_dirty or outbox.must_acknowledge):
            return
        # So many effects must not wait here: the socket ends if that is too much for it.
        if channel.has_room or outbox.is_crowded:
            tracing = self._seat.runtime.tracing
            if tracing is None:
                patch = self._render()
            else:
                with tracing.render(self._seat):
                    patch = self._render()
            for add in self._frame_hooks:
                add(self)
            if self._seat.runtime.settings.is_development:
                outbox.milliseconds = round(self._turn_seconds * 1000, 2)
            outbox.send(self._seat, channel, patch)
        elif not self._turns.waits:
            self._turns.waits = True
            address = self._address
            channel.when_room(lambda: wake(address))

    def _changed(self) -> None:
        """State has changed outside a turn, in a task of this view's nursery.

        While a turn is under way nobody need be woken: it ends with a look at what is to show.
        """
        self._outbox.is_dirty = True
        if self._seat.keeping is not None:
            self._seat.keeping.touch(self._seat)
        if self._turns.before is None:
            wake(self._address)

    def _render(self) -> Patch | None:
        """Return the patch to the newest state, or to the last one that could be rendered."""
        try:
            patch = self._picture.update(self._context())
        except Exception as error:
            if self._turns.shown is None:
                raise
            report = self._report(self._picture, error)
            vars(self).clear()
            vars(self).update(self._turns.shown)
            patch = self._picture.update(self._context())
            self._tell_failure(report, self._seat.handled)
        self._rendered()
        return patch

    def _rendered(self) -> None:
        for look in self._render_hooks:
            look(self)
        if self._seat.nest is not None:
            self._seat.nest.settle(self._picture.plain_html)
        self._turns.shown = vars(self).copy()
        self._turns.is_proven = True
        seat = self._seat
        seat.rendered_at = trio.current_time()
        if not seat.is_rest_planned:
            self._plan_rest(seat.runtime.settings.rest_seconds)

    def _plan_rest(self, seconds: float) -> None:
        """One alarm a view, however many turns: when it comes, it looks at the last render."""
        self._seat.is_rest_planned = True
        self._seat.runtime.rest_later(self._address, max(seconds, 1.0))

    # --- what the author's half and the behaviours offer ----------------------------------

    async def _call(self, hook: str, /, *arguments: Any, **named: Any) -> Any:
        """Run one of the author's hooks, `def` or `async def`."""
        return await finished(getattr(self, hook)(*arguments, **named))

    async def _follow_address(self) -> None:
        """Run `handle_params` for `live_patch`; it may ask for yet another address, not for ever."""
        for _ in range(MOST_PATCHES):
            url, self._turns.new_address = self._turns.new_address, ""
            await self._show_address(url)
            if not self._turns.new_address:
                return
        raise RecursionError(
            f"{type(self).__name__}.handle_params called live_patch {MOST_PATCHES} times in a row."
        )

    @abstractmethod
    def _as_view(self) -> View: ...
    @abstractmethod
    def _context(self) -> dict[str, Any]: ...
    @abstractmethod
    async def _show_address(self, url: str) -> None: ...
    @abstractmethod
    def _schedule_tick(self) -> None: ...
    @abstractmethod
    async def _finish_html(self, html: str) -> str: ...
    @abstractmethod
    def _begin(self) -> Awaitable[None] | None: ...
    @abstractmethod
    def _browser_arrived(self, params: Mapping[str, Any]) -> None: ...
    @abstractmethod
    def _head(self) -> str: ...
    @abstractmethod
    def _browser_left(self) -> None: ...
    @abstractmethod
    def _signalled(self, name: str, payload: Any) -> Awaitable[None] | None: ...
    @abstractmethod
    def _holds_back(self, event: Event) -> bool: ...
    @abstractmethod
    def _turn_done(self) -> Awaitable[None] | None: ...
    @abstractmethod
    def _page_begun(self) -> None: ...
    @abstractmethod
    async def _close(self) -> None: ...


def wake(address: Address[Any]) -> None:
    """Let a view look whether it has something to send."""
    if address.is_alive:
        address.tell(Wake())


async def finished(result: Any) -> Any:
    """Return what a function returned, or what it will have returned when awaited."""
    return await result if inspect.isawaitable(result) else result
