"""Uploads: what is taken, what is refused, and what goes on after a cut, a reload, another worker."""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar

import pytest
import trio

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.client.messages import CHUNK_HEAD, Chunk
from limelight.client.uploading import Sending
from limelight.mixins import UploadMixin
from limelight.server.janitor import sweep
from limelight.server.stores import MemoryStore, StateTable
from limelight.testing import (
    EventFailed,
    LocalFile,
    SocketClosed,
    UploadFailed,
    ViewPage,
    open_browser,
)

CHUNK = 4_096
PNG_HEAD = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"


class Profile(UploadMixin, LiveView):
    """The reference page's example, with a list of what it has saved."""

    template = """
    <input type="file" dj-upload="avatar" accept="{{ uploads.avatar.accept }}">
    {% for entry in uploads.avatar.entries %}
    <p id="{{ entry.ref }}"><b>{{ entry.client_name }}</b>
      <i>{{ entry.status }}</i> <u>{{ entry.progress }}</u> <em>{{ entry.error }}</em></p>
    {% endfor %}
    <ul>{% for name in saved %}<li>{{ name }}</li>{% endfor %}</ul>
    <button id="save" dj-click="save">Save</button>
    <button id="fail" dj-click="fail">Fail</button>
    """
    options: ClassVar[dict[str, Any]] = {}
    taken: ClassVar[list[Any]] = []

    def mount(self, request: Request, **params: Any) -> None:
        self.saved: tuple[str, ...] = ()
        options = {"accept": ".jpg,.png", "chunk_size": CHUNK, **self.options}
        self.allow_upload("avatar", **options)

    @event_handler()
    def save(self, **kwargs: Any) -> None:
        for e in self.consume_uploaded_entries("avatar"):
            self.taken.append(e)
            content = e.file.read() if e.file else b""
            self.saved = (*self.saved, hashlib.sha256(content).hexdigest())

    @event_handler()
    def allow(self, options: dict[str, Any]) -> None:
        self.allow_upload("other", **options)

    @event_handler()
    def fail(self) -> None:
        assert len(self.consume_uploaded_entries("avatar")) == 1
        raise ValueError("the storage is full")


