"""Many visitors at once: one publishes, all who hear it are waited for."""

from __future__ import annotations

import re
import select
import time
from collections.abc import Sequence
from typing import Any

from .visitor import Visitor, shows, texts

SPOKEN = re.compile(r"word(\d+) ")


def gather(publisher: Visitor, hearers: Sequence[Visitor], text: str) -> float:
    """Publish, and return after how many seconds the last hearer had this text."""
    poll = select.epoll()
    waiting = {one.socket.socket.fileno(): one for one in (*hearers, publisher)}
    for descriptor in waiting:
        poll.register(descriptor, select.EPOLLIN)
    began = last = time.perf_counter()
    publisher.send("publish")
    while waiting:
        for descriptor, _ in poll.poll():
            visitor = waiting[descriptor]
            wanted = str(publisher.events) if visitor is publisher else text
            if _has_heard(visitor, wanted):
                if visitor is not publisher:
                    last = time.perf_counter()
                poll.unregister(descriptor)
                del waiting[descriptor]
    poll.close()
    return last - began


def hear(visitors: Sequence[Visitor], tokens: int) -> None:
    """Wait until everybody has heard so many tokens, none lost and all in their order."""
    poll = select.epoll()
    waiting = {one.socket.socket.fileno(): one for one in visitors}
    heard = dict.fromkeys(waiting, 0)
    for descriptor in waiting:
        poll.register(descriptor, select.EPOLLIN)
    while waiting:
        for descriptor, _ in poll.poll():
            visitor = waiting[descriptor]
            for frame in visitor.socket.receive_all():
                heard[descriptor] = _heard_after(heard[descriptor], visitor.read(frame))
            if heard[descriptor] == tokens:
                poll.unregister(descriptor)
                del waiting[descriptor]
    poll.close()


def _heard_after(heard: int, changes: Any) -> int:
    said = "" if changes is None else " ".join((*texts(changes), ""))
    numbers = [int(number) for number in SPOKEN.findall(said)]
    if not numbers:
        return heard
    first = 0 if numbers[0] == 0 else heard  # some systems send the whole text each time
    assert numbers == list(range(first, first + len(numbers))), (heard, said[:500])
    return numbers[-1] + 1


def answer_pings(visitors: Sequence[Visitor]) -> None:
    """Read what has come meanwhile, so that no server takes a visitor for dead."""
    by_descriptor = {one.socket.socket.fileno(): one for one in visitors}
    poll = select.epoll()
    for descriptor in by_descriptor:
        poll.register(descriptor, select.EPOLLIN)
    for descriptor, _ in poll.poll(0, len(by_descriptor)):
        visitor = by_descriptor[descriptor]
        for frame in visitor.socket.receive_all():
            visitor.read(frame)
    poll.close()


def _has_heard(visitor: Visitor, wanted: str) -> bool:
    has_heard = False
    for frame in visitor.socket.receive_all():
        changes = visitor.read(frame)
        if changes is not None:
            assert shows(changes, wanted), f"{wanted!r} is not in {frame[:500]!r}"
            has_heard = True
    return has_heard
