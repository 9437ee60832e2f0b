"""Uploads in a real browser: chosen, dropped, previewed, paused, cut, and taken up after a reload."""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.fixtures.browser import PageComplaints
from tests.fixtures.serving import Serve

from .conftest import AS_SHIPPED, Visit, is_live

PROFILE = "examples.profile:app"


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
    profile.locator("[dj-upload=gallery]").set_input_files(files=[png("a.png"), png("b.png"), wrong])

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
    slow = page.context.new_cdp_session(page)
    slow.send("Network.enable")
    page.locator("[dj-upload=gallery]").set_input_files(
        files=[png("long.png", extra=40_000_000), png("short.png")]
    )
    page.get_by_role("button", name="Pause").first.click()

    expect(page.get_by_text(", paused")).to_be_visible()
    expect(page.locator(".profile-file", has_text="short.png")).to_contain_text("100 %")
    page.get_by_role("button", name="Resume").click()
    expect(page.locator(".profile-file", has_text="long.png")).to_contain_text("100 %")
    page.get_by_role("button", name="Remove long.png").click()
    expect(page.locator(".profile-file")).to_have_count(1)
