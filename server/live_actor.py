"""The actor within a view: it runs turns, undoes failed ones, and keeps its browser in step."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from typing import Any, ClassVar, Literal

from ..actors import Actor, Address, Reason, handles
from ..client.messages import CloseCode, Error, Event, Joined, Navigate, Seen, Unbound
from .handlers import EventHandler, find_event_handler
from .rendering.picture import Picture
from .reports import Report, report_failure
from .seat import Channel, Seat
from .view_messages import Attach, Crash, Detached, Expired, Info, Left, Tick, Wake
from .view_outbox import Mark, ViewOutbox

#: Of `handle_params` asking for another address, before it is taken for a loop.
MOST_PATCHES = 20


class CrashedOnRequest(Exception):
    """Somebody asked this view to crash."""


class LiveActor(Actor):
    """What every view does without its author: turns, frames, coming and going.

    All of it lives in slots, so that `vars(view)` holds the author's attributes and nothing
    else: they are the template's context, and what a failed turn is undone to.
    """

    __slots__ = (
        "_before_turn",
        "_is_proven",
        "_new_address",
        "_outbox",
        "_picture",
        "_seat",
        "_shown",
        "_waits",
    )

    _event_handlers: ClassVar[dict[str, EventHandler]] = {}
    #: "shallow": attributes are bound as before a failed turn; "deep": their contents as well.
    rollback: ClassVar[Literal["shallow", "deep"]] = "shallow"

    def _legacy(self) -> dict[str, Any] | None:
        """Return what the next incarnation starts with; None where that has failed already."""
        if not self._is_proven:
            return None
        return vars(self) if self._before_turn is None else self._before_turn

    def _take_seat(self, seat: Seat, picture: Picture) -> None:
        """Take the place of a former incarnation, or be the first. Called before the start."""
        self._seat = seat
        self._picture = picture
        self._outbox = ViewOutbox(seat.runtime.settings.effects)
        #: The attributes before the turn that is under way, and those that were last shown.
        self._before_turn: dict[str, Any] | None = None
        self._shown: dict[str, Any] | None = None
        #: This incarnation has rendered: what it inherited is sound.
        self._is_proven = False
        self._waits = False
        #: Where `live_patch` wants to go, until the handler that asked for it has ended.
        self._new_address = ""

    # --- the turn -----------------------------------------------------------------

    async def _turn(self, message: object) -> Any:
        """Handle one message; if that raises, leave the attributes as they were."""
        attributes = vars(self)
        before = copy.deepcopy(attributes) if self.rollback == "deep" else attributes.copy()
        mark = self._outbox.mark()
        self._before_turn = before
        answer = None
        try:
            answer = await super()._turn(message)
            if self._new_address:
                await self._follow_address()
        except CrashedOnRequest:
            raise
        except Exception as error:  # noqa: BLE001  # the first step of the crash ladder
            self._fail(message, error, before, mark)
        # Not in a `finally`: whoever ends this actor in mid-turn leaves a state to go back to.
        self._before_turn = None
        return answer

    def _fail(self, message: object, error: Exception, before: dict[str, Any], mark: Mark) -> None:
        """Undo a turn, count it, tell the browser. A bug clicked ten times is ten notices."""
        vars(self).clear()
        vars(self).update(before)
        self._outbox.undo_to(mark)
        self._new_address = ""
        number = message.number if isinstance(message, Event | Navigate) else 0
        if number:
            # The effects of earlier events come first: whoever hears of a failure takes all
            # events before it as done.
            self._drained()
            self._handled(number)
        self._tell_failure(self._report(message, error), number)

    def _report(self, doing: object, error: Exception) -> Report:
        self._seat.failed_turns += 1
        development = self._seat.runtime.settings.is_development
        return report_failure(self, doing, error, is_development=development)

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

    # --- what the browser says ------------------------------------------------------

    @handles(Event)
    async def _on_event(self, event: Event) -> None:
        if event.seen:
            self._seat.replay.seen(event.seen)
        if self._was_handled(event.number):
            return
        handler = find_event_handler(type(self), self._event_handlers, event.name)
        arguments = handler.coerce(event.parameters)
        method = getattr(self, event.name)
        if handler.background:
            self._nursery.start_soon(self._run_beside, method, arguments)
        else:
            await _finished(method(**arguments))
        self._handled(event.number)

    @handles(Navigate)
    async def _on_navigate(self, navigate: Navigate) -> None:
        if not self._was_handled(navigate.number):
            await self._show_address(navigate.url)
            self._handled(navigate.number)

    def _was_handled(self, number: int) -> bool:
        """A browser repeats what was not acknowledged before its socket dropped."""
        if number > self._seat.handled:
            return False
        self._outbox.must_acknowledge = True
        return True

    def _handled(self, number: int) -> None:
        self._seat.handled = number
        self._outbox.must_acknowledge = self._outbox.is_dirty = True

    async def _run_beside(self, method: Callable[..., Any], arguments: dict[str, Any]) -> None:
        """Run a handler beside the turns. Its failure is reported; the page goes on."""
        try:
            await _finished(method(**arguments))
        except Exception as error:  # noqa: BLE001  # the same, beside the turns
            self._tell_failure(self._report(method, error))
        self._changed()

    @handles(Seen)
    def _on_seen(self, seen: Seen) -> None:
        self._seat.replay.seen(seen.sequence)

    @handles(Unbound)
    def _on_unbound(self, unbound: Unbound) -> None:
        self._picture.unbind(unbound.slots)
        self._outbox.is_dirty = True

    # --- coming and going -------------------------------------------------------------

    async def _on_start(self) -> None:
        seat = self._seat
        if seat.inherited is None:
            await self._call("mount", seat.request, **seat.params)
            self._new_address = seat.request.url
            await self._follow_address()
        else:
            vars(self).update(seat.inherited)
        if seat.channel is not None:
            self._tell_restart(seat.channel)
        if seat.nonce and not seat.claimed:
            context = self._context()
            seat.first_html = self._picture.first_html(context, seat.nonce)
            seat.layout_context = context
            self._rendered()
        self._outbox.is_dirty = True
        self._schedule_tick()

    def _tell_restart(self, channel: Channel) -> None:
        """Tell a page that is open that its view has failed and goes on."""
        is_fresh = self._seat.inherited is None
        text = "The view failed and has begun anew." if is_fresh else "The view failed and goes on."
        channel.send(Error("lost" if is_fresh else "restarted", text, view=channel.number))
        wake(self._address)

    async def _on_stop(self, reason: Reason) -> None:
        if self._is_started and reason is not Reason.CRASHED:
            await self._call("unmount")

    @handles(Attach)
    def _on_attach(self, attach: Attach) -> None:
        seat, join, channel = self._seat, attach.join, attach.channel
        former, seat.channel = seat.channel, channel
        seat.visit += 1
        if former is not None and not former.shares_socket_with(channel):
            former.close(CloseCode.NORMAL, "the page came back over another socket")
        missed = seat.missed_since(join.epoch, join.seen)
        if missed is not None:
            self._resume(channel, missed)
        elif join.bound and not seat.claimed:
            seat.begin_epoch()
            root, shapes = self._picture.adopt()
            self._welcome(channel, "adopted", root, shapes)
        else:
            self._send_whole(channel)
        seat.claimed = True
        self._outbox.is_dirty = True

    def _resume(self, channel: Channel, missed: list[bytes]) -> None:
        channel.send(
            Joined(
                "resumed",
                self._seat.epoch,
                view=channel.number,
                sequence=self._seat.sequence - len(missed),
                acknowledged=self._seat.handled,
            )
        )
        for frame in missed:
            channel.send_again(frame)

    def _send_whole(self, channel: Channel) -> None:
        self._seat.begin_epoch()
        context = self._context()
        root, shapes = self._picture.whole(context)
        self._rendered()
        self._welcome(channel, "mounted", root, shapes, title=str(context.get("page_title", "")))

    def _welcome(
        self,
        channel: Channel,
        how: Literal["adopted", "mounted"],
        root: Any,
        shapes: dict[str, Any],
        title: str = "",
    ) -> None:
        seat = self._seat
        channel.send(
            Joined(
                how,
                seat.epoch,
                view=channel.number,
                acknowledged=seat.handled,
                shapes=shapes,
                root=root,
                token=seat.runtime.token_for(seat) if how == "mounted" else "",
                title=title,
                url=seat.request.url if how == "mounted" else "",
            )
        )

    @handles(Detached)
    def _on_detached(self, detached: Detached) -> None:
        seat = self._seat
        if seat.channel is detached.channel:
            seat.channel = None
            seat.visit += 1
            seat.runtime.expire_later(seat, seat.runtime.settings.grace_seconds)

    @handles(Left)
    def _on_left(self, left: Left) -> None:
        if self._seat.channel is left.channel:
            self._seat.channel = None
            self._address.request_stop()

    @handles(Expired)
    def _on_expired(self, expired: Expired) -> None:
        if self._seat.channel is None and self._seat.visit == expired.visit:
            self._address.request_stop()

    @handles(Crash)
    def _on_crash(self, crash: Crash) -> None:
        raise CrashedOnRequest(crash.reason)

    # --- what the application says ------------------------------------------------------

    @handles(Info)
    async def _on_info(self, info: Info) -> None:
        self._outbox.is_dirty = True
        await self._call("handle_info", info.message)

    @handles(Tick)
    async def _on_tick(self, tick: Tick) -> None:
        self._schedule_tick()
        if self._seat.channel is not None:
            self._outbox.is_dirty = True
            await self._call("handle_tick")

    @handles(Wake)
    def _on_wake(self, wake: Wake) -> None:
        self._waits = False

    # --- keeping the browser in step --------------------------------------------------

    def _drained(self) -> None:
        """Show the newest state, if a browser is there and its socket can take a frame."""
        outbox, channel = self._outbox, self._seat.channel
        if channel is None or not (outbox.is_dirty or outbox.must_acknowledge):
            return
        if channel.has_room:
            outbox.send(self._seat, channel, self._render())
        elif not self._waits:
            self._waits = True
            address = self._address
            channel.when_room(lambda: wake(address))

    def _changed(self) -> None:
        """State has changed outside a turn, in a task of this view's nursery."""
        self._outbox.is_dirty = True
        wake(self._address)

    def _render(self) -> Any:
        """Return the patch to the newest state, or to the last one that could be rendered."""
        try:
            patch = self._picture.update(self._context())
        except Exception as error:
            if self._shown is None:
                raise
            report = self._report(self._picture, error)
            vars(self).clear()
            vars(self).update(self._shown)
            patch = self._picture.update(self._context())
            self._tell_failure(report, self._seat.handled)
        self._rendered()
        return patch

    def _rendered(self) -> None:
        self._shown = vars(self).copy()
        self._is_proven = True

    # --- what the author's half offers ------------------------------------------------

    async def _call(self, hook: str, /, *arguments: Any, **named: Any) -> Any:
        """Run one of the author's hooks, `def` or `async def`."""
        return await _finished(getattr(self, hook)(*arguments, **named))

    def _context(self) -> dict[str, Any]:
        raise TypeError(f"{type(self).__name__} is no View: it has no template context.")

    async def _follow_address(self) -> None:
        """Run `handle_params` for `live_patch`; it may ask for yet another address, not for ever."""
        for _ in range(MOST_PATCHES):
            url, self._new_address = self._new_address, ""
            await self._show_address(url)
            if not self._new_address:
                return
        raise RecursionError(
            f"{type(self).__name__}.handle_params called live_patch {MOST_PATCHES} times in a row."
        )

    async def _show_address(self, url: str) -> None:
        raise TypeError(f"{type(self).__name__} is no View: it has no address.")

    def _schedule_tick(self) -> None:
        """Views without an interval need none."""


def wake(address: Address[Any]) -> None:
    """Let a view look whether it has something to send."""
    if address.is_alive:
        address.tell(Wake())


async def _finished(result: Any) -> Any:
    return await result if inspect.isawaitable(result) else result
