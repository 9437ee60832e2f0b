"""How a socket comes to its view: the waiting one is adopted, a lost one is mounted anew."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial

import trio

from ..actors import ActorEnded
from ..client.messages import CloseCode, Join, Moved, Navigate
from .draining import seconds_until_return
from .guard import own_path
from .log_facts import fact
from .logins import Logins
from .reports import cleaned, report_failure
from .request import split_url
from .runtime import Runtime, ViewDidNotStart
from .saved_view import renewal_of
from .seat import Seat
from .settings import Settings
from .socket import Socket
from .state_errors import StateNotLoadable
from .stores import StoreUnavailable
from .tokens import AnotherUser, PageToken, TokenRefused
from .view_messages import Attach, Authorise

log = logging.getLogger("limelight.sockets")

#: A page comes back so soon while the store does not answer.
AWAY_SECONDS = 1.0
LOST = "The server has lost this view; it begins anew."


class Joining:
    """Serves the joins of all sockets, in tasks of the runtime's own nursery."""

    def __init__(self, runtime: Runtime, logins: Logins) -> None:
        self._runtime = runtime
        self._logins = logins

    @property
    def settings(self) -> Settings:
        return self._runtime.settings

    def begin(self, socket: Socket, join: Join) -> None:
        """Look the view up, or mount it. The socket's other views go on meanwhile."""
        work = partial(self._join, socket, join)
        self._runtime.joins.start_soon(self._safely, work, socket, join.view, 0)

    def begin_move(self, socket: Socket, seat: Seat, navigate: Navigate) -> None:
        """Put another view in this one's place."""
        work = partial(self._move, socket, seat, navigate)
        self._runtime.joins.start_soon(self._safely, work, socket, navigate.view, navigate.number)

    def is_welcome(self, seat: Seat) -> bool:
        """Ask the guard once more; a view whose user may not have it any more ends."""
        try:
            is_welcome = self._runtime.guard.refusal(seat.view, seat.request) is None
        except Exception:  # noqa: BLE001  # the view asks once more, and reports it
            is_welcome = False
        if not is_welcome and seat.is_alive:
            seat.address.tell(Authorise(seat.request.user))
        return is_welcome

    def stays_in_view(self, seat: Seat, navigate: Navigate) -> bool:
        """Tell whether an address is still this view's own, so that it is only patched.

        Raises ValueError for an address that is no path on this site.
        """
        route = self._runtime.routes.match(navigate.url)
        if navigate.kind != "patch":
            return False
        return route is not None and route.endpoint == seat.endpoint

    async def _join(self, socket: Socket, join: Join) -> None:
        await self._identify(socket)
        if self._is_leaving:
            self._send_home(socket)
            return
        try:
            token = self._runtime.signer.read(join.token, socket.request)
        except TokenRefused as refused:
            self._refuse_token(socket, join, refused)
            return
        if token.parent_id:
            await self._join_child(socket, join, token)
            return
        if not socket.has_room_for(join.view):
            return
        seat = self._runtime.seats.get(token.view_id)
        if self._is_refused(socket, join, token):
            if seat is not None and seat.may_be_taken_by(join):
                self._runtime.let_go(seat)
        elif seat is not None and seat.may_be_taken_by(join):
            await self._return(socket, seat, join, token)
        elif not await self._restore(socket, join, token):
            await self._mount(socket, join, token)

    async def _safely(
        self, work: Callable[[], Awaitable[None]], socket: Socket, number: int, handled: int
    ) -> None:
        """What the application's loader or guard raises stays with the page that asked."""
        try:
            await work()
        except Exception as error:  # noqa: BLE001  # whatever the application raises
            shows_all = self._runtime.shows_errors_to(socket.request)
            report = report_failure(self, "join", error, is_development=shows_all)
            socket.refuse_join(number, "down", report.text, event=handled, id=report.id)

    async def _identify(self, socket: Socket) -> None:
        """Find out who the socket's user is now."""
        with trio.fail_after(self.settings.mount_seconds):
            socket.identify(await self._logins.user_of_cookie(socket.cookie))

    def _refuse_token(self, socket: Socket, join: Join, refused: TokenRefused) -> None:
        self._note_refusal(socket, str(refused))
        if isinstance(refused, AnotherUser) and join.epoch:
            # Somebody has logged out, or in, while the page was shown: it has to be another one.
            # Not at a first join, where the next page would be refused just as this one.
            self._runtime.let_go_of(refused.view_id, join)
            socket.send_away(join.view, own_path(join.url))
        else:
            socket.refuse_join(join.view, "refused", str(refused))
            socket.close(CloseCode.FORBIDDEN, "the page's token is not valid", again=False)

    def _note_refusal(self, socket: Socket, text: str) -> None:
        user, client = socket.request.user.auth_id, socket.request.client
        told = fact("join_refused", user=user, client=client)
        log.warning("join refused: %s", cleaned(text), extra=told)

    def _is_refused(self, socket: Socket, join: Join, token: PageToken) -> bool:
        """Ask the guard of a page's view, and tell the browser if it says no."""
        view = self._runtime.routes.view_of(token.endpoint)
        try:
            path, query = split_url(join.url)
        except ValueError:
            path, query = "/", ""
        if view is None:
            return False
        refusal = self._runtime.guard.refusal(view, socket.request.at(path, query))
        if isinstance(refusal, Moved):
            self._note_refusal(socket, "whoever asks has to log in")
            socket.send_away(join.view, refusal.to)
        elif refusal is not None:
            self._note_refusal(socket, refusal.message)
            socket.refuse_join(join.view, refusal.kind, refusal.message)
        return refusal is not None

    async def _join_child(self, socket: Socket, join: Join, token: PageToken) -> None:
        """A nested view is found through the one around it, which may be joining just now."""
        await socket.wait_for_joins_before(join.view)
        parent = self._runtime.seats.get(token.parent_id)
        nest = parent.nest if parent is not None and parent.may_be_taken_by(join) else None
        child = await nest.find(token.view_id) if nest is not None else None
        seat = child.seat if child is not None else None
        if nest is not None and seat is not None and not seat.can_go_on_with(join):
            child = await nest.find(token.view_id, anew=True)
            seat = child.seat if child is not None else None
        if child is None or seat is None:
            # The page will soon hear that this view stands in it no more.
            socket.forget_join(join.view)
        elif not seat.is_alive:
            text, id = child.refusal
            socket.refuse_join(join.view, "down", text, id=id)
        elif self._runtime.guard.refusal(seat.view, socket.request) is not None:
            self._runtime.let_go(seat)
            socket.refuse_join(join.view, "forbidden", "403: You may not see this any more.")
        else:
            self._attach(socket, seat, join)

    async def _return(self, socket: Socket, seat: Seat, join: Join, token: PageToken) -> None:
        """The page has found its view; what it cannot be shown again is made anew."""
        if not seat.can_go_on_with(join):
            self._runtime.let_go(seat)
            await self._mount(socket, join, token)
        else:
            self._attach(socket, seat, join)

    async def _restore(self, socket: Socket, join: Join, token: PageToken) -> bool:
        """Go on with a view of another process, or of this one before it was started anew."""
        keeper = self._runtime.keeper
        if keeper is None:
            return False
        try:
            saved = await keeper.take(
                token, join, lambda: not (socket.has_ended or keeper.is_leaving)
            )
        except (StateNotLoadable, StoreUnavailable) as error:
            saved = None
            if not keeper.is_leaving:
                log.warning("a view could not be taken over: %s", cleaned(str(error)))
                if isinstance(error, StoreUnavailable) and keeper.may_answer_soon:
                    self._send_home(socket, AWAY_SECONDS, "the store of views is away")
                    return True
        if keeper.is_leaving:
            # A view that began anew here would end at once, and what was saved be forgotten.
            self._send_home(socket)
            return True
        if saved is None:
            # A page that is on another socket by now must not get a second view.
            return socket.has_ended
        seat = await self._runtime.restore_seat(token.view_id, saved, socket.request)
        if seat is None:
            view = self._runtime.routes.view_of(token.endpoint)
            await self._mount(socket, join, token, renewal_of(saved, view) or LOST)
            return True
        seat.loss = saved.loss_for(join)
        self._attach(socket, seat, join)
        return True

    @property
    def _is_leaving(self) -> bool:
        keeper = self._runtime.keeper
        return keeper is not None and keeper.is_leaving

    def _send_home(
        self, socket: Socket, after: float = 0.0, why: str = "the server restarts"
    ) -> None:
        """The page finds its view in another process, or in this one a little later."""
        if not socket.has_ended:
            socket.send_home(after or seconds_until_return(self.settings, 1), why)

    async def _mount(self, socket: Socket, join: Join, token: PageToken, loss: str = LOST) -> None:
        """The view is gone: start it anew at the address where the page is."""
        seat = await self._open(socket, join.view, join.url, handled=0)
        if seat is not None and join.epoch:
            seat.loss = loss
        if seat is not None and seat.endpoint != token.endpoint:
            log.info("a page of %s came back at an address of %s", token.endpoint, seat.endpoint)
        if seat is not None:
            self._attach(socket, seat, join)

    async def _move(self, socket: Socket, former: Seat, navigate: Navigate) -> None:
        await self._identify(socket)
        seat = await self._open(socket, navigate.view, navigate.url, handled=navigate.number)
        if seat is not None:
            self._attach(socket, seat, Join("", navigate.url, view=navigate.view, page=former.page))

    async def _open(self, socket: Socket, number: int, url: str, *, handled: int) -> Seat | None:
        """Start a view for an address; if that cannot be, tell the browser and return None."""
        try:
            path, query = split_url(url)
            route = self._runtime.routes.match(url)
        except ValueError as error:
            socket.refuse_join(number, "refused", str(error), event=handled)
            return None
        if route is None:
            socket.send_away(number, url)
            return None
        request = socket.request.at(path, query)
        refusal = self._runtime.guard.refusal(route.view, request)
        if refusal is not None:
            # A page of its own says it best: where to log in, or a 403.
            socket.send_away(number, refusal.to if isinstance(refusal, Moved) else own_path(url))
            return None
        try:
            seat = await self._runtime.open_seat(route, request)
        except ViewDidNotStart as failure:
            socket.refuse_join(number, "down", str(failure), event=handled, id=failure.id)
            return None
        seat.handled = handled
        return seat

    def _attach(self, socket: Socket, seat: Seat, join: Join) -> None:
        channel = socket.take_in(seat, join.view)
        if channel is None:
            self._runtime.expire_later(seat, self.settings.grace_seconds)
            return
        self._runtime.claimed(seat)
        try:
            seat.address.tell(Attach(channel, join, socket.request.user))
        except ActorEnded:
            socket.refuse_join(join.view, "down", "The view has just ended. Try again.")
