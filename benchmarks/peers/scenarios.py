"""What is measured: events, broadcasts, first pages, streamed tokens and idle views."""

from __future__ import annotations

import http.client
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .applications.content import ITEMS, TALKED_TOKENS, TOKENS, changed_name, item, rows
from .exchange import Exchange, Expected, Figures, measure
from .gathering import answer_pings, gather, hear
from .live_socket import PATIENCE_SECONDS
from .results import Measured
from .serving import Server
from .visitor import Visitor

WARM_UP_SECONDS = 0.15
FEWEST_EVENTS = 10
APPENDED = 100
SECONDS_BETWEEN_PINGS = 0.5
FEWEST_PUBLISHED = 3
SETTLE_SECONDS = 1.0
WARM_UP_VIEWS = 20

Measure = Callable[[Server, float], Measured]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One thing to measure on one page."""

    page: str
    #: Takes the server and for how many seconds to measure.
    measure: Measure
    #: It is measured in no more rounds than this, where it takes its time and varies little.
    most_rounds: int = 1_000
    #: Whether it gets a server of its own, in whose heap nothing was freed yet.
    is_fresh: bool = False
    has_floors: bool = False
    #: A system's name; "" is all.
    only: str = ""


@contextmanager
def visits(server: Server, page: str, count: int = 1) -> Iterator[list[Visitor]]:
    visitors = list[Visitor]()
    try:
        answered = time.monotonic()
        for _ in range(count):
            visitors.append(server.system.visit(server.port, f"/{page}"))
            if time.monotonic() > answered + SECONDS_BETWEEN_PINGS:
                answer_pings(visitors)
                answered = time.monotonic()
        yield visitors
    finally:
        for visitor in visitors:
            visitor.close()


def events(
    server: Server, seconds: float, page: str, event: str, expected: Expected, connections: int = 1
) -> Figures:
    with visits(server, page, connections) as visitors:
        exchange = Exchange(visitors, event, expected)
        began, warmed = time.perf_counter(), 0
        while (spent := time.perf_counter() - began) < WARM_UP_SECONDS:
            exchange.run(connections)
            warmed += connections
        count = max(FEWEST_EVENTS * connections, int(seconds * warmed / spent))
        return measure(server, exchange, count)


def counter(server: Server, seconds: float) -> Measured:
    crowd = events(server, seconds, "counter", "increment", str, connections=50)
    alone = events(server, seconds, "counter", "increment", str)
    return {
        "A50 cpu": crowd.cpu_microseconds,
        "A50 rate": crowd.per_second,
        "A1 cpu": alone.cpu_microseconds,
        "A1 p50": alone.p50_milliseconds,
        "A1 p99": alone.p99_milliseconds,
        "A1 bytes": alone.bytes,
    }


def table_on(page: str) -> Measure:
    def table(server: Server, seconds: float) -> Measured:
        figures = events(server, seconds, page, "change", changed_name)
        return {f"{page} cpu": figures.cpu_microseconds, f"{page} bytes": figures.bytes}

    return table


def growth_on(page: str) -> Measure:
    """Lists begin anew after a hundred events, so that all systems grow the same list."""

    def growth(server: Server, seconds: float) -> Measured:
        figures = list[Figures]()
        end = time.perf_counter() + seconds
        while not figures or time.perf_counter() < end:
            with visits(server, page) as visitors:
                exchange = Exchange(visitors, "append", lambda count: item(ITEMS + count - 1).text)
                figures.append(measure(server, exchange, APPENDED))
        return {
            f"{page} cpu": statistics.median(one.cpu_microseconds for one in figures),
            f"{page} bytes": statistics.median(one.bytes for one in figures),
        }

    return growth


def broadcast_to(views: int) -> Measure:
    def broadcast(server: Server, seconds: float) -> Measured:
        with visits(server, "shared", views) as hearers, visits(server, "publisher") as publishers:
            publisher = publishers[0]
            gather(publisher, hearers, "news 1")
            cpu, began, delays = server.cpu_seconds(), time.perf_counter(), list[float]()
            while len(delays) < FEWEST_PUBLISHED or time.perf_counter() < began + seconds:
                delays.append(gather(publisher, hearers, f"news {publisher.events + 1}"))
            cpu = (server.cpu_seconds() - cpu) / len(delays) / views
        return {
            f"D{views} cpu": cpu * 1e6,
            f"D{views} last": statistics.median(delays) * 1e3,
        }

    return broadcast


def first_pages(server: Server, seconds: float) -> Measured:
    last_row = f">{rows()[-1].name}<"
    measured: dict[str, float] = {
        "F counter": pages_a_cpu_second(server, seconds, "counter", ">0<")
    }
    if not server.system.is_floor:
        measured["F table"] = pages_a_cpu_second(server, seconds, "table", last_row)
    return measured


def pages_a_cpu_second(server: Server, seconds: float, page: str, shown: str) -> float:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_SECONDS)
    wanted = {shown, shown[1:-1]} if server.system.name == "nicegui" else {shown}

    def get() -> None:
        connection.request("GET", f"/{page}")
        answer = connection.getresponse()
        body = answer.read().decode()
        assert answer.status == 200, body[:300]
        assert any(text in body for text in wanted), body[:300]

    for _ in range(5):
        get()
    cpu, began, count = server.cpu_seconds(), time.perf_counter(), 0
    while count < FEWEST_EVENTS or time.perf_counter() < began + seconds:
        get()
        count += 1
    cpu = server.cpu_seconds() - cpu
    connection.close()
    return count / cpu


def speech_on(page: str, row: str, views: int, tokens: int) -> Measure:
    """Every token has to arrive, in order, behind those before it or together with them."""

    def speech(server: Server, seconds: float) -> Measured:
        with visits(server, page, views) as visitors:
            cpu, end, heard = server.cpu_seconds(), time.perf_counter() + seconds, 0
            while not heard or time.perf_counter() < end:
                for visitor in visitors:
                    visitor.send("speak")
                hear(visitors, tokens)
                heard += tokens * views
            spent = (server.cpu_seconds() - cpu) / heard
        return {f"{row} rate": 1 / spent, f"{row} cpu": spent * 1e6}

    return speech


def idle_views(views: int) -> Measure:
    """How much one more connected view at rest takes."""

    def idle(server: Server, seconds: float) -> Measured:
        with visits(server, "counter", WARM_UP_VIEWS):
            pass
        # Memory that was let go shows some time later; no event tells when.
        time.sleep(SETTLE_SECONDS)
        before = server.memory_kib()
        with visits(server, "counter", views):
            # The views are to be at rest, as each system understands it.
            time.sleep(SETTLE_SECONDS)
            return {f"E{views}": (server.memory_kib() - before) / views}

    return idle


#: In this order: pages that nobody joins cost some systems something afterwards.
SCENARIOS = {
    "A": Scenario("counter", counter, has_floors=True),
    "B": Scenario("table", table_on("table")),
    "B keyed": Scenario("keyed", table_on("keyed")),
    "B tracked": Scenario("tracked", table_on("tracked")),
    "B elements": Scenario("elements", table_on("elements")),
    "C": Scenario("list", growth_on("list")),
    "C stream": Scenario("stream", growth_on("stream")),
    "G": Scenario("tokens", speech_on("tokens", "G", 1, TOKENS)),
    "G20": Scenario("talk", speech_on("talk", "G20", 20, TALKED_TOKENS)),
    "D200": Scenario("shared", broadcast_to(200)),
    "D1000": Scenario("shared", broadcast_to(1_000), most_rounds=3),
    "F": Scenario("counter", first_pages, has_floors=True),
    "E1000": Scenario("counter", idle_views(1_000), most_rounds=3, is_fresh=True),
    "E5000": Scenario("counter", idle_views(5_000), most_rounds=1, is_fresh=True, only="limelight"),
}
