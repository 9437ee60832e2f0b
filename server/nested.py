"""The views within a view: where its template places them, and as long as it does."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import trio
from markupsafe import Markup

from ..client.messages import Join
from .request import NOTHING
from .seat import Seat
from .state_errors import StateNotLoadable
from .stores import StoreUnavailable
from .tokens import PageToken
from .view_messages import ChildParams, Depart

if TYPE_CHECKING:
    from .saved_view import SavedView
    from .view import View

log = logging.getLogger("limelight.views")

#: Its id keeps a morph from taking one for another.
_ROOT = Markup(
    '<div id="live-{0}" dj-view="{0}" dj-child="{1}" dj-token="{2}" dj-nonce="{3}"></div>'
)
_REFUSED = Markup('<div dj-child="{}" hidden></div>')


class Child:
    """One view within another: its place in the page, and the seat of its actor."""

    __slots__ = ("id", "is_saved", "markup", "name", "params", "ready", "refusal", "seat", "view")

    def __init__(self, name: str, view: type[View], params: Mapping[str, Any], id: str) -> None:
        self.name = name
        self.view = view
        self.params = params
        #: Another process has saved it.
        self.is_saved = bool(id)
        self.id = id or secrets.token_urlsafe(9)
        self.markup = Markup()
        self.seat: Seat | None = None
        #: Set while it does not start; with a seat if that went well, else with the reason.
        self.ready: trio.Event | None = None
        self.refusal: ViewRefusal = ("", "")

    @property
    def is_alive(self) -> bool:
        return self.seat is not None and self.seat.is_alive


#: What the page is told about a child that did not start: a text, and its id in the log.
ViewRefusal = tuple[str, str]


class Nest:
    """The children of one view. Touched by the view's own actor, and by joins between turns.

    While the view renders, its template places children; when it has rendered, those that are
    new start, those that were left out end, and those with other parameters hear of them. They
    are actors beside their parent under its supervisor: one that crashes crashes alone.
    """

    __slots__ = ("_children", "_placed", "_saved_ids", "_seat")

    def __init__(self, seat: Seat, saved_ids: Mapping[str, str] = NOTHING) -> None:
        self._seat = seat
        self._children: dict[str, Child] = {}
        self._placed: dict[str, Mapping[str, Any]] = {}
        self._saved_ids = dict(saved_ids)

    @property
    def ids(self) -> dict[str, str]:
        """The names of the children and the ids of their views, to be saved with the parent."""
        return {child.name: child.id for child in self._children.values()}

    def begin(self) -> None:
        """A render begins."""
        self._placed = {}

    def place(self, name: str, view: type[View], params: Mapping[str, Any]) -> Markup:
        """Return the live root of a child, or an empty place if its guard refuses this visitor."""
        runtime = self._seat.runtime
        if name in self._placed:
            raise ValueError(
                f'live_view("{name}", ...) stands twice in one page. Each needs a name of its own, '
                'such as live_view("item-%d" % item.id, ...).'
            )
        if len(self._placed) >= runtime.settings.nested_views:
            raise ValueError(
                f"A view holds at most {runtime.settings.nested_views} nested views, the setting "
                "LIVE_NESTED_VIEWS. Rows of a list need no view each."
            )
        if runtime.guard.refusal(view, self._seat.request) is not None:
            return _REFUSED.format(name)
        self._placed[name] = params
        child = self._children.get(name)
        if child is None or child.view is not view:
            child = self._new_child(name, view, params)
        return child.markup

    def _new_child(self, name: str, view: type[View], params: Mapping[str, Any]) -> Child:
        self._end(self._children.pop(name, None))
        child = Child(name, view, params, self._saved_ids.pop(name, ""))
        seat = self._seat
        nonce = secrets.token_hex(3) if seat.nonce and not seat.claimed else ""
        child.seat = self._seat_for(child, nonce)
        token = seat.runtime.token_for(child.seat)
        child.markup = _ROOT.format(child.id, name, token, nonce)
        self._children[name] = child
        return child

    def settle(self, shown: Callable[[], str]) -> None:
        """The view has rendered: what its template has placed is what there is.

        A region that is hidden is not evaluated; what stands in it stays.
        """
        left_out = [child for name, child in self._children.items() if name not in self._placed]
        html = shown() if left_out else ""
        for child in left_out:
            if child.ready is None or child.markup not in html:
                del self._children[child.name]
                self._end(child)
        for name, params in self._placed.items():
            child = self._children[name]
            if child.ready is None:
                self._begin(child)
            elif params != child.params:
                child.params = params
                if child.seat is not None and child.is_alive:
                    child.seat.address.tell(ChildParams(params))

    # --- coming -----------------------------------------------------------------------------

    async def wait_ready(self, seconds: float) -> None:
        """Wait until the children have started; one that takes too long comes later."""
        with trio.move_on_after(seconds):
            for child in tuple(self._children.values()):
                if child.ready is not None:
                    await child.ready.wait()

    def filled(self, html: str) -> str:
        """Put the first HTML of the children into that of their parent."""
        for child in self._children.values():
            root, seat = str(child.markup), child.seat
            if seat is None:
                continue
            if child.is_alive and seat.first_html:
                inner = seat.first_html
                html = html.replace(root, f"{root.removesuffix('</div>')}{inner}</div>", 1)
            else:
                # It starts without an HTML that its browser could read.
                seat.nonce = ""
            seat.forget_first_page()
        return html

    async def find(self, view_id: str, *, anew: bool = False) -> Child | None:
        """Return the child of an id once it has started, again if it had ended; None without one."""
        child = next((one for one in self._children.values() if one.id == view_id), None)
        if child is None:
            return None
        if child.ready is None or (child.ready.is_set() and (anew or not child.is_alive)):
            self._end(child)
            child.seat = self._seat_for(child, "")
            self._begin(child)
        assert child.ready is not None
        await child.ready.wait()
        return child if self._children.get(child.name) is child else None

    def _seat_for(self, child: Child, nonce: str) -> Seat:
        parent = self._seat
        visit = replace(parent.request, cookies=NOTHING)
        seat = Seat(parent.runtime, visit, "", child.params, nonce=nonce, id=child.id)
        seat.view, seat.parent = child.view, parent
        return seat

    def _begin(self, child: Child) -> None:
        child.ready = trio.Event()
        self._seat.runtime.joins.start_soon(self._start, child, child.ready)

    async def _start(self, child: Child, ready: trio.Event) -> None:
        assert child.seat is not None
        runtime, params = self._seat.runtime, child.params
        try:
            saved = await self._take_saved(child) if child.is_saved else None
            child.refusal = await runtime.start_child(child.seat, saved)
            if saved is not None and child.refusal[0]:
                child.seat = self._seat_for(child, "")
                child.refusal = await runtime.start_child(child.seat)
        finally:
            ready.set()
        if self._children.get(child.name) is not child:
            self._end(child)
        elif child.params != params and child.is_alive:
            child.seat.address.tell(ChildParams(child.params))

    async def _take_saved(self, child: Child) -> SavedView | None:
        child.is_saved = False
        runtime, parent = self._seat.runtime, self._seat
        if runtime.keeper is None:
            return None
        request = parent.request
        user_id = request.user.auth_id or ""
        token = PageToken(child.id, "", request.session_id, user_id, parent.id)
        try:
            return await runtime.keeper.take(token, Join("", request.url, page=parent.page))
        except (StateNotLoadable, StoreUnavailable) as error:
            log.warning("a nested view could not be taken over: %s", error)
            return None

    # --- going ------------------------------------------------------------------------------

    def end_all(self, *, depart: bool) -> None:
        """The parent has ended, here only or for good."""
        for child in self._take_all():
            if depart and child.is_alive and child.seat is not None:
                child.seat.address.tell(Depart(ends_socket=False))
            else:
                self._end(child)

    def _take_all(self) -> Iterator[Child]:
        while self._children:
            yield self._children.popitem()[1]

    def _end(self, child: Child | None) -> None:
        if child is not None and child.seat is not None and child.is_alive:
            self._seat.runtime.let_go(child.seat)


def no_view_here(name: str, *_: object, **__: object) -> Markup:
    """What `live_view` is in a template's part that is rendered for itself."""
    raise ValueError(
        f'live_view("{name}", ...) stands in the layout, in the rows of a stream, or in a block '
        "that is rendered for itself. Nested views stand in the page of their view."
    )
