"""The launcher with real processes: killed, stopped, renewed, and never leaving an orphan."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest
import trio

from limelight.client import PageError, SocketClosed, connect
from limelight.client.page import Page
from tests.fixtures.databases import RedisServer
from tests.fixtures.launching import Launched
from tests.fixtures.raw_socket import get_json
from tests.fixtures.serving import ROOT

PATIENCE_SECONDS = 40
CERTIFICATE = str(Path(__file__).parent / "localhost.pem")
APPLICATION = '''
import os
from quart import jsonify
from limelight import LiveApp, LiveView, event_handler

class Counter(LiveView):
    template = """<h1>{{ count }}</h1><i>{{ worker }}</i><b>VERSION</b>
    <button dj-click="add">+</button>"""
    persist = "PERSIST"

    def mount(self, request, **params):
        self.count = 0

    def get_context_data(self, **kwargs):
        return super().get_context_data(worker=os.getpid(), **kwargs)

    @event_handler()
    def add(self, by: int = 1):
        self.count += by

app = LiveApp(__name__)
app.live("/", Counter)

@app.get("/worker")
async def worker():
    return jsonify(os.getpid())
'''

ROOM = """
import os
from limelight import LiveApp, LiveView, event_handler

class Room(LiveView):
    template = "<i>{{ worker }}</i>{% for line in lines %}<p>{{ line }}</p>{% endfor %}"

    def mount(self, request, **params):
        self.lines = []
        self.subscribe("room")

    def get_context_data(self, **kwargs):
        return super().get_context_data(worker=os.getpid(), **kwargs)

    def handle_info(self, message):
        self.lines = [*self.lines, message]

    @event_handler()
    def say(self, text: str):
        self.broadcast("room", text)

app = LiveApp(__name__)
app.live("/", Room)
"""


class Launch:
    """Starts launchers; the test's folder holds the application."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.launched: list[Launched] = []
        self._sockets: list[socket.socket] = []

    def write(self, version: str = "one", persist: str = "soon", text: str = APPLICATION) -> None:
        code = text.replace("VERSION", version).replace("PERSIST", persist)
        (self.folder / "shop.py").write_text(code)

    def __call__(
        self,
        command: str,
        *arguments: str,
        wait: bool = True,
        secret: str = "for tests",
        **settings: str,
    ) -> Launched:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", 0))
        self._sockets.append(listener)
        line = [
            sys.executable,
            "-m",
            "limelight",
            command,
            str(self.folder / "shop.py"),
            *arguments,
        ]
        env = {"SECRET_KEY": secret, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT)}
        env |= settings
        log_path = self.folder / f"launcher-{len(self.launched)}.log"
        server = Launched(line, listener, log_path, env)
        self.launched.append(server)
        if wait:
            server.wait_for_log("serving on")
        return server

    def end(self) -> None:
        for server in self.launched:
            server.kill()
        for listener in self._sockets:
            listener.close()


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    launching = Launch(tmp_path)
    launching.write()
    yield launching
    launching.end()


@asynccontextmanager
async def visited(server: Launched) -> AsyncIterator[Page]:
    async with connect(f"http://127.0.0.1:{server.port}/", answer_seconds=PATIENCE_SECONDS) as page:
        yield page


async def come_back(page: Page) -> None:
    """Reconnect as a browser does: again, until somebody answers."""
    with trio.fail_after(PATIENCE_SECONDS):
        while not page.is_connected:
            try:
                await page.reconnect()
            except (OSError, SocketClosed, PageError):
                await trio.sleep(0.05)


async def until_lost(page: Page) -> None:
    with trio.fail_after(PATIENCE_SECONDS):
        while page.is_connected:
            await trio.sleep(0.02)


def worker_of(page: Page) -> int:
    return int(page.text("i"))


