"""Live sockets over TLS: through the door with HTTP/1.1, over ASGI with HTTP/2."""

from __future__ import annotations

import signal
import ssl
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import pytest

from tests.fixtures.raw_socket import (
    PATIENCE_SECONDS,
    TEXT,
    RawSocket,
    close_frame,
    frame_bytes,
    open_raw,
    upgrade_request,
)
from tests.fixtures.serving import Server

from .conftest import ServeEcho

CERTIFICATE = str(Path(__file__).parent / "localhost.pem")
TLS_OPTIONS = ("--certfile", CERTIFICATE, "--keyfile", CERTIFICATE)


def trusting(protocol: str) -> ssl.SSLContext:
    """A client's context that speaks one protocol and trusts the test's certificate."""
    context = ssl.create_default_context(cafile=CERTIFICATE)
    context.set_alpn_protocols([protocol])
    return context


@pytest.fixture
def secure_server(serve_echo: ServeEcho) -> Server:
    return serve_echo(*TLS_OPTIONS, workers=1)


def test_a_socket_over_tls_lives_and_ends_like_any_other(secure_server: Server) -> None:
    with open_raw(secure_server.port, tls=trusting("http/1.1")) as raw:
        raw.say("hello")
        assert raw.hear() == "hello"
        raw.say("pour 40 20000")
        assert [len(raw.hear()) for _ in range(40)] == [20_000] * 40
        raw.send(close_frame(1000))
        assert raw.read_close_code() == 1000


def test_frames_may_follow_the_request_over_tls(secure_server: Server) -> None:
    with RawSocket(secure_server.port, tls=trusting("http/1.1")) as raw:
        raw.send(upgrade_request() + frame_bytes(TEXT, b"early"))
        assert raw.read_answer().status == 101
        assert raw.hear() == "early"


def test_a_bad_frame_over_tls_is_answered_with_its_code(secure_server: Server) -> None:
    with open_raw(secure_server.port, tls=trusting("http/1.1")) as raw:
        raw.send(frame_bytes(TEXT, b"\xff"))
        assert raw.read_close_code() == 1007


def test_a_refusal_over_tls_is_answered(secure_server: Server) -> None:
    with RawSocket(secure_server.port, tls=trusting("http/1.1")) as raw:
        raw.send(upgrade_request(Origin="http://evil.example"))
        assert raw.read_answer().status == 403


def test_a_server_that_stops_tells_its_sockets_over_tls(secure_server: Server) -> None:
    with open_raw(secure_server.port, tls=trusting("http/1.1")) as raw:
        secure_server.process.send_signal(signal.SIGTERM)
        assert raw.read_close_code() == 1012
    assert secure_server.process.wait(PATIENCE_SECONDS) == 0


def test_a_socket_within_http2_takes_the_asgi_path(secure_server: Server) -> None:
    with RawSocket(secure_server.port, tls=trusting("h2")) as raw:
        browser = Http2Browser(raw)
        browser.open_websocket("/_live/socket")
        browser.send(frame_bytes(TEXT, b"hello"))
        assert browser.read(7) == b"\x81\x05hello"
        browser.send(close_frame(1000))
        assert browser.read(4) == b"\x88\x02\x03\xe8"


class Http2Browser:
    """As much of HTTP/2 as one websocket needs (RFC 8441)."""

    def __init__(self, raw: RawSocket) -> None:
        self._raw = raw
        self._connection = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=True, header_encoding="utf-8")
        )
        self._connection.initiate_connection()
        self._received = b""

    def open_websocket(self, path: str) -> None:
        self._read_until(h2.events.RemoteSettingsChanged)
        headers = [
            (":method", "CONNECT"),
            (":protocol", "websocket"),
            (":scheme", "https"),
            (":path", path),
            (":authority", "localhost"),
            ("sec-websocket-version", "13"),
        ]
        self._connection.send_headers(1, headers)
        self._read_until(h2.events.ResponseReceived)

    def send(self, data: bytes) -> None:
        self._connection.send_data(1, data)
        self._flush()

    def read(self, size: int) -> bytes:
        while len(self._received) < size:
            self._read_until(h2.events.DataReceived)
        data, self._received = self._received[:size], self._received[size:]
        return data

    def _read_until(self, kind: type[h2.events.Event]) -> None:
        self._flush()
        found = False
        while not found:
            data = self._raw.socket.recv(65536)
            assert data, f"The connection ended before {kind.__name__}."
            for event in self._connection.receive_data(data):
                found = found or isinstance(event, kind)
                if isinstance(event, h2.events.DataReceived):
                    self._received += event.data or b""
            self._flush()

    def _flush(self) -> None:
        self._raw.send(self._connection.data_to_send())
