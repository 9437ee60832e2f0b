"""One page of one browser: its HTML, its live view, its address, and what the user asked of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self
from urllib.parse import urljoin

import trio

from .document import Document, PageError, attribute_of
from .gestures import Call, Visit, Wish
from .history import Arrival, History
from .inputs import UserInput
from .link import EventFailed, Link, Pending, PushedEvent
from .messages import (
    CloseCode,
    Error,
    Frame,
    Join,
    Joined,
    Leave,
    Moved,
    Navigate,
    Signal,
    ToBrowser,
)
from .nesting import Nesting
from .reactions import recovery_calls
from .socket import Visitor

LIVE_PLACE = "<!--limelight-live-place-->"


class Session(Nesting):
    """What the verbs of a page stand on. Made by `connect` and `open_view`."""

    def __init__(
        self,
        visitor: Visitor,
        nursery: trio.Nursery,
        *,
        answer_seconds: float = 30.0,
        heartbeat_seconds: float = 20.0,
        follow: bool = True,
    ) -> None:
        super().__init__(
            nursery, answer_seconds=answer_seconds, heartbeat_seconds=heartbeat_seconds
        )
        #: What went wrong, as the server said it, oldest first.
        self.errors: list[Error] = []
        self._visitor = visitor
        self._follow = follow
        self._history = History()
        self._user = UserInput()
        self._link: Link | None = None
        self._socket_path = ""
        self._is_joined = False
        #: The user has lost the socket on purpose: what is done now waits.
        self._is_away = False
        self._follow_ups: list[Pending] = []
        self._loads_begun = self._loads_ended = 0
        self._load_failure: PageError | None = None
        self._around = ("", "")
        self._static_title = ""
        self._document: Document | None = None
        self._sending = trio.Lock()
        self._nested = {}

    def _another_page(self, token: str) -> Self:
        child = type(self)(
            self._visitor, self._nursery, answer_seconds=self._answer_seconds, follow=self._follow
        )
        child._link = Link(token)
        child._link.page = self.link.page
        child._history = self._history
        return child

    # --- what the page is --------------------------------------------------------------

    @property
    def path(self) -> str:
        """Path and query, as the address bar shows them."""
        return self._history.url

    @property
    def title(self) -> str:
        """The title of the tab: what the view last set, else what the page came with."""
        return (self._link.title if self._link else "") or self._static_title

    @property
    def is_connected(self) -> bool:
        """The socket is open, and the view has answered the join."""
        return self._socket is not None and self._is_joined

    @property
    def link(self) -> Link:
        """The live view's side of the wire."""
        if self._link is None:
            raise PageError(f"{self.path} is no live page: nothing in it has dj-view and dj-token.")
        return self._link

    @property
    def events(self) -> list[PushedEvent]:
        """What the view sent with `push_event`, oldest first."""
        return self.link.events

    @property
    def html(self) -> str:
        """The live view's HTML, without what the layout puts around it."""
        return self.link.html()

    @property
    def document(self) -> Document:
        """The page as it is now, layout included; nested views are pages of their own."""
        if self._document is None:
            live = self._link.html() if self._link else ""
            self._document = Document(live.join(self._around))
        return self._document

    # --- coming and going ---------------------------------------------------------------

    async def load(self, url: str, arrival: Arrival = "push") -> None:
        """Load a page as the address bar does: a GET, then the socket of its live view."""
        await self._load(url, arrival)
        await self._finish_loads()

    async def _load(self, url: str, arrival: Arrival) -> None:
        await self.leave()
        answer = await self._visitor.get(urljoin(self.path or "/", url))
        if answer.status >= 400:
            said = Document(answer.html).text()[:500]
            raise PageError(f"GET {answer.url} was answered with status {answer.status}: {said}")
        self._history.loaded(answer.url, arrival)
        self._user = UserInput()
        self._take_page(Document(answer.html))
        if self._link is not None:
            await self._connect()

    def _take_page(self, page: Document) -> None:
        """Keep what surrounds the live view, so that the document is always the whole page."""
        title = page.find_all("title")
        self._static_title = title[0].text().strip() if title else ""
        sockets = page.find_all('meta[name="limelight-socket"]')
        self._socket_path = (attribute_of(sockets[0], "content") or "") if sockets else ""
        roots = page.find_all("[dj-view][dj-token]")
        self._link = Link(attribute_of(roots[0], "dj-token") or "") if roots else None
        if roots:
            roots[0].inner_html = LIVE_PLACE
        before, _, after = (page.parsed.html or "").partition(LIVE_PLACE)
        self._around = (before, after)
        self._page_changed()

    async def _connect(self) -> None:
        if not self._socket_path:
            raise PageError(
                f'{self.path} has a live view but no <meta name="limelight-socket">. '
                "Its layout needs {{ live_head }}."
            )
        socket = await self._visitor.open_socket(self._socket_path)
        self._is_joined = self._is_away = False
        self._hold(socket, is_followed=self._follow)
        if self._follow:
            await self._join()

    async def _join(self) -> None:
        errors_before, loads_before = len(self.errors), self._loads_begun
        await self._send_or_lose(self.join_message())
        await self._until(
            lambda: (
                (self._is_joined and self._children_are_there)
                or len(self.errors) > errors_before
                or self._loads_begun > loads_before
            ),
            "the join was not answered",
        )
        if not self._is_joined and self._loads_begun == loads_before:
            raise EventFailed(self.errors[-1])

    async def _finish_loads(self) -> None:
        """Wait until the page is there to which the server has sent this one."""
        await self._until(lambda: self._loads_ended == self._loads_begun, "a page did not load")
        failure, self._load_failure = self._load_failure, None
        if failure is not None:
            raise failure

    async def _join_quietly(self) -> None:
        """A nested view joins by itself; what goes wrong stays with it."""
        try:
            await self._join()
        except PageError:
            self._has_failed_to_join = True
        self._is_joining = False
        self._top._wake()

    def join_message(self) -> Join:
        """Return what this page says when it joins."""
        link = self.link
        return Join(link.token, self.path, epoch=link.epoch, page=link.page, seen=link.seen)

    async def disconnect(self) -> None:
        """Lose the socket, as a train does in a tunnel. What is done now waits for `reconnect`."""
        await self._go_away(CloseCode.NORMAL)

    async def reconnect(self) -> None:
        """Come back: join again, repeat what was not acknowledged, and wait for its effect."""
        if self._socket is not None:
            await self.disconnect()
        waiting = self.link.waiting()
        await self._connect()
        await self._finish_loads()
        await self._answers(waiting)

    async def leave(self) -> None:
        """Leave the page, as a closed tab does: the view ends at once."""
        if self._is_joined and self._follow:
            await self._send_or_lose(Leave())
        await self._go_away(CloseCode.GOING_AWAY)
        self._end_children()
        if self._link is not None:
            self._link.end()

    async def _go_away(self, code: int) -> None:
        self._is_away = True
        self._is_joined = False
        await self._let_go(code)

    # --- what the user asks for ------------------------------------------------------------

    async def _perform(self, wishes: list[Wish]) -> None:
        """Send what was asked for, in order, and wait until the server has answered it all."""
        pendings: list[Pending] = []
        async with self._sending:
            for wish in wishes:
                if isinstance(wish, Visit) and (wish.kind == "page" or self._link is None):
                    await self.load(wish.url, wish.arrival)
                else:
                    pendings.append(self._numbered(wish))
                    await self._send_if_here(pendings[-1])
        await self._answers(pendings)

    def _numbered(self, wish: Wish) -> Pending:
        if isinstance(wish, Call):
            pending = self.link.call(wish.name, wish.parameters)
            number = pending.message.number
            self._user.carry(self.document, wish.carries, number, is_submit=wish.is_submit)
            return pending
        url = urljoin(self.path, wish.url)
        if wish.kind == "redirect":
            return self.link.navigate(url, "redirect", wish.arrival)
        return self.link.navigate(url, "patch", wish.arrival)

    async def _send_if_here(self, pending: Pending) -> None:
        """Send now, or keep for `reconnect` if the user is away."""
        if self._socket is not None:
            await self._send_paced(pending.next_message())
        elif not self._is_away:
            raise self._lost_error()

    async def _answers(self, pendings: list[Pending]) -> None:
        if self._is_away:
            return
        answered: list[Pending] = []
        for pending in pendings:
            await self._answer(pending, "the server did not acknowledge an event")
        # A redirect follows the acknowledgement of the event that asked for it.
        if self._socket is not None:
            await self._hear_out()
        while self._top._follow_ups:
            answered.append(self._top._follow_ups.pop(0))
            await self._answer(answered[-1], "the server did not answer a redirect")
        await self._top._finish_loads()
        await self._until(lambda: self._children_are_there, "a nested view did not join")
        for pending in pendings + answered:
            if pending.error is not None:
                raise EventFailed(pending.error)

    async def _answer(self, pending: Pending, problem: str) -> None:
        await self._until(lambda: pending.is_done, problem)

    def _may_still_answer(self) -> bool:
        top = self._top
        return super()._may_still_answer() or top._loads_begun > top._loads_ended

    # --- what the server says -------------------------------------------------------------

    def _take(self, message: ToBrowser) -> None:
        if isinstance(message, Frame):
            self._take_frame(message)
        elif isinstance(message, Joined):
            self._take_joined(message)
        elif isinstance(message, Error):
            self.errors.append(message)
            self.link.failed(message)
        elif isinstance(message, Moved):
            self._take_move(message)
        elif isinstance(message, Signal):
            self.link.signals.append((message.name, message.payload))

    def _take_joined(self, joined: Joined) -> None:
        is_return, waiting = bool(self.link.how), self.link.waiting()
        self._is_joined = True
        self._follow_addresses(lambda: self.link.joined(joined))
        if joined.url:
            self._history.patched(joined.url, "replace")
        self.errors += self.link.give_up()
        again = self.link.waiting()
        has_moved = any(one.is_done and one.url is not None for one in waiting)
        if joined.how == "mounted" and is_return and not has_moved:
            again += self._recovered()
        self._nursery.start_soon(self._send_all, again)
        self._page_changed()

    def _recovered(self) -> list[Pending]:
        """What the user had typed survives a view that had to start anew: it is told again."""
        self._document = None
        calls = [
            call
            for control in self._user.recover(self.document)
            for call in recovery_calls(self.document, self._user, control)
        ]
        recovered = [self._numbered(call) for call in calls]
        self._follow_ups += recovered
        return recovered

    def _take_frame(self, frame: Frame) -> None:
        self._follow_addresses(lambda: self.link.frame(frame))
        while self.link.moves:
            self._take_move(self.link.moves.pop(0))
        report = self.link.seen_report()
        if report is not None:
            self._nursery.start_soon(self._send_or_lose, report)
        self._page_changed()

    def _follow_addresses(self, apply: Callable[[], None]) -> None:
        """Apply what may end events; the address follows the navigations that succeeded."""
        waiting = self.link.waiting()
        apply()
        for pending in waiting:
            if pending.is_done and pending.url is not None:
                self._note_address(pending)

    def _note_address(self, pending: Pending) -> None:
        navigation = pending.message
        if isinstance(navigation, Navigate) and pending.error is None:
            is_patch = navigation.kind == "patch"
            note = self._history.patched if is_patch else self._history.redirected
            note(navigation.url, pending.arrival)

    def _take_move(self, moved: Moved) -> None:
        if self._parent is not None:
            self._top._take_move(moved)
            return
        arrival: Arrival = "replace" if moved.replace else "push"
        if moved.kind == "patch":
            self._history.patched(moved.to, arrival)
        elif moved.kind == "redirect":
            pending = self.link.navigate(urljoin(self.path, moved.to), "redirect", arrival)
            self._follow_ups.append(pending)
            self._nursery.start_soon(self._send_all, [pending])
        else:
            self._loads_begun += 1
            self._nursery.start_soon(self._load_moved, moved.to, arrival)

    async def _send_all(self, pendings: list[Pending]) -> None:
        async with self._sending:
            for pending in pendings:
                if self._socket is not None and not pending.is_done:
                    await self._send_paced(pending.next_message())

    async def _load_moved(self, url: str, arrival: Arrival) -> None:
        try:
            await self._load(url, arrival)
        except PageError as error:
            self._load_failure = error
        finally:
            self._loads_ended += 1
            self._wake()

    def _page_changed(self) -> None:
        self._document = None
        self._follow_children()
        if self._parent is not None:
            self._top._wake()
        if self._link is not None and self._user.has_edits:
            self._user.settle(self.document, self._link.acknowledged)
