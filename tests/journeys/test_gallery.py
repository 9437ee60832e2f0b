"""The gallery: an index that leads to examples that are alive, beside their sources."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import PageComplaints
from tests.fixtures.serving import Serve

from .conftest import ServeOnce, Visit, is_live

GALLERY = "examples.gallery:app"
EXAMPLES = (
    "Counter",
    "Todo",
    "Clock",
    "Crash",
    "Report",
    "Notices",
    "Inbox",
    "Members",
    "Chat",
    "Feed",
    "Orders",
    "Document",
    "Signup",
    "ClaimWizard",
    "Search",
    "Profile",
    "ArticleEditor",
    "Tabs",
    "ReactIsland",
)
PATHS = (
    "/",
    "/counter",
    "/todo",
    "/clock",
    "/crash",
    "/report",
    "/notices",
    "/inbox",
    "/members",
    "/chat_tokens",
    "/feed",
    "/orders",
    "/document",
    "/signup",
    "/claim_wizard",
    "/search",
    "/profile",
    "/article",
    "/tabs",
    "/react_island",
)
WIDTHS = (390, 820, 1440)
#: What a strict policy refuses in markup; from scripts it allows styles.
INLINE = "script:not([src]), [style], [onclick]"
COUNT_INLINE = """([html, inline]) =>
  new DOMParser().parseFromString(html, "text/html").querySelectorAll(inline).length"""


@pytest.mark.parametrize("title", EXAMPLES)
def test_the_index_leads_to_an_example_with_its_source_and_back(visit: Visit, title: str) -> None:
    page = visit(GALLERY)

    page.get_by_role("link", name=re.compile(rf"^{title}\b")).click()
    expect(page).to_have_title(f"{title} · Limelight")
    is_live(page)
    expect(page.get_by_label("Its source")).to_contain_text(
        re.compile(rf"class {title}\(.*LiveView\):")
    )
    expect(page.get_by_role("navigation").locator("[aria-current]").first).to_have_text(title)
    page.get_by_role("link", name="All examples").click()

    expect(is_live(page).get_by_role("heading", name=title)).to_be_visible()


def test_an_example_works_beside_its_source(visit: Visit) -> None:
    page = visit(GALLERY, "/counter")
    stage = page.get_by_label("The example")

    stage.get_by_role("button").click()

    expect(stage.get_by_role("heading")).to_have_text("2")
    expect(page.get_by_label("Its source")).to_contain_text("<h1>{{ count }}</h1>")


def test_the_filter_of_the_list_works_at_its_place_in_the_gallery(visit: Visit) -> None:
    page = visit(GALLERY, "/todo")

    page.get_by_role("link", name="Done", exact=True).click()

    expect(page.get_by_label("The example").get_by_role("listitem")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"/todo\?show=done$"))


def test_a_crash_undoes_its_turn_and_the_page_goes_on(
    serve: Serve, page: Page, page_complaints: PageComplaints
) -> None:
    server = serve("examples.crash:app")
    server.may_log_tracebacks = True
    page.goto(server.url)
    count = page.locator("h1")
    page.get_by_role("button", name="+1").click()
    expect(count).to_have_text("1")
    page.get_by_role("textbox").fill("still here")

    for _ in range(5):
        page.get_by_role("button", name="Crash this view").click()
    page.get_by_role("button", name="+1").click()

    expect(count).to_have_text("2")
    expect(page.get_by_role("textbox")).to_have_value("still here")
    is_live(page)


@pytest.mark.parametrize("path", PATHS)
def test_a_page_obeys_a_strict_policy_and_fits_every_width(
    serve_once: ServeOnce, page: Page, path: str
) -> None:
    answer = page.goto(serve_once(GALLERY).url + path)
    assert answer is not None
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert page.evaluate(COUNT_INLINE, [answer.text(), INLINE]) == 0
    is_live(page)
    expect(page.locator("body").locator(INLINE)).to_have_count(0)

    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_the_pages_are_dark_where_the_user_wants_it(visit: Visit) -> None:
    page = visit(GALLERY)
    background = "getComputedStyle(document.body).backgroundColor"

    page.emulate_media(color_scheme="light")
    light = page.evaluate(background)
    page.emulate_media(color_scheme="dark")

    assert page.evaluate(background) != light


def test_motion_is_reduced_where_the_user_wants_it(visit: Visit) -> None:
    page = visit(GALLERY, "/counter")

    page.emulate_media(reduced_motion="reduce")

    button = page.get_by_label("The example").get_by_role("button")
    expect(button).to_have_css("transition-duration", "1e-05s")