@pytest.mark.parametrize("store", ["launcher", "redis"])
async def test_a_killed_worker_is_started_again_and_the_page_goes_on(
    launch: Launch, redis_server: RedisServer, store: str
) -> None:
    launch.write(persist="strict")
    redis_url = redis_server.url if store == "redis" else ""
    server = launch("serve", "--workers", "2", REDIS_URL=redis_url)
    async with visited(server) as page:
        for _ in range(3):
            await page.click("button")
        killed = worker_of(page)
        os.kill(killed, signal.SIGKILL)
        await until_lost(page)
        await come_back(page)
        await page.click("button")

        assert page.text("h1") == "4"
        assert worker_of(page) != killed
        assert [error.kind for error in page.errors] == []
        await trio.to_thread.run_sync(server.wait_until, lambda: len(server.workers) == 2)


async def test_a_frozen_worker_is_replaced_and_the_page_goes_on(launch: Launch) -> None:
    launch.write(persist="strict")
    server = launch("serve", "--workers", "2", LIVE_WORKER_SECONDS="3")
    async with visited(server) as page:
        await page.click("button")
        os.kill(worker_of(page), signal.SIGSTOP)
        await until_lost(page)
        await come_back(page)
        await page.click("button")

        assert page.text("h1") == "2"
        server.wait_for_log("has said nothing for 3.0 s and is killed")


async def test_a_killed_worker_costs_soon_only_what_it_says(launch: Launch) -> None:
    server = launch("serve", "--workers", "1")
    async with visited(server) as page:
        for _ in range(3):
            await page.click("button")
        os.kill(worker_of(page), signal.SIGKILL)
        await until_lost(page)
        await come_back(page)

        assert page.text("h1") == "3" or [error.kind for error in page.errors] == ["lost"]


async def test_a_socket_that_lands_on_another_worker_finds_its_view(launch: Launch) -> None:
    server = launch("serve", "--workers", "2")
    async with visited(server) as page:
        first, clicks = worker_of(page), 0
        while worker_of(page) == first:
            assert clicks < 200
            await page.click("button")
            clicks += 1
            await page.disconnect()
            await come_back(page)

        assert page.text("h1") == str(clicks)
        assert page.errors == []


async def test_views_of_all_workers_hear_each_other(launch: Launch) -> None:
    launch.write(text=ROOM)
    server = launch("serve", "--workers", "2")
    async with visited(server) as one, AsyncExitStack() as others:
        while worker_of(other := await others.enter_async_context(visited(server))) == worker_of(
            one
        ):
            pass
        await other.call("say", text="hello")
        await one.wait_for(lambda: "hello" in one.texts("p"), timeout=PATIENCE_SECONDS)
        await one.call("say", text="good day")
        await other.wait_for(lambda: "good day" in other.texts("p"), timeout=PATIENCE_SECONDS)

        assert one.texts("p") == other.texts("p") == ["hello", "good day"]


async def test_sigterm_closes_sockets_with_1012_and_exits_with_0(launch: Launch) -> None:
    server = launch("serve", "--workers", "2")
    async with visited(server) as page:
        server.process.send_signal(signal.SIGTERM)
        await until_lost(page)

        assert page.goodbye is not None
        assert page.goodbye.again
        with pytest.raises(SocketClosed, match="1012"):
            await page.click("button")
    assert server.stop() == 0
    assert server.workers == []
    assert "Traceback" not in server.log


async def test_sighup_brings_new_code_and_keeps_the_page(launch: Launch) -> None:
    server = launch("serve", "--workers", "2")
    async with visited(server) as page:
        await page.click("button")
        launch.write(version="two")
        server.process.send_signal(signal.SIGHUP)
        ready = []
        with trio.fail_after(PATIENCE_SECONDS):
            while "all workers have been restarted" not in server.log:
                answer = await trio.to_thread.run_sync(get_json, server.port, "/worker")
                ready.append(answer)
        await come_back(page)
        await page.click("button")

        assert (page.text("h1"), page.text("b")) == ("2", "two")
        assert all(ready)
        assert page.errors == []
    assert server.stop() == 0


async def test_a_faulty_renewal_leaves_the_old_workers_serving(launch: Launch) -> None:
    server = launch("serve", "--workers", "1")
    server.may_log_tracebacks = True
    async with visited(server) as page:
        launch.write(text="this is no Python")
        server.process.send_signal(signal.SIGHUP)
        await trio.to_thread.run_sync(server.wait_for_log, "the others stay as they are")
        await page.click("button")

        assert page.text("h1") == "1"


