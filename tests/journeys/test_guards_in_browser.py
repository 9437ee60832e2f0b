"""What a refused visitor sees in a browser: where to log in, or a 403, and never a loop."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import PageComplaints
from tests.fixtures.serving import Serve

from .conftest import is_live


@pytest.fixture
def url(serve: Serve) -> str:
    return serve("tests.journeys.guarded:app").url


def log_in(page: Page, url: str, path: str, user: str = "ada") -> Page:
    page.goto(f"{url}/accounts/login/?user={user}")
    page.goto(url + path)
    return is_live(page)


def test_a_permission_that_is_withdrawn_shows_a_403_in_the_open_page(
    url: str, page: Page, page_complaints: PageComplaints
) -> None:
    page_complaints.expect("403")
    log_in(page, url, "/secret")
    page.request.get(f"{url}/withdraw?user=ada")
    page.get_by_role("button", name="Click").click()

    expect(page.get_by_role("alert").first).to_contain_text("403: You have no permission")
    expect(page.get_by_role("button", name="Click")).to_have_count(0)
    page.evaluate("window.limelight.disconnect(), window.limelight.connect()")
    is_live(page)
    answer = page.reload()
    assert answer is not None
    assert answer.status == 403


def test_a_nested_view_alone_is_refused_where_it_stands(url: str, page: Page) -> None:
    log_in(page, url, "/")
    page.request.get(f"{url}/withdraw?user=ada")
    page.get_by_role("button", name="Click").click()

    expect(page.get_by_role("alert").first).to_contain_text("403")
    expect(is_live(page).locator("h1")).to_have_text("Home")


def test_a_live_link_to_what_is_forbidden_ends_at_a_403(
    url: str, page: Page, page_complaints: PageComplaints
) -> None:
    page_complaints.expect("403")
    log_in(page, url, "/")
    page.request.get(f"{url}/withdraw?user=ada")
    page.get_by_role("link", name="Secret").click()

    expect(page.locator("body")).to_contain_text("Forbidden")
    assert page.url.endswith("/secret")


def test_a_live_link_of_an_anonymous_visitor_ends_at_the_login(url: str, page: Page) -> None:
    page.goto(url)
    is_live(page).get_by_role("link", name="Secret").click()

    expect(page.locator("body")).to_have_text("Log in")
    assert page.url.endswith("/accounts/login/?next=/secret")
