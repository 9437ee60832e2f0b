"""The gallery: an index that leads to examples that are alive, beside their sources."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from examples import guide_pages
from examples.catalogue import EXAMPLES, Example
from tests.fixtures.browser import PageComplaints
from tests.fixtures.serving import Serve

from .conftest import ServeOnce, Visit, is_live

GALLERY = "examples.gallery:app"
PATHS = ("/", "/guides/browser", *(example.path for example in EXAMPLES))
WIDTHS = (390, 820, 1440)
#: What a strict policy refuses in markup; from scripts it allows styles.
INLINE = "script:not([src]), [style], [onclick]"
COUNT_INLINE = """([html, inline]) =>
  new DOMParser().parseFromString(html, "text/html").querySelectorAll(inline).length"""


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_the_index_leads_to_an_example_with_its_source_and_back(
    visit: Visit, example: Example
) -> None:
    page = visit(GALLERY)
    title = example.title

    page.get_by_role("link", name=re.compile(rf"^{title}\b")).click()
    expect(page).to_have_title(f"{title} · Limelight")
    is_live(page)
    expect(page.get_by_label("Its source")).to_contain_text(
        re.compile(rf"class {example.view.__name__}\(.*LiveView\):")
    )
    expect(page.get_by_role("navigation").locator("[aria-current]").first).to_have_text(title)
    page.get_by_role("link", name="All examples").click()

    expect(is_live(page).get_by_role("heading", name=title)).to_be_visible()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_the_title_of_an_example_reads_as_words_and_its_guide_is_there(example: Example) -> None:
    assert re.fullmatch(r"[A-Z][a-zA-Z]*([- ][a-z]+)*", example.title)
    assert example.guide in guide_pages.DOCUMENTS


def test_an_example_leads_to_its_guide(visit: Visit) -> None:
    page = visit(GALLERY, "/claim_wizard")

    page.get_by_role("link", name="Its guide").click()

    expect(is_live(page)).to_have_title("Wizards · Limelight")
    expect(page.get_by_role("heading", name="Steps", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="forms").first).to_have_attribute("href", "/guides/form")


def test_a_guide_that_is_not_there_is_not_found(serve_once: ServeOnce, page: Page) -> None:
    address = serve_once(GALLERY).url + "/guides/no-such"

    assert page.request.get(address).status == 404


def test_the_strip_tells_what_just_happened(serve: Serve, page: Page) -> None:
    page.goto(serve(GALLERY).url + "/counter")
    strip = page.locator("#turn")
    expect(is_live(page).get_by_text("Nothing yet")).to_be_visible()

    page.get_by_label("The example").get_by_role("button").click()

    expect(strip).to_contain_text("increment")
    expect(strip).to_contain_text(
        re.compile(r"\d ms there and back, [\d.]+ ms on the server\s+\d+ bytes")
    )


def test_the_strip_says_so_when_a_turn_has_failed(serve: Serve, page: Page) -> None:
    server = serve(GALLERY)
    server.may_log_tracebacks = True
    page.goto(server.url + "/crash")

    is_live(page).get_by_role("button", name="Crash this view").click()
    expect(page.get_by_role("alert")).to_contain_text("RuntimeError")

    expect(page.locator("#turn")).to_contain_text("failed, and is undone")


def test_in_development_the_gallery_leads_to_the_dashboard(serve: Serve, page: Page) -> None:
    page.goto(serve(GALLERY).url)

    is_live(page).get_by_role("link", name="See the actors at work").click()

    expect(is_live(page).get_by_role("heading", name="Supervision")).to_be_visible()
    expect(page.get_by_text("Index").first).to_be_visible()


def test_the_strip_is_not_there_where_nobody_tells_it_anything(visit: Visit) -> None:
    page = visit(GALLERY, "/counter")

    page.get_by_label("The example").get_by_role("button").click()

    expect(page.get_by_label("The example").get_by_role("heading")).to_have_text("2")
    expect(page.locator("#turn")).to_be_hidden()


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
    expect(button).to_have_css("transition-duration", "0s")
