"""The frames of a live socket: bytes from the browser become messages, and back."""

from __future__ import annotations

import logging
import struct

from websockets.frames import BINARY, CLOSE, CONT, TEXT, Frame
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from .connection import BROKEN_TEXT, LOST, NO_CODE

_logger = logging.getLogger("limelight.server.codec")
_logger.setLevel(logging.ERROR)

TEXT_HEAD, LONGEST_REASON = 0x81, 123


def encode_text(payload: bytes) -> bytes:
    """One whole text frame, as a server sends it: without a mask."""
    size = len(payload)
    if size < 126:
        return bytes((TEXT_HEAD, size)) + payload
    if size < 65536:
        return struct.pack("!BBH", TEXT_HEAD, 126, size) + payload
    return struct.pack("!BBQ", TEXT_HEAD, 127, size) + payload


class FrameCodec:
    """One socket's frames, after the upgrade. Knows nothing of streams and tasks."""

    __slots__ = ("_is_text", "_parts", "_protocol", "code")

    def __init__(self, frame_bytes: int) -> None:
        self._protocol = ServerProtocol(state=OPEN, max_size=frame_bytes, logger=_logger)
        self._parts: list[bytes] = []
        self._is_text = False
        #: Why the browser's side has ended: its own close code, or ours for what it sent.
        #: From then on nothing is to be read or sent, but what `output` still gives.
        self.code = 0

    def receive(self, data: bytes) -> list[str | bytes]:
        """Take bytes; return the messages that they complete."""
        protocol = self._protocol
        protocol.receive_data(data)
        messages: list[str | bytes] = []
        for frame in protocol.events_received():
            assert isinstance(frame, Frame)
            self._take(frame, messages)
            if self.code:
                break
        if protocol.parser_exc is not None and not self.code:
            self._end_as_sent()
        return messages

    def output(self) -> bytes:
        """What the rules of the protocol want to be sent: pongs, pings, a close."""
        return b"".join(self._protocol.data_to_send())

    def ping(self) -> None:
        if self._protocol.state is OPEN:
            self._protocol.send_ping(b"")

    def close(self, code: int, reason: str) -> None:
        if self._protocol.state is OPEN:
            reason = reason.encode()[:LONGEST_REASON].decode(errors="ignore")
            self._protocol.send_close(code, reason)

    def _take(self, frame: Frame, messages: list[str | bytes]) -> None:
        opcode = frame.opcode
        if opcode is TEXT or opcode is BINARY:
            self._is_text = opcode is TEXT
            if frame.fin:
                self._finish(bytes(frame.data), messages)
            else:
                self._parts = [bytes(frame.data)]
        elif opcode is CONT:
            self._parts.append(bytes(frame.data))
            if frame.fin:
                whole, self._parts = b"".join(self._parts), []
                self._finish(whole, messages)
        elif opcode is CLOSE:
            received = self._protocol.close_rcvd
            self.code = received.code if received else NO_CODE

    def _finish(self, whole: bytes, messages: list[str | bytes]) -> None:
        if not self._is_text:
            messages.append(whole)
            return
        try:
            messages.append(whole.decode())
        except UnicodeDecodeError as error:
            self._protocol.fail(BROKEN_TEXT, f"{error.reason} at position {error.start}")
            self._end_as_sent()

    def _end_as_sent(self) -> None:
        sent = self._protocol.close_sent
        self.code = sent.code if sent else LOST
