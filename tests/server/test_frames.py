"""Frames as RFC 6455 has them, and as it forbids them, over both transports."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import pytest

from tests.fixtures.raw_socket import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    Frame,
    RawSocket,
    close_frame,
    frame_bytes,
    get_json,
    open_raw,
)
from tests.fixtures.serving import Server

LIMIT = 64 * 1024
FIRST, MIDDLE, LAST = "first", "middle", "last"


def part(which: str, payload: bytes, opcode: int = TEXT) -> bytes:
    """One fragment of a message."""
    return frame_bytes(opcode if which == FIRST else CONTINUATION, payload, is_final=which == LAST)


def text(payload: str | bytes) -> bytes:
    return frame_bytes(TEXT, payload.encode() if isinstance(payload, str) else payload)


def echoed(payload: str) -> Frame:
    return Frame(TEXT, payload.encode())


@dataclass(frozen=True)
class Kept:
    """What is sent, and what comes back; the socket stays open."""

    name: str
    sent: bytes
    answers: tuple[Frame, ...]


KEPT = [
    Kept("a text", text("hello"), (echoed("hello"),)),
    Kept("an empty text", text(""), (echoed(""),)),
    Kept("the longest short text", text("m" * 125), (echoed("m" * 125),)),
    Kept("the shortest middle text", text("m" * 126), (echoed("m" * 126),)),
    Kept("the longest middle text", text("m" * 65535), (echoed("m" * 65535),)),
    Kept("a text as long as the limit", text("m" * LIMIT), (echoed("m" * LIMIT),)),
    Kept("a text in many scripts", text("κόσμε 世界 🌍"), (echoed("κόσμε 世界 🌍"),)),
    Kept("a binary frame", frame_bytes(BINARY, b"\xff\x00"), (echoed("binary ff00"),)),
    Kept("an empty binary frame", frame_bytes(BINARY), (echoed("binary "),)),
    Kept("two frames in one packet", text("a") + text("b"), (echoed("a"), echoed("b"))),
    Kept("two fragments", part(FIRST, b"he") + part(LAST, b"llo"), (echoed("hello"),)),
    Kept(
        "empty fragments around a full one",
        part(FIRST, b"") + part(MIDDLE, b"hello") + part(MIDDLE, b"") + part(LAST, b""),
        (echoed("hello"),),
    ),
    Kept(
        "binary fragments",
        part(FIRST, b"\xfe", BINARY) + part(LAST, b"\xff"),
        (echoed("binary feff"),),
    ),
    Kept(
        "a character cut by fragments",
        part(FIRST, "世".encode()[:1]) + part(LAST, "世".encode()[1:]),
        (echoed("世"),),
    ),
    Kept(
        "fragments as long as the limit",
        part(FIRST, b"m" * (LIMIT - 1)) + part(LAST, b"m"),
        (echoed("m" * LIMIT),),
    ),
    Kept("an empty ping", frame_bytes(PING), (Frame(PONG, b""),)),
    Kept("the longest ping", frame_bytes(PING, b"p" * 125), (Frame(PONG, b"p" * 125),)),
    Kept("a binary ping", frame_bytes(PING, b"\xff\xfe\x00"), (Frame(PONG, b"\xff\xfe\x00"),)),
    Kept(
        "ten pings",
        b"".join(frame_bytes(PING, b"%d" % n) for n in range(10)),
        tuple(Frame(PONG, b"%d" % n) for n in range(10)),
    ),
    Kept("a pong that nobody asked for", frame_bytes(PONG, b"?"), ()),
    Kept(
        "a pong between fragments",
        part(FIRST, b"he") + frame_bytes(PONG) + part(LAST, b"llo"),
        (echoed("hello"),),
    ),
]


@dataclass(frozen=True)
class Ended:
    """What is sent, and the code with which the server closes."""

    name: str
    sent: bytes
    code: int


def unfinished_then(sent: bytes) -> bytes:
    return part(FIRST, b"he") + sent


ENDED = [
    Ended("a close", close_frame(1000), 1000),
    Ended("a close without a code", frame_bytes(CLOSE), 1005),
    Ended("a close with a reason", close_frame(1000, b"bye"), 1000),
    Ended("a close with the longest reason", close_frame(1000, b"r" * 123), 1000),
    Ended("a page that is left", close_frame(1001), 1001),
    Ended("a registered code", close_frame(3000), 3000),
    Ended("a private code", close_frame(4999), 4999),
    Ended("data after the close", close_frame(1000) + text("late"), 1000),
    Ended("a close of one byte", frame_bytes(CLOSE, b"\x03"), 1002),
    Ended("a close code below all", close_frame(999), 1002),
    Ended("a close code kept for 'none'", close_frame(1005), 1002),
    Ended("a close code kept for 'lost'", close_frame(1006), 1002),
    Ended("a close code of nobody", close_frame(2999), 1002),
    Ended("a close code above all", close_frame(5000), 1002),
    Ended("a close reason that is no text", close_frame(1000, b"\xff"), 1007),
    Ended("a close that is too long", close_frame(1000, b"r" * 124), 1002),
    Ended("a close in fragments", frame_bytes(CLOSE, is_final=False), 1002),
    Ended("a ping that is too long", frame_bytes(PING, b"p" * 126), 1002),
    Ended("a ping in fragments", frame_bytes(PING, is_final=False), 1002),
    Ended("the first reserved bit", frame_bytes(TEXT, b"x", reserved=4), 1002),
    Ended("the second reserved bit", frame_bytes(TEXT, b"x", reserved=2), 1002),
    Ended("the third reserved bit", frame_bytes(TEXT, b"x", reserved=1), 1002),
    Ended("a reserved bit on a ping", frame_bytes(PING, reserved=4), 1002),
    Ended("a reserved data opcode", frame_bytes(3, b"x"), 1002),
    Ended("the last reserved data opcode", frame_bytes(7, b"x"), 1002),
    Ended("a reserved control opcode", frame_bytes(11), 1002),
    Ended("the last reserved control opcode", frame_bytes(15), 1002),
    Ended("a frame without a mask", frame_bytes(TEXT, b"x", is_masked=False), 1002),
    Ended("a continuation of nothing", part(LAST, b"x"), 1002),
    Ended("a text within a text", unfinished_then(text("x")), 1002),
    Ended("a binary frame within a text", unfinished_then(frame_bytes(BINARY)), 1002),
    Ended("a text that is no UTF-8", text(b"\xff"), 1007),
    Ended("a text that ends in mid-character", text("世".encode()[:2]), 1007),
    Ended("an overlong character", text(b"\xc0\xaf"), 1007),
    Ended("half of a surrogate pair", text(b"\xed\xa0\x80"), 1007),
    Ended("a character beyond Unicode", text(b"\xf4\x90\x80\x80"), 1007),
    Ended("bad UTF-8 in the last fragment", unfinished_then(part(LAST, b"\xff")), 1007),
    Ended("a frame above the limit", text("m" * (LIMIT + 1)), 1009),
    Ended("many bytes in few characters", text("世" * (LIMIT // 3 + 1)), 1009),
    Ended("fragments above the limit", part(FIRST, b"m" * LIMIT) + part(MIDDLE, b"m" * 99), 1009),
    Ended(
        "a frame that claims a terabyte",
        frame_bytes(BINARY, b"x" * (LIMIT + 1), claimed_size=2**40),
        1009,
    ),
]


@pytest.mark.parametrize("case", KEPT, ids=lambda case: case.name)
def test_a_right_frame_is_answered_and_the_socket_stays(echo_server: Server, case: Kept) -> None:
    with open_raw(echo_server.port) as raw:
        raw.send(case.sent)
        answers = [raw.read_frame() for _ in case.answers]
        raw.say("and then")
        assert answers == list(case.answers)
        assert raw.hear() == "and then"


@pytest.mark.parametrize("case", ENDED, ids=lambda case: case.name)
def test_an_ending_frame_is_answered_with_its_code(echo_server: Server, case: Ended) -> None:
    with open_raw(echo_server.port) as raw:
        raw.say("before")
        assert raw.hear() == "before"
        raw.send(case.sent)
        assert raw.read_close_code() == case.code


def test_a_frame_may_arrive_byte_by_byte(echo_server: Server) -> None:
    with open_raw(echo_server.port) as raw:
        for byte in text("slowly") + part(FIRST, b"and ") + part(LAST, b"again"):
            raw.send(struct.pack("B", byte))
        assert [raw.hear(), raw.hear()] == ["slowly", "and again"]


def test_a_ping_between_fragments_is_answered_before_the_message(echo_server: Server) -> None:
    with open_raw(echo_server.port) as raw:
        raw.send(part(FIRST, b"he") + frame_bytes(PING, b"now"))
        assert raw.read_frame() == Frame(PONG, b"now")
        raw.send(part(LAST, b"llo"))
        assert raw.hear() == "hello"


def test_faults_of_frames_are_counted(echo_server: Server) -> None:
    before = get_json(echo_server.port, "/state")["counts"]
    for sent in (text(b"\xff"), frame_bytes(3), text("m" * (LIMIT + 1))):
        with open_raw(echo_server.port) as raw:
            _send_and_read_to_the_end(raw, sent)
    after = get_json(echo_server.port, "/state")["counts"]
    assert after["unfit"] - before["unfit"] == 2
    assert after["too_big"] - before["too_big"] == 1


def _send_and_read_to_the_end(raw: RawSocket, sent: bytes) -> None:
    raw.send(sent)
    raw.read_close_code()
