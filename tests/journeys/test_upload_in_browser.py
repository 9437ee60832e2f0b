"""Uploads in a real browser: chosen, dropped, previewed, paused, cut, and taken up after a reload."""

from __future__ import annotations

import hashlib
import re
import signal
import struct
import zlib
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.fixtures.browser import PageComplaints
from tests.fixtures.serving import Serve

from .conftest import AS_SHIPPED, ServeOnce, Visit, is_live

PROFILE = "examples.profile:app"
DEPOT = "tests.journeys.depot:app"


def png(name: str = "photo.png", size: int = 3, extra: int = 0) -> FilePayload:
    """A picture of one colour; `extra` bytes of a comment make it as large as a test wants."""

    def part(kind: bytes, content: bytes) -> bytes:
        sum_of_part = zlib.crc32(kind + content)
        return struct.pack("!I", len(content)) + kind + content + struct.pack("!I", sum_of_part)

    rows = (b"\0" + b"\x3b\x62\x0f" * size) * size
    noise = hashlib.shake_256(name.encode()).digest(extra)
    content = (
        b"\x89PNG\r\n\x1a\n"
        + part(b"IHDR", struct.pack("!IIBBBBB", size, size, 8, 2, 0, 0, 0))
        + part(b"prIv", noise)
        + part(b"IDAT", zlib.compress(rows))
        + part(b"IEND", b"")
    )
    return {"name": name, "mimeType": "image/png", "buffer": content}


@pytest.fixture
def profile(visit: Visit) -> Page:
    return visit(PROFILE)


def test_a_portrait_is_previewed_uploaded_and_saved(profile: Page) -> None:
    profile.get_by_label("Your portrait").set_input_files(files=[png(size=40)])

    expect(profile.locator(".profile-round img")).to_have_attribute("src", re.compile("^blob:"))
    expect(profile.get_by_text("100 % of")).to_be_visible()
    profile.get_by_role("button", name="Save").click()
    expect(profile.get_by_alt_text("Your portrait")).to_have_attribute(
        "src", re.compile(r"^/pictures/photo-\w{8}\.png$")
    )
    assert profile.get_by_alt_text("Your portrait").evaluate("img => img.naturalWidth") == 40


def test_several_files_are_sent_at_once_and_a_wrong_one_is_named(profile: Page) -> None:
    wrong: FilePayload = {"name": "c.png", "mimeType": "image/png", "buffer": b"<html>no picture"}
    profile.locator("[dj-upload=gallery]").set_input_files(
        files=[png("a.png"), png("b.png"), wrong]
    )

    expect(profile.locator(".profile-file")).to_have_count(3)
    expect(profile.get_by_role("alert")).to_have_text(
        '"c.png" is active content, which is not accepted.'
    )
    profile.get_by_role("button", name="Save").click()
    expect(profile.locator(".profile-album img")).to_have_count(2)


def test_files_can_be_dropped(profile: Page) -> None:
    picture = png()
    transfer = profile.evaluate_handle(
        """(bytes) => {
            const transfer = new DataTransfer();
            const file = new File([new Uint8Array(bytes)], "dropped.png", { type: "image/png" });
            transfer.items.add(file);
            return transfer;
        }""",
        list(picture["buffer"]),
    )
    zone = profile.locator(".profile-drop")
    # The module that hears it is loaded when the page first needs it.
    profile.wait_for_function(
        """(dataTransfer) => {
            const zone = document.querySelector(".profile-drop");
            zone.dispatchEvent(new DragEvent("dragover", { dataTransfer, bubbles: true }));
            return zone.classList.contains("dj-upload-over");
        }""",
        arg=transfer,
    )
    zone.dispatch_event("drop", {"dataTransfer": transfer})

    expect(profile.get_by_text("dropped.png")).to_be_visible()
    expect(profile.get_by_text("100 % of")).to_be_visible()
    expect(zone).not_to_have_class(re.compile("dj-upload-over"))


