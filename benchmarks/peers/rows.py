"""The rows of the report: what each figure is called, and what Limelight has to reach."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of figure."""

    name: str
    title: str
    decimals: int = 0


def event_rows(name: str, title: str) -> tuple[Row, Row]:
    return Row(f"{name} cpu", f"{title}: µs"), Row(f"{name} bytes", f"{title}: bytes")


ROWS = (
    Row("A50 cpu", "**A** counter, 50 connections: µs"),
    Row("A50 rate", "events a second"),
    Row("A1 cpu", "one connection: µs"),
    Row("A1 p50", "p50 ms", 2),
    Row("A1 p99", "p99 ms", 2),
    Row("A1 bytes", "bytes"),
    *event_rows("table", "**B** 1,000x4 rows, one cell"),
    *event_rows("keyed", "keyed rows"),
    *event_rows("tracked", "tracked rows"),
    *event_rows("elements", "one element a cell"),
    *event_rows("list", "**C** a list of 100 to 200 grows by one"),
    *event_rows("stream", "with the system's stream or append"),
    Row("D200 cpu", "**D** broadcast to 200 views: µs a patch"),
    Row("D200 last", "the last one has it after ms", 1),
    Row("D1000 cpu", "to 1,000 views: µs a patch"),
    Row("D1000 last", "the last one has it after ms", 1),
    Row("E1000", "**E** KiB an idle view, 1,000 views", 1),
    Row("E5000", "5,000 views", 1),
    Row("F counter", "**F** counter pages a CPU second"),
    Row("F table", "table pages a CPU second", 1),
    Row("G rate", "**G** streamed tokens a CPU second"),
    Row("G cpu", "as fast as can be: µs a token", 1),
    Row("G20 cpu", "20 views, 50 tokens a second each: µs a token", 1),
)


@dataclass(frozen=True, slots=True)
class Target:
    """Limelight's figure of a row, divided by another system's, or by another row's of its own."""

    title: str
    limit: float
    row: str
    #: "" compares the figure itself.
    other: str = ""
    other_row: str = ""
    is_floor: bool = False


TARGETS = (
    Target("A, 50 connections, of pyview", 0.55, "A50 cpu", "pyview"),
    Target("B, mutable rows, of pyview", 0.03, "table cpu", "pyview"),
    Target("B, mutable rows, of djust", 0.01, "table cpu", "djust"),
    Target(
        "B, mutable rows, of NiceGUI with one element a cell", 1.0, "table cpu", "nicegui",
        "elements cpu",
    ),
    Target("B, mutable rows, bytes", 110, "table bytes"),
    Target("B, tracked rows, of A at one connection", 1.5, "tracked cpu", "limelight", "A1 cpu"),
    Target("C with a stream, of pyview", 0.6, "stream cpu", "pyview"),
    Target("D to 200, of pyview", 0.6, "D200 cpu", "pyview"),
    Target("D to 1,000, of pyview", 0.6, "D1000 cpu", "pyview"),
    Target("E at 1,000, of pyview", 0.95, "E1000", "pyview"),
    Target("E at 1,000, of djust", 0.25, "E1000", "djust"),
    Target("E at 1,000, of NiceGUI", 0.25, "E1000", "nicegui"),
    Target("F counter, of pyview", 0.4, "F counter", "pyview", is_floor=True),
    Target("F table, of pyview", 6.0, "F table", "pyview", is_floor=True),
    Target("G, of pyview", 5.0, "G rate", "pyview", is_floor=True),
)  # fmt: skip
