"""What an open dashboard costs a server with 5,000 views, and whether it is there in need.

    python -m benchmarks.dashboard

The server runs on the first core, all browsers on the second. Rounds with the page closed and
open alternate, so that both meet the same neighbours. CPU time is the server's own.
"""

from __future__ import annotations

import http.client
import os
import random
import re
import selectors
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from msgspec.json import decode

from .cursors import open_socket, send_message

SERVER_CORE, LOAD_CORE = 0, 1
VIEWS, EVENTS_A_SECOND = 5_000, 200
ROUNDS, ROUND_SECONDS, WARM_UP_SECONDS = 8, 5.0, 4.0
#: So many events are under way in the overload that each waits for about a second.
WAIT_SECONDS, OVERLOAD_SECONDS, PROBE_SECONDS = 1.0, 15.0, 3.0
#: Nothing but the events and the page is to cost anything meanwhile.
QUIET = {"LIVE_HEARTBEAT_SECONDS": "900", "LIVE_SILENCE_SECONDS": "1800"}
ROOT = Path(__file__).parents[1]


class Browser:
    """A page of the application that has joined over a socket of its own."""

    def __init__(self, http_connection: http.client.HTTPConnection, path: str, cookie: str) -> None:
        http_connection.request("GET", path, headers={"Cookie": cookie})
        answer = http_connection.getresponse()
        token = re.search(r'dj-token="([^"]+)"', answer.read().decode())
        assert token is not None
        self.cookie = (answer.headers["Set-Cookie"] or cookie).partition(";")[0]
        self.number, self.sent_at, self.waits = 0, 0.0, False
        self.frames = self.bytes = 0
        self._buffer = b""
        self.socket = open_socket(http_connection.port, self.cookie)
        send_message(
            self.socket, {"t": "join", "k": token[1], "u": path, "b": True, "i": "benchmark"}
        )

    def tell(self, event: str) -> None:
        self.number += 1
        self.sent_at, self.waits = time.perf_counter(), True
        send_message(self.socket, {"t": "event", "n": self.number, "h": event})

    def take_in(self) -> float | None:
        """Read what has come; return the seconds that the event took which it answers."""
        took = None
        for data in self._messages():
            message = decode(data)
            self.frames += message["t"] == "frame"
            self.bytes += len(data)
            if self.waits and message.get("a", 0) >= self.number:
                self.waits = False
                took = time.perf_counter() - self.sent_at
        return took

    def _messages(self) -> Iterator[bytes]:
        received = self.socket.recv(262_144)
        assert received, "The server has closed the socket."
        self._buffer += received
        while len(self._buffer) >= 2:
            size, head = self._buffer[1] & 0x7F, 2
            if size >= 126:
                head = 4 if size == 126 else 10
                size = int.from_bytes(self._buffer[2:head], "big")
            if len(self._buffer) < head + size:
                return
            assert self._buffer[0] != 0x88, f"The server closes: {self._buffer[:100]!r}"
            if self._buffer[0] == 0x81:
                yield self._buffer[head : head + size]
            self._buffer = self._buffer[head + size :]


class Crowd:
    """All browsers of the benchmark, and what they wait for."""

    def __init__(self, port: int, process_id: int) -> None:
        self.process_id = process_id
        self.http = http.client.HTTPConnection("127.0.0.1", port)
        self.selector = selectors.DefaultSelector()
        self.browsers: list[Browser] = []
        self.board: Browser | None = None

    def join(self, views: int) -> None:
        cookie = ""
        for _ in range(views):
            browser = Browser(self.http, "/", cookie)
            cookie = browser.cookie
            self.selector.register(browser.socket, selectors.EVENT_READ, browser)
            self.browsers.append(browser)
            self.listen(0.0)

    def open_board(self) -> Browser:
        # The one that the others came over is closed by now.
        self.http.close()
        self.board = board = Browser(self.http, "/_supervision", self.browsers[0].cookie)
        self.selector.register(board.socket, selectors.EVENT_READ, board)
        return board

    def close_board(self) -> None:
        assert self.board is not None
        self.selector.unregister(self.board.socket)
        send_message(self.board.socket, {"t": "leave"})
        self.board.socket.close()
        self.board = None

    def listen(self, seconds: float) -> list[tuple[Browser, float | None]]:
        return [
            (key.data, key.data.take_in()) for key, _ in self.selector.select(max(0.0, seconds))
        ]

    def cpu_seconds(self) -> float:
        stat = Path(f"/proc/{self.process_id}/stat").read_text().rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")

    def use(self, seconds: float) -> list[float]:
        """Let random views have events, evenly over time; return how long each took."""
        delays: list[float] = []
        began, sent = time.perf_counter(), 0
        while (now := time.perf_counter()) < began + seconds:
            while began + sent / EVENTS_A_SECOND <= now:
                sent += 1
                chosen = random.choice(self.browsers)
                if not chosen.waits:
                    chosen.tell("add")
            due = began + sent / EVENTS_A_SECOND - time.perf_counter()
            delays += [took for _, took in self.listen(due) if took is not None]
        return delays

    def overload(self, seconds: float, under_way: int) -> tuple[list[float], list[float]]:
        """Keep many long events under way; return what they took, and the gaps of the page."""
        delays, shown = list[float](), [time.perf_counter()]
        until = time.perf_counter() + seconds
        busy = random.sample([one for one in self.browsers if not one.waits], under_way)
        for browser in busy:
            browser.tell("work")
        while time.perf_counter() < until:
            for browser, took in self.listen(1.0):
                if browser is self.board:
                    shown.append(time.perf_counter())
                elif took is not None:
                    delays.append(took)
                    browser.tell("work")
        shown.append(time.perf_counter())
        return delays, [later - first for first, later in pairwise(shown)]