@pytest.fixture(autouse=True)
def _fresh(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    caplog.set_level(logging.CRITICAL, "limelight")
    monkeypatch.setattr(Profile, "options", {})
    monkeypatch.setattr(Profile, "taken", [])


@pytest.fixture
def app(tmp_path: Path) -> LiveApp:
    return application(tmp_path)


def application(folder: Path, **settings: Any) -> LiveApp:
    made = LiveApp(__name__)
    made.config.update(SECRET_KEY="secret", LIVE_ENV="development", LIVE_UPLOAD_DIR=str(folder))
    made.config.update(settings)
    made.live("/", Profile)
    return made


def png(size: int = 10 * CHUNK, name: str = "me.png") -> LocalFile:
    return LocalFile(name, PNG_HEAD + os.urandom(size - len(PNG_HEAD)))


def spooled(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.part"))


def sha256(file: LocalFile) -> str:
    return hashlib.sha256(file.content).hexdigest()


async def until_gone(folder: Path) -> None:
    with trio.fail_after(5):
        while list(folder.iterdir()):
            await trio.sleep(0.01)


# --- what is taken ------------------------------------------------------------------------


async def test_the_example_of_the_reference_page(app: LiveApp, tmp_path: Path) -> None:
    file = png()
    async with open_browser(app) as page:
        await page.upload("input", file)
        assert page.text("i") == "done"
        await page.click("#save")

        assert page.texts("li") == [sha256(file)]
        assert page.count("p") == 0
        (taken,) = Profile.taken
        assert (taken.client_name, taken.client_type, taken.size) == ("me.png", "image/png", 40_960)
        assert taken.sha256 == sha256(file)
        assert taken.safe_name.startswith("me-")
        await until_gone(tmp_path)


async def test_progress_is_a_whole_number_of_percent(app: LiveApp) -> None:
    async with open_browser(app) as page:
        (sending,) = await page.choose_files("input", png(7 * CHUNK))
        shown: list[str] = []
        for _ in range(6):
            await sending.send(1)
            await page.wait_for(lambda: page.text("u") not in ["0", *shown])
            shown.append(page.text("u"))

        assert shown == ["14", "28", "42", "57", "71", "85"]


async def test_several_files_arrive_at_once(app: LiveApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Profile, "options", {"max_entries": 3})
    files = [png(name=f"{number}.png") for number in range(3)]
    async with open_browser(app) as page:
        sendings = await page.choose_files("input", *files)
        async with trio.open_nursery() as nursery:
            for sending in sendings:
                nursery.start_soon(sending.finish)
        await page.click("#save")

        assert page.texts("li") == [sha256(file) for file in files]


async def test_no_more_files_run_than_the_setting_allows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Profile, "options", {"max_entries": 3})
    app = application(tmp_path, LIVE_UPLOAD_PARALLEL=1)
    async with open_browser(app) as page:
        first, second = await page.choose_files("input", png(name="a.png"), png(name="b.png"))
        await first.send(1)
        assert page.texts("i") == ["sending", "waiting"]
        assert second.said[0] == "offered"
        await first.finish()
        await second.finish()


async def test_a_single_file_is_replaced_by_the_next(app: LiveApp, tmp_path: Path) -> None:
    async with open_browser(app) as page:
        await page.upload("input", png(name="old.png"))
        await page.upload("input", png(name="new.png"))

        assert page.texts("b") == ["new.png"]
        with trio.fail_after(5):
            while len(spooled(tmp_path)) > 1:
                await trio.sleep(0.01)


async def test_a_failed_turn_gives_the_files_back(app: LiveApp) -> None:
    file = png()
    async with open_browser(app) as page:
        await page.upload("input", file)
        with pytest.raises(EventFailed, match="the storage is full"):
            await page.click("#fail")
        assert page.text("i") == "done"
        await page.click("#save")

        assert page.texts("li") == [sha256(file)]


async def test_a_view_can_ask_which_files_are_there_without_taking_them(app: LiveApp) -> None:
    class Asking(Profile):
        @event_handler()
        def ask(self) -> None:
            entries = self.upload_entries("avatar")
            self.saved = tuple(f"{one.client_name} {one.status}" for one in entries)

    app.live("/asking", Asking)
    async with open_browser(app, "/asking") as page:
        await page.upload("input", png())
        for _ in range(2):
            await page.call("ask")
            assert page.texts("li") == ["me.png done"]


async def test_without_auto_upload_a_file_waits_for_its_form(
    app: LiveApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Profile, "options", {"auto_upload": False})
    async with open_browser(app) as page:
        (sending,) = await page.choose_files("input", png())
        assert (page.text("i"), sending.said[0]) == ("chosen", "offered")
        await page.call("start_uploads", name="avatar")
        await sending.finish()

        await page.wait_for(lambda: page.text("i") == "done")


async def test_a_file_is_paused_resumed_and_cancelled(app: LiveApp, tmp_path: Path) -> None:
    async with open_browser(app) as page:
        (sending,) = await page.choose_files("input", png())
        await sending.send(3)
        await page.call("pause_upload", name="avatar", ref=sending.ref)
        assert (page.text("i"), sending.said[0]) == ("paused", "hold")
        await page.call("resume_upload", name="avatar", ref=sending.ref)
        await page.wait_for(lambda: sending.said[0] == "go")
        assert sending.said[3] == 3 * CHUNK
        await page.call("cancel_upload", name="avatar", ref=sending.ref)

        assert page.count("p") == 0
        await page.wait_for(lambda: sending.said[0] == "end")
        await until_gone(tmp_path)


class Shouting:
    """A writer that keeps what it was given in capitals."""

    made: ClassVar[list[Shouting]] = []

    def __init__(self, entry: Any) -> None:
        self.name, self.content, self.end = entry.client_name, b"", ""
        self.made.append(self)

    def write(self, content: bytes) -> None:
        self.content += content.upper()

    def close(self) -> str:
        self.end = "closed"
        return f"stored {self.name}"

    def abort(self) -> None:
        self.end = "aborted"


async def test_a_writer_gets_the_bytes_instead_of_a_file(
    app: LiveApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        Profile, "options", {"accept": ".txt", "writer": Shouting, "max_entries": 2}
    )
    text, other = LocalFile("a.txt", b"hello" * 3_000), LocalFile("b.txt", b"bye" * 5_000)
    async with open_browser(app) as page:
        await page.upload("input", text)
        (sending,) = await page.choose_files("input", other)
        await sending.send(1)
        await page.call("cancel_upload", name="avatar", ref=sending.ref)
        await page.click("#save")
        await page.wait_for(lambda: Shouting.made[1].end == "aborted")

        assert Shouting.made[0].content == b"HELLO" * 3_000
        assert (Profile.taken[0].result, Profile.taken[0].file) == ("stored a.txt", None)
        assert not spooled(tmp_path)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"accept": ""}, "accept is empty"),
        ({"accept": "jpg"}, "'jpg' is no ending and no type"),
        ({"accept": "*", "chunk_size": 70_000}, "chunk_size=70000 must be between 1024 and 65520"),
        ({"accept": "*", "max_entries": 0}, "max_entries=0"),
    ],
)
async def test_what_cannot_be_allowed_is_said(
    app: LiveApp, wrong: dict[str, Any], said: str
) -> None:
    async with open_browser(app) as page:
        with pytest.raises(EventFailed, match=said):
            await page.call("allow", options=wrong)


