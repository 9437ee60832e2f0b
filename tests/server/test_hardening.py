"""Each fault of Hypercorn's trio worker that is mended, against the real server."""

from __future__ import annotations

import logging
import signal
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from limelight.server import hardening
from tests.fixtures.raw_socket import (
    BINARY,
    PATIENCE_SECONDS,
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


def test_frames_right_behind_a_request_do_not_stop_the_server(echo_server: Server) -> None:
    for _ in range(20):
        with RawSocket(echo_server.port) as raw:
            raw.send(upgrade_request("/plain") + frame_bytes(TEXT, b"early"))
            assert raw.read_answer().status == 101
            assert raw.hear() == "early"
    assert get_json(echo_server.port, "/alive") == {"path": "/alive"}


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00" * 1000,
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET  HTTP/1.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nnonsense",
        b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nHTTP2-Settings: ???\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: \xff\xfe\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
        b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    ],
)
def test_a_malformed_request_does_not_stop_the_server(echo_server: Server, garbage: bytes) -> None:
    with RawSocket(echo_server.port) as raw:
        raw.send(garbage)
        raw.reset()
    assert get_json(echo_server.port, "/alive") == {"path": "/alive"}


def test_a_client_that_does_not_read_does_not_hold_a_server_that_stops(
    serve_echo: ServeEcho,
) -> None:
    server = serve_echo(workers=1)
    with open_raw(server.port, "/pour", receive_buffer=4096) as deaf:
        deaf.read_frame()
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(PATIENCE_SECONDS) == 0
    assert time.monotonic() - began < 8  # the stall limit alone would be 10


def test_a_client_that_does_not_read_is_cut_after_the_stall_limit(serve_echo: ServeEcho) -> None:
    server = serve_echo(limits='{"stall_seconds": 0.3}')
    before = state(server)["tasks"]
    with open_raw(server.port, "/pour", receive_buffer=4096) as deaf:
        deaf.read_frame()
        wait_for(server, lambda found: found["tasks"] <= before)


def test_a_server_that_stops_answers_whom_it_has_just_accepted(serve_echo: ServeEcho) -> None:
    server = serve_echo(workers=1)
    with RawSocket(server.port) as fresh, RawSocket(server.port) as used:
        used.send(b"GET /alive HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert used.read_answer().status == 200
        server.process.send_signal(signal.SIGTERM)
        assert used.socket.recv(1) == b""
        fresh.send(b"GET /alive HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert fresh.read_answer().json() == {"path": "/alive"}
    assert server.process.wait(PATIENCE_SECONDS) == 0


def test_an_application_that_returns_early_leaves_no_tasks(echo_server: Server) -> None:
    before = state(echo_server)["tasks"]
    with ExitStack() as stack:
        flooding = [stack.enter_context(open_raw(echo_server.port, "/early")) for _ in range(10)]
        for raw in flooding:
            raw.send(frame_bytes(TEXT, b"flood") * 100)
        for raw in flooding:
            raw.read_to_the_end()
    wait_for(echo_server, lambda found: found["tasks"] <= before)


def test_a_loop_that_sends_to_a_client_that_left_ends(echo_server: Server) -> None:
    before = state(echo_server)["tasks"]
    for leave in (RawSocket.reset, lambda raw: raw.send(close_frame(1001))):
        with open_raw(echo_server.port, "/pour") as raw:
            raw.read_frame()
            leave(raw)
        wait_for(echo_server, lambda found: found["tasks"] <= before)
    spent = state(echo_server)["cpu"]
    for _ in range(5):
        get_json(echo_server.port, "/alive")
    assert state(echo_server)["cpu"] - spent < 1.0


def test_an_application_hears_of_a_client_that_left_a_full_queue(echo_server: Server) -> None:
    before = state(echo_server)["tasks"]
    with open_raw(echo_server.port, "/pour") as raw:
        raw.send(frame_bytes(TEXT, b"never received") * 100)
        raw.read_frame()
        raw.reset()
    wait_for(echo_server, lambda found: found["tasks"] <= before)


def test_a_compressed_frame_is_refused_unread(echo_server: Server) -> None:
    bomb = frame_bytes(BINARY, b"\xec\xc1\x01\x01" + b"\x00" * 60_000, reserved=4)
    with open_raw(echo_server.port, "/plain") as raw:
        raw.send(bomb)
        assert raw.read_close_code() == 1002


def test_an_endless_frame_takes_no_memory(serve_echo: ServeEcho, tmp_path: Path) -> None:
    configuration = tmp_path / "hypercorn.toml"
    configuration.write_text("websocket_max_message_size = 100000")
    server = serve_echo("--config", str(configuration))
    before = state(server)["rss"]
    with open_raw(server.port, "/plain") as raw:
        raw.send(frame_bytes(BINARY, b"", claimed_size=2**40))
        for _ in range(640):
            raw.send(b"x" * 65536)
        assert raw.read_close_code() == 1009
    assert state(server)["rss"] - before < 30 * 1024  # KiB; 40 MB were sent


def test_a_browsers_close_code_reaches_a_plain_application(echo_server: Server) -> None:
    with open_raw(echo_server.port, "/plain") as raw:
        raw.send(close_frame(4321))
        raw.read_close_code()
    wait_for(echo_server, lambda found: found["closed"] and found["closed"][-1] == 4321)


def test_a_page_that_nobody_waits_for_logs_no_error(echo_server: Server) -> None:
    with RawSocket(echo_server.port, receive_buffer=4096) as raw:
        raw.send(b"GET /long HTTP/1.1\r\nHost: localhost\r\n\r\n")
        raw.socket.recv(100)
        raw.reset()
    wait_for(echo_server, lambda found: found["pages"] > 0)
    assert "Error in ASGI Framework" not in echo_server.log


def test_another_version_is_left_alone_and_named(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(hardening, "version", lambda package: "0.19.1")
    with caplog.at_level(logging.WARNING):
        assert hardening.harden() is False
    assert "Hypercorn 0.19.1 is not hardened" in caplog.text
    assert "install that version" in caplog.text
