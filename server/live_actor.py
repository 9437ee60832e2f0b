"""The actor within a view: it hears its browser and the application, and answers."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

import trio

from ..actors import Reason, handles
from ..client.messages import Error, Event, Navigate, Seen, Signal, Unbound
from .attachment import AttachedActor
from .guard import refuse
from .handlers import EventHandler, find_event_handler
from .log_facts import view_at_work
from .nested import no_view_here
from .seat import Channel
from .turns import CrashedOnRequest, finished, wake
from .view_messages import (
    Authorise,
    ChildParams,
    Crash,
    Depart,
    GetState,
    Info,
    Replayed,
    Rest,
    Save,
    Tick,
    Wake,
)


class LiveActor(AttachedActor):
    """What every view does without its author: it answers its browser and the application."""

    __slots__ = ()

    _event_handlers: ClassVar[dict[str, EventHandler]] = {}

    async def _turn(self, message: object) -> Any:
        """Let no message of the browser in whose user may not have this view any more."""
        if isinstance(message, Event | Navigate) and self._is_refused(message.number):
            return None
        if isinstance(message, Replayed) and self._is_refused():
            return None
        tracing = self._seat.runtime.tracing
        if tracing is None:
            return await super()._turn(message)
        with tracing.turn(self._seat, message) as turn:
            answer = await super()._turn(message)
            turn.end(answer)
            return answer

    def _is_refused(self, number: int = 0) -> bool:
        """Ask the guard once more; if it says no, tell the browser and end the view."""
        seat = self._seat
        try:
            refusal = seat.runtime.guard.refusal(type(self._as_view()), seat.request)
        except Exception as error:  # noqa: BLE001  # whatever an account's has_perm raises
            if number:
                self._handled(number)
            self._tell_failure(self._report("the guard", error), number)
            return True
        if refusal is None:
            return False
        channel, seat.channel = seat.channel, None
        if channel is not None:
            refuse(channel, refusal, number)
        self._address.request_stop()
        return True

    @handles(Authorise)
    def _on_authorise(self, authorise: Authorise) -> None:
        self._seat.request = self._seat.request.by(authorise.user)
        self._is_refused()

    # --- what the browser says ------------------------------------------------------

    @handles(Event)
    async def _on_event(self, event: Event) -> None:
        if event.seen:
            self._seat.replay.seen(event.seen)
        if self._was_handled(event.number):
            return
        handler = find_event_handler(type(self), self._event_handlers, event.name)
        arguments = handler.coerce(event.parameters)
        if not self._holds_back(event):
            running = self._run_handler(handler, arguments)
            if running is not None:
                await running
        self._handled(event.number)

    def _run_handler(
        self, handler: EventHandler, arguments: dict[str, Any]
    ) -> Awaitable[Any] | None:
        """Call the handler; return what is left to wait for."""
        method = getattr(self, handler.name)
        if handler.background:
            self._nursery.start_soon(self._run_beside, method, arguments)
            return None
        result = method(**arguments)
        return None if result is None or not inspect.isawaitable(result) else result

    async def _replay(self, event: Event) -> None:
        """Run the handler of an event that was held back, in a turn of its own."""
        before = self._before_turn
        await self._turn(Replayed(event))
        self._turns.before = before

    @handles(Replayed)
    async def _on_replayed(self, replayed: Replayed) -> None:
        event = replayed.event
        handler = find_event_handler(type(self), self._event_handlers, event.name)
        self._outbox.is_dirty = True
        running = self._run_handler(handler, handler.coerce(event.parameters))
        if running is not None:
            await running

    @handles(Navigate)
    async def _on_navigate(self, navigate: Navigate) -> None:
        if not self._was_handled(navigate.number):
            self._outbox.followed_browser()
            await self._show_address(navigate.url)
            self._handled(navigate.number)

    def _was_handled(self, number: int) -> bool:
        """A browser repeats what was not acknowledged before its socket dropped."""
        if self._seat.was_restored:
            self._tell_what_was_lost(number)
        if number > self._seat.handled:
            return False
        self._outbox.must_acknowledge = True
        return True

    def _tell_what_was_lost(self, number: int) -> None:
        """A page repeats whatever was not acknowledged: events between were done, and are gone."""
        self._seat.was_restored = False
        lost = number - self._seat.handled - 1
        if lost > 0 and not self._seat.is_loss_told:
            self._tell_loss(f"The server was interrupted; the last events ({lost}) were lost.")

    async def _run_beside(self, method: Callable[..., Any], arguments: dict[str, Any]) -> None:
        """Run a handler beside the turns. Its failure is reported; the page goes on."""
        try:
            await finished(method(**arguments))
        except Exception as error:  # noqa: BLE001  # the same, beside the turns
            self._tell_failure(self._report(method, error))
        self._changed()

    @handles(Signal)
    async def _on_signal(self, signal: Signal) -> None:
        """Nothing is rendered for it: what it changes is seen with the next render."""
        await finished(self._signalled(signal.name, signal.payload))

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
        # What is written to the log in this task, and in those that it starts, is of this view.
        view_at_work.set(seat)
        # Whoever starts it knows the address later, and turns may come before.
        seat.address = self._address
        if seat.saved is not None and seat.keeping is not None:
            saved, seat.saved = seat.saved, None
            seat.keeping.restore(self._as_view(), saved)
            self._picture.whole(self._context())  # Show that it can be rendered, or fail here.
            await self._nested_views()
        elif seat.inherited is None:
            await self._call("mount", seat.request, **seat.params)
            self._turns.new_address = seat.request.url
            await self._follow_address()
            await finished(self._begin())
        else:
            vars(self).update(seat.inherited)
        if seat.channel is not None:
            self._tell_restart(seat.channel)
        if seat.nonce and not seat.claimed:
            context = self._context()
            seat.first_html = self._picture.first_html(context, seat.nonce)
            seat.runtime.look_at_names(self._as_view(), context)
            seat.layout_context = {**context, "live_view": no_view_here}
            seat.first_head = self._head()
            self._rendered()
            seat.first_html = await self._finish_html(seat.first_html)
            await self._nested_views()
            if seat.keeping is not None:
                # The browser's socket may come to another process than its page came from.
                await seat.keeping.store(self._as_view())
        self._outbox.is_dirty = True
        self._schedule_tick()
        # What was told to this view meanwhile is handled before anybody hears that it started.
        seat.address = self._address

    async def _nested_views(self) -> None:
        """Let the views within this one start along with it, as far as they are quick."""
        seat = self._seat
        if seat.nest is not None:
            seat.nest.settle(self._picture.plain_html)
            await seat.nest.wait_ready(seat.runtime.settings.mount_seconds / 2)
            seat.first_html = seat.nest.filled(seat.first_html)

    def _tell_restart(self, channel: Channel) -> None:
        """Tell a page that is open that its view has failed and goes on."""
        is_fresh = self._seat.inherited is None
        text = "The view failed and has begun anew." if is_fresh else "The view failed and goes on."
        channel.send(Error("lost" if is_fresh else "restarted", text, view=channel.number))
        # What was handled may have been what killed the view: it must not be sent again.
        self._outbox.must_acknowledge = True
        wake(self._address)

    async def _on_stop(self, reason: Reason) -> None:
        if self._is_started and reason is not Reason.CRASHED:
            await self._close()
            if not self._seat.has_departed:
                await self._call("unmount")

    @handles(Save)
    def _on_save(self, save: Save) -> None:
        if self._seat.keeping is not None:
            self._seat.keeping.save(self._as_view())

    @handles(Rest)
    def _on_rest(self, rest: Rest) -> None:
        """Hold less of a page that has not changed for a while; the next change pays for it."""
        seat, settings = self._seat, self._seat.runtime.settings
        idle = trio.current_time() - seat.rendered_at
        seat.is_rest_planned = idle < settings.drop_seconds
        if seat.is_rest_planned:
            if idle >= settings.rest_seconds:
                self._picture.rest()
                idle = 0.0
            self._plan_rest(settings.rest_seconds - idle)
        elif seat.claimed and not seat.shows_once:
            self._picture.rest(drop=True)

    @handles(Depart)
    async def _on_depart(self, depart: Depart) -> None:
        """Another process goes on with this view, if it could be saved; here it ends."""
        seat, keeping = self._seat, self._seat.keeping
        if keeping is not None and depart.is_saved:
            seat.has_departed = await keeping.depart(self._as_view())
        elif keeping is not None:
            keeping.stop()
            seat.has_departed = True
        channel, seat.channel = seat.channel, None
        if channel is not None and depart.ends_socket:
            channel.send_home()
        self._address.request_stop()

    @handles(Crash)
    def _on_crash(self, crash: Crash) -> None:
        self._turns.is_proven = self._turns.is_proven and crash.keeps_state
        raise CrashedOnRequest(crash.reason)

    @handles(GetState)
    def _on_get_state(self, question: GetState) -> dict[str, Any]:
        return dict(vars(self))

    @handles(ChildParams)
    async def _on_child_params(self, given: ChildParams) -> None:
        self._seat.params = given.params
        self._outbox.is_dirty = True
        await self._call("handle_params", dict(given.params), self._seat.request.url)

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
        self._turns.waits = False
