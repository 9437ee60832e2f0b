"""Events go out on many sockets, one in flight on each, and every patch is checked."""

from __future__ import annotations

import select
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .serving import Server
from .visitor import Visitor, shows

#: What an event's patch has to show, given how many this visitor has sent.
Expected = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Figures:
    """What some events have cost."""

    cpu_microseconds: float
    per_second: float
    p50_milliseconds: float
    p99_milliseconds: float
    bytes: float


class Exchange:
    """Sends one kind of event for some visitors and waits for what each one changes."""

    def __init__(self, visitors: Sequence[Visitor], event: str, expected: Expected) -> None:
        self.visitors = visitors
        self.event = event
        self.expected = expected
        self.delays: list[float] = []
        self.bytes = 0
        self._started: dict[Visitor, float] = {}

    def run(self, count: int) -> None:
        """Send so many events in all, and return once all their patches have come."""
        poll = select.epoll()
        waiting = {one.socket.socket.fileno(): one for one in self.visitors[:count]}
        for descriptor, visitor in waiting.items():
            poll.register(descriptor, select.EPOLLIN)
            self._send(visitor)
        unsent = count - len(waiting)
        while waiting:
            for descriptor, _ in poll.poll():
                visitor = waiting[descriptor]
                if not self._answered(visitor):
                    continue
                if unsent:
                    unsent -= 1
                    self._send(visitor)
                else:
                    poll.unregister(descriptor)
                    del waiting[descriptor]
        poll.close()

    def _send(self, visitor: Visitor) -> None:
        self._started[visitor] = time.perf_counter()
        visitor.send(self.event)

    def _answered(self, visitor: Visitor) -> bool:
        is_answered = False
        for frame in visitor.socket.receive_all():
            arrived = time.perf_counter()
            self.bytes += len(frame)
            changes = visitor.read(frame)
            if changes is None:
                continue
            wanted = self.expected(visitor.events)
            assert shows(changes, wanted), f"{wanted!r} is not in {frame[:500]!r}"
            self.delays.append(arrived - self._started[visitor])
            is_answered = True
        return is_answered


def measure(server: Server, exchange: Exchange, count: int) -> Figures:
    """Run so many events and return what each of them cost the server."""
    exchange.delays.clear()
    exchange.bytes = 0
    cpu, began = server.cpu_seconds(), time.perf_counter()
    exchange.run(count)
    seconds = time.perf_counter() - began
    cpu = server.cpu_seconds() - cpu
    delays = sorted(exchange.delays)
    return Figures(
        cpu_microseconds=cpu / count * 1e6,
        per_second=count / seconds,
        p50_milliseconds=statistics.median(delays) * 1e3,
        p99_milliseconds=delays[min(len(delays) - 1, int(len(delays) * 0.99))] * 1e3,
        bytes=exchange.bytes / count,
    )
