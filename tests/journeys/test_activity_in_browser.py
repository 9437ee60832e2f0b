"""Hidden regions in a real browser: showing them shows what has changed, and nothing stale."""

from __future__ import annotations

from playwright.sync_api import Page

from .conftest import ServeOnce
from .hiding import tell_stories

STORIES = 50


def test_regions_show_what_has_changed_and_nothing_stale(serve_once: ServeOnce, page: Page) -> None:
    tell_stories(page, serve_once("tests.journeys.hiding:app").url, STORIES)
