"""Text that looks like code stays text, whatever mixin shows it, under the default policy."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import FilePayload, Page, expect

from .conftest import ServeOnce, Visit, is_live
from .payloads import ALL, PAGES, PAYLOADS

PAYLOADS_APP = "tests.journeys.payloads:app"
#: What a payload would have made of the page, if it were more than text.
INJECTED = (
    "[src=x], svg[onload], .injected, [dj-view] script, [title] ~ [onerror], "
    'link[href^="javascript"], a[href^="javascript"]'
)
FILES: list[FilePayload] = [
    {"name": f"{name}.png".replace("/", ":"), "mimeType": "image/png", "buffer": b"no picture"}
    for name in PAYLOADS
]


def is_harmless(page: Page) -> None:
    assert page.evaluate("window.ran") is None
    expect(page.locator(INJECTED)).to_have_count(0)


def says(page: Page, text: str = ALL) -> None:
    """An element says all of it, as text."""
    found = page.locator(".said").first
    expect(found).to_contain_text(text[:20])
    assert text in (found.text_content() or "")


def say_in_flash(page: Page) -> None:
    page.get_by_role("button", name="Say").click()
    expect(page.locator(".dj-flash-info")).to_contain_text(PAYLOADS[0])
    expect(page.locator(".dj-flash-error")).to_contain_text(PAYLOADS[1])


def say_in_head(page: Page) -> None:
    expect(page).to_have_title(" ".join(ALL.split()))
    page.click("button")
    expect(page).to_have_title(" ".join(f"again {ALL}".split()))
    for name in ('name="description"', 'property="og:title"'):
        expect(page.locator(f"meta[{name}]")).to_have_attribute("content", f"again {ALL}")


def point(page: Page) -> None:
    browser = page.context.browser
    assert browser is not None
    other = browser.new_page()
    other.goto(page.url)
    is_live(other).hover("p")
    other.mouse.move(60, 60)
    expect(page.locator(".dj-cursor:visible")).to_contain_text(PAYLOADS[0])
    other.close()


def type_into_model(page: Page) -> None:
    page.fill("input", PAYLOADS[1])
    says(page, PAYLOADS[1])


def show_region(page: Page) -> None:
    page.click("button")
    says(page)


def submit_form(page: Page) -> None:
    page.locator("[name=text]").fill(PAYLOADS[0])
    page.locator("[name=text]").press("Enter")
    says(page, PAYLOADS[0])
    says(page, f"{PAYLOADS[0]} {ALL}")


def choose_files(page: Page) -> None:
    page.locator("input").set_input_files(files=FILES)
    expect(page.locator(".said")).to_have_count(len(FILES))
    expect(page.locator(".said").nth(1)).to_have_text(FILES[1]["name"])


def keep_draft(page: Page) -> None:
    page.fill("input", PAYLOADS[1])
    says(page, PAYLOADS[1])
    page.reload()
    says(is_live(page), PAYLOADS[1])


DOINGS: dict[str, Callable[[Page], None]] = {
    "LiveCursor": point,
    "ModelBinding": type_into_model,
    "Flash": say_in_flash,
    "PageMetadata": say_in_head,
    "Activity": show_region,
    "Forms": submit_form,
    "Upload": choose_files,
    "Draft": keep_draft,
}
GUARDED = {"Login", "Permission"}


@pytest.mark.parametrize("name", [view.__name__ for view in PAGES if view.__name__ not in GUARDED])
def test_what_a_mixin_says_is_text(visit: Visit, name: str) -> None:
    page = visit(PAYLOADS_APP, f"/{name.lower()}")

    DOINGS.get(name, says)(page)
    is_harmless(page)


@pytest.mark.parametrize("payload", [*PAYLOADS, "//elsewhere.example", "\\\\elsewhere.example"])
@pytest.mark.parametrize("name", sorted(GUARDED))
def test_where_a_guard_sends_a_visitor_is_a_path_of_this_site(
    serve_once: ServeOnce, page: Page, name: str, payload: str
) -> None:
    server = serve_once(PAYLOADS_APP)
    page.goto(f"{server.url}/{name.lower()}?next={quote(payload)}&{quote(payload)}")
    is_live(page)

    assert page.url.startswith(f"{server.url}/enter")
    (came_from,) = parse_qs(urlsplit(page.url).query)["next"]
    assert came_from.startswith(f"/{name.lower()}?")
    says(page, came_from)
    is_harmless(page)
