"""What the browser tests of rendering share: a live view in a real page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.rendering.browser.picture_page import PageServer, PicturePage


@pytest.fixture(scope="session")
def page_server() -> Iterator[PageServer]:
    """A server for one page at a time."""
    with PageServer().running() as server:
        yield server


@pytest.fixture
def live_page(page_server: PageServer, page: Page) -> PicturePage:
    """A page with one live root."""
    return PicturePage(page_server, page)
