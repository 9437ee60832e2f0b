"""Try live views in a test: the real application and the real wire, without sockets or a screen.

async def test_a_click_adds_two() -> None:
    async with open_view(Counter) as page:
        await page.click("button")
        assert page.text("h1") == "2"
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any, Unpack
from urllib.parse import urlencode

import trio
import trio.testing

from limelight.client.document import ElementNotFound, PageError
from limelight.client.gestures import NoHandler
from limelight.client.line import NoAnswer
from limelight.client.link import EventFailed, PushedEvent
from limelight.client.opening import PageOptions, open_page
from limelight.client.page import Page
from limelight.client.single_exceptions import single_exceptions
from limelight.client.socket import Cookies, SocketClosed, SocketRefused
from limelight.client.uploading import LocalFile, UploadFailed
from limelight.memory_transport import AppVisitor
from limelight.server.application import LiveApp
from limelight.server.view import View
from limelight.server.view_messages import Crash, Info

__all__ = [
    "ElementNotFound",
    "EventFailed",
    "LocalFile",
    "NoAnswer",
    "NoHandler",
    "PageError",
    "PushedEvent",
    "SocketClosed",
    "SocketRefused",
    "UploadFailed",
    "ViewPage",
    "open_browser",
    "open_view",
]


_AFTER_A_CRASH = {"restarted", "lost", "down"}


class ViewPage(Page):
    """A page of an application that runs in the same process: its server side is at hand."""

    def __init__(
        self, visitor: AppVisitor, nursery: trio.Nursery, **options: Unpack[PageOptions]
    ) -> None:
        super().__init__(visitor, nursery, **options)
        self.visitor = visitor

    async def tell(self, message: Any) -> None:
        """Tell the view a message, which arrives in `handle_info`, and wait for its effect."""
        self.visitor.seat_of(self.link.token).address.tell(Info(message))
        await self.settle()

    async def crash(self) -> None:
        """End the view's actor as a fault would, and wait until its supervisor has acted."""
        known = len(self.errors)
        self.visitor.seat_of(self.link.token).address.tell(Crash())
        await self._until(
            lambda: any(one.kind in _AFTER_A_CRASH for one in self.errors[known:]),
            "the crashed view was neither restarted nor given up",
        )
        await self.settle()

    async def settle(self) -> None:
        """Wait until nothing happens any more but what waits for time or for you."""
        await trio.testing.wait_all_tasks_blocked()

    def open_tab(
        self, path: str | None = None, **options: Unpack[PageOptions]
    ) -> AbstractAsyncContextManager[ViewPage]:
        """Open another page in the same browser: the cookies, and so the session, are shared."""
        return _open_page(self.visitor.app, path or self.path, self.visitor.cookies, options)


@asynccontextmanager
async def open_view(
    view: type[View],
    path: str = "/",
    *,
    rule: str | None = None,
    params: Mapping[str, Any] | None = None,
    app: LiveApp | None = None,
    user: str = "",
    **options: Unpack[PageOptions],
) -> AsyncIterator[ViewPage]:
    """Serve a view, open it as a browser does, and give its page.

    `params` become the query. A view whose rule has parameters is opened with both, such as
    `open_view(Room, "/rooms/7", rule="/rooms/<int:number>")`. Without `app` the view gets an
    application of its own, in development mode. With one, the view is expected at the path,
    unless a `rule` says where to serve it.
    """
    served = app_for(view) if app is None else app
    if app is None or rule is not None:
        served.live(rule or path, view)
    url = f"{path}?{urlencode(params, doseq=True)}" if params else path
    async with open_browser(served, url, user=user, **options) as page:
        yield page


@asynccontextmanager
async def open_browser(
    app: LiveApp, path: str = "/", *, user: str = "", **options: Unpack[PageOptions]
) -> AsyncIterator[ViewPage]:
    """Open a page of an application in a browser of its own, with its own cookies.

    With a `user`, somebody has logged in there under this id.
    Several may be open at once. An application that is not running yet runs until its first
    browser has left.
    """
    with single_exceptions():
        async with AsyncExitStack() as stack:
            if not _is_running(app):
                await stack.enter_async_context(app.running())
            cookies = Cookies()
            if user:
                cookies.take(app.logins.cookie_of(user))
            yield await stack.enter_async_context(_open_page(app, path, cookies, options))


@asynccontextmanager
async def _open_page(
    app: LiveApp, path: str, cookies: Cookies, options: PageOptions
) -> AsyncIterator[ViewPage]:
    def make_page(nursery: trio.Nursery) -> ViewPage:
        return ViewPage(AppVisitor(app, cookies, nursery), nursery, **options)

    async with open_page(make_page, path) as page:
        yield page


def _is_running(app: LiveApp) -> bool:
    try:
        return app.runtime is not None
    except RuntimeError:
        return False


def app_for(view: type[View]) -> LiveApp:
    """An application beside the view's module, so that `template_name` is found there."""
    app = LiveApp(view.__module__)
    app.config.update(SECRET_KEY=secrets.token_hex(16), LIVE_ENV="development", TESTING=True)
    return app