async def test_an_upload_that_was_not_allowed_is_named(app: LiveApp) -> None:
    async with open_browser(app) as page:
        with pytest.raises(EventFailed, match=r'No upload "avatr" was allowed.*has: avatar'):
            await page.call("offer_uploads", name="avatr", files=[])


# --- what goes on after a cut -------------------------------------------------------------

CHUNKS = 40
WINDOW = 16


@pytest.fixture(params=[0, 1, CHUNKS // 2, CHUNKS - 1, CHUNKS])
def cut_at(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def sent_twice(*sendings: Sending) -> int:
    """Return how many chunks were sent more than once."""
    sent = sum(sending.bytes_sent for sending in sendings)
    return (sent - len(sendings[0].file.content)) // CHUNK


async def test_a_cut_at_any_chunk_sends_at_most_a_window_twice(app: LiveApp, cut_at: int) -> None:
    file = png(CHUNKS * CHUNK - 100)
    async with open_browser(app) as page:
        (sending,) = await page.choose_files("input", file)
        await sending.send(cut_at)
        await page.disconnect()
        await page.reconnect()
        await sending.finish()
        await page.click("#save")

        assert page.texts("li") == [sha256(file)]
        assert sent_twice(sending) <= WINDOW


async def test_a_page_that_was_loaded_again_goes_on_with_the_same_file(
    app: LiveApp, cut_at: int
) -> None:
    file = png(CHUNKS * CHUNK - 100)
    async with open_browser(app) as page:
        (before,) = await page.choose_files("input", file)
        await before.send(cut_at)
        page.sendings.clear()
        await page.load("/")
        (after,) = await page.choose_files("input", file)
        await after.finish()
        await page.click("#save")

        assert page.texts("li") == [sha256(file)]
        assert sent_twice(before, after) <= WINDOW


@pytest.mark.parametrize("has_store", [True, False])
async def test_another_worker_goes_on(tmp_path: Path, cut_at: int, has_store: bool) -> None:
    file = png(CHUNKS * CHUNK - 100)
    async with two_workers(tmp_path, has_store) as (second, page):
        (sending,) = await page.choose_files("input", file)
        await sending.send(cut_at)
        await page.disconnect()
        page.visitor.app = second
        await page.reconnect()
        await sending.finish()
        await page.click("#save")

        assert page.texts("li") == [sha256(file)]
        assert sent_twice(sending) <= WINDOW


@asynccontextmanager
async def two_workers(
    folder: Path, has_store: bool = True
) -> AsyncIterator[tuple[LiveApp, ViewPage]]:
    """A page that a first worker serves, and a second worker with the same folder."""
    table = StateTable(10_000_000, trio.current_time)
    first, second = application(folder), application(folder)
    for app in (first, second) if has_store else ():
        app.state_store = MemoryStore(table)
    async with first.running(), second.running(), open_browser(first) as page:
        yield second, page


@pytest.mark.parametrize("has_store", [True, False])
async def test_files_that_are_there_follow_to_another_worker(
    tmp_path: Path, has_store: bool
) -> None:
    file = png()
    async with two_workers(tmp_path, has_store) as (second, page):
        await page.upload("input", file)
        await page.disconnect()
        page.visitor.app = second
        await page.reconnect()
        await page.wait_for(lambda: page.texts("i") == ["done"])
        await page.click("#save")

        assert page.texts("li") == [sha256(file)]


async def test_another_worker_goes_on_although_the_first_has_not_noticed(tmp_path: Path) -> None:
    file = png(CHUNKS * CHUNK)
    async with two_workers(tmp_path, has_store=False) as (second, page):
        (before,) = await page.choose_files("input", file)
        await before.send(20)
        await page.wait_for(lambda: page.taken.get(before.said[2]) == 20 * CHUNK)
        async with page.open_tab() as tab:
            tab.visitor.app = second
            await tab.reconnect()
            (after,) = await tab.choose_files("input", file)
            await after.finish()
            await tab.click("#save")

            assert tab.texts("li") == [sha256(file)]
            assert sent_twice(before, after) <= WINDOW


@pytest.mark.parametrize(
    "other",
    [
        {"modified": 5},
        {"content": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"x" * (CHUNKS * CHUNK - 16)},
        {"name": "you.png"},
    ],
)
async def test_another_file_is_not_taken_for_the_same(app: LiveApp, other: dict[str, Any]) -> None:
    file = png(CHUNKS * CHUNK)
    changed = LocalFile(**{"name": file.name, "content": file.content, **other})
    async with open_browser(app) as page:
        (before,) = await page.choose_files("input", file)
        await before.send(20)
        page.sendings.clear()
        await page.load("/")
        (after,) = await page.choose_files("input", changed)
        await after.finish()

        assert after.bytes_sent == len(file.content)


async def test_nobody_goes_on_with_the_file_of_another_session(app: LiveApp) -> None:
    file = png(CHUNKS * CHUNK)
    async with open_browser(app) as mine, open_browser(app) as yours:
        (sending,) = await mine.choose_files("input", file)
        await sending.send(20)
        (other,) = await yours.choose_files("input", file)
        await other.finish()

        assert other.bytes_sent == len(file.content)


async def test_a_crashed_view_goes_on(app: LiveApp) -> None:
    file = png(CHUNKS * CHUNK)
    async with open_browser(app) as page:
        (sending,) = await page.choose_files("input", file)
        await sending.send(5)
        await page.wait_for(lambda: page.taken.get(sending.said[2]) == 5 * CHUNK)
        await page.crash()
        await page._offer("avatar", [sending])
        await sending.finish()
        await page.click("#save")

        assert page.texts("li") == [sha256(file)]
        assert sent_twice(sending) <= WINDOW


async def test_the_janitor_sweeps_what_nobody_came_back_for(app: LiveApp, tmp_path: Path) -> None:
    async with open_browser(app) as page:
        (sending,) = await page.choose_files("input", png())
        await sending.send(2)
        await page.wait_for(lambda: page.taken.get(sending.said[2]) == 2 * CHUNK)
        (held,) = spooled(tmp_path)
        long_ago = time.time() - 700
        os.utime(held, (long_ago, long_ago))
        assert sweep(tmp_path, 600) == []
    os.utime(held, (long_ago, long_ago))

    assert sweep(tmp_path, 600) == [held.stem]
    assert not list(tmp_path.iterdir())


async def test_what_a_former_process_left_is_swept_at_the_start(tmp_path: Path) -> None:
    for name in ("old.part", "old.json", "lone.json"):
        (tmp_path / name).write_bytes(b"{}")
        os.utime(tmp_path / name, (1, 1))
    async with application(tmp_path).running():
        await until_gone(tmp_path)


# --- what is refused ----------------------------------------------------------------------


async def refusal(page: ViewPage, file: LocalFile) -> str:
    """Return why a file was not taken; the page must say the same."""
    with pytest.raises(UploadFailed) as failed:
        await page.upload("input", file)
    await page.wait_for(lambda: page.texts("em")[-1] == str(failed.value))
    return str(failed.value)


JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0"
MARKUP = b"<!DOCTYPE html><script>alert(1)</script>"
ACTIVE_CONTENT = {
    "HTML as it is": ("a.html", MARKUP),
    "SVG as it is": ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
    "SVG behind XML": ("a.png", b"<?xml version='1.0'?><!-- x --><svg onload='alert(1)'/>"),
    "JavaScript": ("a.js", b"alert(1)"),
    "HTML as a picture": ("a.png", b"  \n" + MARKUP),
    "HTML behind a byte order mark": ("a.png", b"\xef\xbb\xbf" + MARKUP),
    "HTML as text": ("a.txt", MARKUP),
    "a picture that is HTML": ("a.jpg", JPEG + MARKUP),
    "a picture that ends as HTML": ("a.jpg", JPEG + b"\0" * 20_000 + MARKUP),
    "a picture that ends as an archive": (
        "a.jpg",
        JPEG + b"\0" * 9_000 + b"PK\x05\x06" + b"\0" * 18,
    ),
    "a picture that is a script": ("a.gif", b"GIF89a/*" + b"\0" * 20 + b"*/=1;alert(1)"),
    "a document that is HTML": ("a.pdf", b"%PDF-1.4\n" + MARKUP),
    "a program for Node": ("a.txt", b"#!/usr/bin/env node\nalert(1)"),
}


@pytest.mark.parametrize("kind", ACTIVE_CONTENT)
async def test_active_content_and_polyglots_are_refused(
    app: LiveApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(Profile, "options", {"accept": "*"})
    name, content = ACTIVE_CONTENT[kind]
    async with open_browser(app) as page:
        said = await refusal(page, LocalFile(name, content))

        assert said.startswith(f'"{name}" ')
        await until_gone(tmp_path)


async def test_active_content_is_taken_where_it_is_asked_for(
    app: LiveApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Profile, "options", {"accept": ".svg"})
    async with open_browser(app) as page:
        await page.upload("input", LocalFile("logo.svg", b"<svg xmlns='x'/>"))
        await page.click("#save")

        assert Profile.taken[0].client_type == "image/svg+xml"


WRONG = {
    "an ending": (LocalFile("a.pdf", b"%PDF-1.4"), '"a.pdf" is not accepted: expected .jpg, .png.'),
    "an ending behind a NUL": (LocalFile("a.php\0.png", PNG_HEAD), "is not accepted"),
    "a declared type": (
        LocalFile("a.png", PNG_HEAD, "text/css"),
        '"a.png" is declared as text/css',
    ),
    "a declared active type": (LocalFile("a.png", PNG_HEAD, "text/html"), "is active content"),
    "another picture": (LocalFile("a.png", JPEG), "is image/jpeg by its content, and image/png"),
    "no picture": (LocalFile("a.png", b"hello"), "is no image/png: its content is something else"),
    "nothing": (LocalFile("a.png", b""), '"a.png" is empty.'),
    "too much": (LocalFile("a.png", PNG_HEAD + b"x" * 9_000), "is too large: it has 8.8 KB"),
}


@pytest.mark.parametrize("kind", WRONG)
async def test_what_does_not_fit_is_refused_by_name(
    app: LiveApp, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(Profile, "options", {"max_file_size": 9_000})
    file, expected = WRONG[kind]
    async with open_browser(app) as page:
        assert expected in await refusal(page, file)


async def test_one_file_too_many_is_refused_by_name(app: LiveApp) -> None:
    async with open_browser(app) as page:
        first, second = await page.choose_files("input", png(), png(name="b.png"))
        await first.finish()

        assert second.error == '"b.png" is one too many: at most 1 can be uploaded.'


async def test_a_session_has_a_quota(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Profile, "options", {"max_entries": 3})
    app = application(tmp_path, LIVE_UPLOAD_SESSION_BYTES=60_000)
    async with open_browser(app) as page:
        await page.upload("input", png())

        assert '"b.png" is too much' in await refusal(page, png(name="b.png"))


TAKEN = {
    "a.bin": b"anything",
    "a.csv": b"a,b\n1,2\n",
    "a.md": b"# A\n\n<b>bold</b>",
    "a.gz": b"\x1f\x8b\x08\0" + b"\0" * 20,
    "a.docx": b"PK\x03\x04" + b"\0" * 40,
    "a.mp3": b"ID3\x03" + b"\0" * 20,
    "a.unknown": b"anything",
    "a": b"anything",
}


@pytest.mark.parametrize("name", TAKEN)
async def test_harmless_files_of_many_kinds_are_taken(
    app: LiveApp, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(Profile, "options", {"accept": "*"})
    async with open_browser(app) as page:
        await page.upload("input", LocalFile(name, TAKEN[name]))
        await page.click("#save")

        assert Profile.taken[0].client_name == name


TRAVERSALS = (
    "../../etc/passwd.png",
    "..\\..\\windows\\system32.png",
    "..%2f..%2fetc%2fpasswd.png",
    "..%252f..%252fetc%252fpasswd.png",
    "..\u2215..\u2044etc\uff0fpasswd.png",
    "/etc/passwd.png",
    "C:\\secret.png",
    "....//....//passwd.png",
    ".png",
    "con.png",
    "a\0b.png",
    "a\nb\u202egnp.png",
)


@pytest.mark.parametrize("name", TRAVERSALS)
async def test_names_are_text_and_lead_nowhere(app: LiveApp, tmp_path: Path, name: str) -> None:
    file = LocalFile(name, PNG_HEAD + b"x" * 99)
    async with open_browser(app) as page:
        if "\0" in name or name == ".png":
            assert "is not accepted" in await refusal(page, file)
            return
        await page.upload("input", file)
        (path,) = spooled(tmp_path)
        await page.click("#save")
        (taken,) = Profile.taken

        assert Path(taken.safe_name).name == taken.safe_name
        assert taken.safe_name.isprintable()
        assert not {"..", "/", "\\", "%", "\0"} & set(taken.safe_name.split("-"))
        assert taken.safe_name.rpartition("-")[0] not in ("", ".", "..", "con")
        assert "passwd" not in path.name
        assert taken.client_name.isprintable()


async def test_a_name_is_no_markup(app: LiveApp) -> None:
    name = "<img src=x onerror=alert(1)>.png"
    async with open_browser(app) as page:
        await page.upload("input", LocalFile(name, PNG_HEAD))

        assert page.text("b") == name
        assert "<img" not in page.html


# --- browsers that do not keep to the rules -----------------------------------------------

LIES = {
    "overlap": ([(0, CHUNK), (CHUNK // 2, CHUNK)], "came out of order: byte 2048"),
    "a gap": ([(0, CHUNK), (2 * CHUNK, CHUNK)], "came out of order: byte 8192"),
    "the second first": ([(CHUNK, CHUNK)], "came out of order: byte 4096"),
    "a small chunk": ([(0, 100)], "is not of the size that was declared: 100 bytes came at 0"),
    "a large chunk": ([(0, CHUNK + 1)], "is not of the size that was declared"),
    "an empty chunk": ([(0, 0)], "is not of the size that was declared: 0 bytes"),
    "more than declared": ([(0, CHUNK), (CHUNK, CHUNK)], "is not of the size that was declared"),
    "far away": ([(2**63, CHUNK)], "came out of order"),
}


@pytest.mark.parametrize("kind", LIES)
async def test_chunks_against_the_rules_refuse_the_file(
    app: LiveApp, tmp_path: Path, kind: str
) -> None:
    parts, expected = LIES[kind]
    size = CHUNK + 100 if kind == "more than declared" else 10 * CHUNK
    file = png(size)
    async with open_browser(app) as page:
        (sending,) = await page.choose_files("input", file)
        await page.wait_for(lambda: sending.said[0] == "go")
        for offset, length in parts:
            await sending.send_part(offset, (file.content * 2)[:length])
        await page.wait_for(lambda: sending.is_over)

        assert expected in sending.error
        assert sending.error.startswith('"me.png" ')
        await until_gone(tmp_path)


@pytest.mark.parametrize("kind", ["ref", "size", "digest", "surplus"])
async def test_an_offer_that_does_not_fit_is_refused(app: LiveApp, kind: str) -> None:
    offer = {"ref": "a", "name": "a.png", "size": 5}
    wrong = {"ref": "../a", "size": 2**63, "digest": "x"}.get(kind)
    files = (
        [{**offer, "ref": f"r{n}"} for n in range(101)]
        if kind == "surplus"
        else [{**offer, kind: wrong}]
    )
    async with open_browser(app) as page:
        with pytest.raises(EventFailed, match=r"does not fit|at most 100"):
            await page.call("offer_uploads", name="avatar", files=files)
        assert page.count("p") == 0


async def test_more_chunks_than_the_window_end_the_socket(tmp_path: Path) -> None:
    app = application(tmp_path, LIVE_UPLOAD_WINDOW=2)
    async with open_browser(app) as page:
        (sending,) = await page.choose_files("input", png(60 * CHUNK))
        await page.wait_for(lambda: sending.said[0] == "go")
        with suppress(SocketClosed):
            for offset in range(0, 50 * CHUNK, CHUNK):
                await sending.send_part(offset, sending.file.content[offset:][:CHUNK])
        await page.wait_for(lambda: page.closed is not None)

        assert page.closed is not None
        assert page.closed.code == 4429


async def test_chunks_of_nothing_are_dropped_and_short_frames_refused(app: LiveApp) -> None:
    async with open_browser(app) as page:
        await page.send(Chunk(77, 0, b"stray").frame())
        await page.send(Chunk(77, 0, b"stray", view=9).frame())
        await page.send(b"\0" * (CHUNK_HEAD.size - 1))
        await page.wait_for(lambda: bool(page.errors))

        assert [error.kind for error in page.errors] == ["unfit"]
        await page.click("#save")
