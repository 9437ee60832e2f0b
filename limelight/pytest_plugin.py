"""One test in three ways: in process, over a real socket, and in Chromium.

pytest_plugins = ["limelight.pytest_plugin"]
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Literal, Protocol

import hypercorn.config
import hypercorn.trio
import pytest
import trio

from limelight.chromium import Chromium
from limelight.chromium_page import ChromiumPage, open_in_chromium
from limelight.client import connect
from limelight.client.page import Page
from limelight.client.single_exceptions import single_exceptions
from limelight.client.socket import Cookies
from limelight.server.application import LiveApp
from limelight.server.view import View
from limelight.testing import app_for, open_browser

Way = Literal["memory", "socket", "chromium"]

#: In process; over a real socket, without a screen; and in a browser.
WAYS: tuple[Way, ...] = ("memory", "socket", "chromium")

NAMES = ("chromium", "chromium-browser", "google-chrome")

#: What all three have: a page's verbs, and what a user sees.
AnyPage = Page | ChromiumPage


class Visit(Protocol):
    """Open a page of a view, or of an application, in the way of this test."""

    def __call__(
        self, served: type[View] | LiveApp, path: str = "/", *, rule: str = "", user: str = ""
    ) -> AbstractAsyncContextManager[Any]: ...


@pytest.fixture
def live_way() -> Way:
    """In which way `visit` opens pages: override it, or parametrize it with `WAYS`."""
    return "memory"


@pytest.fixture
def visit(live_way: Way, request: pytest.FixtureRequest) -> Visit:
    """Open pages: `async with visit(Counter) as page`. Each call is a browser of its own."""
    if live_way == "memory":
        return _visit_in_memory
    sites: dict[LiveApp, str] = {}
    if live_way == "socket":
        return partial(_visit_site, sites, _open_by_client)
    chromium: Chromium = request.getfixturevalue("live_chromium")
    return partial(_visit_site, sites, partial(_open_by_chromium, chromium))


@pytest.fixture(scope="session")
def live_chromium() -> Iterator[Chromium]:
    """One headless Chromium for the run: LIMELIGHT_CHROMIUM, one on the PATH, or Playwright's."""
    found = [path for path in map(shutil.which, NAMES) if path]
    named = os.environ.get("LIMELIGHT_CHROMIUM") or next(iter(found), "")
    chromium = Chromium(Path(named) if named else None)
    yield chromium
    chromium.close()


@asynccontextmanager
async def _visit_in_memory(
    served: type[View] | LiveApp, path: str = "/", *, rule: str = "", user: str = ""
) -> AsyncIterator[AnyPage]:
    async with open_browser(_app_of(served, rule or path), path, user=user) as page:
        yield page


Open = Callable[[str, Cookies], AbstractAsyncContextManager[AnyPage]]


@asynccontextmanager
async def _visit_site(
    sites: dict[LiveApp, str],
    open_page: Open,
    served: type[View] | LiveApp,
    path: str = "/",
    *,
    rule: str = "",
    user: str = "",
) -> AsyncIterator[AnyPage]:
    app = _app_of(served, rule or path)
    with single_exceptions():
        async with AsyncExitStack() as stack:
            if app not in sites:
                await stack.enter_async_context(_serving(app, sites))
            cookies = Cookies()
            if user:
                cookies.take(app.logins.cookie_of(user))
            yield await stack.enter_async_context(open_page(sites[app] + path, cookies))


def _open_by_client(url: str, cookies: Cookies) -> AbstractAsyncContextManager[AnyPage]:
    return connect(url, cookies=cookies.values)


def _open_by_chromium(
    chromium: Chromium, url: str, cookies: Cookies
) -> AbstractAsyncContextManager[AnyPage]:
    return open_in_chromium(chromium, url, cookies=cookies.values)


@asynccontextmanager
async def _serving(app: LiveApp, sites: dict[LiveApp, str]) -> AsyncIterator[None]:
    """Serve an application on a port of its own, as long as its first browser is there."""
    config = hypercorn.config.Config()
    config.bind = ["127.0.0.1:0"]
    config.errorlog = config.accesslog = None
    config.graceful_timeout = 0.1
    is_over = trio.Event()
    async with trio.open_nursery() as nursery:
        serve = partial(hypercorn.trio.serve, app, config, shutdown_trigger=is_over.wait)
        (sites[app],) = await nursery.start(serve)
        try:
            yield
        finally:
            del sites[app]
            is_over.set()


def _app_of(served: type[View] | LiveApp, rule: str) -> LiveApp:
    if isinstance(served, LiveApp):
        return served
    app = app_for(served)
    app.live(rule.partition("?")[0], served)
    return app
