"""What a worker and its launcher say to each other about who is present."""

from __future__ import annotations

import msgspec

from .local_store_messages import StoreMessage
from .presence_ledger import Ledger, NodeEntry


class Renew(StoreMessage, frozen=True):
    """Live on for so many seconds."""

    number: int
    node: str
    seconds: float


class WriteAll(StoreMessage, frozen=True):
    """By key all that a node has, in place of what it had."""

    number: int
    node: str
    seconds: float
    entries: dict[str, NodeEntry]


class Write(StoreMessage, frozen=True):
    number: int
    node: str
    changes: dict[str, NodeEntry]
    empty: list[str]


class EndNode(StoreMessage, frozen=True):
    number: int
    node: str


class Ended(StoreMessage, frozen=True):
    """Who lives no more, of these and of those that are written down?"""

    number: int
    node: str
    known: list[str]


class Read(StoreMessage, frozen=True):
    """By key, the nodes that the worker knows, with their versions."""

    number: int
    known: dict[str, dict[str, int]]


class Written(StoreMessage, frozen=True):
    number: int


class Renewed(StoreMessage, frozen=True):
    number: int
    had_not_ended: bool


class Names(StoreMessage, frozen=True):
    number: int
    nodes: list[str]


class Ledgers(StoreMessage, frozen=True):
    number: int
    by_key: dict[str, Ledger]


Question = Renew | WriteAll | Write | EndNode | Ended | Read
Answer = Written | Renewed | Names | Ledgers

decode_question = msgspec.msgpack.Decoder(Question).decode
decode_answer = msgspec.msgpack.Decoder(Answer).decode
