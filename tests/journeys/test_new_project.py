"""The first five minutes: a new project, its page, a failure on purpose, and the dashboard."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from limelight.new import new_project
from tests.fixtures.browser import NewPage
from tests.fixtures.serving import Serve

from .conftest import is_live


def test_a_new_project_runs_fails_and_shows_it(
    serve: Serve, new_page: NewPage, tmp_path: Path
) -> None:
    new_project("shop", tmp_path)
    server = serve(f"{tmp_path}/shop/app.py:app")
    server.may_log_tracebacks = True
    page = new_page()
    page.goto(server.url)
    is_live(page)

    page.get_by_role("button", name="+10").click()
    page.get_by_label("Note").fill("milk")
    page.get_by_role("button", name="Add").click()
    expect(page.locator(".notes")).to_have_text("milk")
    page.get_by_role("button", name="Fail").click()

    board = new_page()
    board.goto(f"{server.url}/_supervision")
    is_live(board)
    expect(board.locator(".sv-cause")).to_contain_text("Somebody pressed the button that fails.")
    expect(page.get_by_role("heading")).to_have_text("10")
