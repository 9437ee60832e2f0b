"""What a worker and its launcher say to each other about topics."""

from __future__ import annotations

import msgspec

from .local_store_messages import StoreMessage


class Hear(StoreMessage, frozen=True):
    """From a worker: these topics too. Back to it: from now on."""

    topics: list[str]


class Leave(StoreMessage, frozen=True):
    """From a worker: these topics no longer."""

    topics: list[str]


class Publish(StoreMessage, frozen=True):
    """From a worker: tell all others who hear this topic."""

    topic: str
    encoded: bytes


class Heard(StoreMessage, frozen=True):
    """To a worker: another one has published."""

    topic: str
    encoded: bytes


decode_from_worker = msgspec.msgpack.Decoder(Hear | Leave | Publish).decode
decode_from_server = msgspec.msgpack.Decoder(Hear | Heard).decode
