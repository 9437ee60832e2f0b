"""Ten thousand frames that no browser would send: each is refused, and nothing else happens."""

from __future__ import annotations

import json
import random
import re
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import trio
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as open_socket
from websockets.typing import Origin

from limelight.client import connect
from tests.fixtures.memory import resident_bytes
from tests.fixtures.serving import Serve, Server

FRAMES = 10_000
SEED = 20261123
#: Frames a socket: few, because the tenth that cannot be read closes it.
BATCH = 12
#: Refused frame by frame; a socket that goes on like that is closed.
DOCUMENTED_KINDS = {"unfit", "refused", "unknown_event", "parameter"}
DOCUMENTED_CODES = {1003, 1007, 1009, 4400, 4403, 4429}
MOST_GROWTH_BYTES = 32 * 1024 * 1024

TEMPLATES: list[dict[str, Any]] = [
    {"t": "join", "k": "token", "u": "/", "b": True, "e": "", "n": 0, "p": {}},
    {"t": "event", "v": 0, "n": 1, "h": "increment", "p": {"by": 2}, "s": 0, "g": "", "r": False},
    {"t": "seen", "v": 0, "n": 1},
    {"t": "unbound", "v": 0, "s": [[1, 2]]},
    {"t": "navigate", "v": 0, "n": 1, "u": "/", "k": "patch"},
    {"t": "leave", "v": 7},
    {"t": "ping"},
]
STRANGE: list[Any] = [
    None, True, -1, 1.5, 10**30, -(10**30), "", "x" * 500, "\u2028\x00", [], [[]], {}, {"": {}},
    "__class__", "mount", "_on_event", ["a", 1], {"by": {"by": {"by": 1}}}, 2**63, "NaN",
]  # fmt: skip


def mutant(chance: random.Random) -> str | bytes:
    """Return one frame that is wrong in some way."""
    message = json.loads(json.dumps(chance.choice(TEMPLATES)))
    kind = chance.randrange(8)
    if kind == 0:
        return chance.randbytes(chance.randrange(200))
    if kind == 1:
        return "".join(chr(chance.randrange(1, 0x2FFF)) for _ in range(chance.randrange(200)))
    if kind == 2:
        text = json.dumps(message)
        return text[: chance.randrange(len(text))]
    if kind == 3:
        return "[" * 5000 + "]" * 5000
    if kind == 4 and chance.random() < 0.1:
        return json.dumps({**message, "x": "y" * 70_000})
    if kind == 5:
        return json.dumps({**message, "t": chance.choice(["", "frame", "joined", "JOIN", 7, None])})
    for name in chance.sample(sorted(message), chance.randrange(1, len(message) + 1)):
        message[name] = chance.choice(STRANGE)
    return json.dumps(message)


class Page:
    """The address of a real page and a cookie, as an attacker has them as well."""

    def __init__(self, server: Server) -> None:
        self.server = server
        with urllib.request.urlopen(server.url) as answer:
            self.cookie = answer.headers["Set-Cookie"].split(";")[0]
            found = re.search(r'dj-token="([^"]+)"', answer.read().decode())
        assert found is not None
        self.token = found[1]

    @contextmanager
    def socket(self) -> Iterator[ClientConnection]:
        headers = {"Cookie": self.cookie}
        url = f"{self.server.socket_url}/_live/socket"
        origin = Origin(self.server.url)
        with open_socket(url, origin=origin, additional_headers=headers, compression=None) as one:
            yield one

    def join(self, socket: ClientConnection) -> None:
        socket.send(json.dumps({"t": "join", "k": self.token, "u": "/"}))
        while json.loads(socket.recv())["t"] != "joined":
            pass


def attack(page: Page, frames: list[str | bytes], seen: Counter[str]) -> int:
    """Send frames over one socket until it is closed; return how many were sent."""
    with page.socket() as socket:
        sent = 0
        try:
            page.join(socket)
            for frame in frames:
                socket.send(frame)
                sent += 1
            socket.send('{"t":"ping"}')
            while (answer := json.loads(socket.recv(timeout=20)))["t"] != "pong":
                note(answer, seen)
        except ConnectionClosed as closed:
            code = closed.rcvd.code if closed.rcvd else 0
            seen[f"closed {code}"] += 1
    return max(sent, 1)


def note(answer: dict[str, Any], seen: Counter[str]) -> None:
    seen[answer["k"] if answer["t"] == "error" else answer["t"]] += 1


@pytest.mark.parametrize("door", ["on", "off"])
def test_ten_thousand_wrong_frames_are_refused_and_harm_nothing(serve: Serve, door: str) -> None:
    server = serve("examples.counter:app", env={"LIVE_DOOR": door, "LIVE_EVENTS_BURST": "100000"})
    chance = random.Random(f"{SEED} {door}")
    page, seen = Page(server), Counter[str]()
    frames = [mutant(chance) for _ in range(FRAMES)]
    for start in range(0, 600, BATCH):
        attack(page, frames[start : start + BATCH], seen)
    before = resident_bytes(server.process.pid)

    position = 0
    while position < FRAMES:
        position += attack(page, frames[position : position + BATCH], seen)

    assert seen.total() > FRAMES / 2
    closings = {int(name.split()[1]) for name in seen if name.startswith("closed")}
    assert closings <= DOCUMENTED_CODES
    assert seen["closed 4400"] > 0
    assert seen["closed 1009"] > 0
    assert set(seen) - {f"closed {code}" for code in closings} <= DOCUMENTED_KINDS | {
        "pong", "frame", "joined", "bye", "moved",
    }  # fmt: skip
    assert resident_bytes(server.process.pid) - before < MOST_GROWTH_BYTES
    trio.run(still_works, server.url)
    assert "ERROR" not in server.log


async def still_works(url: str) -> None:
    async with connect(url) as page:
        await page.click("button")
        assert page.text("h1") == "2"
