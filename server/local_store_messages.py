"""What a worker and its launcher say to each other about saved views, and how it is framed."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator

import msgspec
import trio

#: A frame is its length and one message.
LENGTH = struct.Struct(">I")
RECEIVE_BYTES = 65_536


class StoreMessage(msgspec.Struct, frozen=True, array_like=True, tag=True, gc=False):
    """The base of all of them. A question's number comes back with its answer."""


class Save(StoreMessage, frozen=True):
    number: int
    states: dict[str, bytes]
    seconds: float
    release: bool


class Load(StoreMessage, frozen=True):
    number: int
    view_id: str


class Take(StoreMessage, frozen=True):
    number: int
    view_id: str
    former: str


class Recall(StoreMessage, frozen=True):
    """From a worker: ask the owner. To a worker: you are asked."""

    number: int
    view_id: str
    owner: str = ""


class Delete(StoreMessage, frozen=True):
    number: int
    view_ids: list[str]


class Saved(StoreMessage, frozen=True):
    number: int
    refused: list[str]


class Found(StoreMessage, frozen=True):
    number: int
    state: bytes
    owner: str


class NotFound(StoreMessage, frozen=True):
    number: int


class Done(StoreMessage, frozen=True):
    number: int


Question = Save | Load | Take | Recall | Delete
Answer = Saved | Found | NotFound | Done
FromStore = Answer | Recall

decode_question = msgspec.msgpack.Decoder(Question).decode
decode_from_store = msgspec.msgpack.Decoder(FromStore).decode
_encode = msgspec.msgpack.Encoder().encode


def frame(message: StoreMessage) -> bytes:
    encoded = _encode(message)
    return LENGTH.pack(len(encoded)) + encoded


async def frames(stream: trio.abc.ReceiveStream) -> AsyncIterator[bytes]:
    """Yield the messages of a stream, until it ends."""
    buffer = bytearray()
    while data := await stream.receive_some(RECEIVE_BYTES):
        buffer += data
        while len(buffer) >= LENGTH.size:
            end = LENGTH.size + LENGTH.unpack_from(buffer)[0]
            if len(buffer) < end:
                break
            yield bytes(buffer[LENGTH.size : end])
            del buffer[:end]
