"""Regions that are hidden and shown in five hundred random stories: never anything stale."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.fixtures.serving import Serve
from tests.journeys.hiding import tell_stories

STORIES = 500


@pytest.mark.chaos
def test_regions_show_what_has_changed_and_nothing_stale(serve: Serve, page: Page) -> None:
    server = serve(
        "tests.journeys.hiding:app", env={"LIVE_ENV": "production", "SECRET_KEY": "x" * 16}
    )
    tell_stories(page, server.url, STORIES, seed=2026)
