"""Show how costs grow: with the views, the rows of a table, the subscribers, and the workers.

    python -m benchmarks.growth

The servers run on the first core, the load on the second. Each figure is the smallest of
several short runs: other work on the machine can only make it larger.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.peers.applications.content import changed_name
from benchmarks.peers.exchange import Exchange, Expected, measure
from benchmarks.peers.gathering import gather
from benchmarks.peers.scenarios import visits
from benchmarks.peers.serving import (
    Server,
    cpu_seconds_of,
    free_port,
    take_load_core,
)
from benchmarks.peers.serving import serving as serving_one
from benchmarks.peers.systems import SYSTEMS, System
from benchmarks.peers.visitor import Visitor
from benchmarks.peers.wires.limelight import LimelightVisitor

VIEWS = (1, 10, 100, 1_000, 5_000)
ROWS = (10, 100, 1_000, 10_000, 100_000)
SUBSCRIBERS = (10, 100, 200, 1_000, 2_000)
WORKERS = (1, 2)
BUSY_VIEWS = 50
RUNS = 5
SECONDS_A_RUN = 0.1
APPLICATION = "benchmarks.growth_application:app"


@dataclass(frozen=True, slots=True)
class Growing(System):
    """Limelight with the pages of this benchmark."""

    def command(self, port: int) -> list[str]:
        return [*System.command(self, port)[:-1], APPLICATION]


LIMELIGHT = SYSTEMS[0]
FIELDS = {name: getattr(LIMELIGHT, name) for name in LIMELIGHT.__dataclass_fields__}
SYSTEM = Growing(**FIELDS)


def cheapest(server: Server, visitors: Sequence[Visitor], event: str, expected: Expected) -> float:
    """Microseconds of the server's CPU for one event, in the best of some runs."""
    exchange = Exchange(visitors, event, expected)
    began = time.perf_counter()
    exchange.run(len(visitors))
    spent = (time.perf_counter() - began) / len(visitors)
    count = max(len(visitors), 3, int(SECONDS_A_RUN / spent))
    return min(measure(server, exchange, count).cpu_microseconds for _ in range(RUNS))


def events_by_views(server: Server) -> Iterator[tuple[int, float]]:
    for count in VIEWS:
        with visits(server, "counter", count) as visitors:
            step = max(1, count // BUSY_VIEWS)
            yield count, cheapest(server, visitors[::step][:BUSY_VIEWS], "increment", str)


def changes_by_rows(server: Server, page: str) -> Iterator[tuple[int, float]]:
    for count in ROWS:
        with visits(server, f"{page}/{count}") as visitors:
            yield count, cheapest(server, visitors, "change", changed_name)


def patches_by_subscribers(server: Server) -> Iterator[tuple[int, float]]:
    for count in SUBSCRIBERS:
        with visits(server, "shared", count) as hearers, visits(server, "publisher") as publishers:
            publisher, costs = publishers[0], list[float]()
            gather(publisher, hearers, "news 1")
            rounds = max(1, 1_000 // count)
            for _ in range(RUNS):
                cpu = server.cpu_seconds()
                for _ in range(rounds):
                    gather(publisher, hearers, f"news {publisher.events + 1}")
                costs.append((server.cpu_seconds() - cpu) / rounds / count * 1e6)
            yield count, min(costs)


# --- workers


@dataclass(frozen=True, slots=True)
class Launched(Server):
    """A launcher and its workers, as one server."""

    def cpu_seconds(self) -> float:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return sum(map(cpu_seconds_of, (self.process.pid, *map(int, children.split()))))


class VisitorOfWorkers(LimelightVisitor):
    """Its socket may come to another worker than its page, which fetches the view then."""

    welcomes = frozenset({"adopted", "mounted"})

    def changes(self, message: Any) -> Any:
        """A page that begins anew is told about its title; that is no patch."""
        changed = super().changes(message)
        return changed if "d" in message else None


@dataclass(frozen=True, slots=True)
class Launching(Growing):
    """The same behind Limelight's own launcher. All workers share the servers' core."""

    workers: int = 1

    def command(self, port: int) -> list[str]:
        serve = [sys.executable, "-m", "limelight", "serve", APPLICATION]
        return [*serve, "--workers", str(self.workers), "--bind", f"127.0.0.1:{port}"]


@contextmanager
def launched(workers: int) -> Iterator[Server]:
    system = Launching(**{**FIELDS, "visit": VisitorOfWorkers}, workers=workers)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving_one(system, free_port(), Path(folder)) as server,
    ):
        yield Launched(system, server.port, server.process)


def events_by_workers() -> Iterator[tuple[int, float]]:
    for count in WORKERS:
        with launched(count) as server, visits(server, "counter", BUSY_VIEWS) as visitors:
            yield count, cheapest(server, visitors, "increment", str)


# --- the table


def line(title: str, curve: Iterator[tuple[int, float]]) -> None:
    points = list(curve)
    print(
        f"| {title} | " + " | ".join(f"{size:,}: {cost:,.0f}" for size, cost in points) + " |",
        flush=True,
    )


def main() -> None:
    take_load_core()
    print("µs of the server's CPU\n", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        with serving_one(SYSTEM, free_port(), Path(folder)) as server:
            line("an event, by views that are connected", events_by_views(server))
        with serving_one(SYSTEM, free_port(), Path(folder)) as server:
            line("one cell of mutable rows, by rows", changes_by_rows(server, "rows"))
            line("one cell of tracked rows, by rows", changes_by_rows(server, "tracked"))
        with serving_one(SYSTEM, free_port(), Path(folder)) as server:
            line("a broadcast's patch, by subscribers", patches_by_subscribers(server))
    line("an event, by workers of the launcher", events_by_workers())


if __name__ == "__main__":
    main()
