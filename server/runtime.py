"""Everything of a live application that runs: its tree of actors, its seats, its clock."""

from __future__ import annotations

import logging
import math
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import trio

from ..actors import (
    ActorEnded,
    Backoff,
    ChildSpec,
    ChildStartFailed,
    Ended,
    Policy,
    Reason,
    Restart,
    StartTimeout,
    Strategy,
    Supervisor,
    open_supervisor,
)
from ..client.messages import Error
from .attendance import Attendance
from .dashboard.records import Records
from .guard import DEFAULT_LOGIN_URL, Guard
from .handlers import suggestion
from .incarnations import Incarnations
from .janitor import Janitor, JanitorActor
from .keeper import KeeperActor, StateKeeper
from .keeping import Keeping
from .nested import Nest, ViewRefusal
from .outside import SETTING_OF, Services
from .rendering.picture import LiveTemplate, LiveTemplates
from .reports import report_failure
from .request import Request, split_url
from .routes import Route, Routes
from .saved_view import SavedView, attributes_since, take_place
from .sealing import StateSealer
from .seat import Seat
from .settings import Settings
from .stores import StateStore
from .template_advice import advise_on_names
from .this_machine import is_this_machine
from .threads import Threads
from .timekeeper import Timekeeper
from .tokens import PageToken, TokenSigner
from .tracing import Tracing
from .view import View
from .view_templates import compile_view

log = logging.getLogger("limelight.runtime")


class ViewDidNotStart(Exception):
    """A view failed in `mount` or in its first render. `id` stands in the log."""

    def __init__(self, text: str, id: str, *, is_late: bool = False) -> None:
        super().__init__(text)
        self.id = id
        #: It did not fail, but took longer than LIVE_MOUNT_SECONDS.
        self.is_late = is_late


