"""What live cursors cost: fifty people move their pointers in one document, 30 times a second.

    python -m benchmarks.cursors

The server runs on the first core, all browsers on the second. CPU time is the server's own.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import selectors
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from msgspec.json import decode

SERVER_CORE, LOAD_CORE = 0, 1
PEOPLE, MOVES_A_SECOND = 50, 30
WARM_UP_SECONDS, SECONDS = 3.0, 10.0
SCALE = 10_000
MASK = b"\x00\x00\x00\x00"  # a mask of zeros: the load need not compute
ROOT = Path(__file__).parents[1]


class Person:
    """One browser: a socket that has joined the document."""

    def __init__(self, port: int, number: int) -> None:
        self.name = f"person {number}"
        self.moves = 0
        #: When each of its positions was sent, by its x.
        self.sent_at: dict[int, float] = {}
        #: Who the numbers of the others are.
        self.others: dict[int, str] = {}
        self._buffer = b""
        page = http.client.HTTPConnection("127.0.0.1", port)
        page.request("GET", f"/?name=person+{number}")
        answer = page.getresponse()
        token = re.search(r'dj-token="([^"]+)"', answer.read().decode())
        assert token is not None
        cookie = (answer.headers["Set-Cookie"] or "").partition(";")[0]
        self.socket = open_socket(port, cookie)
        send_message(
            self.socket,
            {"t": "join", "k": token[1], "u": f"/?name=person+{number}", "i": self.name},
        )

    def move(self, now: float) -> None:
        self.moves += 1
        x = self.moves % SCALE
        self.sent_at[x] = now
        send_message(self.socket, {"t": "signal", "h": "cursor", "p": [x / SCALE, 0.5]})

    def frames(self) -> Iterator[bytes]:
        self._buffer += self.socket.recv(262_144)
        while len(self._buffer) >= 4:
            kind, size, head = self._buffer[0], self._buffer[1] & 0x7F, 2
            assert kind != 0x88, f"The server has closed the socket: {self._buffer[:200]!r}"
            if size == 126:
                size, head = int.from_bytes(self._buffer[2:4], "big"), 4
            if len(self._buffer) < head + size:
                return
            if kind == 0x81:  # not a ping, which a busy machine may live to see
                yield self._buffer[head : head + size]
            self._buffer = self._buffer[head + size :]


class Counts:
    """What was delivered."""

    def __init__(self) -> None:
        self.positions = self.bytes = self.frames = 0
        self.seconds: list[float] = []


def send_message(connected: socket.socket, message: dict[str, Any]) -> None:
    """Send one message of the wire as a masked text frame (RFC 6455)."""
    data = json.dumps(message, separators=(",", ":")).encode()
    size = bytes((0x80 | len(data),))
    if len(data) > 125:
        size = bytes((0x80 | 126,)) + len(data).to_bytes(2, "big")
    connected.sendall(b"\x81" + size + MASK + data)


def open_socket(port: int, cookie: str) -> socket.socket:
    opened = socket.create_connection(("127.0.0.1", port))
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    opened.sendall(
        f"GET /_live/socket HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        f"Origin: http://127.0.0.1:{port}\r\nConnection: Upgrade\r\nCookie: {cookie}\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n".encode()
    )
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += opened.recv(1)
    assert b" 101 " in answer, answer
    return opened


@contextmanager
def serving() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(PEOPLE)
        process = subprocess.Popen(
            [sys.executable, "-m", "hypercorn", "-k", "trio", "-w", "0",
             "--bind", f"fd://{listener.fileno()}", "benchmarks.cursors_application:app"],
            cwd=ROOT,
            env={**os.environ, "LIVE_ENV": "development"},
            pass_fds=[listener.fileno()],
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.sched_setaffinity(process.pid, {SERVER_CORE})
        try:
            yield listener.getsockname()[1]
        finally:
            process.kill()
            process.wait()


def state(port: int) -> Any:
    page = http.client.HTTPConnection("127.0.0.1", port)
    page.request("GET", "/state")
    return json.load(page.getresponse())


def move_for(seconds: float, people: dict[str, Person]) -> Counts:
    """Let everybody move in turn, evenly over time, and take in what comes."""
    counts, selector = Counts(), selectors.DefaultSelector()
    for person in people.values():
        selector.register(person.socket, selectors.EVENT_READ, person)
    everybody = [*people.values()]
    began, interval, moved = time.perf_counter(), 1 / (MOVES_A_SECOND * len(people)), 0
    while (now := time.perf_counter()) < began + seconds:
        while began + moved * interval <= now:
            everybody[moved % len(everybody)].move(now)
            moved += 1
        for key, _ in selector.select(max(0.0, began + moved * interval - time.perf_counter())):
            take_in(key.data, people, counts)
    selector.close()
    return counts


def take_in(person: Person, people: dict[str, Person], counts: Counts) -> None:
    for frame in person.frames():
        message = decode(frame)
        if message["t"] != "signal":
            continue
        now = time.perf_counter()
        moves, people_here, *_ = [*message["p"], [], [], []][: max(3, len(message["p"]))]
        person.others |= {number: name for number, name, _ in people_here}
        counts.bytes += len(frame) + (2 if len(frame) < 126 else 4)
        counts.frames += 1
        for number, x in zip(moves[::3], moves[1::3], strict=True):
            other = people[person.others[number]]
            if other is not person and x in other.sent_at:
                counts.positions += 1
                counts.seconds.append(now - other.sent_at[x])


def main() -> None:
    os.sched_setaffinity(0, {LOAD_CORE})
    with serving() as port:
        people = {one.name: one for one in (Person(port, number) for number in range(PEOPLE))}
        move_for(WARM_UP_SECONDS, people)
        before = state(port)
        counts = move_for(SECONDS, people)
        after = state(port)
    cpu = after["cpu"] - before["cpu"]
    delays = statistics.quantiles(counts.seconds, n=100)
    print(f"{PEOPLE} people, {MOVES_A_SECOND} moves a second each, {SECONDS:.0f} s")
    print(f"positions delivered     {counts.positions / SECONDS:,.0f} a second")
    print(f"frames                  {counts.frames / SECONDS:,.0f} a second")
    print(f"CPU of the server       {cpu / SECONDS:.0%} of a core")
    print(f"CPU a position          {cpu / counts.positions * 1e6:.2f} us")
    print(f"bytes a position        {counts.bytes / counts.positions:.1f}")
    print(f"delivery p50, p99       {delays[49] * 1000:.0f}, {delays[98] * 1000:.0f} ms")
    print(f"pages rendered          {after['renders'] - before['renders']}")
    print(f"load average            {os.getloadavg()[0]:.1f}")
    assert after["renders"] == before["renders"], "A move must not render a page."


if __name__ == "__main__":
    main()
