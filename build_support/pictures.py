"""Take the pictures of the README from the running gallery: `python -m build_support.pictures`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from build_support.demo import bind, serve, wait_until_it_listens
from build_support.programs import find_chromium

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
MOST_BYTES = 150_000


def main() -> int:
    """Serve the gallery, take each picture, and say what came out."""
    listener = bind(0)
    server = serve(listener.fileno())
    try:
        if not wait_until_it_listens(server, listener.getsockname()):
            return 1
        return take(f"http://127.0.0.1:{listener.getsockname()[1]}")
    finally:
        server.terminate()
        server.wait()


def take(address: str) -> int:
    """Take all pictures of the gallery at this address; the exit code is 1 if one is too large."""
    PICTURES.mkdir(exist_ok=True)
    too_large = 0
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=arguments)
        for name, scene in SCENES.items():
            path = PICTURES / f"{name}.png"
            scene(Camera(browser, address, path))
            size = path.stat().st_size
            too_large += size > MOST_BYTES
            print(f"docs/pictures/{name}.png: {size:,} bytes", flush=True)
        browser.close()
    return 1 if too_large else 0


class Camera:
    """Opens pages of the gallery, each in a browser of its own, and takes one picture."""

    def __init__(self, browser: Browser, address: str, path: Path) -> None:
        self._browser = browser
        self._address = address
        self._path = path

    def open(self, path: str, *, height: int = 720, dark: bool = False) -> Page:
        """Open a page and wait until it is alive."""
        page = self._browser.new_page(
            viewport={"width": 1120, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        page.goto(self._address + path)
        expect(page.locator("html")).to_have_attribute("data-live", "connected")
        return page

    def shoot(self, page: Page) -> None:
        page.screenshot(path=self._path, style=LEFT_OUT)


#: What belongs to development and not to the page; and a beam of light of a thousand colours,
#: which makes a picture three times as large.
LEFT_OUT = """
limelight-inspector { display: none }
.gallery.gallery { background-image: none }
"""


def gallery(camera: Camera) -> None:
    camera.shoot(camera.open("/", height=900))


def counter(camera: Camera) -> None:
    page = camera.open("/counter", height=640)
    for _ in range(21):
        page.get_by_label("The example").get_by_role("button").click()
    expect(page.locator("h1")).to_have_text("42")
    camera.shoot(page)


def chat_room(camera: Camera) -> None:
    ada, ben = camera.open("/chat_room", height=760), camera.open("/chat_room")
    for page, name in ((ada, "Ada"), (ben, "Ben")):
        page.get_by_label("Your name").fill(name)
        page.get_by_label("Your name").press("Enter")
    message = ben.get_by_label("Message", exact=True)
    message.fill("Ada, how do these words get here?")
    message.press("Enter")
    ben.get_by_label("Message", exact=True).fill("How do these words get here?")
    ben.get_by_role("button", name="Ask Lumen").click()
    expect(ada.locator(".assistant .room-text").last).to_contain_text("I end as well.")
    ada.get_by_label("Message", exact=True).focus()
    camera.shoot(ada)


def dashboard(camera: Camera) -> None:
    for path in ("/counter", "/todo", "/clock", "/chat_room", "/kanban"):
        camera.open(path)
    page = camera.open("/_supervision", height=900, dark=True)
    expect(page.get_by_text("Kanban").first).to_be_visible()
    camera.shoot(page)


SCENES: dict[str, Callable[[Camera], None]] = {
    "gallery": gallery,
    "counter": counter,
    "chat_room": chat_room,
    "dashboard": dashboard,
}


if __name__ == "__main__":
    sys.exit(main())
