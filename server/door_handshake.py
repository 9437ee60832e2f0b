"""The HTTP side of the door: what an upgrade request says, and how it is answered."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from http import HTTPStatus
from urllib.parse import unquote

import h11

from .connection import Handshake, Refusal

Headers = Iterable[tuple[bytes, bytes]]

#: RFC 6455, 1.3.
ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
KEY_BYTES = 16


def read_upgrade(request: h11.Request, *, is_secure: bool, client: str) -> Handshake | None:
    """Say in our words what a request says; None if it does not ask for a websocket."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in request.headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    tokens = {token.strip() for token in headers.get("connection", "").lower().split(",")}
    wants_websocket = headers.get("upgrade", "").strip().lower() == "websocket"
    if request.method != b"GET" or "upgrade" not in tokens or not wants_websocket:
        return None
    path, _, query = request.target.partition(b"?")
    return Handshake(
        path=unquote(path.decode("latin-1")),
        query=query.decode("latin-1"),
        headers=headers,
        scheme="wss" if is_secure else "ws",
        host=headers.get("host", ""),
        client=client,
    )


def find_fault(request: h11.Request, handshake: Handshake) -> Refusal | None:
    """Tell what is wrong with an upgrade request, if anything is."""
    if request.http_version < b"1.1":
        return Refusal(400, "A websocket needs HTTP/1.1 or later.")
    version = handshake.headers.get("sec-websocket-version", "")
    if version != "13":
        return Refusal(426, f"Sec-WebSocket-Version is {version!r}; expected '13'.")
    key = handshake.headers.get("sec-websocket-key", "")
    if not _is_key(key):
        return Refusal(400, f"Sec-WebSocket-Key is {key[:64]!r}; expected 16 bytes in Base64.")
    return None


def _is_key(key: str) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == KEY_BYTES
    except (binascii.Error, ValueError):
        return False


def accept_response(handshake: Handshake, server_headers: Headers) -> bytes:
    key = handshake.headers["sec-websocket-key"] + ACCEPT_SUFFIX
    digest = hashlib.sha1(key.encode("latin-1"), usedforsecurity=False).digest()
    headers = [
        (b"upgrade", b"websocket"),
        (b"connection", b"Upgrade"),
        (b"sec-websocket-accept", base64.b64encode(digest)),
        *server_headers,
    ]
    return _response(101, headers, b"")


def refusal_response(refusal: Refusal, server_headers: Headers) -> bytes:
    body = refusal.reason.encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),
        *server_headers,
    ]
    if refusal.retry_after_seconds is not None:
        headers.append((b"retry-after", b"%d" % refusal.retry_after_seconds))
    if refusal.status == HTTPStatus.UPGRADE_REQUIRED:
        headers.append((b"sec-websocket-version", b"13"))
    return _response(refusal.status, headers, body)


def _response(status: int, headers: Headers, body: bytes) -> bytes:
    phrase = HTTPStatus(status).phrase.encode()
    lines = [b"HTTP/1.1 %d %s" % (status, phrase)]
    lines += [b"%s: %s" % header for header in headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body
