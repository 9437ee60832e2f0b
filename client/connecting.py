"""Open a live page of a running server from Python, over a real socket and without a screen."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Unpack

import trio

from .network import NetworkVisitor
from .opening import PageOptions, open_page
from .page import Page


def connect(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    cookies: Mapping[str, str] | None = None,
    ssl_context: ssl.SSLContext | None = None,
    **options: Unpack[PageOptions],
) -> AbstractAsyncContextManager[Page]:
    """Load a page, join its live view, and give its verbs: `async with connect(url) as page`.

    The page is left at the end. With `follow=False` it neither joins nor reads: its user sends
    and receives the wire's messages, starting with `page.join_message()`.
    """

    def make_page(nursery: trio.Nursery) -> Page:
        visitor = NetworkVisitor(
            url, nursery, headers=headers or {}, cookies=cookies, ssl_context=ssl_context
        )
        return Page(visitor, nursery, **options)

    return open_page(make_page, url)
