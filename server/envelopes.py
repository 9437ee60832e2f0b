"""Messages between processes: how they are packed, wait to leave, and are missed if they are lost."""

from __future__ import annotations

import itertools
import secrets
from collections import OrderedDict, deque
from collections.abc import Iterable
from enum import Enum
from typing import Any, NamedTuple

import msgspec

#: Topics whose last number is remembered; of others a loss that leaves no mark is not noticed.
MOST_TOPICS = 10_000
#: Processes that publish to one topic, and whose last number is remembered.
MOST_PUBLISHERS = 1_000
#: What the bookkeeping of one waiting message takes.
OVERHEAD_BYTES = 200


class Envelope(msgspec.Struct, frozen=True, array_like=True):
    """One message on its way. `previous` is the number of the same publisher's last to this topic."""

    publisher: str
    number: int
    previous: int
    message: Any
    #: Instead of messages up to this number, which were dropped before they could leave.
    is_loss: bool = False


class Packed(NamedTuple):
    """An envelope that waits."""

    topic: str
    number: int
    encoded: bytes


class Outgoing:
    """What waits to leave this process. Without room the oldest goes, and a mark tells of it."""

    def __init__(self, most_bytes: int) -> None:
        self.publisher = secrets.token_urlsafe(9)
        self.dropped = 0
        self._most_bytes = most_bytes
        self._bytes = 0
        self._waiting: deque[Packed] = deque()
        self._leaving: list[Packed] = []
        self._numbers = itertools.count(1)
        self._last: OrderedDict[str, int] = OrderedDict()
        #: Topics that have lost messages, with the number of the last one lost.
        self._lost: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._waiting) + len(self._lost) + len(self._leaving)

    def put(self, topic: str, message: Any) -> None:
        """Let a message wait for its turn. Raises TypeError if it is not plain data."""
        number = next(self._numbers)
        envelope = Envelope(self.publisher, number, self._last.get(topic, 0), message)
        self._add(Packed(topic, number, _encode(envelope)))
        self._last[topic] = number
        self._last.move_to_end(topic)
        if len(self._last) > MOST_TOPICS:
            self._last.popitem(last=False)

    def take(self, most: int) -> list[Packed]:
        """Return what leaves next. It is kept until `sent` or `not_sent` is called."""
        self.not_sent()
        lost, self._lost = self._lost, {}
        marks = [self._mark(topic, number) for topic, number in lost.items()]
        chosen = [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]
        self._leaving = [*marks, *chosen]
        return self._leaving

    def sent(self) -> None:
        self._bytes -= sum(map(_size, self._leaving))
        self._leaving = []

    def not_sent(self) -> None:
        """Whoever gets some of it twice will know by the numbers."""
        self._waiting.extendleft(reversed(self._leaving))
        self._leaving = []
        self._make_room()

    def _add(self, packed: Packed) -> None:
        self._waiting.append(packed)
        self._bytes += _size(packed)
        self._make_room()

    def _make_room(self) -> None:
        while self._bytes > self._most_bytes and self._waiting:
            dropped = self._waiting.popleft()
            self._bytes -= _size(dropped)
            self.dropped += 1
            self._lost[dropped.topic] = dropped.number

    def _mark(self, topic: str, number: int) -> Packed:
        envelope = Envelope(self.publisher, number, 0, None, is_loss=True)
        packed = Packed(topic, number, _encode(envelope))
        self._bytes += _size(packed)
        return packed


class Verdict(Enum):
    """What a number says about a message."""

    #: It comes next, or is the first of its publisher.
    FITS = "fits"
    #: Others of its publisher should have come before it.
    AFTER_GAP = "after gap"
    #: It was here before, or is our own.
    KNOWN = "known"


class Incoming:
    """Notices by their numbers which messages have come twice, and that some have not come."""

    def __init__(self, own: str) -> None:
        self._own = own
        self._last: dict[str, dict[str, int]] = {}

    def judge(self, topic: str, envelope: Envelope) -> Verdict:
        if envelope.publisher == self._own:
            return Verdict.KNOWN
        numbers = self._last.setdefault(topic, {})
        last = numbers.get(envelope.publisher, 0)
        if envelope.number <= last:
            return Verdict.KNOWN
        numbers[envelope.publisher] = envelope.number
        if len(numbers) > MOST_PUBLISHERS:
            del numbers[next(iter(numbers))]
        is_gap = envelope.is_loss or (last and envelope.previous > last)
        return Verdict.AFTER_GAP if is_gap else Verdict.FITS

    def keep_only(self, topics: Iterable[str]) -> None:
        """Forget topics that are not heard any more: what they miss is no gap."""
        kept = set(topics)
        for topic in self._last.keys() - kept:
            del self._last[topic]


def decode_envelope(encoded: bytes) -> Envelope:
    """Return what another process has packed; raise msgspec.MsgspecError for anything else."""
    return _decode(encoded)


def _size(packed: Packed) -> int:
    return len(packed.encoded) + OVERHEAD_BYTES


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Envelope).decode
