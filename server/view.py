"""The author's half of a live view: its template, its hooks, and what it may ask for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar, Literal, Self
from urllib.parse import urlencode

from markupsafe import Markup

from ..client.messages import Error, Event, Moved, Signal
from .detached import detach, take_over
from .guard import require_own_path
from .handlers import collect_event_handlers
from .live_actor import LiveActor
from .nested import Nest, no_view_here
from .rendering.regions import Region
from .request import Request, query_parameters, split_url
from .reserved_names import refuse_reserved_names
from .view_outbox import Move


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
    #: When the view is saved, where there is a store: "soon" after each turn; "strict", before
    #: an event is acknowledged; or "never".
    persist: ClassVar[Literal["soon", "strict", "never"]] = "soon"
    #: Jinja2 extensions that the tags of its behaviours need.
    _template_extensions: ClassVar[tuple[type, ...]] = ()
    #: The hooks that its behaviours add, for authors to override.
    _hooks: ClassVar[frozenset[str]] = frozenset()
    #: What its behaviours add to each template's context.
    _context_hooks: ClassVar[tuple[Callable[..., None], ...]] = ()
    #: Milliseconds between two calls of `handle_tick`; 0 for none.
    tick_interval: ClassVar[int] = 0

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        refuse_reserved_names(cls)
        cls._event_handlers = collect_event_handlers(cls)
        cls._frame_hooks = _own_hooks(cls, "_frame_due")
        cls._render_hooks = _own_hooks(cls, "_page_rendered")
        cls._context_hooks = _own_hooks(cls, "_add_to_context")
        cls._check_class()

    # --- hooks ------------------------------------------------------------------------

    def mount(self, request: Request, **params: Any) -> Any:
        """Set the first state. Runs once for each page view; the route's parameters arrive here."""

    def handle_params(self, params: dict[str, Any], uri: str) -> Any:
        """Follow the address: after `mount`, and whenever the page's query or path changes."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the template's context: public attributes, and whatever an override adds."""
        context = {name: value for name, value in vars(self).items() if name[0] != "_"}
        for add in self._context_hooks:
            add(self, context)
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

    def dump_state(self) -> dict[str, Any]:
        """Return what shall be saved: the public attributes, unless an override chooses others."""
        return {name: value for name, value in vars(self).items() if name[0] != "_"}

    def load_state(self, state: dict[str, Any]) -> None:
        """Take up what `dump_state` returned, in another process. `mount` is not called then."""
        vars(self).update(state)

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
        self._turns.new_address = url
        self._outbox.put_move(Move(url, "patch", replace))

    def live_redirect(self, path: str, *, replace: bool = False) -> None:
        """Go to another view over the same socket, or to another page of this site."""
        split_url(path)
        self._outbox.put_move(Move(path, "redirect", replace))

    # --- what behaviours may ask for ----------------------------------------------------

    @property
    def _params(self) -> Mapping[str, Any]:
        return self._seat.params

    @property
    def _view_id(self) -> str:
        return self._seat.id

    @property
    def _held(self) -> dict[str, Any]:
        return self._seat.hold()

    @property
    def _goes_on_elsewhere(self) -> bool:
        return self._seat.has_departed

    @property
    def _is_development(self) -> bool:
        return self._seat.runtime.settings.is_development

    def _setting(self, name: str) -> Any:
        return getattr(self._seat.runtime.settings, name)

    def _service(self, name: str) -> Any:
        return self._seat.runtime.service(name)

    def _put_effect(self, name: str, payload: Any) -> None:
        self._outbox.put_effect(name, payload)

    def _put_operation(self, operation: Any) -> None:
        self._outbox.put_operation(operation)

    def _send_signal(self, name: str, payload: Any) -> bool:
        channel = self._seat.channel
        if channel is None or not channel.has_room:
            return False
        channel.send(Signal(name, payload, view=channel.number))
        return True

    def _send_now(self) -> bool:
        channel = self._seat.channel
        if channel is None or not channel.has_room:
            return False
        self._outbox.send_waiting(self._seat, channel)
        return True

    def _open_inbox(self, capacity: int) -> Any:
        return self._seat.open_inbox(capacity)

    def _when_shown(self, callback: Callable[[], None]) -> None:
        self._outbox.when_sent(callback)

    def _report_failure(self, doing: object, error: Exception) -> None:
        self._tell_failure(self._report(doing, error))

    def _fragment(self, name: str) -> str:
        return self._picture.template.fragment(name).render(self._part_context())

    def _render_rows(self, region: Region, streams: Any) -> str:
        return self._picture.template.rows(region, {**self._part_context(), "streams": streams})

    @property
    def _template_source(self) -> str:
        return self._picture.template.source

    @property
    def _template_sources(self) -> tuple[str, ...]:
        return self._picture.template.sources

    def _shown_html(self) -> str | None:
        return self._picture.plain_html() if self._picture.is_held else None

    def _macros(self, source: str, names: Mapping[str, Any]) -> Any:
        return self._picture.template.templates.macros(source, names)

    def _show_once(self, shows_once: bool) -> None:
        self._seat.shows_once = shows_once

    def _sign(self, purpose: str, value: Any) -> str:
        return self._seat.runtime.signer.sign(purpose, value)

    def _read_signed(self, purpose: str, text: str, max_age_seconds: int) -> Any:
        return self._seat.runtime.signer.unsign(purpose, text, max_age_seconds)

    def _detached(self) -> Self:
        return detach(self)

    def _take_over(self, copy: Self, before: Mapping[str, Any]) -> None:
        take_over(self, copy, before)

    # --- the ends of the behaviours' chains -----------------------------------------------

    @classmethod
    def _guard(cls, request: Any) -> Moved | Error | None:
        return None

    @classmethod
    def _watched_tables(cls) -> list[Any]:
        return []

    @classmethod
    def _check_class(cls) -> None:
        """Nothing to check for a view without behaviours."""

    @staticmethod
    def _require_own_path(url: str, name: str) -> None:
        require_own_path(url, name)

    def _head(self) -> str:
        return ""

    async def _finish_html(self, html: str) -> str:
        return html

    def _begin(self) -> Awaitable[None] | None:
        return None

    def _browser_arrived(self, params: Mapping[str, Any]) -> None:
        """Nothing to do for a view without behaviours."""

    def _browser_left(self) -> None:
        """Nothing to do for a view without behaviours."""

    def _address_shown(self, params: Mapping[str, Any]) -> None:
        """Nothing to do for a view without behaviours."""

    def _signalled(self, name: str, payload: Any) -> Awaitable[None] | None:
        return None

    def _holds_back(self, event: Event) -> bool:
        return False

    def _turn_done(self) -> Awaitable[None] | None:
        return None

    def _page_begun(self) -> None:
        """Nothing to do for a view without behaviours."""

    async def _close(self) -> None:
        """Nothing to do for a view without behaviours."""

    def _save(self) -> dict[str, Any]:
        return {}

    def _load(self, saved: Mapping[str, Any]) -> None:
        """Nothing to do for a view without behaviours."""

    # --- for the actor's half -----------------------------------------------------------

    def _as_view(self) -> View:
        return self

    def _context(self) -> dict[str, Any]:
        context = self.get_context_data()
        context.setdefault("live_view", self._live_view)
        if self._seat.nest is not None:
            self._seat.nest.begin()
        return context

    def _part_context(self) -> dict[str, Any]:
        """What is rendered beside the page is not looked at again: no view can live there."""
        return {**self.get_context_data(), "live_view": no_view_here}

    def _live_view(self, name: str, view: type[View], /, **params: Any) -> Markup:
        """Place another view in this one's page: `{{ live_view("chat", Chat, room=7) }}`."""
        if not (isinstance(view, type) and issubclass(view, View)):
            raise TypeError(
                f'live_view("{name}", ...) takes a LiveView class as its second argument, not '
                f"{view!r}. get_context_data puts the class into the template's context."
            )
        if self._seat.nest is None:
            self._seat.nest = Nest(self._seat)
        return self._seat.nest.place(name, view, params)

    async def _show_address(self, url: str) -> None:
        seat = self._seat
        if seat.parent is not None:
            await self._call("handle_params", dict(seat.params), seat.request.url)
            return
        path, query = split_url(url)
        seat.params = seat.runtime.require_same_route(seat, url)
        seat.request = seat.request.at(path, query)
        params = {**seat.params, **query_parameters(query)}
        self._address_shown(params)
        await self._call("handle_params", params, url)

    def _schedule_tick(self) -> None:
        if self.tick_interval:
            self._seat.runtime.tick_later(self._address, self.tick_interval / 1000)


def _own_hooks(cls: type, name: str) -> tuple[Callable[..., None], ...]:
    """Every base's own method of that name, the most general first.

    What each turn calls is not handed on by `super()`: that costs as much as the hooks do.
    """
    bases = (vars(base).get(name) for base in reversed(cls.__mro__))
    return tuple(method for method in bases if method is not None)
