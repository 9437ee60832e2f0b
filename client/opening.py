"""Open a page for the length of an `async with`, and leave it as a closed tab does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypedDict, TypeVar

import trio

from .page import Page
from .single_exceptions import single_exceptions

LEAVE_SECONDS = 2.0


class PageOptions(TypedDict, total=False):
    """What may be said of a page when it is opened."""

    #: How long the server may take for one answer.
    answer_seconds: float
    #: How often a page tells that it is still there.
    heartbeat_seconds: float
    #: False: the page does not join and reads nothing; use `send` and `receive`.
    follow: bool


AnyPage = TypeVar("AnyPage", bound=Page)


@asynccontextmanager
async def open_page(
    make_page: Callable[[trio.Nursery], AnyPage], url: str
) -> AsyncIterator[AnyPage]:
    """Load a page and give it to the caller; it is left at the end, whatever happened."""
    with single_exceptions():
        async with trio.open_nursery() as nursery:
            page = make_page(nursery)
            try:
                await page.load(url)
                yield page
            finally:
                with trio.CancelScope(shield=True, deadline=trio.current_time() + LEAVE_SECONDS):
                    await page.leave()
            nursery.cancel_scope.cancel()
