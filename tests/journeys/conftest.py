"""What all journeys begin with: an application is served, and its page is alive."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Protocol

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.serving import Serve, Server

from .proxies import ProxyThread

#: As in production: the browser loads the one script that the wheel brings.
AS_SHIPPED = {"LIVE_ENV": "production", "SECRET_KEY": "of no worth outside these tests"}


class ServeOnce(Protocol):
    """Serve an application until the module's last test; all its tests share the server."""

    def __call__(self, application: str) -> Server: ...


class Visit(Protocol):
    """Open a page of an application, and wait until it is alive."""

    def __call__(self, application: str, path: str = "/") -> Page: ...


@pytest.fixture(scope="module")
def serve_once(serve_for_module: Serve) -> ServeOnce:
    return cache(lambda application: serve_for_module(application, env=AS_SHIPPED))


@pytest.fixture
def visit(serve_once: ServeOnce, page: Page) -> Visit:
    def open_page(application: str, path: str = "/") -> Page:
        page.goto(serve_once(application).url + path)
        return is_live(page)

    return open_page


def is_live(page: Page) -> Page:
    """Wait until the page's socket has joined its view."""
    expect(page.locator("html")).to_have_attribute("data-live", "connected")
    return page


@pytest.fixture
def proxied() -> Iterator[Callable[[Server], ProxyThread]]:
    """Put a fault proxy in front of a server."""
    opened: list[ProxyThread] = []

    def open_one(server: Server) -> ProxyThread:
        opened.append(ProxyThread(server.port))
        return opened[-1]

    yield open_one
    for one in opened:
        one.stop()
