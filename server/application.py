"""The application: a Quart application whose live routes are pages that stay alive."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar, overload

from quart_trio import QuartTrio

from ..actors import ChildSpec
from .answering import LeanHTTPConnection
from .asgi_socket import serve_asgi_socket
from .assets import SOCKET_PATH, Assets
from .collecting import collecting_rarely
from .connection import Handshake, TransportCounts, TransportLimits
from .dashboard.actions import May
from .dashboard.installation import Dashboard, MayLook, refuse_second
from .door import Door, install_door
from .draining import send_all_home
from .gate import SocketGate
from .guard import DEFAULT_LOGIN_URL, own_path
from .health import install_health
from .inspector import Inspector
from .joining import Joining
from .links import linker_of
from .logins import Logins
from .outside import Services, choose_services
from .pages import Pages
from .rendering.picture import LiveTemplates
from .routes import Routes
from .runtime import Runtime
from .sealing import StateSealer
from .secret_keys import secrets_of
from .sessions import PreparedSessions
from .settings import Settings, read_settings
from .store_choice import choose_store
from .stores import StateStore
from .tokens import TokenSigner
from .tracing import Tracing
from .users import UserLoader
from .view import View
from .visitors import Visitors, VisitorsActor
from .watchdog import Watchdog

if TYPE_CHECKING:
    # Who has no PostgreSQL need not have its client.
    # And so with OpenTelemetry.
    from opentelemetry.trace import TracerProvider

    from .database import Database

log = logging.getLogger("limelight.application")

# The worker looks its connection class up when it starts, and it imports the application first.
install_door()

ViewClass = TypeVar("ViewClass", bound=type[View])


class LiveApp(QuartTrio):
    """A Quart-Trio application with live views.

    Ordinary routes, sessions, blueprints and extensions work as they do in Quart. Serve it
    with `hypercorn -k trio module:app`.
    """

    asgi_http_class = LeanHTTPConnection

    def __init__(self, import_name: str, **options: Any) -> None:
        super().__init__(import_name, **options)
        self.session_interface = PreparedSessions()
        self._routes = Routes(self.url_map)
        self._assets = Assets()
        self._runtime: Runtime | None = None
        self._pages: Pages | None = None
        self._gate: SocketGate | None = None
        self._visitors: Visitors | None = None
        self._dashboard: Dashboard | None = None
        self._tracing: Tracing | None = None
        self._inspector: Inspector | None = None
        #: Looks whether the event loop answers, where the server itself runs the application.
        self.watchdog: Watchdog | None = None
        #: Who is logged in, by quart-auth's cookie.
        self.logins = Logins(self)
        #: What happened to live sockets.
        self.socket_counts = TransportCounts()
        #: False before and while the server stops: `/_live/ready` says so to a load balancer.
        self.is_ready = False
        #: A store of your own for saved views, instead of Redis or the launcher's.
        self.state_store: StateStore | None = None
        #: Hypercorn's worker finds this and serves live sockets through it.
        self.live_door: Door | None = None

    # --- routes -----------------------------------------------------------------------

    @overload
    def live(self, rule: str, view: type[View], **options: Any) -> None: ...
    @overload
    def live(self, rule: str, **options: Any) -> Callable[[ViewClass], ViewClass]: ...
    def live(self, rule: str, view: type[View] | None = None, **options: Any) -> Any:
        """Serve a live view at a rule: `app.live("/", Counter)`, or as a class decorator.

        The rule has Quart's syntax; its parameters arrive in `mount`. Raises TypeError if
        what is given is no view class.
        """
        if view is not None:
            self._add_live_route(rule, view, options)
            return None

        def add(decorated: ViewClass) -> ViewClass:
            self._add_live_route(rule, decorated, options)
            return decorated

        return add

    def _add_live_route(self, rule: str, view: type[View], options: dict[str, Any]) -> None:
        if not (isinstance(view, type) and issubclass(view, View)):
            raise TypeError(f"app.live({rule!r}, ...) takes a LiveView class, not {view!r}.")
        endpoint = options.pop("endpoint", None) or f"live {rule}"

        async def answer(**params: Any) -> Any:
            if self._tracing is None:
                return await self._running_pages().answer(endpoint, params)
            with self._tracing.page(endpoint, view):
                return await self._running_pages().answer(endpoint, params)

        self.add_url_rule(rule, endpoint, answer, methods=["GET"], **options)
        self._routes.add(endpoint, view)

    def enable_dashboard(
        self, path: str = "/_supervision", *, guard: MayLook | None = None, may: May | None = None
    ) -> None:
        """Show what runs at a path, with `tree.json` and `metrics` below it.

        `guard(request)` says who may look: True, False, or the path of a login page. In
        development it may be left out: then this machine may. `may(request, action)` says who
        may act, and on what: "stop", "restart", "crash", "disconnect", "trace", "drain".
        Without it nobody may.
        """
        refuse_second(self._dashboard)
        stylesheet = self._assets.address("supervision.css")
        self._dashboard = Dashboard(self, path, guard, may, stylesheet)

    def enable_tracing(self, provider: TracerProvider | None = None) -> None:
        """Make a span of OpenTelemetry for each page, turn and render.

        Without a provider, the one that `opentelemetry.trace.set_tracer_provider` was given.
        """
        self._tracing = Tracing(provider)

    # --- users ------------------------------------------------------------------------

    def user_loader(self, loader: UserLoader) -> UserLoader:
        """Look users up with this function, as a decorator.

        It takes the id with which `quart_auth.login_user` was called, and returns an object
        with `username` and `has_perm(name)`, such as `limelight.Account`; None for somebody
        who may not come any more. It runs at each page and join, and every LIVE_RECHECK_SECONDS.
        """
        self.logins.loader = loader
        return loader

    def disconnect_user(self, auth_id: str) -> None:
        """End all sockets of a user, on all nodes. Their pages come back if they still may.

        To keep somebody out, let the loader return None, or withdraw the permission, before.
        """
        self.runtime  # noqa: B018  # says what is wrong if the application is not running
        assert self._visitors is not None
        self._visitors.tell_all_nodes(auth_id)

    @staticmethod
    def own_path(url: str | None, default: str = "/") -> str:
        """Return an address if it is a path on this site, else the default.

        For the `next` of a login form, which anybody may have written.
        """
        return own_path(url, default)

    # --- running ----------------------------------------------------------------------

    @property
    def runtime(self) -> Runtime:
        """What runs while the application is served. Raises RuntimeError before and after."""
        if self._runtime is None:
            raise RuntimeError(
                "This application is not running. Serve it with `hypercorn -k trio module:app`, "
                "or use `async with app.running():` in a test."
            )
        return self._runtime

    @property
    def gate(self) -> SocketGate:
        """Whom a transport asks before it opens a live socket."""
        if self._gate is None:
            raise RuntimeError("This application is not running; no socket can be opened.")
        return self._gate

    @property
    def live_settings(self) -> Settings:
        """The limits in force, from `app.config` and the environment."""
        return read_settings(self.config)

    @property
    def transport_limits(self) -> TransportLimits:
        """The part of the settings that concerns one socket."""
        settings = self.live_settings
        return TransportLimits(
            frame_bytes=settings.frame_bytes,
            unsent_bytes=settings.unsent_bytes,
            room_bytes=settings.room_bytes,
            stall_seconds=settings.stall_seconds,
            heartbeat_seconds=settings.heartbeat_seconds,
            silence_seconds=settings.silence_seconds,
        )

    @property
    def database(self) -> Database:
        """PostgreSQL at DATABASE_URL. Raises LookupError if that is not set."""
        database: Database = self.runtime.service("database")
        return database

    def broadcast(self, topic: str, message: Any) -> None:
        """Tell all views that have called `subscribe(topic)`, in all processes; never waits.

        Views of this process get the message as it is, others as plain data.
        """
        self.runtime.service("pubsub").publish(topic, message)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Runtime]:
        """Run the tree of actors for as long as the block lasts. The server does this itself."""
        runtime = self._prepare()
        async with runtime.running():
            self.is_ready = True
            try:
                yield runtime
            finally:
                self.is_ready = False
                self._runtime = self._pages = self._gate = self.live_door = None
                self._visitors = self.logins.on_logout = None

    def _prepare(self) -> Runtime:
        """Read settings, secrets and templates; raise here and not at the first visit."""
        settings = self.live_settings
        secrets = secrets_of(self.config, settings)
        self.secret_key, self.config["SECRET_KEY_FALLBACKS"] = secrets[0], secrets[1:]
        # Quart has the key with None: then browsers decide for themselves, each in its way.
        self.config["SESSION_COOKIE_SAMESITE"] = self.config["SESSION_COOKIE_SAMESITE"] or "Lax"
        # Quart's own environment awaits in templates; a live render is one step.
        extensions = self._routes.template_extensions()
        environment = self.jinja_env.overlay(enable_async=False, extensions=extensions)
        templates = LiveTemplates(environment, development=settings.is_development)
        templates.extend(url_for=linker_of(self))
        signer = TokenSigner(secrets, settings.token_seconds)
        login_url = os.environ.get("LOGIN_URL") or self.config.get("LOGIN_URL")
        runtime = Runtime(
            settings, self._routes, templates, signer, login_url=login_url or DEFAULT_LOGIN_URL
        )
        runtime.tracing = self._tracing
        runtime.when_views_lost = lambda: send_all_home(self)
        self.logins.install(is_development=settings.is_development)
        services = choose_services(settings, self.config, self._routes.watched_tables)
        runtime.offer(services)
        chosen = choose_store(settings, services, self.state_store)
        if chosen is not None:
            sealer = StateSealer(secrets, settings.saved_seconds)
            runtime.keep_views(chosen.store, sealer, chosen.services)
        self._assets.install(self, settings)
        install_health(self)
        if settings.is_development and self._inspector is None:
            self._inspector = Inspector(self)
        self._pages = Pages(runtime, self.logins, environment, self._assets)
        self._gate = SocketGate(self, runtime, Joining(runtime, self.logins))
        visitors = self._visitors = Visitors(runtime, self.logins, self._gate.sockets)
        runtime.offer(
            Services({}, (ChildSpec(lambda: VisitorsActor(visitors, runtime), "logins"),))
        )
        self.live_door = Door(
            self._gate_for, self.transport_limits, self.socket_counts, is_open=settings.door
        )
        if self._dashboard is not None:
            runtime.offer(self._dashboard.attach(runtime))
        self._runtime = runtime
        return runtime

    def _gate_for(self, handshake: Handshake) -> SocketGate | None:
        return self._gate if handshake.path == SOCKET_PATH else None

    def _running_pages(self) -> Pages:
        self.runtime  # noqa: B018  # says what is wrong if the application is not running
        assert self._pages is not None
        return self._pages

    # --- ASGI -------------------------------------------------------------------------

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live_through(scope, receive, send)
        elif scope["type"] == "websocket" and scope["path"] == SOCKET_PATH:
            await serve_asgi_socket(
                self.gate,
                scope,
                receive,
                send,
                limits=self.transport_limits,
                counts=self.socket_counts,
            )
        else:
            await super().__call__(scope, receive, send)

    async def _live_through(self, scope: Any, receive: Any, send: Any) -> None:
        """Run the tree of actors beside Quart's own lifespan, from the first to the last."""
        is_up = False

        async def send_and_note(message: Any) -> None:
            nonlocal is_up
            if message["type"] == "lifespan.startup.complete":
                is_up = True
                for_now.enter_context(collecting_rarely(self.live_settings))
            await send(message)

        try:
            self.watchdog = Watchdog(self.live_settings.held_loop_seconds)
            with self.watchdog.watching(), ExitStack() as for_now:
                async with self.running():
                    await super().__call__(scope, receive, send_and_note)
        except Exception as error:
            log.critical("the application cannot go on: %s", error, exc_info=error)
            if is_up:
                # A server whose tree of actors has ended would answer with errors for ever.
                signal.raise_signal(signal.SIGTERM)
            else:
                await receive()
                await send({"type": "lifespan.startup.failed", "message": str(error)})
