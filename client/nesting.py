"""Views within a page's view: each is a page of its own that shares the socket of the whole."""

from __future__ import annotations

import re
from abc import abstractmethod
from html import unescape
from typing import Any, Self

import msgspec

from .document import Document, PageError
from .line import Line
from .link import Link
from .messages import Leave, ToBrowser, WireMessage
from .socket import LiveSocket, SocketClosed

#: The live root of a nested view, as the server writes it into the HTML of the view around it.
ROOT = re.compile(
    r'(<div id="live-[\w-]+" dj-view="([\w-]+)" dj-child="([^"]*)" dj-token="([^"]+)"[^>]*>)</div>'
)


class Nesting(Line):
    """What a page does for the views within its view, and what such a view leaves to the page."""

    _link: Link | None
    _is_joined: bool
    _around: tuple[str, str]

    #: The page's own view has the number 0.
    _number = 0
    _last_number = 0
    #: Of the same class as this one.
    _parent: Any = None
    _name = ""
    #: By the ids of their views.
    _nested: dict[str, Any]
    _is_joining = False
    _has_failed_to_join = False

    # --- the family -----------------------------------------------------------------------

    def child(self, name: str) -> Self:
        """Return a nested view by its name: a page of its own, with the same verbs."""
        self._follow_children()
        for one in self._nested.values():
            if one._name == name:
                found: Self = one
                return found
        known = ", ".join(one._name for one in self._nested.values()) or "none"
        raise PageError(f"No nested view {name!r} stands in this one. There are: {known}.")

    @property
    @abstractmethod
    def document(self) -> Document: ...

    @property
    def _top(self) -> Self:
        top: Self = self if self._parent is None else self._parent._top
        return top

    def _follow_children(self) -> None:
        """Nested views come and go with the HTML of the view around them."""
        html = self._link.html() if self._link is not None and self._link.how else ""
        placed = {found[2]: (found[3], found[4]) for found in ROOT.finditer(html)}
        for view_id in [one for one in self._nested if one not in placed]:
            self._nested.pop(view_id)._end()
        for view_id, (name, token) in placed.items():
            if view_id not in self._nested:
                self._nested[view_id] = self._begin_child(name, token)
            child = self._nested[view_id]
            may_join = self._is_joined and self._is_followed
            if may_join and not (child._is_joined or child._is_joining):
                child._is_joining = True
                self._nursery.start_soon(child._join_quietly)

    def _begin_child(self, name: str, token: str) -> Self:
        child = self._another_page(token)
        child._parent, child._name = self, unescape(name)
        top = self._top
        top._last_number += 1
        child._number = top._last_number
        child._pace = self._pace
        child._socket, child._is_followed = self._socket, self._is_followed
        return child

    def _end(self) -> None:
        """The view around this one does not show it any more."""
        self._end_children()
        if self._link is not None:
            self._link.end()
        self._is_joined = False
        if self._socket is not None:
            leave = Leave(self._number)
            self._nursery.start_soon(self._top._send_or_lose, leave)
        self._socket = None
        self._wake()

    def _end_children(self) -> None:
        while self._nested:
            self._nested.popitem()[1]._end()

    @abstractmethod
    def _another_page(self, token: str) -> Self: ...

    @abstractmethod
    async def _join_quietly(self) -> None: ...

    # --- one socket for all ---------------------------------------------------------------

    def _hold(self, socket: LiveSocket, *, is_followed: bool) -> None:
        super()._hold(socket, is_followed=is_followed)
        self._share_socket()

    def _lost(self, socket: LiveSocket, closed: SocketClosed) -> None:
        super()._lost(socket, closed)
        self._share_socket()

    async def _let_go(self, code: int) -> None:
        await super()._let_go(code)
        self._share_socket()

    def _share_socket(self) -> None:
        """All views of a page have its socket, or none."""
        for child in self._nested.values():
            child._socket, child._is_followed = self._socket, self._is_followed
            child._is_joined = child._is_joining = child._has_failed_to_join = False
            child.closed, child.goodbye = self.closed, self.goodbye
            child._share_socket()
            child._wake()

    def _dispatch(self, message: ToBrowser) -> None:
        """Hand a message to the view that it is for; one that has gone needs it no more."""
        number = getattr(message, "view", 0)
        view = self._of_number(number)
        if view is not None:
            if view is not self:
                view._received.append(message)
            view._take(message)
            view._wake()

    def _of_number(self, number: int) -> Self | None:
        if number == self._number:
            return self
        found = (child._of_number(number) for child in self._nested.values())
        return next((one for one in found if one is not None), None)

    async def _send_or_lose(self, message: WireMessage) -> None:
        if self._parent is None:
            await super()._send_or_lose(message)
            return
        if "view" in message.__struct_fields__ and self._number:
            message = msgspec.structs.replace(message, view=self._number)
        await self._top._send_or_lose(message)

    async def _hear_out(self) -> None:
        if self._parent is not None:
            await self._top._hear_out()
        else:
            await super()._hear_out()

    @property
    def _children_are_there(self) -> bool:
        return all(
            (one._is_joined or one._has_failed_to_join) and one._children_are_there
            for one in self._nested.values()
        )

    # --- what is shown ----------------------------------------------------------------------

    def _whole_html(self) -> str:
        """The HTML of this view with that of the nested ones in their places."""
        html = self._link.html() if self._link is not None else ""
        return self._filled(html) if self._nested else html

    def _filled(self, html: str) -> str:
        def fill(found: re.Match[str]) -> str:
            child = self._nested.get(found[2])
            return f"{found[1]}{child._whole_html() if child is not None else ''}</div>"

        return ROOT.sub(fill, html)

    @property
    def shown(self) -> Document:
        """The whole page as a reader sees it, nested views included."""
        if not self._nested:
            return self.document
        return Document(self._whole_html().join(self._around))