class Runtime(Attendance):
    """One running application: made when the server starts, gone when it stops.

    Its tables are touched by the event loop's thread only, and never across an `await`.
    """

    def __init__(
        self,
        settings: Settings,
        routes: Routes,
        templates: LiveTemplates,
        signer: TokenSigner,
        *,
        login_url: str = DEFAULT_LOGIN_URL,
    ) -> None:
        super().__init__(settings)
        #: Who may have which view.
        self.guard = Guard(login_url)
        self.routes = routes
        self.signer = signer
        self.records = Records(self.seats)
        #: Spans of turns, if the application asks for them.
        self.tracing: Tracing | None = None
        #: A turn that takes longer stands in the log.
        self.slow_seconds = settings.slow_turn_seconds or math.inf
        #: What behaviours ask for by name: pub/sub, presence and the like.
        self.services = self._own_services()
        #: For the tasks with which sockets look for their views.
        self.joins: trio.Nursery
        #: The two supervisors below the root; others come in their places if they fail.
        self.running_services: Supervisor
        self.running_views: Supervisor
        self._templates = templates
        self._compiled: dict[type[View], LiveTemplate] = {}
        #: In development: the views whose templates' names were looked at.
        self._looked_at: set[type[View]] = set()
        self._had_views = False
        #: Called when all views have ended though nobody wanted that.
        self.when_views_lost: Callable[[], None] = lambda: None
        #: Saves views beside this process, if there is a store.
        self.keeper: StateKeeper | None = None
        self._outside: tuple[ChildSpec[Any], ...] = ()
        self._store_services: list[ChildSpec[Any]] = []

    def _own_services(self) -> dict[str, Any]:
        settings = self.settings
        disk = Threads(settings.disk_threads, sys.maxsize)
        self._janitor = Janitor(disk)
        if settings.upload_dir:
            # What a former process has left there. Other folders are watched once they are used.
            self._janitor.watch(Path(settings.upload_dir), settings.upload_seconds)
        threads = Threads(settings.background_threads, settings.background_waiting)
        return {"threads": threads, "disk": disk, "janitor": self._janitor}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the tree of actors: services first, then views; end it in the reverse order."""
        children: list[ChildSpec[Any]] = [
            ChildSpec(self._start_services, "services"),
            ChildSpec(self._start_views, "views"),
        ]
        async with (
            open_supervisor(
                Policy(Strategy.REST_FOR_ONE), children, on_event=self.records.on_fact
            ) as self.root,
            trio.open_nursery() as self.joins,
        ):
            yield
            self.joins.cancel_scope.cancel()

    def _start_services(self) -> Supervisor:
        timekeeper = ChildSpec(lambda: Timekeeper(self._alarms), "timekeeper")
        janitor = ChildSpec(lambda: JanitorActor(self._janitor), "janitor")
        children = [timekeeper, janitor, *self._outside, *self._store_services]
        self.running_services = Supervisor(children=children, on_event=self.records.on_fact)
        return self.running_services

    def offer(self, services: Services) -> None:
        """Take in what reaches beyond this process."""
        self.services |= services.named
        self._outside = (*self._outside, *services.children)

    def keep_views(
        self, store: StateStore, sealer: StateSealer, services: Sequence[ChildSpec[Any]]
    ) -> None:
        """Save views in a store, and take them up from it. `services` keep its connection."""
        keeper = StateKeeper(self.settings, store, sealer, self.seats, self._alarms)
        self.keeper = keeper
        self._store_services = [*services, ChildSpec(lambda: KeeperActor(keeper), "state keeper")]

    def _start_views(self) -> Supervisor:
        policy = Policy(
            Strategy.ONE_FOR_ONE,
            max_restarts=self.settings.restarts,
            within_seconds=self.settings.restart_seconds,
            backoff=Backoff(first=0.0),
            per_child=True,
        )
        if self._had_views:
            # Their supervisor has failed, and took them along: their pages must come back.
            self.when_views_lost()
        self._had_views = True
        self.running_views = Supervisor(policy, on_event=self.records.on_fact)
        return self.running_views

    # --- services -----------------------------------------------------------------------

    def service(self, name: str) -> Any:
        """Return a running service; raise LookupError that says what has to be configured."""
        if name in self.services:
            return self.services[name]
        if name in SETTING_OF:
            remedy = f" Set {SETTING_OF[name]} in the environment or in app.config."
        else:
            remedy = suggestion(name, self.services)
        raise LookupError(f'No service "{name}" runs in this application.{remedy}')

    # --- seats ------------------------------------------------------------------------

    async def open_seat(self, route: Route, request: Request, *, nonce: str = "") -> Seat:
        """Start a view and wait until it has mounted, and rendered if its HTML is wanted.

        Raises ViewDidNotStart from what the view's author raised.
        """
        seat = Seat(self, request, route.endpoint, route.params, nonce=nonce)
        seat.view = route.view
        return await self._start(seat)

    async def restore_seat(self, view_id: str, saved: SavedView, request: Request) -> Seat | None:
        """Start a view with what another process has saved; None if that cannot be.

        The log says why; whoever asked can still mount the view anew.
        """
        path, query = split_url(saved.url)
        route = self.routes.match(saved.url)
        if route is None or route.endpoint != saved.endpoint:
            log.warning("a saved view of %s has no route any more", saved.endpoint)
            return None
        new = attributes_since(saved, route.view)
        if new:
            log.info("%s.mount sets %s now: it runs again", route.view.__name__, ", ".join(new))
            return None
        request = replace(request.at(path, query), headers={**saved.headers, **request.headers})
        seat = Seat(self, request, route.endpoint, route.params, id=view_id)
        take_place(seat, saved)
        seat.view = route.view
        if saved.children:
            seat.nest = Nest(seat, saved.children)
        try:
            return await self._start(seat)
        except ViewDidNotStart as failure:
            log.warning("a saved view could not be restored: %s [%s]", failure, failure.id)
            return None

    async def start_child(self, seat: Seat, saved: SavedView | None = None) -> ViewRefusal:
        """Start a nested view; if that fails, return what its page is told. Nobody else notices."""
        if saved is not None:
            take_place(seat, saved)
            if saved.children:
                seat.nest = Nest(seat, saved.children)
        try:
            await self._start(seat)
        except ViewDidNotStart as failure:
            return str(failure), failure.id
        except ActorEnded:
            return "The application is ending.", ""
        return "", ""

    async def _start(self, seat: Seat) -> Seat:
        view = seat.view
        if self.keeper is not None and view.persist != "never":
            seat.keeping = Keeping(self.keeper, view.persist)
        spec = ChildSpec(
            Incarnations(seat, view, self.template_of(view)),
            name=f"view {seat.id}",
            restart=Restart.TRANSIENT,
            start_timeout=self.settings.mount_seconds,
            stop_timeout=self.settings.unmount_seconds,
            mailbox_capacity=self.settings.mailbox,
        )
        try:
            seat.address = await self.running_views.start_child(spec)
            self.seats[seat.id] = seat
            self.records.view_started(seat)
        except ChildStartFailed as failure:
            raise self._did_not_start(view, seat.request, failure) from failure
        finally:
            if seat.id not in self.seats:
                seat.let_go()
        seat.address.watch(seat.ended)
        return seat

    def template_of(self, view: type[View]) -> LiveTemplate:
        """Return the compiled template of a view; raise TypeError if it has none."""
        found = self._compiled.get(view)
        if found is None:
            found = self._compiled[view] = compile_view(self._templates, view)
        return found

    def look_at_names(self, view: View, context: Mapping[str, Any]) -> None:
        """In development: log which names a template has misspelt, at its first page."""
        if self.settings.is_development and type(view) not in self._looked_at:
            self._looked_at.add(type(view))
            advise_on_names(type(view), self.template_of(type(view)), context)

    def _did_not_start(
        self, view: type[View], request: Request, failure: ChildStartFailed
    ) -> ViewDidNotStart:
        cause = failure.__cause__ if isinstance(failure.__cause__, Exception) else failure
        shows_all = self.shows_errors_to(request)
        report = report_failure(view, "mount", cause, is_development=shows_all)
        return ViewDidNotStart(report.text, report.id, is_late=isinstance(cause, StartTimeout))

    def has_ended(self, seat: Seat, ended: Ended) -> None:
        """Forget a seat whose view has ended; a browser that is still there is told."""
        if self.seats.pop(seat.id, None) is not None:
            self.records.view_ended(seat, ended.reason)
        self._waiting.pop(seat.id, None)
        if self.tracing is not None:
            self.tracing.forget(seat)
        if seat.keeping is not None:
            seat.keeping.has_ended(seat)
        if seat.nest is not None:
            seat.nest.end_all(depart=seat.has_departed)
        if seat.channel is not None and ended.reason is not Reason.STOPPED:
            text = "This view has failed too often. It stays down until it is asked for again."
            seat.channel.send(Error("down", text, view=seat.channel.number))

    # --- what views and pages ask ---------------------------------------------------------

    def shows_errors_to(self, request: Request) -> bool:
        """Tell whether a visitor sees tracebacks: in development, on this machine."""
        return self.settings.is_development and is_this_machine(request.client, request.host)

    def token_for(self, seat: Seat) -> str:
        """Return the signed token with which a page finds its view."""
        request = seat.request
        user_id = request.user.auth_id or ""
        parent_id = seat.parent.id if seat.parent is not None else ""
        token = PageToken(seat.id, seat.endpoint, request.session_id, user_id, parent_id)
        return self.signer.write(token)

    def require_same_route(self, seat: Seat, url: str) -> Mapping[str, Any]:
        """Return the parameters of an address of the same view; raise ValueError for others."""
        if seat.parent is not None:
            raise ValueError(
                "A nested view has no address of its own, so live_patch has nothing to change. The "
                "view around it does; it hands the new state down as parameters."
            )
        if url == seat.request.url:
            return seat.params
        route = self.routes.match(url)
        if route is None or route.endpoint != seat.endpoint:
            raise ValueError(
                f"{url!r} does not belong to this view. live_patch stays within one view; "
                "use live_redirect to go to another."
            )
        return route.params
