"""How fast a file gets through, beside a plain POST of the same file, and what memory it takes.

    python -m benchmarks.upload            throughput, 128 MiB, both ways in turns
    python -m benchmarks.upload large      1 GiB, and how much the server grows by it

One server answers both; it writes the file to a temporary folder and makes its SHA-256.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from limelight.client.messages import (
    Chunk,
    Error,
    Event,
    Frame,
    Join,
    Received,
    decode_to_browser,
    encode,
)
from tests.fixtures.memory import resident_bytes
from tests.fixtures.raw_socket import BINARY, RawSocket, upgrade_request

APPLICATION = Path(__file__).parents[1] / "tests" / "mixins" / "upload_application.py"
MEGABYTE = 1 << 20
THROUGHPUT_BYTES, LARGE_BYTES = 128 * MEGABYTE, 1024 * MEGABYTE
ROUNDS = 5
#: The target: at least so much of what a plain POST reaches.
LEAST_SHARE = 0.5
MOST_GROWTH = 32 * MEGABYTE
BLOCK = os.urandom(MEGABYTE)
SECRETS = {"LIVE_ENV": "production", "SECRET_KEY": "of no worth outside the benchmark"}


class Served:
    """The server's address, and its process group."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port = port
        self.process = process

    @property
    def resident(self) -> int:
        return resident_bytes(self.process.pid)


@contextmanager
def serving() -> Iterator[Served]:
    with socket.socket() as listener, tempfile.TemporaryDirectory() as folder:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        process = subprocess.Popen(
            [sys.executable, "-m", "hypercorn", "-k", "trio", "-w", "0",
             "--bind", f"fd://{listener.fileno()}", f"{APPLICATION}:app"],
            env={**os.environ, **SECRETS, "LIVE_UPLOAD_DIR": folder},
            pass_fds=[listener.fileno()],
            start_new_session=True,
        )  # fmt: skip
        try:
            yield Served(listener.getsockname()[1], process)
        finally:
            process.kill()
            process.wait()


def post(served: Served, size: int) -> float:
    """Send a file as the body of a plain POST; return the seconds."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port)
    began = time.perf_counter()
    connection.request(
        "POST", "/plain", iter([BLOCK] * (size // MEGABYTE)), {"Content-Length": str(size)}
    )
    answer = connection.getresponse()
    assert answer.read().decode() == expected(size), "the server got something else"
    seconds = time.perf_counter() - began
    connection.close()
    return seconds


class Uploader:
    """A browser's end of one upload, without a browser: its cost is not the server's."""

    def __init__(self, served: Served) -> None:
        self._number = 0
        self._offset = 0
        self._event = 0
        self._said: list[list[Any]] = []
        connection = http.client.HTTPConnection("127.0.0.1", served.port)
        connection.request("GET", "/")
        answer = connection.getresponse()
        page = answer.read().decode()
        token = re.search(r'dj-token="([^"]+)"', page)
        assert token is not None, page
        cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
        self._socket = RawSocket(served.port)
        origin = f"http://127.0.0.1:{served.port}"
        request = upgrade_request(Origin=origin, Cookie=cookie)
        host = f"Host: 127.0.0.1:{served.port}".encode()
        self._socket.send(request.replace(b"Host: localhost", host))
        self._socket.read_answer()
        self._socket.say(encode(Join(token[1], "/", page="benchmark")).decode())
        self._hear()

    def send(self, size: int) -> float:
        """Upload a file; return the seconds until the server has checked all of it."""
        self._number += 1
        ref = f"file{self._number}"
        began = time.perf_counter()
        offer = {"ref": ref, "name": "large.bin", "size": size}
        self._call("offer_uploads", {"name": "file", "files": [offer]})
        _, _, transfer, offset, chunk, window = self._news(ref)
        content = memoryview(BLOCK)
        while offset < size:
            within = offset % MEGABYTE
            part = content[within : within + min(chunk, size - offset)]
            if len(part) < min(chunk, size - offset):
                part = memoryview(bytes(part) + BLOCK)[: min(chunk, size - offset)]
            while offset >= self._offset + chunk * window:
                self._hear()
            self._send(Chunk(transfer, offset, part).frame())
            offset += len(part)
        assert self._news(ref)[0] == "done"
        seconds = time.perf_counter() - began
        self._call("take", {"sha256": expected(size)})
        assert self._news(ref)[0] == "end", "the server got something else"
        self._offset = 0
        return seconds

    def _send(self, frame: bytes) -> None:
        # A mask of zeros: browsers mask in compiled code, and the load need not compute.
        head = bytes((0x80 | BINARY, 0x80 | 126)) + len(frame).to_bytes(2, "big")
        self._socket.send(head + b"\0\0\0\0" + frame)

    def _call(self, name: str, parameters: dict[str, Any]) -> None:
        self._event += 1
        self._socket.say(encode(Event(self._event, name, parameters)).decode())

    def _news(self, ref: str) -> list[Any]:
        """Wait for what the server says next of a file."""
        while not any(said[1] == ref for said in self._said):
            self._hear()
        said = next(one for one in self._said if one[1] == ref)
        self._said.remove(said)
        return said

    def _hear(self) -> None:
        message = decode_to_browser(self._socket.hear())
        assert not isinstance(message, Error), message
        if isinstance(message, Received):
            self._offset = message.offset
        if isinstance(message, Frame):
            said = [list(payload) for name, payload in message.effects if name == "upload"]
            assert not any(one[0] == "refused" for one in said), said
            self._said += said


def expected(size: int) -> str:
    found = _sums.get(size)
    if found is None:
        digest = hashlib.sha256()
        for _ in range(size // MEGABYTE):
            digest.update(BLOCK)
        found = _sums[size] = digest.hexdigest()
    return found


_sums: dict[int, str] = {}


def measure_throughput() -> bool:
    with serving() as served:
        uploader = Uploader(served)
        uploader.send(8 * MEGABYTE)
        post(served, 8 * MEGABYTE)
        uploads, posts = [], []
        for _ in range(ROUNDS):
            uploads.append(THROUGHPUT_BYTES / uploader.send(THROUGHPUT_BYTES) / MEGABYTE)
            posts.append(THROUGHPUT_BYTES / post(served, THROUGHPUT_BYTES) / MEGABYTE)
    upload, plain = statistics.median(uploads), statistics.median(posts)
    print(f"upload {upload:.0f} MiB/s, plain POST {plain:.0f} MiB/s: {upload / plain:.2f}")
    print(f"target: at least {LEAST_SHARE}")
    return upload / plain >= LEAST_SHARE


def measure_memory() -> bool:
    with serving() as served:
        uploader = Uploader(served)
        uploader.send(8 * MEGABYTE)
        before = most = served.resident
        is_over = threading.Event()

        def watch() -> None:
            nonlocal most
            while not is_over.wait(0.02):
                most = max(most, served.resident)

        watcher = threading.Thread(target=watch)
        watcher.start()
        seconds = uploader.send(LARGE_BYTES)
        is_over.set()
        watcher.join()
    growth = (most - before) / MEGABYTE
    print(f"1 GiB in {seconds:.1f} s; the server grew by {growth:.1f} MiB at most")
    print(f"target: less than {MOST_GROWTH // MEGABYTE} MiB")
    return most - before < MOST_GROWTH


if __name__ == "__main__":
    measure = measure_memory if "large" in sys.argv[1:] else measure_throughput
    sys.exit(0 if measure() else 1)
