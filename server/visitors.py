"""Ends the sockets of users who have left, on every node, and asks again who is still welcome."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import trio

from ..actors import Actor, Reason
from ..client.messages import CloseCode
from .logins import Logins
from .request import User
from .runtime import Runtime
from .view_messages import Authorise

if TYPE_CHECKING:
    from .socket import Socket

log = logging.getLogger("limelight.logins")

TOPIC = "limelight.logins"
#: Sockets that are looked at between two looks at everything else that waits.
AT_A_TIME = 100


class Visitors:
    """Who is connected to this process. Touched by the event loop's thread only."""

    def __init__(self, runtime: Runtime, logins: Logins, sockets: Iterable[Socket]) -> None:
        self._runtime = runtime
        self._logins = logins
        self._sockets = sockets
        logins.on_logout = self.tell_all_nodes

    def tell_all_nodes(self, user_id: str, session_id: str | None = None, digest: str = "") -> None:
        """End a user's sockets everywhere; with a session, that session's views as well.

        A session that is "" has been forgotten by the logout: then all of the user's views end.
        """
        message = {"user": user_id, "session": session_id, "cookie": digest}
        self._runtime.service("pubsub").publish(TOPIC, message)

    def take_leave(self, message: Any) -> None:
        """Somebody has logged out, or was sent away, here or on another node."""
        user_id, session_id = message["user"], message["session"]
        if message["cookie"]:
            self._logins.revoke(message["cookie"])
        if session_id is not None:
            for seat in tuple(self._runtime.seats.values()):
                request = seat.request
                is_of_session = not session_id or request.session_id == session_id
                if request.user.auth_id == user_id and is_of_session:
                    self._runtime.let_go(seat)
        for socket in tuple(self._sockets):
            if socket.request.user.auth_id == user_id:
                socket.close(CloseCode.NORMAL, "the user was disconnected")

    def have_missed_some(self) -> None:
        """Somebody may have logged out unheard: who comes back shows the cookie once more."""
        for socket in tuple(self._sockets):
            if socket.cookie:
                socket.send_home(random.uniform(0, self._runtime.settings.return_seconds))

    async def recheck(self) -> None:
        """Ask of every socket whether its user may still be there, and may still see its views."""
        users: dict[str, User | None] = {}
        for index, socket in enumerate(tuple(self._sockets)):
            if index % AT_A_TIME == 0:
                await trio.lowlevel.checkpoint()
            if not socket.cookie:
                continue
            if socket.cookie not in users:
                users[socket.cookie] = await self._user_of(socket.cookie)
            user = users[socket.cookie]
            if user is not None:
                self._recheck(socket, user)

    async def _user_of(self, cookie: str) -> User | None:
        """Return None where the application could not tell: nobody is sent away for that."""
        try:
            with trio.fail_after(self._runtime.settings.mount_seconds):
                return await self._logins.user_of_cookie(cookie)
        except Exception as error:  # noqa: BLE001  # whatever the application's loader raises
            log.warning("a user could not be looked up again: %r", error)
            return None

    def _recheck(self, socket: Socket, user: User) -> None:
        known = socket.request.user
        if user.auth_id != known.auth_id:
            # Its page comes back, and is told to load anew as whoever it is now.
            if socket.seats:
                socket.close(CloseCode.NORMAL, "the user is not logged in any more")
            return
        for seat in socket.seats:
            if user != known and seat.address.is_alive:
                seat.address.tell(Authorise(user))
        socket.identify(user)


class VisitorsActor(Actor):
    """Listens for logouts, and looks at all sockets every LIVE_RECHECK_SECONDS."""

    def __init__(self, visitors: Visitors, runtime: Runtime) -> None:
        self._visitors = visitors
        self._runtime = runtime

    async def started(self) -> None:
        pubsub = self._runtime.service("pubsub")
        visitors = self._visitors
        self._subscription = pubsub.subscribe(TOPIC, visitors.take_leave, visitors.have_missed_some)
        self._nursery.start_soon(self._recheck_for_ever)

    async def stopped(self, reason: Reason) -> None:
        self._subscription.cancel()

    async def _recheck_for_ever(self) -> None:
        while True:
            await trio.sleep(self._runtime.settings.recheck_seconds)
            await self._visitors.recheck()
