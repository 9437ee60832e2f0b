"""What an echo costs the server through the live door, and what it costs over ASGI.

    python benchmarks/transport.py

Two servers run side by side on the first core, the load comes from the second, and the
rounds alternate, so that both meet the same neighbours. CPU time is the server's own.
"""

from __future__ import annotations

import json
import os
import selectors
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

APPLICATION = Path(__file__).parents[1] / "tests" / "server" / "echo_application.py"
SERVER_CORE, LOAD_CORE = 0, 1
ROUNDS, ECHOES, WARM_UP = 7, 6000, 500
MESSAGE = b"m" * 120
IDLE_CONNECTIONS = 1000

MASK = b"\x00\x00\x00\x00"  # a mask of zeros: the load need not compute
REQUEST_FRAME = bytes((0x81, 0x80 | len(MESSAGE))) + MASK + MESSAGE
ANSWER_BYTES = 2 + len(MESSAGE)
UPGRADE = (
    b"GET /_live/socket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
)


@dataclass
class Served:
    """One way to serve, its server, and what was measured."""

    name: str
    port: int
    microseconds: dict[int, list[float]] = field(default_factory=dict)
    idle_kib: float = 0.0

    def state(self) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/state") as answer:
            return json.load(answer)

    def open_socket(self) -> socket.socket:
        opened = socket.create_connection(("127.0.0.1", self.port))
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.sendall(UPGRADE)
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += opened.recv(4096)
        assert b" 101 " in answer, answer
        return opened


@contextmanager
def serving(name: str, door: str) -> Iterator[Served]:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen(IDLE_CONNECTIONS)
        bind = f"fd://{listener.fileno()}"
        process = subprocess.Popen(
            [sys.executable, "-m", "hypercorn", "-k", "trio", "-w", "0", "--bind", bind,
             "--backlog", str(IDLE_CONNECTIONS), f"{APPLICATION}:app"],
            env={**os.environ, "LIVE_DOOR": door},
            pass_fds=[listener.fileno()],
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.sched_setaffinity(process.pid, {SERVER_CORE})
        try:
            yield Served(name, listener.getsockname()[1])
        finally:
            process.kill()
            process.wait()


def echo(sockets: Sequence[socket.socket], count: int) -> None:
    """Keep one message in flight on every socket until `count` have come back."""
    selector = selectors.DefaultSelector()
    missing = dict.fromkeys(sockets, ANSWER_BYTES)
    for each in sockets:
        selector.register(each, selectors.EVENT_READ)
        each.sendall(REQUEST_FRAME)
    done = 0
    while done < count:
        for key, _ in selector.select():
            ready = key.fileobj
            assert isinstance(ready, socket.socket)
            missing[ready] -= len(ready.recv(4096))
            if missing[ready] == 0:
                done += 1
                missing[ready] = ANSWER_BYTES
                ready.sendall(REQUEST_FRAME)
    for each in sockets:
        while missing[each]:
            missing[each] -= len(each.recv(missing[each]))
    selector.close()


def measure_echoes(path: Served, connections: int) -> None:
    sockets = [path.open_socket() for _ in range(connections)]
    echo(sockets, WARM_UP)
    before = path.state()
    echo(sockets, ECHOES)
    after = path.state()
    handled = after["received"] - before["received"]
    spent = (after["cpu"] - before["cpu"]) / handled * 1e6
    path.microseconds.setdefault(connections, []).append(spent)
    for each in sockets:
        each.close()


def measure_idle(path: Served) -> None:
    before = path.state()["rss"]
    sockets = [path.open_socket() for _ in range(IDLE_CONNECTIONS)]
    path.idle_kib = (path.state()["rss"] - before) / IDLE_CONNECTIONS
    for each in sockets:
        each.close()


def report(paths: Sequence[Served]) -> None:
    print(f"{len(MESSAGE)}-byte echo, {ROUNDS} rounds of {ECHOES}; server CPU, median (min)")
    for path in paths:
        cells = [
            f"{n} conns {statistics.median(spent):.0f} ({min(spent):.0f}) us"
            for n, spent in path.microseconds.items()
        ]
        print(f"{path.name:5} {'; '.join(cells)}; idle {path.idle_kib:.1f} KiB a connection")
    door, asgi = (path.microseconds for path in paths)
    for connections in door:
        ratio = statistics.median(door[connections]) / statistics.median(asgi[connections])
        lowest = min(door[connections]) / min(asgi[connections])
        print(
            f"door / ASGI at {connections}: {ratio:.2f} of the medians, {lowest:.2f} of the minima"
        )


def main() -> None:
    os.sched_setaffinity(0, {LOAD_CORE})
    with ExitStack() as servers:
        paths = [
            servers.enter_context(serving("door", "on")),
            servers.enter_context(serving("ASGI", "off")),
        ]
        started = time.monotonic()
        for path in paths:
            measure_idle(path)
        for _ in range(ROUNDS):
            for connections in (1, 50):
                for path in paths:
                    measure_echoes(path, connections)
        report(paths)
        print(f"took {time.monotonic() - started:.0f} s; load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
