"""The author's half of a live view: its template, its hooks, and what it may ask for."""

from __future__ import annotations

import warnings
from typing import Any, ClassVar
from urllib.parse import urlencode

from .handlers import collect_event_handlers, is_event_handler, suggestion
from .live_actor import LiveActor
from .request import Request, query_parameters, split_url
from .view_outbox import Move

#: What an author overrides, and when it is called.
HOOKS = frozenset(
    {
        "get_context_data",
        "handle_async_result",
        "handle_info",
        "handle_params",
        "handle_tick",
        "mount",
        "unmount",
    }
)

#: What an author sets on the class.
OPTIONS = frozenset({"layout", "rollback", "template", "template_name", "tick_interval"})


class View(LiveActor):
    """A page, or a part of one, that is alive.

    Public instance attributes are its state and its template's context; names that begin
    with an underscore are private. Handlers and hooks may be `def` or `async def`.
    """

    __slots__ = ()

    #: The markup inside the live root, or the name of the file that holds it.
    template: ClassVar[str] = ""
    template_name: ClassVar[str] = ""
    #: A whole page with `{{ live_head }}` and `{{ live_content }}`: markup or a file's name.
    layout: ClassVar[str] = ""
    #: Milliseconds between two calls of `handle_tick`; 0 for none.
    tick_interval: ClassVar[int] = 0

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        _refuse_reserved_names(cls)
        cls._event_handlers = collect_event_handlers(cls)

    # --- hooks ------------------------------------------------------------------------

    def mount(self, request: Request, **params: Any) -> Any:
        """Set the first state. Runs once for each page view; the route's parameters arrive here."""

    def handle_params(self, params: dict[str, Any], uri: str) -> Any:
        """Follow the address: after `mount`, and whenever the page's query or path changes."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the template's context: public attributes, and whatever an override adds."""
        context = {name: value for name, value in vars(self).items() if name[0] != "_"}
        context.update(kwargs)
        return context

    def handle_info(self, message: Any) -> Any:
        """Take a message from the application: a broadcast, a notification, a `tell`."""

    def handle_async_result(self, name: str, result: Any = None, error: Any = None) -> Any:
        """Take the outcome of background work that was started under a name."""

    def handle_tick(self) -> Any:
        """Runs every `tick_interval` milliseconds while a browser is there."""

    def unmount(self) -> Any:
        """Clean up. Runs when the view ends for good, for at most LIVE_UNMOUNT_SECONDS."""

    # --- verbs ------------------------------------------------------------------------

    @property
    def request(self) -> Request:
        """The visit that this view answers; its address follows the browser's."""
        return self._seat.request

    @property
    def connected(self) -> bool:
        """A browser is there. False during `mount` and while the socket is lost."""
        return self._seat.channel is not None

    def push_event(self, name: str, payload: Any = None) -> None:
        """Raise an event in the browser after the next patch: hooks and scripts hear it."""
        self._outbox.put_effect("event", [name, payload])

    def live_patch(
        self,
        params: dict[str, Any] | None = None,
        path: str | None = None,
        *,
        replace: bool = False,
    ) -> None:
        """Change the address without leaving the view; `handle_params` runs after the handler.

        `params` becomes the query, without those that are None. With `replace` the browser's
        history keeps its length. Raises ValueError if the path belongs to another view.
        """
        path = self.request.path if path is None else path
        given = {name: value for name, value in (params or {}).items() if value is not None}
        url = f"{path}?{urlencode(given, doseq=True)}" if given else path
        self._seat.runtime.require_same_route(self._seat, url)
        self._new_address = url
        self._outbox.put_move(Move(url, "patch", replace))

    def live_redirect(self, path: str, *, replace: bool = False) -> None:
        """Go to another view over the same socket, or to another page of this site."""
        split_url(path)
        self._outbox.put_move(Move(path, "redirect", replace))

    # --- for the actor's half -----------------------------------------------------------

    def _context(self) -> dict[str, Any]:
        return self.get_context_data()

    async def _show_address(self, url: str) -> None:
        seat = self._seat
        path, query = split_url(url)
        seat.params = seat.runtime.require_same_route(seat, url)
        seat.request = seat.request.at(path, query)
        params = {**seat.params, **query_parameters(query)}
        await self._call("handle_params", params, url)

    def _schedule_tick(self) -> None:
        if self.tick_interval:
            self._seat.runtime.tick_later(self._address, self.tick_interval / 1000)


def _refuse_reserved_names(cls: type[View]) -> None:
    """A handler named like a verb would break it silently, so it breaks loudly."""
    reserved = {name for name in dir(View) if not name.startswith("_")} - HOOKS - OPTIONS
    for name in reserved & set(vars(cls)):
        raise TypeError(
            f"{cls.__module__}.{cls.__qualname__} redefines {name!r}, which every view has. "
            f"Choose another name. Views override {', '.join(sorted(HOOKS))}."
        )
    for name, value in vars(cls).items():
        near = suggestion(name, HOOKS) if callable(value) and not is_event_handler(value) else ""
        if near and name not in HOOKS:
            warnings.warn(
                f"{cls.__qualname__}.{name} is no hook and is never called by Limelight.{near}",
                stacklevel=4,
            )