@contextmanager
def serving() -> Iterator[tuple[int, int]]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1_000)
        process = subprocess.Popen(
            [sys.executable, "-m", "hypercorn", "-k", "trio", "-w", "0",
             "--bind", f"fd://{listener.fileno()}", "benchmarks.dashboard_application:app"],
            cwd=ROOT,
            env={**os.environ, **QUIET, "LIVE_ENV": "production", "SECRET_KEY": "benchmark"},
            pass_fds=[listener.fileno()],
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.sched_setaffinity(process.pid, {SERVER_CORE})
        try:
            yield listener.getsockname()[1], process.pid
        finally:
            process.kill()
            process.wait()


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def measure(crowd: Crowd) -> None:
    """Print what is measured with the page closed and open."""
    crowd.use(WARM_UP_SECONDS)
    delays: dict[str, list[float]] = {"closed": [], "open": []}
    p99s: dict[str, list[float]] = {"closed": [], "open": []}
    cpu: dict[str, list[float]] = {"closed": [], "open": []}
    rates: list[float] = []
    for number in range(2 * ROUNDS):
        name = "open" if number % 2 else "closed"
        board = crowd.open_board() if name == "open" else None
        crowd.use(1.0)
        before, began, bytes_before = crowd.cpu_seconds(), time.perf_counter(), 0
        if board is not None:
            bytes_before = board.bytes
        taken = crowd.use(ROUND_SECONDS)
        seconds = time.perf_counter() - began
        cpu[name].append((crowd.cpu_seconds() - before) / seconds * 100)
        if board is not None:
            rates.append((board.bytes - bytes_before) / seconds / 1024)
            crowd.close_board()
        delays[name] += taken
        p99s[name].append(percentile(taken, 0.99) * 1e3)
    for name, taken in delays.items():
        print(
            f"{name:6}  {statistics.median(cpu[name]):5.1f} % of a core   "
            f"events p50 {percentile(taken, 0.5) * 1e3:.2f} ms, p99 {percentile(taken, 0.99) * 1e3:.2f} ms, "
            f"median of the rounds' p99 {statistics.median(p99s[name]):.2f} ms"
        )
    page = statistics.median(o - c for c, o in zip(cpu["closed"], cpu["open"], strict=True))
    print(f"the page: {page:.1f} % of a core, {statistics.median(rates):.1f} KiB/s")


def main() -> None:
    os.sched_setaffinity(0, {LOAD_CORE})
    with serving() as (port, process_id):
        crowd = Crowd(port, process_id)
        began = time.perf_counter()
        crowd.join(VIEWS)
        print(f"{VIEWS} views joined in {time.perf_counter() - began:.0f} s")
        measure(crowd)
        crowd.open_board()
        crowd.use(1.0)
        probed, _ = crowd.overload(PROBE_SECONDS, 20)
        under_way = int(len(probed) / PROBE_SECONDS * WAIT_SECONDS)
        delays, gaps = crowd.overload(OVERLOAD_SECONDS, under_way)
        print(
            f"overloaded by {under_way} events under way: p50 {percentile(delays, 0.5):.2f} s, p99 {percentile(delays, 0.99):.2f} s; "
            f"{len(gaps) - 2} frames of the page, the longest gap {max(gaps):.2f} s"
        )


if __name__ == "__main__":
    main()