def test_a_killed_launcher_leaves_no_orphans(launch: Launch) -> None:
    server = launch("serve", "--workers", "2")
    workers = server.workers
    assert len(workers) == 2
    os.kill(server.process.pid, signal.SIGKILL)

    server.wait_until(lambda: not any(map(_is_running, workers)))


def _is_running(process_id: int) -> bool:
    status = Path(f"/proc/{process_id}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize(
    ("application", "complaint"),
    [("this is no Python", "SyntaxError"), ("application = 1", "has no 'app'")],
)
def test_what_cannot_start_ends_with_a_failing_exit_code(
    launch: Launch, application: str, complaint: str
) -> None:
    launch.write(text=application)
    server = launch("serve", "--workers", "2", wait=False)

    assert server.process.wait(PATIENCE_SECONDS) == 3
    assert complaint in server.log


def test_an_application_without_a_secret_does_not_start(launch: Launch) -> None:
    server = launch("serve", wait=False, secret="")
    server.may_log_tracebacks = True

    assert server.process.wait(PATIENCE_SECONDS) == 3
    assert "SECRET_KEY is not set" in server.log


def test_an_address_that_is_taken_is_named(launch: Launch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        ended = subprocess.run(
            [sys.executable, "-m", "limelight", "serve", "shop:app", "--bind", address],
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
        )

    assert ended.returncode == 2
    assert f"cannot listen on {address}" in ended.stderr


async def test_pages_and_sockets_are_served_over_tls(launch: Launch) -> None:
    server = launch("serve", "--certfile", CERTIFICATE, "--keyfile", CERTIFICATE)
    trusting = ssl.create_default_context(cafile=CERTIFICATE)
    trusting.check_hostname = False
    url = f"https://127.0.0.1:{server.port}/"
    async with connect(url, ssl_context=trusting, answer_seconds=PATIENCE_SECONDS) as page:
        await page.click("button")

        assert page.text("h1") == "1"
    assert server.stop() == 0


def test_load_balancers_hear_that_a_worker_lives_and_is_ready(launch: Launch) -> None:
    server = launch("serve")

    for path in ("/_live/live", "/_live/ready"):
        with urlopen(f"{server.url}{path}") as answer:
            assert answer.status == 200


async def test_what_is_saved_in_the_editor_is_on_the_page_with_its_state(launch: Launch) -> None:
    server = launch("dev")
    await trio.to_thread.run_sync(server.wait_for_log, "watching")
    async with visited(server) as page:
        await page.click("button")
        launch.write(version="two")
        await until_lost(page)
        await come_back(page)

        assert (page.text("h1"), page.text("b")) == ("1", "two")
        assert page.errors == []


async def test_a_mistake_in_the_editor_is_told_and_its_correction_comes(launch: Launch) -> None:
    server = launch("dev")
    server.may_log_tracebacks = True
    await trio.to_thread.run_sync(server.wait_for_log, "watching")
    async with visited(server) as page:
        await page.click("button")
        launch.write(text="def this is no Python")
        with trio.fail_after(PATIENCE_SECONDS):
            while not page.errors:
                await trio.sleep(0.02)
        assert page.errors[0].message.startswith("SyntaxError")
        await page.click("button")
        launch.write(version="three")
        await until_lost(page)
        await come_back(page)

        assert (page.text("h1"), page.text("b")) == ("2", "three")


async def test_attributes_that_mount_sets_since_the_change_begin_the_view_anew(
    launch: Launch,
) -> None:
    server = launch("dev")
    await trio.to_thread.run_sync(server.wait_for_log, "watching")
    async with visited(server) as page:
        await page.click("button")
        launch.write(text=APPLICATION.replace("self.count = 0", "self.count = self.start = 7"))
        await until_lost(page)
        await come_back(page)

        assert page.text("h1") == "7"
        assert [(error.kind, error.message) for error in page.errors] == [
            ("lost", "Counter.mount sets start now, so the page begins anew.")
        ]
