"""Live sockets of a real server: their opening, their end, and what is refused."""

from __future__ import annotations

import hashlib
import signal
import time
from base64 import b64encode
from contextlib import ExitStack

import pytest

from tests.fixtures.raw_socket import (
    CLOSE,
    KEY,
    PATIENCE_SECONDS,
    PING,
    TEXT,
    RawSocket,
    close_frame,
    frame_bytes,
    get_json,
    open_raw,
    upgrade_request,
)
from tests.fixtures.serving import Server

from .conftest import ServeEcho, state, wait_for

# --- opening ----------------------------------------------------------------------------


def test_a_socket_opens_with_the_key_of_the_request(echo_server: Server) -> None:
    with RawSocket(echo_server.port) as raw:
        raw.send(upgrade_request())
        answer = raw.read_answer()
    digest = hashlib.sha1((KEY + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
    assert (answer.status, answer.headers["upgrade"].lower()) == (101, "websocket")
    assert answer.headers["sec-websocket-accept"] == b64encode(digest).decode()


def test_compression_is_not_agreed_to(echo_server: Server) -> None:
    with RawSocket(echo_server.port) as raw:
        raw.send(upgrade_request(Sec_WebSocket_Extensions="permessage-deflate"))
        answer = raw.read_answer()
    assert answer.status == 101
    assert "sec-websocket-extensions" not in answer.headers


def test_a_request_may_arrive_byte_by_byte(echo_server: Server) -> None:
    with RawSocket(echo_server.port) as raw:
        for byte in upgrade_request():
            raw.send(bytes([byte]))
        assert raw.read_answer().status == 101
        raw.say("hello")
        assert raw.hear() == "hello"


def test_the_gate_hears_what_the_browser_said(echo_server: Server) -> None:
    with RawSocket(echo_server.port) as raw:
        raw.send(upgrade_request("/_live/socket?a=b%20c", X_Twice="one", x_twice="two"))
        assert raw.read_answer().status == 101
        handshake = state(echo_server)["handshakes"][0]
    assert (handshake["path"], handshake["query"]) == ("/_live/socket", "a=b%20c")
    assert handshake["headers"]["x-twice"] == "one, two"
    assert (handshake["scheme"], handshake["host"]) == ("ws", "localhost")
    assert handshake["client"] == "127.0.0.1"


def test_a_refusal_is_answered_before_the_upgrade(echo_server: Server) -> None:
    refused = state(echo_server)["counts"]["refused"]
    with RawSocket(echo_server.port) as raw:
        raw.send(upgrade_request(Origin="http://evil.example"))
        answer = raw.read_answer()
        assert raw.read_to_the_end() == b""
    assert answer.status == 403
    assert answer.body == b"This origin may not open sockets here: http://evil.example"
    assert state(echo_server)["counts"]["refused"] == refused + 1


def test_a_refusal_may_say_when_to_come_back(echo_server: Server) -> None:
    with RawSocket(echo_server.port) as raw:
        raw.send(upgrade_request("/_live/socket?busy"))
        answer = raw.read_answer()
    assert (answer.status, answer.headers["retry-after"]) == (503, "7")


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (f"Sec-WebSocket-Key: {KEY}", "Sec-WebSocket-Key-Is-Missing: yes"),
        ("Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 8"),
    ],
)
def test_an_upgrade_that_is_no_websocket_is_refused(
    echo_server: Server, wrong: str, right: str
) -> None:
    request = upgrade_request().replace(wrong.encode(), right.encode())
    with RawSocket(echo_server.port) as raw:
        raw.send(request)
        assert raw.read_answer().status in (400, 426)


def test_endless_headers_are_refused(echo_server: Server) -> None:
    with RawSocket(echo_server.port) as raw:
        raw.send(upgrade_request(Cookie="c" * 70_000))
        assert raw.read_answer().status in (400, 431)


def test_a_request_that_never_ends_is_cut(serve_echo: ServeEcho) -> None:
    server = serve_echo("--keep-alive", "1")
    with RawSocket(server.port) as raw:
        raw.send(upgrade_request()[:-2])
        assert raw.read_to_the_end() == b""


def test_pages_and_other_websockets_stay_with_the_server(echo_server: Server) -> None:
    with open_raw(echo_server.port, "/plain") as raw:
        raw.say("plain")
        assert raw.hear() == "plain"
        assert get_json(echo_server.port, "/page?x=y") == {"path": "/page"}


