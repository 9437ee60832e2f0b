"""What every mixin is, and what it may ask of its view."""

# pyright: reportReturnType=false
# What follows is declared here and implemented by the view.

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import trio

from ..actors import Address
from ..client.messages import Chunk, Error, Event, Moved


class Inbox(Protocol):
    """Where the chunks of one transfer arrive."""

    number: int
    is_closed: bool

    async def take(self) -> list[Chunk]:
        """Return what has arrived, in order, waiting for it; nothing once it is closed."""
        ...

    def acknowledge(self, offset: int) -> None:
        """Tell the browser that all bytes up to this offset were taken."""

    def close(self) -> None:
        """Take nothing more in. What has arrived can still be taken."""


class Behaviour:
    """The base of mixins.

    A behaviour contributes handlers marked `@handles(Message)` and methods marked
    `@event_handler()`, has no `__init__` and no `mount`, and keeps its private state in
    underscored `cached_property` fields. They live in `vars(view)`, so a failed turn takes
    them back with everything else: replace a value rather than change it in place.

    It speaks to the browser through the verbs below only. The hooks are called along the
    order of the classes; each calls `super()`'s, and the view ends every chain. Nothing of
    this is defined at run time: the view comes behind its behaviours and must not be hidden.
    """

    __slots__ = ()

    #: Jinja2 extensions that this behaviour's template tags need.
    _template_extensions: ClassVar[tuple[type, ...]] = ()
    #: The hooks that it adds, for authors to override. Other methods of its cannot be.
    _hooks: ClassVar[frozenset[str]] = frozenset()

    if TYPE_CHECKING:
        # --- what a view offers -------------------------------------------------------

        #: The actor's own address: tell it messages from callbacks and services.
        _address: Address[Any]
        #: What runs in it ends with the view. A task that fails there fails the view.
        _nursery: trio.Nursery

        @property
        def request(self) -> Any:
            """The visit: path, query, session, session_id, user."""

        @property
        def connected(self) -> bool:
            """A browser is there."""

        def live_patch(
            self,
            params: dict[str, Any] | None = None,
            path: str | None = None,
            *,
            replace: bool = False,
        ) -> None:
            """Change the address without leaving the view."""

        @property
        def _params(self) -> Mapping[str, Any]:
            """The parameters of the route."""

        @property
        def _view_id(self) -> str:
            """Random, unique, the same across restarts and reconnects."""

        @property
        def _held(self) -> dict[str, Any]:
            """Things by name that failed turns and restarts of the actor leave as they are.

            Each has a `close()`, which is called when the view has ended for good.
            """

        @property
        def _goes_on_elsewhere(self) -> bool:
            """Another process goes on with this view; here it ends."""

        @property
        def _is_development(self) -> bool: ...

        def _setting(self, name: str) -> Any:
            """Return a limit or timeout from the one table of settings, by its field's name."""

        def _service(self, name: str) -> Any:
            """Return a service of the application: "pubsub", "presence", "listener", "store", "threads".

            Raises LookupError that names what has to be configured.
            """

        def _put_effect(self, name: str, payload: Any) -> None:
            """Send a side channel's message with the next frame, after the patch."""

        def _put_operation(self, operation: Any) -> None:
            """Send a stream's operation with the next frame, between patch and effects.

            An operation is a list; its first item names the kind.
            """

        def _send_signal(self, name: str, payload: Any) -> bool:
            """Send at once what counts only while it is new, past the page and its frames.

            May be called between turns. Returns False, and keeps nothing, if no browser is
            there or its socket has no room.
            """

        def _send_now(self) -> bool:
            """Send operations and effects at once, in mid-turn, without rendering the page.

            Returns False, and keeps them for the next frame, if no browser is there or its
            socket has no room.
            """

        def _open_inbox(self, capacity: int) -> Inbox:
            """Let the browser send the chunks of one transfer, so many at a time.

            The inbox's `number` names the transfer to the browser.
            """

        def _when_shown(self, callback: Callable[[], None]) -> None:
            """Call back after this turn's state has been sent; at the join, if none is there.

            Dropped if the turn fails. Background work starts this way.
            """

        def _changed(self) -> None:
            """State has changed outside a turn, in a task of the nursery: render soon."""

        def _sign(self, purpose: str, value: Any) -> str:
            """Return a small plain value as text that a browser may carry and cannot forge."""

        def _read_signed(self, purpose: str, text: str, max_age_seconds: int) -> Any:
            """Return what `_sign` was given; None for text that is forged or too old."""

        @property
        def _before_turn(self) -> dict[str, Any] | None:
            """The attributes before the turn that is under way; None between turns and in `mount`."""

        def _detached(self) -> Any:
            """A shallow copy that another thread may assign to; its words wait."""

        def _take_over(self, copy: Any, before: Mapping[str, Any]) -> None:
            """Bind what a copy has bound since `before`, and send what it wants to send."""

        def handle_async_result(self, name: str, result: Any = None, error: Any = None) -> Any:
            """The author's hook for the outcome of background work."""

        def _report_failure(self, doing: object, error: Exception) -> None:
            """Log a failure, count it, and tell the browser."""

        async def _call(self, hook: str, /, *arguments: Any, **named: Any) -> Any:
            """Run a hook of the view's author, `def` or `async def`."""

        def _fragment(self, name: str) -> str:
            """Render one named block of the template alone, and return its HTML."""

        def _render_rows(self, region: Any, streams: Any) -> str:
            """Render the rows that these streams have for a region of the page, and only them."""

        @property
        def _template_source(self) -> str:
            """The markup of the view's template, as its author has written it."""

        @property
        def _template_sources(self) -> tuple[str, ...]:
            """The same, and that of all templates which it extends, includes or imports by name."""

        def _shown_html(self) -> str | None:
            """The HTML of the page as it was rendered last; None if it is not held any more."""

        async def _replay(self, event: Event) -> None:
            """Run the handler of an event that was held back, in a turn of its own.

            The guard is asked again, and its failure undoes nothing else.
            """

        def _macros(self, source: str, names: Mapping[str, Any]) -> Any:
            """Return the macros that some markup defines, for the template's context.

            A template that calls one gets its tree, so that small changes stay small. `names`
            are what the macros know besides their arguments.
            """

        def _show_once(self, shows_once: bool) -> None:
            """Tell that the page shows what cannot be rendered again.

            A browser that comes back and cannot resume then gets a new view.
            """

        # --- hooks ----------------------------------------------------------------------

        @classmethod
        def _guard(cls, request: Any) -> Moved | Error | None:
            """Decide whether this visit may have the view, before any of it exists.

            `Moved` sends the visitor there to log in, with the way back as `next`; one without
            an address to the application's LOGIN_URL. `Error("forbidden", ...)` is a 403. Asked
            at every door: page, join, return, navigation, nested view, and each event.
            """

        @classmethod
        def _watched_tables(cls) -> list[Any]:
            """Return the tables of the database that get triggers when the server starts.

            Each has `channel`, `table` and `pk`, and can be hashed.
            """

        @classmethod
        def _check_class(cls) -> None:
            """A class of views was made: raise for what its author has declared wrongly."""

        @staticmethod
        def _require_own_path(url: str, name: str) -> None:
            """Raise ValueError, naming what holds it, for an address that leaves this site."""

        def _head(self) -> str:
            """Return tags for the head of the first HTML, behind `super()`'s."""

        async def _finish_html(self, html: str) -> str:
            """Return the first HTML with what takes its time to make, within LIVE_MOUNT_SECONDS."""
            ...

        def _begin(self) -> Awaitable[None] | None:
            """After `mount` and the first `handle_params`. Not called when state is restored."""

        def _browser_arrived(self, params: Mapping[str, Any]) -> None:
            """A browser has joined, for the first time or again. `params` are the join's."""

        def _browser_left(self) -> None:
            """The socket is lost; the view waits for the grace time."""

        def _address_shown(self, params: Mapping[str, Any]) -> None:
            """Path or query are new, with these parameters: before the author's `handle_params`."""

        def _signalled(self, name: str, payload: Any) -> Awaitable[None] | None:
            """The browser signals what counts only while it is new; its payload is unchecked.

            Nothing is rendered for it.
            """

        def _holds_back(self, event: Event) -> bool:
            """Decide whether an event of the browser must wait; its handler exists and fits."""
            ...

        def _turn_done(self) -> Awaitable[None] | None:
            """A message was handled without a failure; what follows belongs to the same turn."""

        def _page_begun(self) -> None:
            """The browser has the whole page, and nothing yet of what operations have built."""

        async def _close(self) -> None:
            """The view ends for good. Runs under a deadline, before the author's `unmount`."""

        def _save(self) -> dict[str, Any]:
            """Return what this behaviour needs to go on in another process.

            Plain values only; each behaviour adds one key of its own to `super()`'s.
            """

        def _load(self, saved: Mapping[str, Any]) -> None:
            """Take up what `_save` returned. `mount` is not called then."""

        def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
            """Add to the template's context."""

        # --- hooks of every turn: each class's own is called, none calls `super()`'s ------

        def _add_to_context(self, context: dict[str, Any]) -> None:
            """Add names to the template's context, before what its author's overrides add."""

        def _frame_due(self) -> None:
            """The next frame is about to leave: put in what has to go with it."""

        def _page_rendered(self) -> None:
            """The page was rendered, and what it shows now is on its way."""
