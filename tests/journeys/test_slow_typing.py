"""Writing at twenty characters a second behind a slow network: nothing is lost, no caret jumps."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import CDPSession, Locator, Page, expect

from tests.fixtures.browser import PageComplaints
from tests.fixtures.serving import Serve, Server

from .conftest import AS_SHIPPED, ServeOnce, is_live
from .proxies import ProxyThread

WRITING = "tests.journeys.slow_typing:app"
DELAY_SECONDS = 0.15
PAUSE_MS = 50
TEXT = " the quick brown fox jumps"
FIELDS = ("bound", "pausing", "told", "loud")


@pytest.fixture
def page_far_away(
    serve_once: ServeOnce, page: Page, proxied: Callable[[Server], ProxyThread]
) -> Page:
    """The page behind a network that takes its time in each direction."""
    network = proxied(serve_once(WRITING))
    page.goto(network.url)
    is_live(page)
    expect(page.get_by_label("Bound")).to_have_value("hello world")
    network.proxy.to_server.delay_seconds = DELAY_SECONDS
    network.proxy.to_browser.delay_seconds = DELAY_SECONDS
    return page


def put_caret_behind_hello(field: Locator) -> None:
    field.focus()
    field.press("Home")
    for _ in "hello":
        field.press("ArrowRight")


def caret(field: Locator) -> int:
    return int(field.evaluate("field => field.selectionStart"))


@pytest.mark.parametrize("name", FIELDS)
def test_nothing_that_is_typed_is_lost(page_far_away: Page, name: str) -> None:
    field = page_far_away.get_by_label(name.title())
    put_caret_behind_hello(field)

    page_far_away.keyboard.type(TEXT, delay=PAUSE_MS)

    whole = f"hello{TEXT} world"
    expected = whole.upper() if name == "loud" else whole
    expect(page_far_away.locator(f"#{name}")).to_have_text(expected)
    expect(field).to_have_value(expected)
    assert caret(field) == len("hello" + TEXT)


def compose(session: CDPSession, text: str) -> None:
    session.send(
        "Input.imeSetComposition",
        {"text": text, "selectionStart": len(text), "selectionEnd": len(text)},
    )


def wait_for_patches(page: Page) -> None:
    """Wait until the page was patched several times, the round trip included."""
    count = page.locator("p").first
    for _ in range(8):
        expect(count).not_to_have_text(count.inner_text())


@pytest.mark.parametrize("name", FIELDS)
def test_composed_text_is_left_alone_until_it_is_there(page_far_away: Page, name: str) -> None:
    field = page_far_away.get_by_label(name.title())
    put_caret_behind_hello(field)
    session = page_far_away.context.new_cdp_session(page_far_away)
    page_far_away.keyboard.type("-", delay=PAUSE_MS)

    for text in ("に", "にほ", "にほん"):
        compose(session, text)
        wait_for_patches(page_far_away)
    session.send("Input.insertText", {"text": "日本"})
    page_far_away.keyboard.type("!", delay=PAUSE_MS)

    whole = "hello-日本! world"
    expected = whole.upper() if name == "loud" else whole
    expect(page_far_away.locator(f"#{name}")).to_have_text(expected)
    expect(field).to_have_value(expected)
    assert caret(field) == len("hello-日本!")


def test_a_field_of_a_form_keeps_what_is_typed_while_it_is_checked(page_far_away: Page) -> None:
    field = page_far_away.get_by_label("Word")
    field.fill("too long for it")
    field.blur()
    expect(field).to_have_attribute("aria-invalid", "true")
    field.focus()
    field.press("End")
    page_far_away.keyboard.type(TEXT, delay=PAUSE_MS)

    expect(page_far_away.locator("#word")).to_have_text(f"too long for it{TEXT}")
    expect(field).to_have_value(f"too long for it{TEXT}")


# --- what bound controls show, near by ------------------------------------------------------


@pytest.fixture
def writing(serve_once: ServeOnce, page: Page) -> Page:
    page.goto(serve_once(WRITING).url)
    is_live(page)
    expect(page.get_by_label("Bound")).to_have_value("hello world")
    return page


def test_every_kind_of_control_shows_what_the_view_holds(writing: Page) -> None:
    expect(writing.get_by_label("a", exact=True)).not_to_be_checked()
    expect(writing.get_by_label("b", exact=True)).to_be_checked()
    expect(writing.get_by_label("large")).to_be_checked()
    expect(writing.get_by_label("Many")).to_have_values(["y"])
    expect(writing.get_by_label("Count")).to_have_value("0")

    writing.get_by_role("button", name="Change").click()

    expect(writing.get_by_label("a", exact=True)).to_be_checked()
    expect(writing.get_by_label("b", exact=True)).not_to_be_checked()
    expect(writing.get_by_label("small")).to_be_checked()
    expect(writing.get_by_label("Many")).to_have_values(["x", "y"])
    expect(writing.get_by_label("Bound")).to_have_value("changed")
    expect(writing.get_by_label("Late")).to_have_value("came later")


def test_every_kind_of_control_tells_what_it_holds(writing: Page) -> None:
    writing.get_by_label("a", exact=True).check()
    expect(writing.locator("#letters")).to_have_text("['a', 'b']")
    writing.get_by_label("small").check()
    expect(writing.locator("#size")).to_have_text("s")
    writing.get_by_label("Many").select_option(["x"])
    expect(writing.locator("#many")).to_have_text("['x']")
    writing.get_by_role("button", name="Change").click()
    writing.get_by_label("Late").fill("in time")
    expect(writing.locator("#late")).to_have_text("in time")


def test_a_lazy_control_tells_when_it_is_left_and_its_twin_follows(writing: Page) -> None:
    twin = writing.get_by_label("Twin")
    twin.fill("from the twin")
    expect(writing.locator("#bound")).to_have_text("hello world")
    twin.blur()
    expect(writing.locator("#bound")).to_have_text("from the twin")
    expect(writing.get_by_label("Bound")).to_have_value("from the twin")


def test_a_value_that_does_not_fit_is_marked_at_its_control(writing: Page) -> None:
    count = writing.get_by_label("Count")
    count.fill("many")
    count.blur()
    expect(count).to_have_attribute("aria-invalid", "true")
    expect(count).to_have_attribute("data-model-error", '"many" is not a whole number.')
    expect(writing.locator("#count")).to_have_text("0")

    count.fill("12")
    count.blur()
    expect(count).not_to_have_attribute("aria-invalid", "true")
    expect(writing.locator("#count")).to_have_text("12")


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "javascript:alert(1)",
        "a\u2028b",
        "{{ 7 * 7 }}",
    ],
)
def test_what_is_entered_is_text_everywhere(writing: Page, evil: str) -> None:
    for label, id in (("Bound", "bound"), ("Told", "told"), ("Word", "word")):
        writing.get_by_label(label).fill(evil)
        writing.get_by_label(label).blur()
        expect(writing.locator(f"#{id}")).to_have_text(evil)
    writing.get_by_label("Count").fill(evil)
    writing.get_by_label("Count").blur()

    expect(writing.get_by_label("Count")).to_have_attribute("aria-invalid", "true")
    expect(writing.locator("img, main script")).to_have_count(0)


# --- a server that comes back without the view ------------------------------------------------


def test_a_view_that_is_gone_is_told_again_what_was_entered_but_no_password(
    serve: Serve, page: Page, page_complaints: PageComplaints
) -> None:
    page_complaints.expect("WebSocket")
    server = serve(WRITING, env=AS_SHIPPED)
    page.goto(server.url)
    is_live(page)
    page.get_by_label("Word").fill("long word")
    page.get_by_label("Word").blur()
    page.get_by_label("Secret").fill("hunter2")
    page.get_by_label("Bound").fill("bound as well")
    expect(page.get_by_label("Word")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#bound")).to_have_text("bound as well")
    expect(page.locator("#secret")).to_have_text("7")

    server.restart()

    expect(page.locator("#word")).to_have_text("long word", timeout=15_000)
    expect(page.locator("#bound")).to_have_text("bound as well")
    expect(page.get_by_label("Word")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Secret")).to_have_value("hunter2")
    expect(page.locator("#secret")).to_have_text("0")