def test_a_connection_that_served_pages_may_become_a_socket(echo_server: Server) -> None:
    with RawSocket(echo_server.port) as raw:
        for _ in range(2):
            raw.send(b"GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert raw.read_answer().json() == {"path": "/page"}
        raw.send(upgrade_request())
        assert raw.read_answer().status == 101
        raw.say("hello")
        assert raw.hear() == "hello"


def test_frames_may_follow_the_request_at_once(echo_server: Server) -> None:
    with RawSocket(echo_server.port) as raw:
        raw.send(upgrade_request() + frame_bytes(TEXT, b"early") + frame_bytes(TEXT, b"bird"))
        assert raw.read_answer().status == 101
        assert [raw.hear(), raw.hear()] == ["early", "bird"]


# --- the end ----------------------------------------------------------------------------


def test_the_application_closes_with_a_code_and_a_reason(echo_server: Server) -> None:
    with open_raw(echo_server.port) as raw:
        raw.say("close 4321")
        frame = raw.read_frame()
        raw.send(close_frame(4321))
        assert raw.read_frame() is None
    assert frame is not None
    assert (frame.opcode, frame.payload) == (CLOSE, b"\x10\xe1as asked")
    assert state(echo_server)["closed"][-1] == 4321


def test_what_was_sent_before_a_close_arrives(echo_server: Server) -> None:
    with open_raw(echo_server.port) as raw:
        raw.send(frame_bytes(TEXT, b"pour 20 1000") + frame_bytes(TEXT, b"close 4000"))
        assert [raw.hear() for _ in range(20)] == ["x" * 1000] * 20
        assert raw.read_close_code() == 4000


@pytest.mark.parametrize("code", [1000, 1001, 4001])
def test_the_application_hears_the_browsers_code(echo_server: Server, code: int) -> None:
    before = len(state(echo_server)["closed"])
    with open_raw(echo_server.port) as raw:
        raw.send(close_frame(code))
        assert raw.read_close_code() == code
    found = wait_for(echo_server, lambda found: len(found["closed"]) > before)
    assert found["closed"][before:] == [code]


@pytest.mark.parametrize("leave", ["close", "reset"])
def test_a_lost_connection_is_told_once(echo_server: Server, leave: str) -> None:
    before = len(state(echo_server)["closed"])
    raw = open_raw(echo_server.port)
    raw.say("hello")
    raw.hear()
    raw.reset() if leave == "reset" else raw.socket.close()
    found = wait_for(echo_server, lambda found: found["counts"]["open"] == 0)
    assert found["closed"][before:] == [1006]


def test_a_browser_that_does_not_answer_a_close_is_cut(serve_echo: ServeEcho) -> None:
    server = serve_echo(limits='{"close_seconds": 0.2}')
    with open_raw(server.port) as raw:
        raw.say("close 4000")
        assert [frame.opcode for frame in raw.frames()] == [CLOSE]
    assert state(server)["closed"] == [4000]


def test_a_failing_handler_closes_its_own_socket_only(serve_echo: ServeEcho) -> None:
    server = serve_echo()
    server.may_log_tracebacks = True
    with open_raw(server.port) as other, open_raw(server.port) as raw:
        raw.say("crash")
        assert raw.read_close_code() == 1011
        other.say("still here")
        assert other.hear() == "still here"
    assert "CrashAsAsked" in server.log


def test_sockets_leave_nothing_behind(echo_server: Server) -> None:
    with open_raw(echo_server.port) as first:
        first.say("hello")
        first.hear()
    before = wait_for(echo_server, lambda found: found["counts"]["open"] == 0)
    sockets = [open_raw(echo_server.port) for _ in range(50)]
    for number, raw in enumerate(sockets):
        raw.say("hello")
        raw.reset() if number % 2 else raw.socket.close()
    found = wait_for(echo_server, lambda found: found["tasks"] <= before["tasks"])
    assert found["counts"]["open"] == 0
    assert found["counts"]["opened"] == before["counts"]["opened"] + 50
    assert len(found["closed"]) == len(before["closed"]) + 50


# --- the server stops -------------------------------------------------------------------


def test_a_server_that_stops_tells_its_sockets_to_come_back(serve_echo: ServeEcho) -> None:
    server = serve_echo(workers=1)
    with ExitStack() as stack:
        sockets = [stack.enter_context(open_raw(server.port)) for _ in range(20)]
        server.process.send_signal(signal.SIGTERM)
        assert [raw.read_close_code() for raw in sockets] == [1012] * 20
    assert server.process.wait(PATIENCE_SECONDS) == 0


def test_a_silent_socket_does_not_hold_a_server_that_stops(serve_echo: ServeEcho) -> None:
    server = serve_echo(workers=1)
    with open_raw(server.port, receive_buffer=4096) as deaf:
        deaf.say("pour 500 2000")
        wait_for(server, lambda found: found["received"] == 1)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(PATIENCE_SECONDS) == 0


# --- pressure ---------------------------------------------------------------------------


def test_a_busy_handler_holds_its_own_reader_only(echo_server: Server) -> None:
    before = state(echo_server)["received"]
    with open_raw(echo_server.port) as busy, open_raw(echo_server.port) as other:
        busy.say("hold")
        for number in range(100):
            busy.say(f"waiting {number}")
        other.say("free")
        assert other.hear() == "free"
        assert state(echo_server)["received"] == before + 2
        get_json(echo_server.port, "/release")
        assert [busy.hear() for _ in range(100)] == [f"waiting {n}" for n in range(100)]


def test_room_is_told_of_when_a_browser_has_read(serve_echo: ServeEcho) -> None:
    server = serve_echo(limits='{"unsent_bytes": 100000000}')
    with open_raw(server.port, receive_buffer=4096) as raw:
        raw.send(frame_bytes(TEXT, b"pour 100 100000") + frame_bytes(TEXT, b"room"))
        sizes = [len(raw.hear()) for _ in range(100)]
        assert sizes == [100_000] * 100
        assert raw.hear() == "room"


def test_a_browser_that_never_reads_costs_no_memory(serve_echo: ServeEcho) -> None:
    server = serve_echo(limits='{"close_seconds": 0.5}')
    before = state(server)["rss"]
    with open_raw(server.port, receive_buffer=4096) as raw:
        for _ in range(200):
            raw.say("pour 16 16000")
        found = wait_for(server, lambda found: found["counts"]["open"] == 0)
    assert found["closed"] == [4408]
    assert found["counts"]["too_slow"] == 1
    assert found["rss"] - before < 12 * 1024  # KiB; what was asked for is 50 MB


def test_a_browser_that_stops_reading_is_given_up(serve_echo: ServeEcho) -> None:
    limits = '{"unsent_bytes": 100000000, "stall_seconds": 0.3, "close_seconds": 0.3}'
    server = serve_echo(limits=limits)
    with open_raw(server.port, receive_buffer=4096) as raw:
        raw.say("pour 300 50000")
        found = wait_for(server, lambda found: found["counts"]["open"] == 0)
    assert found["closed"] == [4408]


def test_a_slow_browser_that_still_reads_hears_why(echo_server: Server) -> None:
    with open_raw(echo_server.port, receive_buffer=4096) as raw:
        raw.say("pour 1000 16000")
        assert raw.read_close_code() == 4408


# --- silence ----------------------------------------------------------------------------

SHORT_SILENCE = '{"heartbeat_seconds": 0.2, "silence_seconds": 0.6, "asgi_silence_seconds": 0.6}'


def test_a_silent_peer_is_let_go(serve_echo: ServeEcho) -> None:
    server = serve_echo(limits=SHORT_SILENCE)
    with open_raw(server.port):
        found = wait_for(server, lambda found: found["counts"]["opened"] > 0)
        found = wait_for(server, lambda found: found["counts"]["open"] == 0)
    assert found["closed"] == [1006]
    assert found["counts"]["silent"] == 1


def test_a_peer_that_speaks_now_and_then_stays(serve_echo: ServeEcho) -> None:
    server = serve_echo(limits=SHORT_SILENCE)
    with open_raw(server.port) as raw:
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            raw.say("here")
            while (frame := raw.read_frame()) is not None and frame.opcode == PING:
                pass
            assert frame is not None


# --- the door alone ---------------------------------------------------------------------


only_door = pytest.mark.parametrize("echo_server", ["door"], indirect=True)


@only_door
def test_frames_of_one_packet_are_one_turn(echo_server: Server) -> None:
    with open_raw(echo_server.port) as raw:
        raw.send(frame_bytes(TEXT, b"turn") * 50)
        assert raw.hear() == "turn of 50"


@only_door
def test_answers_to_a_packet_that_ends_with_a_close_arrive(echo_server: Server) -> None:
    with open_raw(echo_server.port) as raw:
        raw.send(frame_bytes(TEXT, b"last words") + close_frame(1000))
        assert raw.hear() == "last words"
        assert raw.read_close_code() == 1000


@pytest.mark.parametrize("transport", ["door"], indirect=True)
def test_a_hidden_page_is_kept_by_the_servers_pings(serve_echo: ServeEcho) -> None:
    server = serve_echo(limits=SHORT_SILENCE)
    with open_raw(server.port) as raw:
        for _ in range(5):
            frame = raw.read_frame()
            assert frame is not None
            assert frame.opcode == PING
            raw.send(frame_bytes(10, frame.payload))
        assert state(server)["counts"]["silent"] == 0