def test_an_upload_is_paused_resumed_and_cancelled(visit: Visit) -> None:
    page = visit(PROFILE)
    page.locator("[dj-upload=gallery]").set_input_files(
        files=[png("long.png", extra=20_000_000), png("short.png")]
    )
    page.get_by_role("button", name="Pause").first.click()

    expect(page.get_by_text(", paused")).to_be_visible()
    expect(page.locator(".profile-file", has_text="short.png")).to_contain_text("100 %")
    page.get_by_role("button", name="Resume").click()
    expect(page.locator(".profile-file", has_text="long.png")).to_contain_text("100 %")
    page.get_by_role("button", name="Remove long.png").click()
    expect(page.locator(".profile-file")).to_have_count(1)


SIZE = 30_000_000
#: Chunks under way, as the settings have them, in bytes.
WINDOW = 16 * 61_440
COUNT_BYTES = """
window.sent = 0;
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (message) {
  if (message instanceof Uint8Array) window.sent += message.length - 16;
  send.call(this, message);
};
"""


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A picture on the disk: it keeps its date, by which it is known again."""
    path = tmp_path / "large.png"
    path.write_bytes(png("large.png", extra=SIZE)["buffer"])
    return path


@pytest.fixture
def depot(page: Page, serve_once: ServeOnce) -> Page:
    page.add_init_script(COUNT_BYTES)
    page.goto(serve_once(DEPOT).url)
    return is_live(page)


def half_way(page: Page, large: Path) -> None:
    page.locator("input").set_input_files(large)
    page.wait_for_function("() => window.sent > 3_000_000")


def finished(page: Page, large: Path) -> None:
    """Wait for the end; the server must have the same bytes as the disk."""
    expect(page.locator("p")).to_have_text("100 %", timeout=30_000)
    page.get_by_role("button", name="Take").click()
    expect(page.locator("output")).to_have_text(hashlib.sha256(large.read_bytes()).hexdigest())


def test_an_upload_goes_on_after_a_cut(depot: Page, large: Path) -> None:
    half_way(depot, large)
    depot.evaluate("() => limelight.disconnect()")
    depot.evaluate("() => limelight.connect()")

    finished(depot, large)
    assert depot.evaluate("() => window.sent") <= large.stat().st_size + WINDOW


def test_an_upload_goes_on_after_the_page_was_loaded_again(depot: Page, large: Path) -> None:
    half_way(depot, large)
    sent_before = depot.evaluate("() => { limelight.disconnect(); return window.sent; }")
    assert sent_before < SIZE
    depot.reload()
    is_live(depot)
    depot.locator("input").set_input_files(large)

    finished(depot, large)
    assert sent_before + depot.evaluate("() => window.sent") <= large.stat().st_size + WINDOW


def test_an_upload_goes_on_after_the_server_was_killed(
    serve: Serve, page: Page, large: Path, tmp_path: Path, page_complaints: PageComplaints
) -> None:
    page_complaints.expect("WebSocket connection")
    server = serve(DEPOT, env={**AS_SHIPPED, "LIVE_UPLOAD_DIR": str(tmp_path / "uploads")})
    page.add_init_script(COUNT_BYTES)
    page.goto(server.url)
    is_live(page)
    half_way(page, large)
    server.restart(signal.SIGKILL)

    finished(page, large)
    # What the killed server had not written yet is lost with it: one window at most.
    assert page.evaluate("() => window.sent") <= large.stat().st_size + WINDOW


def test_a_form_waits_for_its_files(depot: Page, large: Path) -> None:
    depot.goto(f"{depot.url}?form=1")
    is_live(depot)
    depot.locator("input").set_input_files(large)
    expect(depot.locator("p")).to_have_text("0 %")
    depot.get_by_role("button", name="Send").click()

    expect(depot.locator("output")).to_have_text(hashlib.sha256(large.read_bytes()).hexdigest())
